//! Whether a server keeps the recordings contract: the guide's flow and the contract's security rules, tried step by step
//! against any backend, ours or not, with what was sent and received, what is wrong, and whose that is to mend.
//!
//! It uses nothing of the upload engine, which forgives and repeats: here each request is made once and judged as it is
//! answered. It makes recordings of its own, and removes them.

mod blame;
mod cleaning;
mod exchange;
mod extensions;
mod isolation;
mod reaching;
mod reading;
pub mod recording;
mod redaction;
mod run;
mod sample;
mod signing_in;
mod tampering;
mod uploading;

use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use wire::TaskId;

pub use blame::{Fault, Whose};
pub use exchange::Exchange;

use self::run::Run;
use crate::{Credentials, ServerOrigin};

/// How long a step may go on that is stopped: an answer that is under way comes within it, and somebody who wants an end
/// gets it soon.
const LAST_MOMENTS: Duration = Duration::from_secs(2);

/// What is to be checked.
#[derive(Debug, Clone)]
pub struct Check {
    /// Where.
    pub server: ServerOrigin,
    /// As whom.
    pub account: Credentials,
    /// As whom besides: somebody who must not get at the first one's recordings, best of another tenant.
    pub other: Option<Credentials>,
    /// What the recordings are for; without it the first task that the backend names, or a new id.
    pub task: Option<TaskId>,
    /// How long it may take until an upload URL has expired; steps that need longer are left out, and say so.
    pub longest_wait: Duration,
    /// Named in `User-Agent`.
    pub program: String,
}

/// What is tried, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Name {
    /// The server's name has an address.
    Resolve,
    /// Something listens there.
    Connect,
    /// The certificate proves that it is this server.
    Tls,
    /// Health answers, and says that the store is configured.
    Health,
    /// The clocks agree.
    Clock,
    /// Nothing is given to those who are not signed in.
    Anonymous,
    /// A token that nobody gave out opens nothing.
    ForgedToken,
    /// The account is taken.
    SignIn,
    /// A place is reserved, with a URL of the contract's form.
    Initiate,
    /// What is no recording gets no place.
    OtherType,
    /// An id that is none gets no place.
    BadTask,
    /// An upload URL that was tampered with is refused.
    TamperedUpload,
    /// Another content type than was signed is refused.
    WrongContentType,
    /// Nobody calls complete what has not arrived.
    EarlyComplete,
    /// The bytes are taken.
    Upload,
    /// Nobody completes it under another's key.
    ForeignKey,
    /// The backend confirms it.
    Complete,
    /// Confirming it twice changes nothing.
    CompleteAgain,
    /// Its page is complete, with a link.
    Get,
    /// The link gives one byte of it.
    Range,
    /// The link gives what was sent.
    Download,
    /// A link that was tampered with is refused.
    TamperedLink,
    /// The object is not public.
    PublicObject,
    /// Its task lists it.
    List,
    /// An id that never was is not found.
    UnknownId,
    /// An expired upload URL is refused.
    Expired,
    /// A second write is refused.
    WriteOnce,
    /// Another size than was signed is refused.
    WrongSize,
    /// A pending upload is given up.
    GiveUp,
    /// The other account signs in.
    OtherSignIn,
    /// It gets of the recording what its role and tenant allow, and no more.
    OtherGet,
    /// It does not complete it.
    OtherComplete,
    /// It does not see it in lists.
    OtherList,
    /// It does not delete it.
    OtherDelete,
    /// To a stranger it is as an id that never was.
    OtherUnknown,
    /// Who may, deletes it; who may not, does not.
    Delete,
    /// A deleted recording's link is dead.
    DeadLink,
    /// Nothing of this check is left.
    CleanUp,
}

impl Name {
    /// All, in order.
    pub const ALL: [Self; 38] = {
        use Name::{
            Anonymous, BadTask, CleanUp, Clock, Complete, CompleteAgain, Connect, DeadLink, Delete,
            Download, EarlyComplete, Expired, ForeignKey, ForgedToken, Get, GiveUp, Health,
            Initiate, List, OtherComplete, OtherDelete, OtherGet, OtherList, OtherSignIn,
            OtherType, OtherUnknown, PublicObject, Range, Resolve, SignIn, TamperedLink,
            TamperedUpload, Tls, UnknownId, Upload, WriteOnce, WrongContentType, WrongSize,
        };
        [
            Resolve,
            Connect,
            Tls,
            Health,
            Clock,
            Anonymous,
            ForgedToken,
            SignIn,
            Initiate,
            OtherType,
            BadTask,
            TamperedUpload,
            WrongContentType,
            EarlyComplete,
            Upload,
            ForeignKey,
            Complete,
            CompleteAgain,
            Get,
            Range,
            Download,
            TamperedLink,
            PublicObject,
            List,
            UnknownId,
            Expired,
            WriteOnce,
            WrongSize,
            GiveUp,
            OtherSignIn,
            OtherGet,
            OtherComplete,
            OtherList,
            OtherDelete,
            OtherUnknown,
            Delete,
            DeadLink,
            CleanUp,
        ]
    };

    /// As programs know it: a stable word.
    pub fn code(self) -> &'static str {
        self.words().0
    }

    /// As people read it.
    pub fn title(self) -> &'static str {
        self.words().1
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Resolve => ("resolve", "the server's name has an address"),
            Self::Connect => ("connect", "something listens there"),
            Self::Tls => ("tls", "its certificate is to be trusted"),
            Self::Health => ("health", "health says that the store is configured"),
            Self::Clock => ("clock", "the clocks agree"),
            Self::Anonymous => ("anonymous", "nothing without signing in"),
            Self::ForgedToken => ("forged_token", "nothing with a forged token"),
            Self::SignIn => ("sign_in", "the account signs in"),
            Self::Initiate => ("initiate", "a place is reserved"),
            Self::OtherType => ("other_type", "no place for what is no recording"),
            Self::BadTask => ("bad_task", "no place for a task id that is none"),
            Self::TamperedUpload => ("tampered_upload", "a tampered upload URL is refused"),
            Self::WrongContentType => ("wrong_content_type", "another content type is refused"),
            Self::EarlyComplete => ("early_complete", "what has not arrived is not complete"),
            Self::Upload => ("upload", "the bytes are taken"),
            Self::ForeignKey => ("foreign_key", "not completed under another key"),
            Self::Complete => ("complete", "the upload is confirmed"),
            Self::CompleteAgain => ("complete_again", "confirming twice changes nothing"),
            Self::Get => ("get", "the recording is shown, with a link"),
            Self::Range => ("range", "the link gives a single byte"),
            Self::Download => ("download", "the link gives what was sent"),
            Self::TamperedLink => ("tampered_link", "a tampered link is refused"),
            Self::PublicObject => ("public_object", "the object is not public"),
            Self::List => ("list", "its task lists it"),
            Self::UnknownId => ("unknown_id", "an id that never was is not found"),
            Self::Expired => ("expired", "an expired upload URL is refused"),
            Self::WriteOnce => ("write_once", "a second write is refused"),
            Self::WrongSize => ("wrong_size", "another size is refused"),
            Self::GiveUp => ("give_up", "a pending upload is given up"),
            Self::OtherSignIn => ("other_sign_in", "the other account signs in"),
            Self::OtherGet => ("other_get", "the other account: get"),
            Self::OtherComplete => ("other_complete", "the other account: complete"),
            Self::OtherList => ("other_list", "the other account: list"),
            Self::OtherDelete => ("other_delete", "the other account: delete"),
            Self::OtherUnknown => ("other_unknown", "a stranger learns nothing"),
            Self::Delete => ("delete", "deleted by those who may"),
            Self::DeadLink => ("dead_link", "the link of a deleted recording is dead"),
            Self::CleanUp => ("clean_up", "nothing is left behind"),
        }
    }
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be; what was seen.
    Passed(String),
    /// Not as it should be.
    Failed(Fault),
    /// Not tried; why.
    Skipped(String),
}

/// A step that was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Which.
    pub name: Name,
    /// How it ended.
    pub verdict: Verdict,
    /// How long it took.
    pub elapsed: Duration,
    /// What was sent and received meanwhile.
    pub exchanges: Vec<Exchange>,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Where.
    pub server: ServerOrigin,
    /// When it began.
    pub began_at: Timestamp,
    /// Every step, in order.
    pub steps: Vec<Step>,
    /// Whether it was stopped before its end.
    pub is_interrupted: bool,
}

impl Report {
    /// The steps that failed.
    pub fn failed(&self) -> impl Iterator<Item = &Step> {
        self.steps
            .iter()
            .filter(|step| matches!(step.verdict, Verdict::Failed(_)))
    }

    /// Whether the account itself was not taken: nothing after that could be tried.
    pub fn is_signed_out(&self) -> bool {
        self.failed().any(|step| {
            matches!(&step.verdict, Verdict::Failed(fault) if step.name == Name::SignIn && fault.whose == Whose::Yours)
        })
    }
}

impl Check {
    /// Tries everything, and tells each step when it has been taken. Once `stop` is there, nothing more is tried, and what
    /// was made is removed. Dropping it leaves behind what it has made by then.
    pub async fn run(self, stop: impl Future<Output = ()>, mut told: impl FnMut(&Step)) -> Report {
        let server = self.server.clone();
        let began_at = Timestamp::now();
        let mut run = Run::new(self);
        let mut steps = Vec::with_capacity(Name::ALL.len());
        let mut stop = pin!(stop);
        let mut is_interrupted = false;
        for name in Name::ALL {
            let began = Instant::now();
            let taken = if name == Name::CleanUp {
                Some(run.take(name).await)
            } else if is_interrupted {
                None
            } else {
                unless(stop.as_mut(), run.take(name), &mut is_interrupted).await
            };
            let verdict = match taken {
                Some(Ok(found)) => Verdict::Passed(found),
                Some(Err(run::Unmet::Fault(fault))) => Verdict::Failed(fault),
                Some(Err(run::Unmet::Skipped(why))) => Verdict::Skipped(why),
                None => Verdict::Skipped("the check was stopped".to_owned()),
            };
            let step = Step {
                name,
                verdict,
                elapsed: began.elapsed(),
                exchanges: run.take_exchanges(),
            };
            told(&step);
            steps.push(step);
        }
        Report {
            server,
            began_at,
            steps,
            is_interrupted,
        }
    }
}

/// What comes of a step, unless it is stopped. One that is under way may end then: what it is about to make is to be known,
/// so that it can be removed.
async fn unless<T>(
    stop: Pin<&mut impl Future<Output = ()>>,
    step: impl Future<Output = T>,
    is_stopped: &mut bool,
) -> Option<T> {
    let mut step = pin!(step);
    tokio::select! {
        taken = &mut step => return Some(taken),
        () = stop => *is_stopped = true,
    }
    tokio::time::timeout(LAST_MOMENTS, step).await.ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_step_has_a_word_of_its_own() {
        let codes: BTreeSet<&str> = Name::ALL.iter().map(|name| name.code()).collect();
        let titles: BTreeSet<&str> = Name::ALL.iter().map(|name| name.title()).collect();
        assert_eq!(
            (codes.len(), titles.len()),
            (Name::ALL.len(), Name::ALL.len())
        );
    }
}

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
mod name;
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
pub use name::Name;

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

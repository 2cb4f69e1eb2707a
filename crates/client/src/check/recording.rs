//! One recording, looked at from all sides: does it exist, who may see it, is its object there and the same, is it held
//! or archived, does its link open, and when does the link die.

use std::time::{Duration, Instant};

use wire::{Availability, Difference, Recording, RecordingCheck, RecordingId, UploadStatus};

use super::{Fault, Verdict, Whose};
use crate::backend::{Backend, ProveError};
use crate::diagnosis::Step;
use crate::{Client, ClientError, Link};

/// What is asked about a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Question {
    /// Does it exist, and how far is it?
    Exists,
    /// Who may see it?
    Seen,
    /// Does the store have its object, and where?
    Object,
    /// Are its size and checksum those that were confirmed?
    Same,
    /// Is it held, or due to be deleted?
    Kept,
    /// Does its link open?
    Link,
    /// When does the link die?
    LinkEnd,
}

impl Question {
    /// As programs know it: a stable word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Exists => "exists",
            Self::Seen => "seen",
            Self::Object => "object",
            Self::Same => "same",
            Self::Kept => "kept",
            Self::Link => "link",
            Self::LinkEnd => "link_end",
        }
    }

    /// As people read it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Exists => "it exists",
            Self::Seen => "who may see it",
            Self::Object => "its object is there",
            Self::Same => "size and checksum are the same",
            Self::Kept => "held, archived or due to go",
            Self::Link => "its link opens",
            Self::LinkEnd => "the link dies",
        }
    }
}

/// A question with its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What was asked.
    pub question: Question,
    /// What came of it.
    pub verdict: Verdict,
    /// How long it took.
    pub elapsed: Duration,
}

impl Client {
    /// Looks at a recording from all sides. An error means that nobody is signed in, or that the backend cannot be asked;
    /// a recording that is not there is an answer.
    pub async fn check_recording(&self, id: &RecordingId) -> Result<Vec<Answer>, ClientError> {
        let backend = self.backend()?;
        let mut answers = Answers::default();
        let recording = match backend.recording(id).await {
            Ok(recording) => recording,
            Err(error) if matches!(error.status(), Some(403 | 404)) => {
                answers.add(Question::Exists, not_there(error.status()));
                return Ok(answers.given);
            }
            Err(source) => {
                return Err(ClientError::Backend {
                    step: Step::Look,
                    source,
                });
            }
        };
        answers.add(Question::Exists, exists(&recording));
        answers.add(Question::Seen, Verdict::Passed(seen_by(&recording)));
        if recording.upload_status == UploadStatus::Complete {
            let inspected = backend.inspect(id).await;
            answers.add(Question::Object, object(&recording, inspected.as_ref()));
            answers.add(Question::Same, same(&recording, inspected.as_ref()));
            answers.add(Question::Kept, kept(&recording, inspected.as_ref()));
            open(&backend, &recording, &mut answers).await;
        }
        Ok(answers.given)
    }
}

struct Answers {
    given: Vec<Answer>,
    last: Instant,
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            given: Vec::new(),
            last: Instant::now(),
        }
    }
}

impl Answers {
    fn add(&mut self, question: Question, verdict: Verdict) {
        let now = Instant::now();
        self.given.push(Answer {
            question,
            verdict,
            elapsed: now - self.last,
        });
        self.last = now;
    }
}

fn not_there(status: Option<u16>) -> Verdict {
    let (found, mend) = if status == Some(403) {
        (
            "it does, and this account may not see it",
            "Ask its owner, or a reviewer or administrator of the tenant.",
        )
    } else {
        (
            "there is none of this id in this account's tenant",
            "Check the id; look in `revui list`. It may have been deleted, or be another tenant's.",
        )
    };
    Verdict::Failed(Fault::new(
        Whose::Yours,
        "a recording of this id",
        found,
        mend,
    ))
}

fn exists(recording: &Recording) -> Verdict {
    match recording.upload_status {
        UploadStatus::Complete => {
            Verdict::Passed(format!("complete, for task {}", recording.task_id))
        }
        UploadStatus::Pending => Verdict::Failed(Fault::new(
            Whose::Yours,
            "a complete recording",
            format!("reserved at {}, and not complete", recording.created_at),
            "Go on with the upload where it was begun: `revui resume`.",
        )),
        _ => Verdict::Failed(Fault::new(
            Whose::Backend,
            "a complete recording",
            "the backend calls it failed",
            "Upload it again.",
        )),
    }
}

fn seen_by(recording: &Recording) -> String {
    let owner = &recording.user_id;
    format!(
        "{owner}, who uploaded it, and reviewers and administrators of the tenant; to other tenants it does not exist"
    )
}

/// By the store's word just now; an administrator is told by the check, anybody who sees the recording by the recording.
fn availability(recording: &Recording, inspected: Option<&RecordingCheck>) -> Option<Availability> {
    inspected
        .and_then(|inspected| inspected.availability)
        .or(recording.availability)
}

fn object(recording: &Recording, inspected: Option<&RecordingCheck>) -> Verdict {
    let object = inspected.and_then(|inspected| inspected.object.as_ref());
    match (object, availability(recording, inspected)) {
        (_, Some(Availability::Missing)) => Verdict::Failed(Fault::new(
            Whose::Store,
            "an object under its key",
            "the store has nothing there",
            "Look at the bucket's lifecycle rules and versions: an earlier version can be brought back.",
        )),
        (_, Some(Availability::Expired)) => Verdict::Failed(Fault::new(
            Whose::Yours,
            "an object under its key",
            "it was kept until its date, and is gone",
            "Nothing brings it back; have what is to stay longer held, or kept for longer.",
        )),
        (Some(object), _) => {
            Verdict::Passed(format!("{}, {} bytes", object.storage_class, object.size.0))
        }
        (None, Some(_)) => Verdict::Passed("the store has it".to_owned()),
        (None, None) => {
            Verdict::Skipped("the backend does not tell; see whether the link opens".to_owned())
        }
    }
}

fn same(recording: &Recording, inspected: Option<&RecordingCheck>) -> Verdict {
    let Some(inspected) = inspected else {
        let why = "the backend tells only administrators, or does not tell; `revui download --verify` compares the bytes";
        return Verdict::Skipped(why.to_owned());
    };
    if inspected.object.is_none() {
        return Verdict::Skipped("there is no object".to_owned());
    }
    if inspected.agrees {
        let size = recording.file_size.map_or(0, |size| size.0);
        return Verdict::Passed(format!("{size} bytes, as confirmed"));
    }
    let differences: Vec<&str> = inspected
        .differences
        .iter()
        .map(|one| differing(*one))
        .collect();
    Verdict::Failed(Fault::new(
        Whose::Store,
        "what was confirmed when the upload was completed",
        format!("it differs: {}", differences.join(", ")),
        "The object was changed after that: look at the bucket's versions and its access log. A hold's tag is mended by placing or lifting the hold again.",
    ))
}

fn differing(difference: Difference) -> &'static str {
    match difference {
        Difference::Missing => "there is none",
        Difference::Size => "its size",
        Difference::Checksum => "its checksum",
        Difference::Replaced => "it was replaced",
        Difference::HoldTag => "the tag that says whether it is held",
        Difference::Unknown => "something that this version does not know",
    }
}

fn kept(recording: &Recording, inspected: Option<&RecordingCheck>) -> Verdict {
    let archived = match availability(recording, inspected) {
        Some(Availability::Archived) => Some((
            "archived",
            "Have the store restore it first; that takes minutes to days.",
        )),
        Some(Availability::Restoring) => Some((
            "being restored",
            "Wait until the store has brought it back.",
        )),
        _ => None,
    };
    if let Some((found, mend)) = archived {
        return Verdict::Failed(Fault::new(
            Whose::Store,
            "bytes that can be had now",
            found,
            mend,
        ));
    }
    let hold = inspected.and_then(|inspected| inspected.hold.as_ref());
    let hold = hold.map(|hold| format!("held since {}: {}", hold.since, hold.reason));
    let until = recording
        .kept_until
        .map(|until| format!("kept until {until}"));
    let end = inspected.and_then(|inspected| inspected.object.as_ref()?.expires_at);
    let end = end.map(|end| format!("deleted by the bucket's rules at {end}"));
    let told: Vec<String> = [hold, until, end].into_iter().flatten().collect();
    match (told.is_empty(), inspected) {
        (false, _) => Verdict::Passed(told.join("; ")),
        (true, Some(_)) => Verdict::Passed("not held, not archived, no date to go".to_owned()),
        (true, None) => {
            Verdict::Skipped("the backend tells only administrators, or does not tell".to_owned())
        }
    }
}

async fn open(backend: &Backend, recording: &Recording, answers: &mut Answers) {
    let Some(url) = &recording.download_url else {
        if recording
            .availability
            .is_some_and(|state| state != Availability::Available)
        {
            return answers.add(
                Question::Link,
                Verdict::Skipped("there is none while the bytes cannot be had".to_owned()),
            );
        }
        let mend = "Give a COMPLETE recording a `downloadUrl`.";
        let fault = Fault::new(Whose::Backend, "a link", "none", mend);
        return answers.add(Question::Link, Verdict::Failed(fault));
    };
    let size_bytes = recording.file_size.map(|size| size.0);
    let proven = backend.prove(url, size_bytes).await;
    answers.add(Question::Link, opened(&proven));
    let end = Link::proven(url.clone()).expires_at;
    let end = end.map_or_else(
        || Verdict::Skipped("its address does not say".to_owned()),
        |end| Verdict::Passed(format!("at {end}; a fresh one: `revui link`")),
    );
    answers.add(Question::LinkEnd, end);
}

fn opened(proven: &Result<(), ProveError>) -> Verdict {
    let error = match proven {
        Ok(()) => return Verdict::Passed("it does, and the size is right".to_owned()),
        Err(error) => error,
    };
    let (whose, mend) = match error {
        ProveError::Unsafe(_) => (
            Whose::Backend,
            "Have the backend sign for an address that clients reach by https.",
        ),
        ProveError::Unreachable { .. } | ProveError::CaptivePortal => (
            Whose::Network,
            "Look at the network between here and the store: its firewall, its proxy, its own sign-in.",
        ),
        ProveError::Refused { status: 404, .. } => (
            Whose::Store,
            "The object is gone: look at the bucket's lifecycle rules.",
        ),
        ProveError::Refused { status, .. } if *status < 500 => (
            Whose::Backend,
            "The backend's credentials may not read it, or its clock is wrong; or the object is archived.",
        ),
        _ => (
            Whose::Store,
            "The store is failing, or has another object there.",
        ),
    };
    Verdict::Failed(Fault::new(
        whose,
        "a link that opens",
        error.to_string(),
        mend,
    ))
}

//! One recording, looked at from all sides: does it exist, who may see it, is its object there and the same, is it held
//! or archived, does its link open, and when does the link die.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Deserialize;
use wire::{Recording, RecordingId, UploadStatus};

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

/// What `GET /recordings/{id}/check` says, as far as it is looked at. Only administrators are told.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Inspected {
    object: Option<InspectedObject>,
    availability: Option<String>,
    hold: Option<Held>,
    differences: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct InspectedObject {
    size: Option<wire::ByteSize>,
    storage_class: Option<String>,
    expires_at: Option<Timestamp>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Held {
    reason: String,
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
            answers.add(Question::Object, object(inspected.as_ref()));
            answers.add(Question::Same, same(&recording, inspected.as_ref()));
            answers.add(Question::Kept, kept(inspected.as_ref()));
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

const ADMINISTRATORS: &str = "the backend tells only administrators, or does not tell at all";

fn object(inspected: Option<&Inspected>) -> Verdict {
    let Some(inspected) = inspected else {
        return Verdict::Skipped(format!("{ADMINISTRATORS}; see whether the link opens"));
    };
    match &inspected.object {
        Some(object) => {
            let class = object.storage_class.as_deref().unwrap_or("STANDARD");
            let size = object
                .size
                .map_or_else(String::new, |size| format!(", {} bytes", size.0));
            Verdict::Passed(format!("{class}{size}"))
        }
        None => Verdict::Failed(Fault::new(
            Whose::Store,
            "an object under its key",
            "the store has nothing there",
            "Look at the bucket's lifecycle rules and versions: an earlier version can be brought back.",
        )),
    }
}

fn same(recording: &Recording, inspected: Option<&Inspected>) -> Verdict {
    let Some(inspected) = inspected else {
        return Verdict::Skipped(format!(
            "{ADMINISTRATORS}; `revui download --verify` compares the bytes"
        ));
    };
    if inspected.object.is_none() {
        return Verdict::Skipped("there is no object".to_owned());
    }
    if inspected.differences.is_empty() {
        let size = recording.file_size.map_or(0, |size| size.0);
        return Verdict::Passed(format!("{size} bytes, as confirmed"));
    }
    Verdict::Failed(Fault::new(
        Whose::Store,
        "what was confirmed when the upload was completed",
        format!("it differs in {}", inspected.differences.join(", ")),
        "The object was replaced or changed after that: look at the bucket's versions and access log.",
    ))
}

fn kept(inspected: Option<&Inspected>) -> Verdict {
    let Some(inspected) = inspected else {
        return Verdict::Skipped(ADMINISTRATORS.to_owned());
    };
    let availability = inspected.availability.as_deref().unwrap_or("available");
    if matches!(availability, "archived" | "restoring" | "expired") {
        let mend = match availability {
            "archived" => "Have the store restore it first; that takes minutes to days.",
            "restoring" => "Wait: it is being brought back.",
            _ => "It was kept until its date, and is gone.",
        };
        return Verdict::Failed(Fault::new(
            Whose::Store,
            "bytes that can be had now",
            availability,
            mend,
        ));
    }
    let hold = inspected
        .hold
        .as_ref()
        .map(|hold| format!("held: {}", hold.reason));
    let end = inspected
        .object
        .as_ref()
        .and_then(|object| object.expires_at);
    let end = end.map(|end| format!("deleted by the bucket's rules at {end}"));
    let told: Vec<String> = [hold, end].into_iter().flatten().collect();
    Verdict::Passed(if told.is_empty() {
        "not held, not archived, no date to go".to_owned()
    } else {
        told.join("; ")
    })
}

async fn open(backend: &Backend, recording: &Recording, answers: &mut Answers) {
    let Some(url) = &recording.download_url else {
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

//! What a failed call of the backend means to its user.

use std::fmt;
use std::time::Duration;

use wire::{ErrorBody, ErrorCode};

use super::reach::{Place, of_network};
use super::{Code, Diagnosis};
use crate::backend::{BackendError, NotOurs};

/// What was being done at the backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// Finding out whether a recordings server answers there.
    Connect,
    /// Signing in with a password.
    SignIn,
    /// Signing in with a pasted or given token.
    SignInWithToken,
    /// Taking up the stored session.
    Restore,
    /// Asking which tasks there are.
    ListTasks,
    /// Asking which recordings there are.
    ListRecordings,
    /// Reserving a place for a recording.
    Initiate {
        /// Whether the task's id has the form of a UUID: some servers fail at any other.
        task_is_uuid: bool,
    },
    /// Asking for a fresh upload permission.
    Renew,
    /// Asking which parts the store holds.
    ListParts,
    /// Asking for the permission to send a part.
    SignPart,
    /// Having the upload confirmed.
    Complete,
    /// Looking at a recording.
    Look,
    /// Giving an upload up.
    GiveUp,
    /// Deleting a recording.
    Delete,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "find the recordings API",
            Self::SignIn => "sign in",
            Self::SignInWithToken => "sign in with a token",
            Self::Restore => "restore the session",
            Self::ListTasks => "list the tasks",
            Self::ListRecordings => "list the recordings",
            Self::Initiate { .. } => "reserve a place for the recording",
            Self::Renew => "renew the upload permission",
            Self::ListParts => "list the parts that have arrived",
            Self::SignPart => "get the permission to send a part",
            Self::Complete => "complete the recording",
            Self::Look => "look at the recording",
            Self::GiveUp => "give the upload up",
            Self::Delete => "delete the recording",
        })
    }
}

impl Step {
    /// What the server was doing when it failed.
    fn at_the_server(self) -> &'static str {
        match self {
            Self::Connect => "when it was asked whether it is well",
            Self::SignIn | Self::SignInWithToken | Self::Restore => "while signing you in",
            Self::ListTasks => "while listing the tasks",
            Self::ListRecordings => "while listing the recordings",
            Self::Initiate { .. } => "while reserving a place for the recording",
            Self::Renew => "while renewing the permission to upload",
            Self::ListParts => "while listing what has arrived",
            Self::SignPart => "while giving the permission to send a part",
            Self::Complete => "while confirming the upload",
            Self::Look => "while looking the recording up",
            Self::GiveUp => "while giving the upload up",
            Self::Delete => "while deleting the recording",
        }
    }

    /// Whether an upload waits for it, which goes on by itself when the cause has passed.
    fn is_of_an_upload(self) -> bool {
        matches!(
            self,
            Self::Initiate { .. } | Self::Renew | Self::ListParts | Self::SignPart | Self::Complete
        )
    }

    /// Whether the address itself is in question: nobody has been signed in there yet.
    fn is_first_contact(self) -> bool {
        matches!(self, Self::Connect | Self::SignIn | Self::SignInWithToken)
    }
}

/// What a failed call means.
pub fn of_backend(step: Step, error: &BackendError) -> Diagnosis {
    match error {
        BackendError::Unreachable { kind, .. } => {
            let diagnosis = of_network(*kind, Place::Server);
            if step.is_of_an_upload() && diagnosis.retryable {
                let hint = format!(
                    "{} Your recording is safe and goes on by itself.",
                    diagnosis.hint
                );
                diagnosis.hinting(hint)
            } else {
                diagnosis
            }
        }
        BackendError::SignedOut => of_no_session(step),
        BackendError::NotOurs { what } => of_another_server(step, *what),
        BackendError::Refused {
            status,
            body,
            request_id,
            retry_after,
        } => {
            let refusal = of_refusal(step, *status, body.as_deref(), error.is_already_complete());
            patient(step, refusal, *retry_after).for_request(request_id.clone())
        }
    }
}

/// Where the server asks for patience, for how long it does; and what becomes of an upload meanwhile.
fn patient(step: Step, diagnosis: Diagnosis, retry_after: Option<Duration>) -> Diagnosis {
    if !matches!(diagnosis.code, Code::TooManyAttempts | Code::RateLimited) {
        return diagnosis;
    }
    if step.is_of_an_upload() {
        return diagnosis.hinting("Your recording is safe and goes on by itself.");
    }
    let wait = match retry_after.map(|wait| wait.as_secs()) {
        None => return diagnosis,
        Some(0..=1) => "a second".to_owned(),
        Some(seconds @ 2..120) => format!("{seconds} seconds"),
        Some(seconds) => format!("{} minutes", seconds.div_ceil(60)),
    };
    diagnosis.hinting(format!("Wait {wait}, then try again."))
}

fn of_no_session(step: Step) -> Diagnosis {
    match step {
        Step::SignInWithToken => Diagnosis::of(Code::WrongCredentials)
            .saying("The server does not accept this token.")
            .hinting("It may have run out. Get a new one, copy all of it, and try again."),
        _ => Diagnosis::of(Code::SignedOut),
    }
}

fn of_another_server(step: Step, what: NotOurs) -> Diagnosis {
    match what {
        NotOurs::CaptivePortal => Diagnosis::of(Code::CaptivePortal),
        NotOurs::Html if !step.is_first_contact() => Diagnosis::of(Code::CaptivePortal),
        NotOurs::Html | NotOurs::NoRecordingsApi => Diagnosis::of(Code::NotARecordingsServer),
        NotOurs::NotJson | NotOurs::Garbled | NotOurs::TooLong if step == Step::Connect => {
            Diagnosis::of(Code::NotARecordingsServer)
        }
        NotOurs::NotJson | NotOurs::Garbled | NotOurs::TooLong => {
            Diagnosis::of(Code::UnexpectedAnswer)
        }
    }
}

fn of_refusal(
    step: Step,
    status: u16,
    body: Option<&ErrorBody>,
    already_complete: bool,
) -> Diagnosis {
    if already_complete {
        return Diagnosis::of(Code::Conflict);
    }
    let by_code = body
        .and_then(|body| body.code)
        .and_then(|code| of_code(step, code))
        .map(|diagnosis| in_the_servers_words(diagnosis, body));
    by_code.unwrap_or_else(|| of_status(step, status, body))
}

/// What to do about a storage that contradicts itself.
const TRY_OR_TELL: &str = "Try again. If it stays so, tell the server's administrator.";

/// What a backend of ours says by code; `None` where the status says as much.
fn of_code(step: Step, code: ErrorCode) -> Option<Diagnosis> {
    Some(match code {
        ErrorCode::InvalidTaskId => Diagnosis::of(Code::InvalidTask),
        ErrorCode::KeyMismatch
        | ErrorCode::AlreadyComplete
        | ErrorCode::IdempotencyConflict
        | ErrorCode::NotPending => Diagnosis::of(Code::Conflict),
        ErrorCode::WrongCredentials => Diagnosis::of(Code::WrongCredentials),
        ErrorCode::Unauthorized | ErrorCode::TokenExpired => of_no_session(step),
        ErrorCode::Forbidden => Diagnosis::of(Code::Forbidden),
        ErrorCode::ObjectMissing => Diagnosis::of(Code::Integrity)
            .saying("The storage does not have the recording, although all of it was sent.")
            .hinting(TRY_OR_TELL),
        ErrorCode::SizeMismatch | ErrorCode::ChecksumMismatch => Diagnosis::of(Code::Integrity),
        // The storage has compared each part with what was sent when it took it.
        ErrorCode::PartsMismatch => Diagnosis::of(Code::Integrity)
            .saying("The storage does not make a recording of the parts that it has taken.")
            .hinting(TRY_OR_TELL),
        ErrorCode::PartsTooSmall => Diagnosis::of(Code::StoreRefused)
            .saying("The storage wants recordings in larger parts than the server has them sent in.")
            .hinting(
                "Tell the server's administrator: this storage takes no parts of that size. Your recording is safe on this \
                 computer; choose it again once that is mended.",
            )
            .retryable(false),
        ErrorCode::UploadAborted => super::upload_lost(),
        ErrorCode::ObjectChanged => Diagnosis::of(Code::Integrity)
            .saying("The stored recording was replaced after it had been uploaded.")
            .hinting(
                "Tell the server's administrator. Upload the recording again if you still have it.",
            )
            .retryable(false),
        ErrorCode::GivenUp => Diagnosis::of(Code::GivenUp),
        ErrorCode::FileTooLarge => Diagnosis::of(Code::TooLarge),
        ErrorCode::TooManyAttempts => Diagnosis::of(Code::TooManyAttempts),
        ErrorCode::RateLimited => Diagnosis::of(Code::RateLimited),
        ErrorCode::QuotaExceeded => Diagnosis::of(Code::QuotaExceeded),
        ErrorCode::StoreNotConfigured => Diagnosis::of(Code::StoreNotConfigured),
        ErrorCode::StoreUnavailable => Diagnosis::of(Code::ServerFailed).saying(format!(
            "The server could not reach its storage {}.",
            step.at_the_server()
        )),
        ErrorCode::DatabaseUnavailable => Diagnosis::of(Code::ServerFailed).saying(format!(
            "The server could not reach its database {}.",
            step.at_the_server()
        )),
        _ => return None,
    })
}

fn of_status(step: Step, status: u16, body: Option<&ErrorBody>) -> Diagnosis {
    match (status, step) {
        (400 | 401 | 422, Step::SignIn) => Diagnosis::of(Code::WrongCredentials),
        (401, _) => of_no_session(step),
        (403, _) => Diagnosis::of(Code::Forbidden),
        (404, Step::Initiate { .. }) => Diagnosis::of(Code::UnknownTask),
        (404 | 405, _) if step.is_first_contact() => Diagnosis::of(Code::NotARecordingsServer),
        (
            404,
            Step::Look
            | Step::Delete
            | Step::Renew
            | Step::ListParts
            | Step::SignPart
            | Step::Complete
            | Step::GiveUp,
        ) => Diagnosis::of(Code::NotFound),
        (408, _) => Diagnosis::of(Code::ConnectionLost),
        (409, _) => Diagnosis::of(Code::Conflict),
        (410, _) => Diagnosis::of(Code::GivenUp),
        (413, _) => Diagnosis::of(Code::TooLarge),
        (429, Step::SignIn | Step::SignInWithToken) => Diagnosis::of(Code::TooManyAttempts),
        (429, _) => Diagnosis::of(Code::RateLimited),
        (
            500,
            Step::Initiate {
                task_is_uuid: false,
            },
        ) => of_failure_with_odd_task(step, body),
        (500.., _) => of_failure(step, status),
        _ => of_rejected_request(step, body),
    }
}

/// Which quota it is, and how much it allows, is the server's to say.
fn in_the_servers_words(diagnosis: Diagnosis, body: Option<&ErrorBody>) -> Diagnosis {
    let words = body.map(|body| shown(&body.message.to_string()));
    match words {
        Some(words) if diagnosis.code == Code::QuotaExceeded => {
            let saying = format!("{} The server says: {words}", diagnosis.message);
            diagnosis.saying(saying)
        }
        _ => diagnosis,
    }
}

fn of_failure(step: Step, status: u16) -> Diagnosis {
    let failed = Diagnosis::of(Code::ServerFailed);
    let doing = step.at_the_server();
    match status {
        502..=504 => failed.saying(format!("The server was not available {doing}.")),
        _ => failed.saying(format!("The server failed {doing}.")),
    }
}

/// A plain 500 to an initiate: the deployed service's answer to a task id that is no UUID. Ours names its failures.
fn of_failure_with_odd_task(step: Step, body: Option<&ErrorBody>) -> Diagnosis {
    let failed = of_failure(step, 500);
    if body.is_some_and(|body| body.code.is_some()) {
        return failed;
    }
    failed
        .hinting(
            "On some servers a task id is a UUID, like 0191f3c6-7d1a-7c50-9a3e-1f2b3c4d5e6f, and yours is not one. Check \
             the task id. If it is right, tell the server's administrator.",
        )
        .retryable(false)
}

/// A 400 or the like, in the server's own words where there are some.
fn of_rejected_request(step: Step, body: Option<&ErrorBody>) -> Diagnosis {
    let Some(words) = body.map(|body| shown(&body.message.to_string())) else {
        return Diagnosis::of(Code::UnexpectedAnswer);
    };
    if matches!(step, Step::Initiate { .. }) && words.to_ascii_lowercase().contains("taskid") {
        return Diagnosis::of(Code::InvalidTask).saying(format!(
            "The server does not accept this task id. It says: {words}"
        ));
    }
    let doing = step.at_the_server();
    Diagnosis::of(Code::UnexpectedAnswer).saying(format!(
        "The server refused what this app sent, {doing}. It says: {words}"
    ))
}

/// Longest text of a server's that is shown, in characters.
const LONGEST_SHOWN_CHARACTERS: usize = 200;

/// A server's words, without what could play tricks on a terminal, and not endless.
fn shown(words: &str) -> String {
    let plain: String = words
        .chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .take(LONGEST_SHOWN_CHARACTERS)
        .collect();
    let plain = plain.trim().trim_end_matches('.');
    format!("{plain}.")
}

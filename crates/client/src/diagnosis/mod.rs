//! What went wrong, in words for people: what happened, what to do next, and a stable code beside it.

mod backend;
mod delivery;
mod growing;
mod provider;
mod reach;
mod texts;
mod upload;

pub use backend::{Step, of_backend};
pub use delivery::{of_disk, of_download, of_incomplete, of_link};
pub use provider::of_provider;
pub use reach::of_server;
pub use upload::of_media;

pub(crate) use growing::{outgrown, review, whole_only};
pub(crate) use upload::{
    checking, of_bad_list, of_journal, of_mismatch, of_send, of_source, of_ticket, paused,
    reads_differently, resumed, slept, slept_in_parts, started_again, too_large, too_many_parts,
    upload_lost,
};

use std::fmt;

use serde::{Deserialize, Serialize};

/// A failure as its user sees it. The chain of causes goes to the log, once; this goes to the window or the terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// Stable; programs branch on it.
    pub code: Code,
    /// What happened, in a sentence or two.
    pub message: String,
    /// What to do next.
    pub hint: String,
    /// Whether trying again, unchanged, can help.
    pub retryable: bool,
    /// The server's name for the failed request, for support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// The stable codes. Each has its own text; a code exists because someone branches on it or looks it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Code {
    /// The path is a folder, a device or a pipe.
    NotAFile,
    /// Nothing at the path, or no permission to read it.
    Unreadable,
    /// Zero bytes.
    EmptyFile,
    /// Not a WebM: another container, or noise.
    NotWebm,
    /// WebM or Matroska, with a codec that WebM does not allow.
    UnsupportedCodec,
    /// The file ends before its own structure does.
    Truncated,
    /// Its recorder ended before anything was in it.
    NothingRecorded,
    /// Another program is still writing it.
    StillGrowing,
    /// Larger than this backend can take.
    TooLarge,
    /// Size, time or content changed since it was chosen.
    SourceChanged,
    /// It was there when chosen and is gone.
    SourceGone,
    /// The drive that it is on says nothing.
    DriveNotAnswering,
    /// The text is no task id.
    InvalidTask,
    /// The backend does not know the task, or the task is not the user's.
    UnknownTask,
    /// No session, or it ended.
    SignedOut,
    /// The e-mail address and password do not belong together.
    WrongCredentials,
    /// Too many attempts at signing in; wait.
    TooManyAttempts,
    /// More calls than one user or one address may make in a while; wait.
    RateLimited,
    /// The organisation keeps, or has begun today, as much as it may.
    QuotaExceeded,
    /// Signed in, but the role does not allow it.
    Forbidden,
    /// No such recording for this user.
    NotFound,
    /// The address is none, or plain http outside this computer.
    InvalidServer,
    /// Something answers there, but it is no recordings backend.
    NotARecordingsServer,
    /// Name not found, no route, connection refused.
    ServerUnreachable,
    /// The certificate proves nothing, or not this host.
    BadCertificate,
    /// A sign-in page of the network answered in the server's place.
    CaptivePortal,
    /// The connection broke or stalled.
    ConnectionLost,
    /// The server failed at a step (5xx).
    ServerFailed,
    /// The server's store is not configured.
    StoreNotConfigured,
    /// The server's answer breaks the contract.
    UnexpectedAnswer,
    /// The store refused the upload for a reason that none of the other codes names.
    StoreRefused,
    /// The upload URL ran out.
    TicketExpired,
    /// The store computed another signature.
    SignatureMismatch,
    /// The clocks of server and store, or of this computer, are too far apart.
    ClockSkew,
    /// The URL signs a header that the server did not name.
    SignedHeaderUnknown,
    /// The URL carries the checksum of an empty body.
    TicketForEmptyBody,
    /// The URL leads somewhere that it must not.
    UnsafeTicket,
    /// What the store has is not what was sent.
    Integrity,
    /// The backend has this recording with other values.
    Conflict,
    /// The upload was given up at the backend.
    GivenUp,
    /// The recording's bytes have not all arrived and been confirmed yet.
    NotComplete,
    /// The upload is complete but its link does not open.
    LinkBroken,
    /// The journal or a download cannot be written: disk full, read-only, no permission.
    DiskUnwritable,
    /// The job is being worked on by another program.
    JobBusy,
    /// No such job in the journal.
    UnknownJob,
    /// The computer's keychain cannot be used.
    KeychainUnavailable,
    /// Stopped by its user; resumable.
    Interrupted,
    /// A defect of ours.
    Internal,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl Code {
    /// Every code, in the order of this list.
    pub const ALL: &'static [Self] = &[
        Self::NotAFile,
        Self::Unreadable,
        Self::EmptyFile,
        Self::NotWebm,
        Self::UnsupportedCodec,
        Self::Truncated,
        Self::NothingRecorded,
        Self::StillGrowing,
        Self::TooLarge,
        Self::SourceChanged,
        Self::SourceGone,
        Self::DriveNotAnswering,
        Self::InvalidTask,
        Self::UnknownTask,
        Self::SignedOut,
        Self::WrongCredentials,
        Self::TooManyAttempts,
        Self::RateLimited,
        Self::QuotaExceeded,
        Self::Forbidden,
        Self::NotFound,
        Self::InvalidServer,
        Self::NotARecordingsServer,
        Self::ServerUnreachable,
        Self::BadCertificate,
        Self::CaptivePortal,
        Self::ConnectionLost,
        Self::ServerFailed,
        Self::StoreNotConfigured,
        Self::UnexpectedAnswer,
        Self::StoreRefused,
        Self::TicketExpired,
        Self::SignatureMismatch,
        Self::ClockSkew,
        Self::SignedHeaderUnknown,
        Self::TicketForEmptyBody,
        Self::UnsafeTicket,
        Self::Integrity,
        Self::Conflict,
        Self::GivenUp,
        Self::NotComplete,
        Self::LinkBroken,
        Self::DiskUnwritable,
        Self::JobBusy,
        Self::UnknownJob,
        Self::KeychainUnavailable,
        Self::Interrupted,
        Self::Internal,
    ];
}

impl Diagnosis {
    /// What the code says by itself.
    pub fn of(code: Code) -> Self {
        let text = texts::of(code);
        Self {
            code,
            message: text.message.to_owned(),
            hint: text.hint.to_owned(),
            retryable: text.retryable,
            request_id: None,
        }
    }

    /// The same, with what is known of this very case in place of the general message.
    #[must_use]
    pub fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// The same, with a hint for this very case.
    #[must_use]
    pub fn hinting(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The same, where trying again unchanged can help, or cannot.
    #[must_use]
    pub fn retryable(mut self, retryable: bool) -> Self {
        self.retryable = retryable;
        self
    }

    /// The same, with the server's name for the request.
    #[must_use]
    pub fn for_request(mut self, request_id: Option<String>) -> Self {
        self.request_id = request_id;
        self
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.message, self.hint)
    }
}

#[cfg(test)]
mod tests;

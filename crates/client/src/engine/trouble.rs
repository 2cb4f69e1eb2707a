//! What a failure means for what to do next: one table for the backend, one for the store, one for links.

use std::time::Duration;

use wire::ErrorCode;

use crate::backend::{BackendError, NotOurs, ProveError, Unreachable};
use crate::diagnosis::Step;
use crate::source::SourceError;
use crate::transport::{ConnectError, NoWay, ProxyError, Refusal, SendError, StoreCode};

/// A failure, as far as decisions differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// There is no way to the other side. No attempt is spent.
    NoWay,
    /// The disk that the recording is on says nothing. No attempt is spent.
    DiskSilent,
    /// It passes.
    Passing {
        /// How long the other side asks to be left alone.
        retry_after: Option<Duration>,
        /// Whether it is asked of too much.
        slow_down: bool,
    },
    /// The store took no bytes for too long. It passes, and less at a time may help.
    Stalled,
    /// The session ended.
    SignedOut,
    /// A plain 500 at the first call: some servers answer so to a task id that they do not understand, each time.
    ServerDefect,
    /// The store does not take the ticket.
    TicketRefused,
    /// The connection broke in the midst of the body: perhaps a refusal that got lost.
    BrokenBody,
    /// The store has an object under the key already.
    ObjectExists,
    /// The store has something else than what was sent.
    Mismatch,
    /// The store has nothing of what was sent.
    ObjectMissing,
    /// The store does not know the upload in parts any more.
    UploadLost,
    /// The recording may be complete: look.
    Unclear,
    /// The backend does not know the recording any more.
    Gone,
    /// The link does not open.
    LinkRefused,
    /// Nothing changes by trying again.
    Lasting,
}

/// A failure that passes, of which nothing more is known.
const PASSING: Trouble = Trouble::Passing {
    retry_after: None,
    slow_down: false,
};

impl Trouble {
    /// What a failed call of the backend means, by what was being done.
    pub fn of_backend(step: Step, error: &BackendError) -> Self {
        match error {
            BackendError::Unreachable { kind, .. } => Self::of_unreachable(*kind),
            BackendError::SignedOut => Self::SignedOut,
            BackendError::NotOurs { what } => match what {
                NotOurs::CaptivePortal | NotOurs::Html => Self::NoWay,
                // It was there when somebody signed in: it is being deployed, and nothing was carried out.
                NotOurs::NoRecordingsApi => PASSING,
                // The request may have been carried out, whatever became of the answer.
                _ if step == Step::Complete => Self::Unclear,
                // Read no further than an answer goes, and of no use: as if none had come.
                NotOurs::TooLong => PASSING,
                _ => Self::Lasting,
            },
            BackendError::Refused {
                status,
                retry_after,
                ..
            } => Self::of_code(step, error.code())
                .or_else(|| {
                    let complete = step == Step::Complete;
                    (complete && error.is_already_complete()).then_some(Self::Unclear)
                })
                .unwrap_or_else(|| {
                    Self::of_status(step, *status, *retry_after, error.code().is_some())
                }),
        }
    }

    fn of_code(step: Step, code: Option<ErrorCode>) -> Option<Self> {
        let about_parts = matches!(step, Step::ListParts | Step::SignPart);
        Some(match code? {
            // Swept away with its parts, or complete: the recording tells.
            ErrorCode::AlreadyComplete | ErrorCode::NotPending | ErrorCode::GivenUp
                if about_parts =>
            {
                Self::UploadLost
            }
            ErrorCode::UploadAborted => Self::UploadLost,
            ErrorCode::AlreadyComplete | ErrorCode::NotPending => Self::Unclear,
            ErrorCode::ObjectMissing => Self::ObjectMissing,
            ErrorCode::SizeMismatch | ErrorCode::ChecksumMismatch | ErrorCode::PartsMismatch => {
                Self::Mismatch
            }
            // Somebody has to configure it, or to make room: waiting would only hide that.
            ErrorCode::StoreNotConfigured
            | ErrorCode::PartsTooSmall
            | ErrorCode::QuotaExceeded
            | ErrorCode::GivenUp => Self::Lasting,
            _ => return None,
        })
    }

    fn of_status(step: Step, status: u16, retry_after: Option<Duration>, has_code: bool) -> Self {
        let about_recording = matches!(
            step,
            Step::Renew | Step::Complete | Step::Look | Step::ListParts | Step::SignPart
        );
        match status {
            401 => Self::SignedOut,
            404 | 410 if about_recording => Self::Gone,
            409 if step == Step::Complete && !has_code => Self::ObjectMissing,
            409 if step == Step::Renew => Self::Unclear,
            407 | 511 => Self::NoWay,
            500 if matches!(step, Step::Initiate { .. }) && !has_code => Self::ServerDefect,
            _ if passes(status) => Self::Passing {
                retry_after,
                slow_down: false,
            },
            _ => Self::Lasting,
        }
    }

    fn of_unreachable(kind: Unreachable) -> Self {
        match kind {
            Unreachable::Dns | Unreachable::NoRoute => Self::NoWay,
            Unreachable::BadCertificate => Self::Lasting,
            _ => PASSING,
        }
    }

    /// What a link that did not open means.
    pub fn of_link(error: &ProveError) -> Self {
        match error {
            ProveError::Unreachable { kind, .. } => Self::of_unreachable(*kind),
            ProveError::CaptivePortal => Self::NoWay,
            ProveError::Refused {
                status,
                retry_after,
            } if passes(*status) => Self::Passing {
                retry_after: *retry_after,
                slow_down: false,
            },
            ProveError::Refused { .. } => Self::LinkRefused,
            ProveError::Unsafe(_) | ProveError::OtherSize { .. } => Self::Lasting,
        }
    }

    /// What a file that cannot be read means.
    pub fn of_source(error: &SourceError) -> Self {
        match error {
            SourceError::NotAnswering(_) => Self::DiskSilent,
            _ => Self::Lasting,
        }
    }

    /// What a failed PUT means.
    pub fn of_send(error: &SendError, ticket_is_for_empty_body: bool) -> Self {
        match error {
            SendError::Source(error) => Self::of_source(error),
            SendError::Connect(error) => match error {
                ConnectError::NoWay {
                    kind: NoWay::Name | NoWay::Route,
                    ..
                }
                | ConnectError::Proxy(ProxyError::NoWay { .. } | ProxyError::WantsSignIn) => {
                    Self::NoWay
                }
                ConnectError::BadCertificate(_)
                | ConnectError::NoTrust(_)
                | ConnectError::Proxy(ProxyError::Unsupported)
                | ConnectError::Unsafe(_) => Self::Lasting,
                ConnectError::NoWay { .. }
                | ConnectError::Handshake(_)
                | ConnectError::Proxy(_) => PASSING,
            },
            SendError::Broken {
                while_writing: true,
                ..
            } => Self::BrokenBody,
            SendError::Stalled(_) => Self::Stalled,
            SendError::Broken { .. } | SendError::NoAnswer(_) => PASSING,
            SendError::Refused(refusal) if ticket_is_for_empty_body && refusal.status == 400 => {
                Self::Lasting
            }
            SendError::Refused(refusal) => Self::of_refusal(refusal),
        }
    }

    /// What a failed PUT of a part means.
    pub fn of_part(error: &SendError) -> Self {
        match error {
            // It is asked for under its upload's name: there is nothing else that could be missing but the bucket.
            SendError::Refused(refusal)
                if refusal.status == 404 && refusal.code != Some(StoreCode::NoSuchBucket) =>
            {
                Self::UploadLost
            }
            _ => Self::of_send(error, false),
        }
    }

    fn of_refusal(refusal: &Refusal) -> Self {
        let passing = |slow_down| Self::Passing {
            retry_after: refusal.retry_after,
            slow_down,
        };
        match (&refusal.code, refusal.status) {
            (Some(StoreCode::SlowDown), _) => passing(true),
            (
                Some(
                    StoreCode::RequestTimeout
                    | StoreCode::InternalError
                    | StoreCode::ConditionalRequestConflict,
                ),
                _,
            ) => passing(false),
            (Some(StoreCode::BadDigest), _) => Self::Mismatch,
            (Some(StoreCode::NoSuchUpload), _) => Self::UploadLost,
            (Some(StoreCode::Expired), _) | (_, 401 | 403) => Self::TicketRefused,
            (Some(StoreCode::PreconditionFailed), _) | (_, 412) => Self::ObjectExists,
            (_, 407 | 511) => Self::NoWay,
            // A network's sign-in page; a page with another status is a proxy's, and its status counts.
            (None, 200..=399) if refusal.is_web_page => Self::NoWay,
            // An answer before the last byte was sent, or one that is cut off.
            (None, 200..=299) => passing(false),
            (_, status) if passes(status) => passing(false),
            _ => Self::Lasting,
        }
    }
}

/// Whether a status speaks of a failure that passes. 501 and 505 do not: they are about the request as such.
fn passes(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502..=504 | 506..=510 | 512..=599)
}

#[cfg(test)]
mod tests;

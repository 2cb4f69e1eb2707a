//! What a failure of the file, the ticket, the store or the journal means to its user.

use std::path::Path;
use std::time::Duration;

use media::{LooksLike, NotWebm, Refusal as MediaRefusal};

use super::{Code, Diagnosis};
use crate::engine::BadList;
use crate::journal::JournalError;
use crate::source::{Change, SourceError};
use crate::ticket::TicketError;
use crate::transport::{ConnectError, NoWay, ProxyError, Refusal, SendError, StoreCode};

/// What is wrong with a file that was looked at.
pub fn of_media(refusal: &MediaRefusal) -> Diagnosis {
    match refusal {
        MediaRefusal::Empty => Diagnosis::of(Code::EmptyFile),
        MediaRefusal::NotEbml { looks_like } => not_webm(*looks_like),
        MediaRefusal::NotWebm {
            reason: reason @ NotWebm::Codec { .. },
        } => Diagnosis::of(Code::UnsupportedCodec)
            .saying(format!("This file cannot be used: {reason}.")),
        MediaRefusal::NotWebm { reason } => {
            Diagnosis::of(Code::NotWebm).saying(format!("This is not a WebM recording: {reason}."))
        }
        MediaRefusal::Truncated { missing_bytes, .. } => {
            Diagnosis::of(Code::Truncated).saying(format!(
                "The recording is cut off: at least {missing_bytes} bytes are missing at its end."
            ))
        }
        MediaRefusal::Io(_) => Diagnosis::of(Code::Unreadable),
    }
}

fn not_webm(looks_like: LooksLike) -> Diagnosis {
    Diagnosis::of(Code::NotWebm).saying(format!(
        "This is not a WebM recording: it looks like {looks_like}."
    ))
}

/// What is wrong with a file that was to be read.
pub(crate) fn of_source(error: &SourceError, path: &Path) -> Diagnosis {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match error {
        SourceError::Gone => Diagnosis::of(Code::SourceGone)
            .saying(format!("“{name}” is no longer where it was."))
            .hinting("Put it back and try again, or choose it again where it is now."),
        SourceError::NotAFile => Diagnosis::of(Code::NotAFile),
        SourceError::Changed(change) => {
            let how = match change {
                Change::Size => "changed its size",
                Change::Modified => "was written to",
                Change::Replaced => "was replaced by another file",
                Change::Content => "changed its content",
            };
            Diagnosis::of(Code::SourceChanged)
                .saying(format!(
                    "“{name}” {how} after it was chosen, so it was not uploaded."
                ))
                .hinting("Choose it again to upload it as it is now.")
                .retryable(false)
        }
        SourceError::NotAnswering(limit) => silent_disk(&name, *limit),
        SourceError::Unreadable(error) => {
            Diagnosis::of(Code::Unreadable).saying(format!("“{name}” cannot be read: {error}."))
        }
    }
}

/// A disk that says nothing.
fn silent_disk(name: &str, limit: Duration) -> Diagnosis {
    Diagnosis::of(Code::DriveNotAnswering).saying(format!(
        "The drive with “{name}” isn't answering: it said nothing for {} seconds.",
        limit.as_secs()
    ))
}

/// More bytes than one request may carry.
pub(crate) fn too_large(size_bytes: u64, most_bytes: u64) -> Diagnosis {
    Diagnosis::of(Code::TooLarge)
        .saying(format!(
            "This recording has {}, and this server takes at most {}.",
            readable(size_bytes),
            readable(most_bytes)
        ))
        .retryable(false)
}

/// Bytes in the unit that people read, with a decimal.
#[allow(clippy::cast_precision_loss)] // one decimal is shown
fn readable(bytes: u64) -> String {
    let (unit, name) = match bytes {
        1_073_741_824.. => (1_073_741_824, "GiB"),
        1_048_576.. => (1_048_576, "MiB"),
        1024.. => (1024, "KiB"),
        _ => return format!("{bytes} bytes"),
    };
    format!("{:.1} {name}", bytes as f64 / f64::from(unit))
}

/// What is wrong with a ticket.
pub(crate) fn of_ticket(error: &TicketError) -> Diagnosis {
    match error {
        TicketError::Unsafe(reason) => Diagnosis::of(Code::UnsafeTicket).saying(format!(
            "The upload address that the server gave out must not be used: {reason}."
        )),
        TicketError::Malformed => Diagnosis::of(Code::UnexpectedAnswer)
            .saying("The upload address that the server gave out is malformed."),
        TicketError::UnknownHeader(name) => Diagnosis::of(Code::SignedHeaderUnknown).saying(
            format!("The upload address demands the header `{name}`, and the server did not say which value it has."),
        ),
        TicketError::OtherHost => Diagnosis::of(Code::UnsafeTicket).saying(
            "The server wants to send a part of the recording to another place than the parts before, so it was not sent.",
        ).hinting(
            "Tell the server's administrator. If its storage has moved meanwhile, choose the recording again: it is sent \
             anew.",
        ),
        TicketError::BadHeader(name) => Diagnosis::of(Code::UnexpectedAnswer).saying(format!(
            "The server names a header for the upload, `{name}`, that cannot be sent."
        )),
    }
}

/// What a PUT that came to nothing means.
pub(crate) fn of_send(error: &SendError, ticket_is_for_empty_body: bool, path: &Path) -> Diagnosis {
    match error {
        SendError::Source(error) => of_source(error, path),
        SendError::Connect(error) => of_connect(error),
        SendError::Broken { .. } => Diagnosis::of(Code::ConnectionLost),
        SendError::Stalled(limit) => Diagnosis::of(Code::ConnectionLost).saying(format!(
            "The store took nothing more for {} seconds.",
            limit.as_secs()
        )),
        SendError::NoAnswer(limit) => Diagnosis::of(Code::ConnectionLost).saying(format!(
            "Everything was sent, and the store did not answer for {} seconds.",
            limit.as_secs()
        )),
        SendError::Refused(refusal) if ticket_is_for_empty_body && refusal.status == 400 => {
            Diagnosis::of(Code::TicketForEmptyBody).for_request(refusal.request_id.clone())
        }
        SendError::Refused(refusal) => of_refusal(refusal),
    }
}

fn of_connect(error: &ConnectError) -> Diagnosis {
    let what = match error {
        ConnectError::NoWay { kind, .. } => match kind {
            NoWay::Name => "the name of the store could not be resolved",
            NoWay::Route => "there is no way to the store",
            NoWay::Refused => "the store does not accept connections",
            NoWay::Timeout => "the store did not answer in time",
            NoWay::Other => "the connection to the store failed",
        },
        ConnectError::Handshake(_) => "no secure connection to the store could be made",
        ConnectError::Proxy(ProxyError::WantsSignIn) => {
            return Diagnosis::of(Code::CaptivePortal);
        }
        ConnectError::Proxy(reason) => return of_proxy(reason),
        ConnectError::Unsafe(reason) => {
            return Diagnosis::of(Code::UnsafeTicket).saying(format!(
                "The upload address that the server gave out must not be used: {reason}."
            ));
        }
        ConnectError::BadCertificate(_) | ConnectError::NoTrust(_) => {
            return Diagnosis::of(Code::BadCertificate);
        }
    };
    Diagnosis::of(Code::ServerUnreachable)
        .saying(format!("The recording cannot be sent now: {what}."))
}

/// A proxy is a setting of this computer's: whoever reads this may have to change it.
fn of_proxy(reason: &ProxyError) -> Diagnosis {
    Diagnosis::of(Code::ServerUnreachable)
        .saying(format!("The recording cannot be sent now: {reason}."))
        .hinting(
            "Check the proxy in this computer's network settings or in HTTPS_PROXY, and try again. Hosts that need none \
             belong into NO_PROXY.",
        )
}

fn of_refusal(refusal: &Refusal) -> Diagnosis {
    let code = match (&refusal.code, refusal.status) {
        (Some(StoreCode::Expired), _) => Code::TicketExpired,
        (Some(StoreCode::SignatureDoesNotMatch), _) => Code::SignatureMismatch,
        (Some(StoreCode::RequestTimeTooSkewed), _) => Code::ClockSkew,
        (Some(StoreCode::EntityTooLarge), _) | (None, 413) => Code::TooLarge,
        (Some(StoreCode::BadDigest), _) => Code::Integrity,
        (Some(StoreCode::NoSuchUpload), _) => return upload_lost(),
        (None, 200..=399 | 511) if refusal.is_web_page => Code::CaptivePortal,
        (None, 407) => Code::CaptivePortal,
        (None, 200..=299) => Code::UnexpectedAnswer,
        (_, 500..=599) => Code::ServerFailed,
        _ => Code::StoreRefused,
    };
    let diagnosis = Diagnosis::of(code).for_request(refusal.request_id.clone());
    match code {
        Code::StoreRefused => {
            diagnosis.saying(format!("The store refused the upload ({refusal})."))
        }
        Code::ServerFailed => diagnosis.saying(format!("The store failed ({refusal}).")),
        _ => diagnosis,
    }
}

/// The store had something else than what was sent, too often. What was said of it the last time says whose that is.
pub(crate) fn of_mismatch(last: &Diagnosis) -> Diagnosis {
    if last.code == Code::Integrity {
        return last.clone();
    }
    Diagnosis::of(Code::Integrity).for_request(last.request_id.clone())
}

/// What is wrong with the journal.
pub(crate) fn of_journal(error: &JournalError) -> Diagnosis {
    match error {
        JournalError::Busy => Diagnosis::of(Code::JobBusy),
        JournalError::Unknown => Diagnosis::of(Code::UnknownJob),
        JournalError::Damaged(job) => Diagnosis::of(Code::UnknownJob)
            .saying(format!(
                "The record of upload {job} is damaged and cannot be used."
            ))
            .hinting("Your recording is where it was: choose it again."),
        JournalError::Newer(job) => Diagnosis::of(Code::UnknownJob)
            .saying(format!(
                "Upload {job} was begun by a newer version of this program, which this one cannot go on with."
            ))
            .hinting("Nothing is lost: update the program, and the upload goes on."),
        JournalError::Unwritable(error) => Diagnosis::of(Code::DiskUnwritable).saying(format!(
            "The progress of uploads cannot be written down: {error}."
        )),
        JournalError::Unreadable(error) => Diagnosis::of(Code::DiskUnwritable)
            .saying(format!("The record of uploads cannot be read: {error}.")),
    }
}

/// Why a single PUT begins again after its program was started again.
pub(crate) fn started_again() -> Diagnosis {
    Diagnosis::of(Code::Interrupted)
        .saying("The upload was interrupted; sending starts again from the beginning.")
        .hinting("There is nothing to do.")
        .retryable(true)
}

/// Why a single PUT begins again after a sleep.
pub(crate) fn slept() -> Diagnosis {
    Diagnosis::of(Code::ConnectionLost)
        .saying("The computer slept; sending starts again from the beginning.")
        .hinting("There is nothing to do.")
}

/// What a paused upload says.
pub(crate) fn paused() -> Diagnosis {
    Diagnosis::of(Code::Interrupted)
        .saying("The upload is paused.")
        .hinting("It goes on when you say so.")
}

/// Why a single PUT begins again after a pause.
pub(crate) fn resumed() -> Diagnosis {
    Diagnosis::of(Code::Interrupted)
        .saying("The upload was paused; sending starts again from the beginning.")
        .hinting("There is nothing to do.")
}

/// Why parts are sent again after a sleep.
pub(crate) fn slept_in_parts() -> Diagnosis {
    Diagnosis::of(Code::ConnectionLost)
        .saying("The computer slept; what was on its way is sent again.")
        .hinting("There is nothing to do.")
}

/// What happens before an interrupted upload in parts goes on.
pub(crate) fn checking() -> Diagnosis {
    Diagnosis::of(Code::Interrupted)
        .saying("Checking what has arrived already; only what is missing is sent.")
        .hinting("There is nothing to do.")
}

/// The store has thrown away what had arrived.
pub(crate) fn upload_lost() -> Diagnosis {
    Diagnosis::of(Code::StoreRefused)
        .saying("The store gave up what had arrived of this upload, so it is sent again from the beginning.")
        .hinting("There is nothing to do. If it stays so, tell the server's administrator.")
}

/// The same bytes of the file were something else a moment ago, and nothing tells that it was written to.
pub(crate) fn reads_differently(path: &Path) -> Diagnosis {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Diagnosis::of(Code::SourceChanged)
        .saying(format!(
            "“{name}” reads differently from one time to the next, so it was not uploaded."
        ))
        .hinting("Choose it again. If it stays so, its disk may be faulty.")
        .retryable(true)
}

/// A list of parts that makes no sense.
pub(crate) fn of_bad_list(error: BadList) -> Diagnosis {
    Diagnosis::of(Code::UnexpectedAnswer).saying(format!(
        "The server's list of what has arrived makes no sense: {error}."
    ))
}

/// More parts than any store takes.
pub(crate) fn too_many_parts() -> Diagnosis {
    Diagnosis::of(Code::UnexpectedAnswer)
        .saying("The server's parts are too small for a recording of this size.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_the_code_of_its_cause() {
        for (code, status, expected) in [
            (Some(StoreCode::Expired), 403, Code::TicketExpired),
            (
                Some(StoreCode::SignatureDoesNotMatch),
                403,
                Code::SignatureMismatch,
            ),
            (Some(StoreCode::RequestTimeTooSkewed), 403, Code::ClockSkew),
            (Some(StoreCode::AccessDenied), 403, Code::StoreRefused),
            (Some(StoreCode::EntityTooLarge), 400, Code::TooLarge),
            (Some(StoreCode::InternalError), 500, Code::ServerFailed),
            (None, 413, Code::TooLarge),
            (None, 403, Code::StoreRefused),
        ] {
            let refusal = Refusal {
                status,
                code,
                message: None,
                request_id: Some("R1".to_owned()),
                retry_after: None,
                is_web_page: false,
            };
            let diagnosis = of_refusal(&refusal);
            assert_eq!(diagnosis.code, expected, "{refusal}");
            assert_eq!(diagnosis.request_id.as_deref(), Some("R1"));
        }
    }

    #[test]
    fn a_changed_file_is_named() {
        let text = of_source(
            &SourceError::Changed(Change::Size),
            Path::new("/a/demo.webm"),
        );
        assert_eq!(
            text.to_string(),
            "“demo.webm” changed its size after it was chosen, so it was not uploaded. Choose it again to upload it as it is now."
        );
    }

    #[test]
    fn parts_that_would_go_elsewhere_are_no_address_that_is_private() {
        let text = of_ticket(&TicketError::OtherHost);
        assert_eq!((text.code, text.retryable), (Code::UnsafeTicket, false));
        assert!(text.hint.contains("If its storage has moved"), "{text}");
        assert!(!text.hint.contains("private"), "{text}");
    }

    #[test]
    fn who_is_to_blame_in_the_end_is_who_was_before() {
        let missing = Diagnosis::of(Code::Integrity).hinting("Tell the server's administrator.");
        assert_eq!(of_mismatch(&missing), missing);
        let other = Diagnosis::of(Code::StoreRefused).for_request(Some("R1".to_owned()));
        let garbled = Diagnosis::of(Code::Integrity).for_request(Some("R1".to_owned()));
        assert_eq!(of_mismatch(&other), garbled);
    }

    #[test]
    fn sizes_are_readable() {
        for (bytes, expected) in [
            (900, "900 bytes"),
            (6_442_450_944, "6.0 GiB"),
            (1_572_864, "1.5 MiB"),
        ] {
            assert_eq!(readable(bytes), expected);
        }
    }
}

//! The texts that people read, held still; and the table from failures to codes.

use std::fmt::Write;

use std::io;
use std::time::Duration;

use wire::{ErrorBody, ErrorCode, Messages, UploadStatus};

use super::*;
use crate::backend::{BackendError, NotOurs, ProveError, Unreachable};
use crate::download::DownloadError;
use crate::session::{InvalidServer, UnsafeAddress};

fn refused(status: u16, message: Option<&str>, code: Option<ErrorCode>) -> BackendError {
    BackendError::Refused {
        status,
        body: message.map(|message| {
            Box::new(ErrorBody {
                status_code: status,
                message: Messages::One(message.to_owned()),
                error: None,
                code,
                request_id: None,
            })
        }),
        retry_after: None,
        request_id: None,
    }
}

/// The same, by a server that says when to come back.
fn asked_to_wait(mut error: BackendError, seconds: u64) -> BackendError {
    if let BackendError::Refused { retry_after, .. } = &mut error {
        *retry_after = Some(Duration::from_secs(seconds));
    }
    error
}

fn unreachable(kind: Unreachable) -> BackendError {
    BackendError::Unreachable { kind, source: None }
}

fn shown(out: &mut String, title: &str, diagnosis: &Diagnosis) {
    let again = if diagnosis.retryable {
        "can be retried"
    } else {
        "stays so"
    };
    let Diagnosis {
        code,
        message,
        hint,
        ..
    } = diagnosis;
    writeln!(out, "{title}: {code} ({again})\n  {message}\n  {hint}\n").unwrap();
}

const INITIATE: Step = Step::Initiate { task_is_uuid: true };

#[test]
fn every_code_has_its_text() {
    let mut texts = String::new();
    for &code in Code::ALL {
        shown(&mut texts, "alone", &Diagnosis::of(code));
    }
    insta::assert_snapshot!(texts);
}

#[test]
fn texts_are_whole_sentences_for_people() {
    for &code in Code::ALL {
        let Diagnosis { message, hint, .. } = Diagnosis::of(code);
        for text in [&message, &hint] {
            assert!(text.ends_with('.'), "{code}: {text}");
            assert!(text.starts_with(char::is_uppercase), "{code}: {text}");
            for jargon in ["HTTP ", "JSON", "401", "TLS", "presigned", "null", "  "] {
                assert!(!text.contains(jargon), "{code}: {text}");
            }
        }
    }
}

#[test]
fn what_the_network_did_is_told_in_plain_words() {
    let mut texts = String::new();
    for (title, step, error) in [
        (
            "dns at sign-in",
            Step::Connect,
            unreachable(Unreachable::Dns),
        ),
        (
            "refused at sign-in",
            Step::Connect,
            unreachable(Unreachable::Refused),
        ),
        (
            "no route while uploading",
            INITIATE,
            unreachable(Unreachable::NoRoute),
        ),
        (
            "timeout while completing",
            Step::Complete,
            unreachable(Unreachable::Timeout),
        ),
        (
            "reset while listing",
            Step::ListRecordings,
            unreachable(Unreachable::Reset),
        ),
        (
            "certificate",
            INITIATE,
            unreachable(Unreachable::BadCertificate),
        ),
        ("other", Step::Look, unreachable(Unreachable::Other)),
    ] {
        shown(&mut texts, title, &of_backend(step, &error));
    }
    insta::assert_snapshot!(texts);
}

#[test]
fn what_the_server_said_is_told_in_plain_words() {
    let mut texts = String::new();
    for (title, step, error) in [
        (
            "token refused",
            Step::SignInWithToken,
            BackendError::SignedOut,
        ),
        ("wrong password", Step::SignIn, refused(401, None, None)),
        ("session over", Step::Look, BackendError::SignedOut),
        (
            "500, odd task",
            Step::Initiate {
                task_is_uuid: false,
            },
            refused(500, None, None),
        ),
        ("500, uuid task", INITIATE, refused(500, None, None)),
        ("503 at a gateway", Step::Complete, refused(503, None, None)),
        (
            "store unavailable",
            Step::Complete,
            refused(503, Some("x"), Some(ErrorCode::StoreUnavailable)),
        ),
        (
            "object missing",
            Step::Complete,
            refused(409, Some("x"), Some(ErrorCode::ObjectMissing)),
        ),
        (
            "parts refused",
            Step::Complete,
            refused(409, Some("x"), Some(ErrorCode::PartsMismatch)),
        ),
        (
            "parts too small",
            Step::Complete,
            refused(409, Some("x"), Some(ErrorCode::PartsTooSmall)),
        ),
        (
            "quota",
            INITIATE,
            refused(
                403,
                Some("your organisation may begin 10 recordings a day (UTC), and has today"),
                Some(ErrorCode::QuotaExceeded),
            ),
        ),
        (
            "too many calls",
            Step::ListRecordings,
            asked_to_wait(refused(429, Some("x"), Some(ErrorCode::RateLimited)), 1),
        ),
        (
            "too many calls of an upload",
            Step::SignPart,
            asked_to_wait(refused(429, Some("x"), Some(ErrorCode::RateLimited)), 9),
        ),
        (
            "too many calls, without a code",
            Step::Look,
            refused(429, None, None),
        ),
        (
            "too many passwords",
            Step::SignIn,
            asked_to_wait(
                refused(429, Some("x"), Some(ErrorCode::TooManyAttempts)),
                421,
            ),
        ),
        (
            "object changed",
            Step::Look,
            refused(409, Some("x"), Some(ErrorCode::ObjectChanged)),
        ),
        (
            "strict",
            INITIATE,
            refused(400, Some("property x\u{1b}[31m should not exist"), None),
        ),
        (
            "task refused",
            INITIATE,
            refused(400, Some("taskId must be a UUID"), None),
        ),
    ] {
        shown(&mut texts, title, &of_backend(step, &error));
    }
    insta::assert_snapshot!(texts);
}

#[test]
fn links_downloads_and_addresses_are_told_in_plain_words() {
    let mut texts = String::new();
    let full = DownloadError::Unwritable {
        path: "demo.webm.part".into(),
        source: io::ErrorKind::StorageFull.into(),
    };
    let forbidden = DownloadError::Unwritable {
        path: "demo.webm.part".into(),
        source: io::ErrorKind::PermissionDenied.into(),
    };
    let link = |status| ProveError::Refused {
        status,
        retry_after: None,
    };
    for (title, diagnosis) in [
        ("pending", of_incomplete(UploadStatus::Pending)),
        ("failed", of_incomplete(UploadStatus::Failed)),
        ("link refused", of_link(&link(403))),
        (
            "link to something else",
            of_link(&ProveError::OtherSize {
                stated_bytes: 7,
                expected_bytes: 1234,
            }),
        ),
        (
            "unsafe link",
            of_link(&ProveError::Unsafe(UnsafeAddress::PrivateHost)),
        ),
        (
            "store away",
            of_link(&ProveError::Unreachable {
                kind: Unreachable::Dns,
                source: None,
            }),
        ),
        (
            "exists",
            of_download(&DownloadError::Exists("demo.webm".into())),
        ),
        (
            "cut off",
            of_download(&DownloadError::WrongSize {
                arrived: 1,
                expected: 2,
            }),
        ),
        ("disk full", of_download(&full)),
        ("no permission", of_download(&forbidden)),
        (
            "no address",
            of_server(&InvalidServer::NotAnAddress(String::new())),
        ),
        ("plain http", of_server(&InvalidServer::Insecure)),
    ] {
        shown(&mut texts, title, &diagnosis);
    }
    insta::assert_snapshot!(texts);
}

#[test]
fn refusals_get_their_codes() {
    for (step, error, code) in [
        (
            Step::SignIn,
            refused(401, None, None),
            Code::WrongCredentials,
        ),
        (
            Step::SignIn,
            refused(429, None, None),
            Code::TooManyAttempts,
        ),
        (
            Step::SignIn,
            refused(404, None, None),
            Code::NotARecordingsServer,
        ),
        (Step::Look, refused(401, None, None), Code::SignedOut),
        (Step::Look, refused(403, None, None), Code::Forbidden),
        (Step::Look, refused(404, None, None), Code::NotFound),
    ] {
        assert_eq!(of_backend(step, &error).code, code, "{step}: {error}");
    }
}

#[test]
fn refusals_of_an_upload_get_their_codes() {
    for (step, error, code) in [
        (INITIATE, refused(404, None, None), Code::UnknownTask),
        (
            INITIATE,
            refused(400, Some("x"), Some(ErrorCode::InvalidTaskId)),
            Code::InvalidTask,
        ),
        (INITIATE, refused(413, None, None), Code::TooLarge),
        (
            INITIATE,
            refused(409, Some("x"), Some(ErrorCode::IdempotencyConflict)),
            Code::Conflict,
        ),
        (INITIATE, refused(410, None, None), Code::GivenUp),
        (
            INITIATE,
            refused(503, Some("x"), Some(ErrorCode::StoreNotConfigured)),
            Code::StoreNotConfigured,
        ),
        (INITIATE, refused(418, None, None), Code::UnexpectedAnswer),
        (
            Step::Complete,
            refused(409, Some("x"), Some(ErrorCode::SizeMismatch)),
            Code::Integrity,
        ),
        (
            Step::Complete,
            refused(400, Some("Recording is already COMPLETE"), None),
            Code::Conflict,
        ),
    ] {
        assert_eq!(of_backend(step, &error).code, code, "{step}: {error}");
    }
}

#[test]
fn what_is_no_backend_gets_its_code() {
    let not_ours = |what| BackendError::NotOurs { what };
    for (step, error, code) in [
        (
            Step::Connect,
            not_ours(NotOurs::Html),
            Code::NotARecordingsServer,
        ),
        (
            Step::Connect,
            not_ours(NotOurs::CaptivePortal),
            Code::CaptivePortal,
        ),
        (INITIATE, not_ours(NotOurs::Html), Code::CaptivePortal),
        (INITIATE, not_ours(NotOurs::Garbled), Code::UnexpectedAnswer),
        (
            Step::Restore,
            not_ours(NotOurs::NoRecordingsApi),
            Code::NotARecordingsServer,
        ),
    ] {
        assert_eq!(of_backend(step, &error).code, code, "{step}: {error}");
    }
}

#[test]
fn already_complete_is_recognised_by_code_and_by_words() {
    for (error, expected) in [
        (
            refused(400, Some("Recording is already COMPLETE"), None),
            true,
        ),
        (
            refused(400, Some("other values"), Some(ErrorCode::AlreadyComplete)),
            true,
        ),
        (refused(400, Some("fileSize must be positive"), None), false),
        (
            refused(404, Some("Recording is already COMPLETE"), None),
            false,
        ),
        (refused(400, None, None), false),
    ] {
        assert_eq!(error.is_already_complete(), expected, "{error}");
    }
}

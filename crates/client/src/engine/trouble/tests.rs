use super::*;
use crate::source::{Change, SourceError};
use wire::{ErrorBody, Messages};

const INITIATE: Step = Step::Initiate { task_is_uuid: true };

fn refused(status: u16, message: &str, code: Option<ErrorCode>) -> BackendError {
    BackendError::Refused {
        status,
        body: Some(Box::new(ErrorBody {
            status_code: status,
            message: Messages::One(message.to_owned()),
            error: None,
            code,
            request_id: None,
        })),
        retry_after: None,
        request_id: None,
    }
}

#[test]
fn a_backends_refusals() {
    for (step, status, code, expected) in [
        (INITIATE, 500, None, Trouble::ServerDefect),
        (INITIATE, 500, Some(ErrorCode::Internal), PASSING),
        (
            INITIATE,
            503,
            Some(ErrorCode::StoreNotConfigured),
            Trouble::Lasting,
        ),
        (INITIATE, 503, Some(ErrorCode::StoreUnavailable), PASSING),
        (INITIATE, 429, None, PASSING),
        (INITIATE, 404, None, Trouble::Lasting),
        (INITIATE, 400, None, Trouble::Lasting),
        (INITIATE, 403, None, Trouble::Lasting),
        (
            INITIATE,
            409,
            Some(ErrorCode::IdempotencyConflict),
            Trouble::Lasting,
        ),
        (INITIATE, 410, Some(ErrorCode::GivenUp), Trouble::Lasting),
        (INITIATE, 401, None, Trouble::SignedOut),
        (INITIATE, 511, None, Trouble::NoWay),
        (INITIATE, 501, None, Trouble::Lasting),
        (INITIATE, 520, None, PASSING),
        (Step::Renew, 404, None, Trouble::Gone),
        (
            Step::Renew,
            409,
            Some(ErrorCode::NotPending),
            Trouble::Unclear,
        ),
        (Step::Look, 404, Some(ErrorCode::NotFound), Trouble::Gone),
        (Step::Look, 500, None, PASSING),
        (Step::Complete, 409, None, Trouble::ObjectMissing),
        (
            Step::Complete,
            409,
            Some(ErrorCode::ObjectMissing),
            Trouble::ObjectMissing,
        ),
        (
            Step::Complete,
            409,
            Some(ErrorCode::SizeMismatch),
            Trouble::Mismatch,
        ),
        (
            Step::Complete,
            409,
            Some(ErrorCode::ChecksumMismatch),
            Trouble::Mismatch,
        ),
        (
            Step::Complete,
            400,
            Some(ErrorCode::AlreadyComplete),
            Trouble::Unclear,
        ),
        (
            Step::Complete,
            400,
            Some(ErrorCode::KeyMismatch),
            Trouble::Lasting,
        ),
        (Step::Complete, 400, None, Trouble::Lasting),
        (
            Step::Complete,
            409,
            Some(ErrorCode::UploadAborted),
            Trouble::UploadLost,
        ),
        (
            Step::Complete,
            409,
            Some(ErrorCode::PartsMismatch),
            Trouble::Mismatch,
        ),
        (Step::SignPart, 404, None, Trouble::Gone),
        (
            Step::SignPart,
            410,
            Some(ErrorCode::GivenUp),
            Trouble::UploadLost,
        ),
        (
            Step::ListParts,
            409,
            Some(ErrorCode::NotPending),
            Trouble::UploadLost,
        ),
        (Step::ListParts, 503, None, PASSING),
    ] {
        let error = refused(status, "no", code);
        assert_eq!(
            Trouble::of_backend(step, &error),
            expected,
            "{step} {error}"
        );
    }
    let words = refused(400, "Recording is already COMPLETE", None);
    assert_eq!(
        Trouble::of_backend(Step::Complete, &words),
        Trouble::Unclear
    );
    assert_eq!(Trouble::of_backend(INITIATE, &words), Trouble::Lasting);
}

#[test]
fn a_backend_that_cannot_be_reached() {
    for (kind, expected) in [
        (Unreachable::Dns, Trouble::NoWay),
        (Unreachable::NoRoute, Trouble::NoWay),
        (Unreachable::Refused, PASSING),
        (Unreachable::Timeout, PASSING),
        (Unreachable::Reset, PASSING),
        (Unreachable::BadCertificate, Trouble::Lasting),
    ] {
        let error = BackendError::Unreachable { kind, source: None };
        assert_eq!(Trouble::of_backend(INITIATE, &error), expected, "{kind}");
    }
    for (what, at_initiate, at_complete) in [
        (NotOurs::Html, Trouble::NoWay, Trouble::NoWay),
        (NotOurs::CaptivePortal, Trouble::NoWay, Trouble::NoWay),
        (NotOurs::NoRecordingsApi, PASSING, PASSING),
        (NotOurs::Garbled, Trouble::Lasting, Trouble::Unclear),
        (NotOurs::NotJson, Trouble::Lasting, Trouble::Unclear),
    ] {
        let error = BackendError::NotOurs { what };
        assert_eq!(Trouble::of_backend(INITIATE, &error), at_initiate, "{what}");
        assert_eq!(
            Trouble::of_backend(Step::Complete, &error),
            at_complete,
            "{what}"
        );
    }
}

fn refusal(status: u16, code: Option<StoreCode>, is_web_page: bool) -> SendError {
    SendError::Refused(Box::new(Refusal {
        status,
        code,
        message: None,
        request_id: None,
        retry_after: Some(Duration::from_secs(3)),
        is_web_page,
    }))
}

#[test]
fn a_stores_refusals() {
    let passing = |slow_down| Trouble::Passing {
        retry_after: Some(Duration::from_secs(3)),
        slow_down,
    };
    for (status, code, is_web_page, expected) in [
        (
            403,
            Some(StoreCode::AccessDenied),
            false,
            Trouble::TicketRefused,
        ),
        (403, Some(StoreCode::Expired), false, Trouble::TicketRefused),
        (
            403,
            Some(StoreCode::SignatureDoesNotMatch),
            false,
            Trouble::TicketRefused,
        ),
        (
            403,
            Some(StoreCode::RequestTimeTooSkewed),
            false,
            Trouble::TicketRefused,
        ),
        (403, None, true, Trouble::TicketRefused),
        (400, Some(StoreCode::Expired), false, Trouble::TicketRefused),
        (412, None, false, Trouble::ObjectExists),
        (
            412,
            Some(StoreCode::PreconditionFailed),
            false,
            Trouble::ObjectExists,
        ),
        (
            409,
            Some(StoreCode::ConditionalRequestConflict),
            false,
            passing(false),
        ),
        (400, Some(StoreCode::BadDigest), false, Trouble::Mismatch),
        (400, Some(StoreCode::RequestTimeout), false, passing(false)),
        (503, Some(StoreCode::SlowDown), false, passing(true)),
        (500, Some(StoreCode::InternalError), false, passing(false)),
        (502, None, true, passing(false)),
        (408, None, false, passing(false)),
        (429, None, false, passing(false)),
        (520, None, false, passing(false)),
        (
            400,
            Some(StoreCode::EntityTooLarge),
            false,
            Trouble::Lasting,
        ),
        (413, None, false, Trouble::Lasting),
        (404, Some(StoreCode::NoSuchBucket), false, Trouble::Lasting),
        (
            400,
            Some(StoreCode::Other("InvalidRequest".to_owned())),
            false,
            Trouble::Lasting,
        ),
        (
            501,
            Some(StoreCode::Other("NotImplemented".to_owned())),
            false,
            Trouble::Lasting,
        ),
        (
            307,
            Some(StoreCode::Other("TemporaryRedirect".to_owned())),
            false,
            Trouble::Lasting,
        ),
        (302, None, true, Trouble::NoWay),
        (200, None, true, Trouble::NoWay),
        (511, None, true, Trouble::NoWay),
        (407, None, false, Trouble::NoWay),
        (200, None, false, passing(false)),
    ] {
        let error = refusal(status, code, is_web_page);
        assert_eq!(Trouble::of_send(&error, false), expected, "{error}");
    }
    let odd = refusal(400, Some(StoreCode::RequestTimeout), false);
    assert_eq!(
        Trouble::of_send(&odd, true),
        Trouble::Lasting,
        "a ticket for an empty body"
    );
}

#[test]
fn what_is_missing_for_a_part_is_its_upload() {
    for (status, code, expected) in [
        (404, Some(StoreCode::NoSuchUpload), Trouble::UploadLost),
        (
            404,
            Some(StoreCode::Other("NoSuchKey".to_owned())),
            Trouble::UploadLost,
        ),
        (404, None, Trouble::UploadLost),
        (404, Some(StoreCode::NoSuchBucket), Trouble::Lasting),
        (403, None, Trouble::TicketRefused),
    ] {
        let error = refusal(status, code, false);
        assert_eq!(Trouble::of_part(&error), expected, "{error}");
    }
}

#[test]
fn a_store_that_cannot_be_reached() {
    let no_way = |kind| SendError::Connect(ConnectError::NoWay { kind, source: None });
    let broken = |while_writing| SendError::Broken {
        while_writing,
        source: None,
    };
    for (error, expected) in [
        (no_way(NoWay::Name), Trouble::NoWay),
        (no_way(NoWay::Route), Trouble::NoWay),
        (no_way(NoWay::Refused), PASSING),
        (no_way(NoWay::Timeout), PASSING),
        (broken(true), Trouble::BrokenBody),
        (broken(false), PASSING),
        (SendError::Stalled(Duration::ZERO), Trouble::Stalled),
        (SendError::NoAnswer(Duration::ZERO), PASSING),
        (SourceError::Changed(Change::Size).into(), Trouble::Lasting),
    ] {
        assert_eq!(Trouble::of_send(&error, false), expected, "{error}");
    }
}

#[test]
fn links() {
    for (status, expected) in [
        (403, Trouble::LinkRefused),
        (404, Trouble::LinkRefused),
        (
            503,
            Trouble::Passing {
                retry_after: None,
                slow_down: false,
            },
        ),
    ] {
        let error = ProveError::Refused {
            status,
            retry_after: None,
        };
        assert_eq!(Trouble::of_link(&error), expected, "{status}");
    }
    assert_eq!(Trouble::of_link(&ProveError::CaptivePortal), Trouble::NoWay);
}

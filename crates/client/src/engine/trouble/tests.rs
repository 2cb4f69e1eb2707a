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

fn of_backend(step: Step, status: u16, code: Option<ErrorCode>) -> Trouble {
    Trouble::of_backend(step, &refused(status, "no", code))
}

#[test]
fn a_backend_that_keeps_no_place() {
    use ErrorCode::{
        GivenUp, IdempotencyConflict, Internal, QuotaExceeded, RateLimited, StoreNotConfigured,
        StoreUnavailable,
    };
    for (status, code, expected) in [
        (500, None, Trouble::ServerDefect),
        (500, Some(Internal), PASSING),
        (503, Some(StoreNotConfigured), Trouble::Lasting),
        (503, Some(StoreUnavailable), PASSING),
        (429, None, PASSING),
        (429, Some(RateLimited), PASSING),
        (403, Some(QuotaExceeded), Trouble::Lasting),
        (404, None, Trouble::Lasting),
        (400, None, Trouble::Lasting),
        (403, None, Trouble::Lasting),
        (409, Some(IdempotencyConflict), Trouble::Lasting),
        (410, Some(GivenUp), Trouble::Lasting),
        (401, None, Trouble::SignedOut),
        (511, None, Trouble::NoWay),
        (501, None, Trouble::Lasting),
        (520, None, PASSING),
    ] {
        let trouble = of_backend(INITIATE, status, code);
        assert_eq!(trouble, expected, "{status} {code:?}");
    }
}

#[test]
fn a_backend_that_does_not_complete() {
    use ErrorCode::{AlreadyComplete, ChecksumMismatch, KeyMismatch, ObjectMissing, SizeMismatch};
    for (status, code, expected) in [
        (409, None, Trouble::ObjectMissing),
        (409, Some(ObjectMissing), Trouble::ObjectMissing),
        (409, Some(SizeMismatch), Trouble::Mismatch),
        (409, Some(ChecksumMismatch), Trouble::Mismatch),
        (400, Some(AlreadyComplete), Trouble::Unclear),
        (400, Some(KeyMismatch), Trouble::Lasting),
        (400, None, Trouble::Lasting),
    ] {
        let trouble = of_backend(Step::Complete, status, code);
        assert_eq!(trouble, expected, "{status} {code:?}");
    }
    let words = refused(400, "Recording is already COMPLETE", None);
    assert_eq!(
        Trouble::of_backend(Step::Complete, &words),
        Trouble::Unclear
    );
    assert_eq!(Trouble::of_backend(INITIATE, &words), Trouble::Lasting);
}

#[test]
fn a_backend_that_knows_the_recording_no_more() {
    for (step, status, code, expected) in [
        (Step::Renew, 404, None, Trouble::Gone),
        (
            Step::Renew,
            409,
            Some(ErrorCode::NotPending),
            Trouble::Unclear,
        ),
        (Step::Look, 404, Some(ErrorCode::NotFound), Trouble::Gone),
        (Step::Look, 500, None, PASSING),
    ] {
        let trouble = of_backend(step, status, code);
        assert_eq!(trouble, expected, "{step} {status}");
    }
}

#[test]
fn a_backend_that_knows_the_upload_in_parts_no_more() {
    use ErrorCode::{GivenUp, NotPending, PartsMismatch, PartsTooSmall, UploadAborted};
    for (step, status, code, expected) in [
        (
            Step::Complete,
            409,
            Some(UploadAborted),
            Trouble::UploadLost,
        ),
        (Step::Complete, 409, Some(PartsMismatch), Trouble::Mismatch),
        (Step::Complete, 409, Some(PartsTooSmall), Trouble::Lasting),
        (Step::SignPart, 404, None, Trouble::Gone),
        (Step::SignPart, 410, Some(GivenUp), Trouble::UploadLost),
        (Step::ListParts, 409, Some(NotPending), Trouble::UploadLost),
        (Step::ListParts, 503, None, PASSING),
    ] {
        let trouble = of_backend(step, status, code);
        assert_eq!(trouble, expected, "{step} {status}");
    }
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
        (NotOurs::TooLong, PASSING, Trouble::Unclear),
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

fn other(code: &str) -> StoreCode {
    StoreCode::Other(code.to_owned())
}

#[test]
fn a_store_that_says_no() {
    use StoreCode::{
        AccessDenied, BadDigest, EntityTooLarge, Expired, NoSuchBucket, PreconditionFailed,
        RequestTimeTooSkewed, SignatureDoesNotMatch,
    };
    for (status, code, expected) in [
        (403, Some(AccessDenied), Trouble::TicketRefused),
        (403, Some(Expired), Trouble::TicketRefused),
        (403, Some(SignatureDoesNotMatch), Trouble::TicketRefused),
        (403, Some(RequestTimeTooSkewed), Trouble::TicketRefused),
        (400, Some(Expired), Trouble::TicketRefused),
        (412, None, Trouble::ObjectExists),
        (412, Some(PreconditionFailed), Trouble::ObjectExists),
        (400, Some(BadDigest), Trouble::Mismatch),
        (400, Some(EntityTooLarge), Trouble::Lasting),
        (413, None, Trouble::Lasting),
        (404, Some(NoSuchBucket), Trouble::Lasting),
        (400, Some(other("InvalidRequest")), Trouble::Lasting),
        (501, Some(other("NotImplemented")), Trouble::Lasting),
        (307, Some(other("TemporaryRedirect")), Trouble::Lasting),
        (407, None, Trouble::NoWay),
    ] {
        let error = refusal(status, code, false);
        assert_eq!(Trouble::of_send(&error, false), expected, "{error}");
    }
}

#[test]
fn a_store_that_says_not_now() {
    use StoreCode::{ConditionalRequestConflict, InternalError, RequestTimeout, SlowDown};
    for (status, code, slow_down) in [
        (409, Some(ConditionalRequestConflict), false),
        (400, Some(RequestTimeout), false),
        (503, Some(SlowDown), true),
        (500, Some(InternalError), false),
        (408, None, false),
        (429, None, false),
        (520, None, false),
        // It came too early, or is cut off.
        (200, None, false),
    ] {
        let error = refusal(status, code, false);
        let expected = Trouble::Passing {
            retry_after: Some(Duration::from_secs(3)),
            slow_down,
        };
        assert_eq!(Trouble::of_send(&error, false), expected, "{error}");
    }
    let empty = refusal(400, Some(RequestTimeout), false);
    assert_eq!(
        Trouble::of_send(&empty, true),
        Trouble::Lasting,
        "a ticket for an empty body"
    );
}

#[test]
fn a_web_page_in_a_stores_place() {
    let passing = Trouble::Passing {
        retry_after: Some(Duration::from_secs(3)),
        slow_down: false,
    };
    for (status, expected) in [
        (200, Trouble::NoWay),
        (302, Trouble::NoWay),
        (511, Trouble::NoWay),
        (403, Trouble::TicketRefused),
        (502, passing),
    ] {
        let error = refusal(status, None, true);
        assert_eq!(Trouble::of_send(&error, false), expected, "{error}");
    }
}

#[test]
fn what_is_missing_for_a_part_is_its_upload() {
    use StoreCode::{NoSuchBucket, NoSuchUpload};
    for (status, code, expected) in [
        (404, Some(NoSuchUpload), Trouble::UploadLost),
        (404, Some(other("NoSuchKey")), Trouble::UploadLost),
        (404, None, Trouble::UploadLost),
        (404, Some(NoSuchBucket), Trouble::Lasting),
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
        (
            SourceError::NotAnswering(Duration::ZERO).into(),
            Trouble::DiskSilent,
        ),
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
    let other_size = ProveError::OtherSize {
        stated_bytes: 7,
        expected_bytes: 8,
    };
    assert_eq!(Trouble::of_link(&other_size), Trouble::Lasting);
}

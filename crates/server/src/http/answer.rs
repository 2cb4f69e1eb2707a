//! Refusals as HTTP answers.
//!
//! A handler's refusal travels as an extension of an empty response; the frame around all handlers writes its body,
//! because it alone knows the request's id. What axum itself refuses is given the same form.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER,
    STRICT_TRANSPORT_SECURITY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderValue, StatusCode};
use wire::{ErrorBody, Messages};

use super::frame::RequestId;
use crate::refusal::{Refusal, whole_seconds};

/// For what is no page: nothing is loaded, and no frame shows it.
const NOTHING_ALLOWED: &str = "default-src 'none'; frame-ancestors 'none'";

/// For how long browsers are to insist on HTTPS.
const ONE_YEAR_OF_HTTPS: &str = "max-age=31536000";

/// A refusal under way to the frame.
#[derive(Debug, Clone)]
pub(super) struct Refused(pub(super) Arc<Refusal>);

impl Refusal {
    /// The HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) | Self::KeyMismatch | Self::AlreadyComplete => StatusCode::BAD_REQUEST,
            Self::Unauthorized | Self::TokenExpired | Self::WrongCredentials => {
                StatusCode::UNAUTHORIZED
            }
            Self::Forbidden | Self::QuotaExceeded(_) => StatusCode::FORBIDDEN,
            Self::NotFound | Self::NoSuchRoute => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::ObjectMissing
            | Self::SizeMismatch { .. }
            | Self::ChecksumMismatch
            | Self::IdempotencyConflict
            | Self::NotPending
            | Self::ObjectChanged
            | Self::ComesInParts
            | Self::ComesWhole
            | Self::UploadAborted
            | Self::PartsMismatch(_)
            | Self::PartsTooSmall
            | Self::Held
            | Self::NotComplete => StatusCode::CONFLICT,
            Self::GivenUp => StatusCode::GONE,
            Self::FileTooLarge { .. } | Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooManyAttempts { .. } | Self::TooManyRequests { .. } => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::ProviderUnavailable
            | Self::StoreNotConfigured(_)
            | Self::StoreUnavailable(_)
            | Self::VersionsKept(_)
            | Self::MfaDelete(_)
            | Self::HoldNotTagged(_)
            | Self::Unsigned(_)
            | Self::Unassembled(_)
            | Self::DatabaseUnavailable(_)
            | Self::TimedOut => StatusCode::SERVICE_UNAVAILABLE,
            Self::Database(_) | Self::Defect(_) | Self::Panicked => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }
}

/// When a database that could not be asked is worth asking again.
const DATABASE_RETRY_AFTER: Duration = Duration::from_secs(2);

impl Refusal {
    /// For how long there is no use in coming back, where that is known.
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyAttempts { retry_after } | Self::TooManyRequests { retry_after } => {
                Some(*retry_after)
            }
            Self::DatabaseUnavailable(_) => Some(DATABASE_RETRY_AFTER),
            _ => None,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        let headers = response.headers_mut();
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(retry_after) = self.retry_after() {
            headers.insert(RETRY_AFTER, whole_seconds(retry_after).into());
        }
        response.extensions_mut().insert(Refused(Arc::new(self)));
        response
    }
}

/// Marks an answer that says itself what is wrong, and is no refusal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Complete;

/// Writes a refusal's body, and returns it for the log. Successes pass unchanged.
pub(super) fn write(response: Response, id: &RequestId) -> (Response, Option<Arc<Refusal>>) {
    let refusal = response.extensions().get::<Refused>().cloned();
    let status = response.status();
    let complete = response.extensions().get::<Complete>().is_some();
    if refusal.is_none() && (complete || !status.is_client_error() && !status.is_server_error()) {
        return (response, None);
    }
    let reason = status.canonical_reason();
    let body = ErrorBody {
        status_code: status.as_u16(),
        message: refusal.as_ref().map_or_else(
            || Messages::One(reason.unwrap_or("refused").to_owned()),
            |Refused(refusal)| refusal.messages(),
        ),
        error: reason.map(str::to_owned),
        code: refusal.as_ref().and_then(|Refused(refusal)| refusal.code()),
        request_id: Some(id.as_str().to_owned()),
    };
    let mut written = (status, Json(body)).into_response();
    for (name, value) in response.headers() {
        if name != CONTENT_TYPE && name != http::header::CONTENT_LENGTH {
            written.headers_mut().append(name.clone(), value.clone());
        }
    }
    (written, refusal.map(|Refused(refusal)| refusal))
}

/// What the last headers depend on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sealing {
    /// Whether the client speaks HTTPS.
    pub(super) https: bool,
    /// Whether the connection ends with this answer.
    pub(super) last: bool,
}

/// Headers that every answer has. Answers hold links and tokens, which no cache may keep; and no page may show one in a
/// frame, or run anything that it holds.
pub(super) fn seal(response: &mut Response, id: &RequestId, sealing: Sealing) {
    let headers = response.headers_mut();
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, NOTHING_ALLOWED),
    ] {
        // A page of ours says better what it needs.
        let entry = headers.entry(name);
        entry.or_insert(HeaderValue::from_static(value));
    }
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Over plain HTTP browsers ignore it (RFC 6797, section 8.1).
    if sealing.https {
        headers.insert(
            STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(ONE_YEAR_OF_HTTPS),
        );
    }
    if sealing.last {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        headers.insert(super::frame::X_REQUEST_ID, value);
    }
}

//! Refusals: the body of every answer that is not a success.

use std::fmt;

use serde::{Deserialize, Serialize};

/// `{"statusCode","message","error"?,"code"?,"requestId"?,…}`. `code` and `requestId` are ours; a base backend omits them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody {
    /// The HTTP status, repeated.
    pub status_code: u16,
    /// What happened, for a person.
    pub message: Messages,
    /// The reason phrase, as NestJS sends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The stable code; `None` from a base backend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
    /// The server's name for this request, to find it in its log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// One message, or several (a validation error names each field).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum Messages {
    /// A single sentence.
    One(String),
    /// A sentence for each thing that was wrong.
    Many(Vec<String>),
}

impl fmt::Display for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(message) => f.write_str(message),
            Self::Many(messages) => f.write_str(&messages.join("; ")),
        }
    }
}

/// Why a backend of ours refused. A code stands here only if somebody branches on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorCode {
    /// 400: a field is missing, malformed or unknown.
    InvalidRequest,
    /// 400: the task id has a form that keys cannot hold.
    InvalidTaskId,
    /// 400: neither `video/webm` nor `audio/webm`.
    UnsupportedContentType,
    /// 400: the key is not this recording's.
    KeyMismatch,
    /// 400: already complete, with other values.
    AlreadyComplete,
    /// 401: no token, or one that proves nothing.
    Unauthorized,
    /// 401: the token was good once; refresh it.
    TokenExpired,
    /// 401: the e-mail address and password do not belong together.
    WrongCredentials,
    /// 403: the role does not allow it.
    Forbidden,
    /// 403: the caller's organisation keeps as much as it may, or has begun as many recordings today.
    QuotaExceeded,
    /// 404: no such recording for this caller.
    NotFound,
    /// 409: the store has no object under the key.
    ObjectMissing,
    /// 409: the object's size is not the stated one.
    SizeMismatch,
    /// 409: the object's checksum is not the stated one.
    ChecksumMismatch,
    /// 409: the idempotency key was used with another request.
    IdempotencyConflict,
    /// 409: the recording is no longer waiting for its bytes.
    NotPending,
    /// 409: the object behind a complete recording was replaced.
    ObjectChanged,
    /// 409: the recording comes in parts, and the call is for one that comes whole; or the other way round.
    WrongUploadKind,
    /// 409: the store does not know the upload in parts any more; a new one has to be initiated.
    UploadAborted,
    /// 409: the parts named are not those that the store holds.
    PartsMismatch,
    /// 409: the store wants larger parts than S3 does: whoever uploads can do nothing about it.
    PartsTooSmall,
    /// 409: the recording is on legal hold and cannot be deleted.
    Held,
    /// 410: the upload was given up.
    GivenUp,
    /// 413: larger than this backend takes.
    FileTooLarge,
    /// 429: too many attempts; `Retry-After` says when to come back.
    TooManyAttempts,
    /// 429: more requests a second than one user or one address may make; `Retry-After` says when to come back.
    RateLimited,
    /// 503: no bucket or no credentials are configured.
    StoreNotConfigured,
    /// 503: the store could not be asked.
    StoreUnavailable,
    /// 503: the database could not be asked; `Retry-After` says when to come back.
    DatabaseUnavailable,
    /// 500: a defect of the server's.
    Internal,
    /// A code of a later version.
    #[serde(other)]
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_backends_refusal_is_read() {
        let body: ErrorBody = serde_json::from_str(
            r#"{"message":["taskId must be a string","property x should not exist"],"error":"Bad Request","statusCode":400}"#,
        )
        .unwrap();
        assert_eq!(
            body.message.to_string(),
            "taskId must be a string; property x should not exist"
        );
        assert_eq!(body.code, None);
    }

    #[test]
    fn a_code_of_a_later_version_is_no_error() {
        let body: ErrorBody =
            serde_json::from_str(r#"{"statusCode":409,"message":"later","code":"later"}"#).unwrap();
        assert_eq!(body.code, Some(ErrorCode::Unknown));
    }
}

//! A store's refusal, read from the XML that S3 and its likes send.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use super::Answer;

/// Longest message that is kept, in characters.
const LONGEST_MESSAGE_CHARACTERS: usize = 300;

/// An answer that is no success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The store's code, where its body has one.
    pub code: Option<StoreCode>,
    /// The store's own words.
    pub message: Option<String>,
    /// The store's name for the request, for its operators.
    pub request_id: Option<String>,
    /// How long it asks to be left alone.
    pub retry_after: Option<Duration>,
    /// Whether a page for people came in place of a store's answer.
    pub is_web_page: bool,
}

/// The codes that somebody acts on differently.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreCode {
    /// Not allowed.
    AccessDenied,
    /// Not allowed any more: `AccessDenied` with "Request has expired", or an expired token of temporary credentials.
    Expired,
    /// Another signature was computed.
    SignatureDoesNotMatch,
    /// The clocks of signer and store are more than 15 minutes apart.
    RequestTimeTooSkewed,
    /// More than one PUT may carry.
    EntityTooLarge,
    /// Too many requests.
    SlowDown,
    /// The body came too slowly.
    RequestTimeout,
    /// The store failed.
    InternalError,
    /// The body is not the one whose checksum was stated.
    BadDigest,
    /// There is an object under the key already, and the ticket is write-once.
    PreconditionFailed,
    /// Two writes to the key met.
    ConditionalRequestConflict,
    /// The bucket is not there.
    NoSuchBucket,
    /// The upload in parts is not there any more: completed, given up, or swept away by a lifecycle rule.
    NoSuchUpload,
    /// Any other.
    Other(String),
}

impl StoreCode {
    fn of(code: &str, message: &str) -> Self {
        match code {
            "AccessDenied" if message.to_ascii_lowercase().contains("expired") => Self::Expired,
            "ExpiredToken" => Self::Expired,
            "AccessDenied" => Self::AccessDenied,
            "SignatureDoesNotMatch" => Self::SignatureDoesNotMatch,
            "RequestTimeTooSkewed" => Self::RequestTimeTooSkewed,
            "EntityTooLarge" => Self::EntityTooLarge,
            "SlowDown" => Self::SlowDown,
            "RequestTimeout" => Self::RequestTimeout,
            "InternalError" => Self::InternalError,
            "BadDigest" | "XAmzContentChecksumMismatch" | "XAmzContentSHA256Mismatch" => {
                Self::BadDigest
            }
            "PreconditionFailed" => Self::PreconditionFailed,
            "ConditionalRequestConflict" => Self::ConditionalRequestConflict,
            "NoSuchBucket" => Self::NoSuchBucket,
            "NoSuchUpload" => Self::NoSuchUpload,
            other => Self::Other(other.chars().take(LONGEST_MESSAGE_CHARACTERS).collect()),
        }
    }

    /// As the store writes it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::AccessDenied | Self::Expired => "AccessDenied",
            Self::SignatureDoesNotMatch => "SignatureDoesNotMatch",
            Self::RequestTimeTooSkewed => "RequestTimeTooSkewed",
            Self::EntityTooLarge => "EntityTooLarge",
            Self::SlowDown => "SlowDown",
            Self::RequestTimeout => "RequestTimeout",
            Self::InternalError => "InternalError",
            Self::BadDigest => "BadDigest",
            Self::PreconditionFailed => "PreconditionFailed",
            Self::ConditionalRequestConflict => "ConditionalRequestConflict",
            Self::NoSuchBucket => "NoSuchBucket",
            Self::NoSuchUpload => "NoSuchUpload",
            Self::Other(code) => code,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorXml {
    code: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    request_id: Option<String>,
}

impl Refusal {
    pub(super) fn of(answer: Answer) -> Self {
        let xml = std::str::from_utf8(&answer.body)
            .ok()
            .filter(|_| !answer.is_html)
            .and_then(|text| quick_xml::de::from_str::<ErrorXml>(text).ok());
        let (code, message, named) = match xml {
            Some(xml) => (
                Some(StoreCode::of(&xml.code, &xml.message)),
                Some(xml.message).filter(|message| !message.is_empty()),
                xml.request_id,
            ),
            None => (None, None, None),
        };
        Self {
            status: answer.status.as_u16(),
            code,
            message: message.map(|text| text.chars().take(LONGEST_MESSAGE_CHARACTERS).collect()),
            request_id: answer.request_id.or(named),
            retry_after: answer.retry_after,
            is_web_page: answer.is_html,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.status)?;
        if let Some(code) = &self.code {
            write!(f, ", {}", code.as_str())?;
        }
        match &self.message {
            Some(message) => write!(f, ": {message}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::StatusCode;

    fn refusal(status: u16, body: &str) -> Refusal {
        Refusal::of(Answer {
            status: StatusCode::from_u16(status).unwrap(),
            etag: None,
            retry_after: None,
            request_id: None,
            is_html: body.starts_with("<html"),
            body: body.as_bytes().to_vec(),
        })
    }

    #[test]
    fn the_code_is_read() {
        let xml = |code: &str, message: &str| {
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message><X-Amz-Expires>60</X-Amz-Expires><RequestId>R1</RequestId><HostId>h</HostId></Error>"
            )
        };
        for (code, message, expected) in [
            ("AccessDenied", "Access Denied", StoreCode::AccessDenied),
            ("AccessDenied", "Request has expired", StoreCode::Expired),
            (
                "SlowDown",
                "Please reduce your request rate.",
                StoreCode::SlowDown,
            ),
            ("NoSuchUpload", "x", StoreCode::NoSuchUpload),
            (
                "InvalidRequest",
                "x",
                StoreCode::Other("InvalidRequest".to_owned()),
            ),
        ] {
            let refusal = refusal(403, &xml(code, message));
            assert_eq!(refusal.code, Some(expected));
            assert_eq!(refusal.message.as_deref(), Some(message));
            assert_eq!(refusal.request_id.as_deref(), Some("R1"));
        }
    }

    #[test]
    fn what_is_no_error_document_has_no_code() {
        for body in [
            "",
            "no",
            "<html><body>Blocked</body></html>",
            "{\"code\":\"x\"}",
            "<Error><Message>m</Message></Error>",
            "<Error><Code>Acc",
        ] {
            let refusal = refusal(403, body);
            assert_eq!(refusal.code, None, "{body}");
            assert_eq!(refusal.status, 403);
        }
    }
}

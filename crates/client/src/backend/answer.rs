//! Reading answers: never more than they may be, never trusted to be what they say.

use std::time::{Duration, SystemTime};

use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use wire::{ErrorBody, Messages};

use super::{BackendError, NotOurs, network};

/// Largest answer that is read, in bytes. A page of recordings is a hundredth of it.
const LARGEST_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// Longest request id that is taken over, in characters.
const LONGEST_REQUEST_ID: usize = 128;

/// The header that names a request in the server's log.
const REQUEST_ID: &str = "x-request-id";

/// A whole answer of any status but those of a network's sign-in page.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Reads the body to its end.
    pub(super) async fn read(mut response: Response) -> Result<Self, BackendError> {
        let status = response.status();
        // Redirects within the origin were followed; one that is left leads elsewhere.
        if status.is_redirection()
            || status == StatusCode::PROXY_AUTHENTICATION_REQUIRED
            || status == StatusCode::NETWORK_AUTHENTICATION_REQUIRED
        {
            return Err(not_ours(NotOurs::CaptivePortal));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(network::failure)? {
            if body.len() + chunk.len() > LARGEST_ANSWER_BYTES {
                return Err(not_ours(NotOurs::TooLong));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self {
            status,
            headers: std::mem::take(response.headers_mut()),
            body,
        })
    }

    /// The answer, if it is a success; the refusal otherwise.
    pub(super) fn into_success(self) -> Result<Self, BackendError> {
        if !self.status.is_success() {
            return Err(self.into_refusal());
        }
        if self.is_html() {
            return Err(not_ours(NotOurs::Html));
        }
        Ok(self)
    }

    /// The success body, bare or wrapped.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, BackendError> {
        wire::read_success(&self.body).map_err(|error| {
            // The error's text may quote the answer, which may hold a token: only its place is logged.
            tracing::debug!(
                line = error.line(),
                column = error.column(),
                "an answer was not understood"
            );
            not_ours(if error.is_data() {
                NotOurs::Garbled
            } else {
                NotOurs::NotJson
            })
        })
    }

    /// Whether it is a web page: by its type, or because it begins like one.
    pub(super) fn is_html(&self) -> bool {
        let named = self
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(is_html_type);
        named || self.body.trim_ascii_start().starts_with(b"<")
    }

    /// The refusal that it is.
    pub(super) fn into_refusal(self) -> BackendError {
        let body = read_reasons(self.status, &self.body);
        let named = || header_text(&self.headers, REQUEST_ID);
        let request_id = body
            .as_ref()
            .and_then(|body| body.request_id.clone())
            .or_else(named)
            .filter(|id| {
                id.len() <= LONGEST_REQUEST_ID && id.chars().all(|c| c.is_ascii_graphic())
            });
        BackendError::Refused {
            status: self.status.as_u16(),
            body: body.map(Box::new),
            retry_after: retry_after(&self.headers, SystemTime::now()),
            request_id,
        }
    }
}

/// Whether a content type is that of a web page.
pub(super) fn is_html_type(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("text/html")
        || essence.eq_ignore_ascii_case("application/xhtml+xml")
}

/// `Retry-After`: seconds, or a date (RFC 9110 section 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = header_text(headers, RETRY_AFTER.as_str())?;
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(&text).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn not_ours(what: NotOurs) -> BackendError {
    BackendError::NotOurs { what }
}

/// The contract's reasons; or, from a server that is looser with its form, whatever it calls a message.
fn read_reasons(status: StatusCode, body: &[u8]) -> Option<ErrorBody> {
    if let Ok(reasons) = serde_json::from_slice(body) {
        return Some(reasons);
    }
    let value: Value = serde_json::from_slice(body).ok()?;
    let message = ["message", "error"].into_iter().find_map(|field| {
        let text = value.get(field)?.as_str()?;
        Some(Messages::One(text.to_owned()))
    })?;
    Some(ErrorBody {
        status_code: status.as_u16(),
        message,
        error: None,
        code: None,
        request_id: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: map,
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn refusals_are_read_in_every_form() {
        for (body, message) in [
            (
                r#"{"statusCode":400,"message":"no","error":"Bad Request"}"#,
                Some("no"),
            ),
            (r#"{"statusCode":400,"message":["a","b"]}"#, Some("a; b")),
            (r#"{"message":"no"}"#, Some("no")),
            (r#"{"error":"no"}"#, Some("no")),
            (r#"{"error":{"deep":1}}"#, None),
            ("<html>", None),
            ("", None),
        ] {
            let BackendError::Refused { body: reasons, .. } = answer(400, &[], body).into_refusal()
            else {
                panic!("{body}");
            };
            let said = reasons.map(|reasons| reasons.message.to_string());
            assert_eq!(said.as_deref(), message, "{body}");
        }
    }

    #[test]
    fn a_request_id_comes_from_body_or_header_and_is_a_plain_word() {
        let id = |answer: Answer| match answer.into_refusal() {
            BackendError::Refused { request_id, .. } => request_id,
            _ => None,
        };
        let body = r#"{"statusCode":500,"message":"x","requestId":"from-body"}"#;
        assert_eq!(
            id(answer(500, &[(REQUEST_ID, "header")], body)).as_deref(),
            Some("from-body")
        );
        assert_eq!(
            id(answer(500, &[(REQUEST_ID, "header")], "")).as_deref(),
            Some("header")
        );
        assert_eq!(id(answer(500, &[(REQUEST_ID, "two words")], "")), None);
        assert_eq!(id(answer(500, &[(REQUEST_ID, &"x".repeat(129))], "")), None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Tue, 24 Nov 2026 10:00:00 GMT").unwrap();
        for (text, seconds) in [
            ("7", Some(7)),
            ("Tue, 24 Nov 2026 10:01:00 GMT", Some(60)),
            ("Tue, 24 Nov 2026 09:00:00 GMT", Some(0)),
            ("soon", None),
        ] {
            let answer = answer(503, &[("retry-after", text)], "");
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(retry_after(&answer.headers, now), expected, "{text}");
        }
    }

    #[test]
    fn a_web_page_is_no_success() {
        for (headers, body) in [
            (
                &[("content-type", "text/html; charset=utf-8")][..],
                "Sign in",
            ),
            (&[], "\n <!doctype html>"),
        ] {
            assert!(matches!(
                answer(200, headers, body).into_success(),
                Err(BackendError::NotOurs {
                    what: NotOurs::Html
                })
            ));
        }
        let garbled = answer(200, &[], r#"{"recordingId":1}"#).json::<wire::Initiated>();
        assert!(matches!(
            garbled,
            Err(BackendError::NotOurs {
                what: NotOurs::Garbled
            })
        ));
        let torn = answer(200, &[], r#"{"recordingId":"#).json::<wire::Initiated>();
        assert!(matches!(
            torn,
            Err(BackendError::NotOurs {
                what: NotOurs::NotJson
            })
        ));
    }
}

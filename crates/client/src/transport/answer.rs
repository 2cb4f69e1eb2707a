//! What a store answers, and no more of it than is worth reading.

use std::time::{Duration, SystemTime};

use http::header::{CONTENT_TYPE, DATE, ETAG, RETRY_AFTER};
use http::{HeaderMap, HeaderName, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;

/// Longest body that is read, in bytes. An error of S3's takes about one thousand.
const MOST_BODY_BYTES: usize = 64 * 1024;

/// The store's name for a request.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTCommonResponseHeaders.html>
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");

/// The store's answer to a PUT.
#[derive(Debug, Clone)]
pub struct Answer {
    pub(super) status: StatusCode,
    pub(super) etag: Option<String>,
    pub(super) retry_after: Option<Duration>,
    pub(super) request_id: Option<String>,
    pub(super) is_html: bool,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// Whether a page for people came in place of a store's answer.
    pub(super) fn is_web_page(&self) -> bool {
        self.is_html
    }
}

/// Reads it, as far as it comes: with a status, half a body is an answer too.
pub(super) async fn read(response: Response<Incoming>) -> Result<Answer, hyper::Error> {
    let (head, mut incoming) = response.into_parts();
    let mut body = Vec::new();
    while body.len() < MOST_BODY_BYTES
        && let Some(Ok(frame)) = incoming.frame().await
    {
        if let Some(data) = frame.data_ref() {
            let room = MOST_BODY_BYTES - body.len();
            body.extend_from_slice(&data[..data.len().min(room)]);
        }
    }
    let text = |name: HeaderName| {
        let value = head.headers.get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    Ok(Answer {
        status: head.status,
        etag: text(ETAG),
        retry_after: retry_after(&head.headers),
        request_id: text(REQUEST_ID),
        is_html: is_html(&head.headers, &body),
        body,
    })
}

/// Seconds or a date (RFC 9110, section 10.2.3); a date is taken relative to the answer's own.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let from = headers
        .get(DATE)
        .and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok())
        .unwrap_or_else(SystemTime::now);
    Some(until.duration_since(from).unwrap_or_default())
}

fn is_html(headers: &HeaderMap, body: &[u8]) -> bool {
    let stated = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value
                .trim_start()
                .to_ascii_lowercase()
                .starts_with("text/html")
        });
    let start: Vec<u8> = body
        .trim_ascii_start()
        .iter()
        .take(b"<!doctype html".len())
        .map(u8::to_ascii_lowercase)
        .collect();
    stated || start.starts_with(b"<!doctype html") || start.starts_with(b"<html")
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let date = "Tue, 24 Nov 2026 10:00:00 GMT";
        for (value, expected) in [
            ("7", Some(7)),
            (" 7 ", Some(7)),
            ("Tue, 24 Nov 2026 10:01:30 GMT", Some(90)),
            ("Tue, 24 Nov 2026 09:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
            headers.insert(DATE, HeaderValue::from_static(date));
            assert_eq!(
                retry_after(&headers),
                expected.map(Duration::from_secs),
                "{value}"
            );
        }
    }

    #[test]
    fn a_web_page_is_told_from_xml() {
        let mut headers = HeaderMap::new();
        assert!(is_html(
            &headers,
            b"\n <!DOCTYPE html><title>Sign in</title>"
        ));
        assert!(is_html(&headers, b"<HTML>"));
        assert!(!is_html(&headers, b"<?xml version=\"1.0\"?><Error/>"));
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("Text/HTML; charset=utf-8"),
        );
        assert!(is_html(&headers, b""));
    }
}

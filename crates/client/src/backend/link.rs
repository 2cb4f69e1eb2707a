//! Opening a download link, to prove that it works before anybody is told that it does.

use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderName, RANGE,
};
use wire::DownloadUrl;

use super::{ProveError, answer, network};
use crate::ServerOrigin;

/// Longest wait for the first byte of a link.
const FIRST_BYTE_LIMIT: Duration = Duration::from_secs(30);

/// Asks for the first byte. The body is left unread: a store that ignores ranges would send the whole file.
pub(super) async fn prove(
    links: &reqwest::Client,
    server: &ServerOrigin,
    url: &DownloadUrl,
    size_bytes: Option<u64>,
) -> Result<(), ProveError> {
    let address = server
        .may_lead_to(url.reveal())
        .map_err(ProveError::Unsafe)?;
    let request = links
        .get(address)
        .header(RANGE, "bytes=0-0")
        // Lengths are to be those of the recording, not of something made of it on the way.
        .header(ACCEPT_ENCODING, "identity")
        .timeout(FIRST_BYTE_LIMIT);
    let response = request.send().await.map_err(unopened)?;
    of_proof(response.status(), response.headers(), size_bytes)
}

/// What an error on the way to the store means.
pub(crate) fn unopened(error: reqwest::Error) -> ProveError {
    if let Some(reason) = network::unsafe_address(&error) {
        return ProveError::Unsafe(reason);
    }
    let (kind, source) = network::unreachable(error);
    ProveError::Unreachable {
        kind,
        source: Some(source),
    }
}

/// What the head of an answer says of the link: it opens, or why it does not.
pub(crate) fn of_answer(status: StatusCode, headers: &HeaderMap) -> Result<(), ProveError> {
    let page = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(answer::is_html_type);
    match status {
        StatusCode::OK | StatusCode::PARTIAL_CONTENT if page => Err(ProveError::CaptivePortal),
        StatusCode::OK | StatusCode::PARTIAL_CONTENT => Ok(()),
        StatusCode::NETWORK_AUTHENTICATION_REQUIRED | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            Err(ProveError::CaptivePortal)
        }
        // A redirect that is left leads where the server may not lead.
        status => Err(ProveError::Refused {
            status: status.as_u16(),
            retry_after: answer::retry_after(headers, SystemTime::now()),
        }),
    }
}

/// The same of an answer to the question for one byte, which says how many there are.
fn of_proof(
    status: StatusCode,
    headers: &HeaderMap,
    size_bytes: Option<u64>,
) -> Result<(), ProveError> {
    let opened = of_answer(status, headers);
    // An empty object has no first byte to give, and says so.
    let lies_there = opened.is_ok() || status == StatusCode::RANGE_NOT_SATISFIABLE;
    match (stated_bytes(status, headers), size_bytes) {
        (Some(stated_bytes), Some(expected_bytes))
            if lies_there && stated_bytes != expected_bytes =>
        {
            Err(ProveError::OtherSize {
                stated_bytes,
                expected_bytes,
            })
        }
        _ => opened,
    }
}

/// How many bytes lie behind the link, where the store tells: in full (RFC 9110 section 8.6), or beside the range that it
/// gives (section 14.4: `bytes 0-0/1234`, `bytes */0`).
fn stated_bytes(status: StatusCode, headers: &HeaderMap) -> Option<u64> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok();
    match status {
        StatusCode::OK => text(CONTENT_LENGTH)?.trim().parse().ok(),
        StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
            let (unit, range) = text(CONTENT_RANGE)?.trim().split_once(' ')?;
            let (_range, total) = range.rsplit_once('/')?;
            let total = total.trim().parse().ok();
            total.filter(|_| unit.eq_ignore_ascii_case("bytes"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is made of an answer where the recording has 1234 bytes.
    fn proof(status: u16, headers: &[(&'static str, &'static str)]) -> String {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        match of_proof(StatusCode::from_u16(status).unwrap(), &headers, Some(1234)) {
            Ok(()) => "opens".to_owned(),
            Err(ProveError::OtherSize { stated_bytes, .. }) => format!("{stated_bytes} bytes"),
            Err(ProveError::Refused { status, .. }) => format!("refused {status}"),
            Err(ProveError::CaptivePortal) => "page".to_owned(),
            Err(other) => other.to_string(),
        }
    }

    #[test]
    fn a_link_is_proven_by_the_size_of_what_lies_behind_it() {
        let range = |text| [("content-range", text)];
        for (status, headers, expected) in [
            (206, range("bytes 0-0/1234"), "opens"),
            (206, range("Bytes 0-0/1234 "), "opens"),
            (206, range("bytes 0-0/1233"), "1233 bytes"),
            (206, range("bytes 0-0/0"), "0 bytes"),
            (
                206,
                range("bytes 0-0/12340000000000"),
                "12340000000000 bytes",
            ),
            // The store does not tell.
            (206, range("bytes 0-0/*"), "opens"),
            (206, range("pages 0-0/7"), "opens"),
            (206, range("garbled"), "opens"),
            (206, [("x", "y")], "opens"),
            (416, range("bytes */0"), "0 bytes"),
            (416, range("bytes */1234"), "refused 416"),
            (416, [("x", "y")], "refused 416"),
            // Stores that do not know ranges.
            (200, [("content-length", "1234")], "opens"),
            (200, [("content-length", "1235")], "1235 bytes"),
            (200, [("x", "y")], "opens"),
            (200, range("bytes 0-0/7"), "opens"),
            // Lengths of refusals say nothing of the recording.
            (403, [("content-length", "7")], "refused 403"),
            (503, range("bytes */7"), "refused 503"),
        ] {
            assert_eq!(proof(status, &headers), expected, "{status} {headers:?}");
        }
    }

    #[test]
    fn a_web_page_is_no_recording_of_another_size() {
        let page = [("content-type", "text/html"), ("content-length", "7")];
        assert_eq!(proof(200, &page), "page");
        assert_eq!(proof(511, &page), "page");
    }

    #[test]
    fn where_no_size_is_known_opening_is_enough() {
        let headers: HeaderMap = [(CONTENT_LENGTH, "7".parse().unwrap())]
            .into_iter()
            .collect();
        of_proof(StatusCode::OK, &headers, None).unwrap();
    }
}

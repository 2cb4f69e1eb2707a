//! Opening a download link, to prove that it works before anybody is told that it does.

use std::time::{Duration, SystemTime};

use reqwest::header::{CONTENT_TYPE, RANGE};
use reqwest::{Response, StatusCode};
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
) -> Result<(), ProveError> {
    let address = server
        .may_lead_to(url.reveal())
        .map_err(ProveError::Unsafe)?;
    let request = links
        .get(address)
        .header(RANGE, "bytes=0-0")
        .timeout(FIRST_BYTE_LIMIT);
    let response = request.send().await.map_err(|error| {
        let (kind, source) = network::unreachable(error);
        ProveError::Unreachable {
            kind,
            source: Some(source),
        }
    })?;
    of_answer(&response)
}

/// What the head of the answer says.
pub(crate) fn of_answer(response: &Response) -> Result<(), ProveError> {
    let status = response.status();
    let page = response
        .headers()
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
            retry_after: answer::retry_after(response.headers(), SystemTime::now()),
        }),
    }
}

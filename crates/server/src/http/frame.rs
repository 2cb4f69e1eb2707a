//! The frame around every request: its id, its time limit, its one line in the log.

use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName};
use tracing::Instrument as _;

use super::answer;
use crate::logging;
use crate::refusal::Refusal;

/// The request's name in the log, taken from the caller or made up, and answered.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request that takes longer is given up. The store's own calls give up sooner.
const REQUEST_LIMIT: Duration = Duration::from_mins(1);

/// The same for the one call that may have to wait for a store that puts thousands of parts together. Clients wait for
/// ten minutes.
const COMPLETE_LIMIT: Duration = Duration::from_secs(9 * 60 + 45);

/// The route of that call.
const COMPLETE_ROUTE: &str = "/api/recordings/{id}/complete";

/// Longest id that is taken from a caller.
const MAX_REQUEST_ID_CHARACTERS: usize = 64;

/// The name of one request.
#[derive(Debug, Clone)]
pub(super) struct RequestId(String);

impl RequestId {
    /// The caller's, if it is harmless in a log; else a new one.
    fn of(headers: &HeaderMap) -> Self {
        let harmless = |id: &&str| {
            (1..=MAX_REQUEST_ID_CHARACTERS).contains(&id.len())
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        let given = headers
            .get(&X_REQUEST_ID)
            .and_then(|value| value.to_str().ok())
            .filter(harmless);
        Self(given.map_or_else(|| uuid::Uuid::now_v7().to_string(), str::to_owned))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Middleware around all handlers.
pub(crate) async fn frame(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    // The route, not the path: a query can hold what no log may hold.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("(none)", MatchedPath::as_str)
        .to_owned();
    let span = tracing::info_span!(
        "request",
        request_id = id.as_str(),
        method = request.method().as_str(),
        route = route.as_str(),
        tenant = tracing::field::Empty,
        user = tracing::field::Empty,
    );
    let limit = if route == COMPLETE_ROUTE {
        COMPLETE_LIMIT
    } else {
        REQUEST_LIMIT
    };
    let started = Instant::now();
    let answer = tokio::time::timeout(limit, next.run(request).instrument(span.clone()))
        .await
        .unwrap_or_else(|_elapsed| Refusal::TimedOut.into_response());
    let (mut response, refusal) = answer::write(answer, &id);
    answer::seal(&mut response, &id);
    span.in_scope(|| log(&response, refusal.as_deref(), started.elapsed()));
    response
}

fn log(response: &Response, refusal: Option<&Refusal>, took: Duration) {
    let status = response.status().as_u16();
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    match refusal {
        Some(refusal) if status >= 500 => {
            tracing::error!(
                status,
                milliseconds,
                cause = logging::chain(refusal),
                "failed"
            );
        }
        Some(refusal) => {
            let code = refusal.code().map(tracing::field::debug);
            tracing::info!(status, milliseconds, code, "refused");
        }
        None => tracing::info!(status, milliseconds, "answered"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_ids_are_taken_from_callers() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(X_REQUEST_ID, value.parse().unwrap());
            RequestId::of(&headers).0
        };
        assert_eq!(of("abc-DEF_123"), "abc-DEF_123");
        for bad in ["", "a b", "x\"y", "é", &"x".repeat(65)] {
            assert_eq!(of(bad).len(), 36, "{bad}");
        }
    }
}

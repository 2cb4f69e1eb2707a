//! The frame around every request: its id, its time limit, its one line in the log.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName};
use tracing::Instrument as _;

use super::answer::{self, Sealing};
use super::body::BodyTimeLimit;
use crate::app::App;
use crate::logging;
use crate::operations::Operations;
use crate::operations::proxies::Client;
use crate::refusal::Refusal;
use crate::routes::operations::WATCHED_ROUTES;

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
pub(crate) async fn frame(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    // The route, not the path: a query can hold what no log may hold.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("(none)", MatchedPath::as_str)
        .to_owned();
    let method = request.method().clone();
    let span = tracing::info_span!(
        "request",
        request_id = id.as_str(),
        method = method.as_str(),
        route = route.as_str(),
        tenant = tracing::field::Empty,
        user = tracing::field::Empty,
    );
    let operations = &app.operations;
    let _in_flight = operations.metrics.request();
    let client = find_client(operations, &mut request);
    request
        .extensions_mut()
        .insert(BodyTimeLimit(operations.body_time_limit));
    let limit = if route == COMPLETE_ROUTE {
        COMPLETE_LIMIT
    } else {
        REQUEST_LIMIT
    };
    let started = Instant::now();
    let answer = match welcome(operations, &route, client.address) {
        Ok(()) => tokio::time::timeout(limit, next.run(request).instrument(span.clone()))
            .await
            .unwrap_or_else(|_elapsed| Refusal::TimedOut.into_response()),
        Err(refusal) => refusal.into_response(),
    };
    let (mut response, refusal) = answer::write(answer, &id);
    let sealing = Sealing {
        https: client.https,
        last: operations.is_draining(),
    };
    answer::seal(&mut response, &id, sealing);
    let took = started.elapsed();
    let status = response.status().as_u16();
    operations.metrics.answered(&route, &method, status, took);
    let routine = WATCHED_ROUTES.contains(&route.as_str());
    span.in_scope(|| log(&response, refusal.as_deref(), took, routine));
    response
}

/// Who is calling. From here on `ConnectInfo` is the client, not the proxy in between.
fn find_client(operations: &Operations, request: &mut Request) -> Client {
    let Some(&ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>() else {
        return Client {
            address: Ipv4Addr::UNSPECIFIED.into(),
            https: false,
        };
    };
    let client = operations.proxies.client(peer.ip(), request.headers());
    let address = SocketAddr::new(client.address, peer.port());
    request.extensions_mut().insert(ConnectInfo(address));
    client
}

/// Whoever watches the server may ask as often as they like.
fn welcome(operations: &Operations, route: &str, address: IpAddr) -> Result<(), Refusal> {
    if WATCHED_ROUTES.contains(&route) {
        return Ok(());
    }
    operations.rates.count_address(address)
}

fn log(response: &Response, refusal: Option<&Refusal>, took: Duration, routine: bool) {
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
        None if routine => tracing::debug!(status, milliseconds, "answered"),
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

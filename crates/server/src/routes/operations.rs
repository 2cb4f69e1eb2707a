//! `/live`, `/ready` and `/metrics`: for whoever watches the server. No token is asked for, and nothing is told of whom it
//! serves.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, FORWARDED};
use http::{HeaderMap, StatusCode};
use serde::Serialize;

use crate::app::App;
use crate::http::answer::Complete;
use crate::operations::metrics;
use crate::operations::readiness::Report;
use crate::refusal::Refusal;

/// The routes of this module.
pub(crate) const WATCHED_ROUTES: [&str; 3] = ["/live", "/ready", "/metrics"];

/// `GET /live`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Live {
    live: bool,
}

/// Whether the server answers at all; nothing else is asked.
#[utoipa::path(
    get, path = "/live", tag = "watching",
    responses((status = 200, description = "The program answers", body = Live))
)]
pub(crate) async fn live() -> Json<Live> {
    Json(Live { live: true })
}

/// Whether requests should be sent here.
#[utoipa::path(
    get, path = "/ready", tag = "watching",
    responses(
        (status = 200, description = "Database and store answer", body = Report),
        (status = 503, description = "Requests should not be sent here, and why", body = Report)
    )
)]
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Response {
    let report = app.operations.readiness.ask(&app).await;
    let status = if report.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let mut response = (status, Json(report)).into_response();
    response.extensions_mut().insert(Complete);
    response
}

/// The figures, on a listener of their own.
pub(crate) async fn metrics(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    let text = app.operations.metrics.tell();
    let text = text.map_err(|error| Refusal::Defect(error.into()))?;
    Ok(([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response())
}

/// The figures on the API's own port: for callers on this computer, unless something says that a proxy stands in between.
#[utoipa::path(
    get, path = "/metrics", tag = "watching",
    operation_id = "metrics",
    responses(
        (status = 200, description = "Figures for Prometheus", body = String, content_type = "text/plain; version=0.0.4; charset=utf-8"),
        (status = 404, description = "They are told elsewhere", body = wire::ErrorBody)
    )
)]
pub(crate) async fn metrics_here(
    state: State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let relayed = headers.contains_key(FORWARDED) || headers.contains_key("x-forwarded-for");
    if !state.operations.metrics_on_api() || relayed || !peer.ip().is_loopback() {
        return Err(Refusal::NoSuchRoute);
    }
    metrics(state).await
}

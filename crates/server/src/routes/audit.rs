//! `GET /audit`, and the same as a table.

use std::io;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use wire::AuditPage;

use crate::accounts::Caller;
use crate::app::App;
use crate::audit::reading::{self, Lines, TrailQuery};
use crate::logging;
use crate::openapi::{Forbidden, Invalid};
use crate::refusal::Refusal;

/// `GET /audit`.
#[utoipa::path(
    get, path = "/audit", tag = "audit",
    params(TrailQuery, reading::Query),
    responses(
        (status = 200, description = "Who did what, newest first", body = AuditPage),
        Invalid, Forbidden
    ),
    security(("bearer" = []))
)]
pub(crate) async fn page(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<reading::Query>,
) -> Result<Json<AuditPage>, Refusal> {
    reading::page(&app, &caller, query).await.map(Json)
}

/// `GET /audit.csv`: streamed. What fails half-way breaks the answer off, so that nobody takes a part for the whole.
#[utoipa::path(
    get, path = "/audit.csv", tag = "audit",
    params(TrailQuery),
    responses(
        (status = 200, description = "The same as a table, whole", body = String, content_type = "text/csv; charset=utf-8; header=present"),
        Invalid, Forbidden
    ),
    security(("bearer" = []))
)]
pub(crate) async fn table(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<TrailQuery>,
) -> Result<Response, Refusal> {
    let lines = Lines::of(&app, &caller, query).await?;
    let chunks = stream::try_unfold(lines, async |mut lines| match lines.next().await {
        Ok(Some(chunk)) => Ok(Some((chunk, lines))),
        Ok(None) => Ok(None),
        Err(refusal) => {
            let cause = logging::chain(&refusal);
            tracing::error!(cause, "the audit trail broke off");
            Err(io::Error::other("the audit trail broke off"))
        }
    });
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
    ];
    Ok((headers, Body::from_stream(chunks)).into_response())
}

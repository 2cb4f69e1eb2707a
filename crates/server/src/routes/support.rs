//! `/support/grants`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use wire::{GrantSupport, MAX_SUPPORT_HOURS, SupportGrant, SupportGrants, UserId};

use crate::accounts::Caller;
use crate::app::App;
use crate::http::body::JsonFields;
use crate::openapi::{Conflict, Forbidden, Invalid, NotFound};
use crate::refusal::Refusal;
use crate::support;

/// `POST /support/grants`.
#[utoipa::path(
    post, path = "/support/grants", tag = "audit",
    request_body = GrantSupport,
    responses(
        (status = 201, description = "The grant", body = SupportGrant),
        Invalid, Forbidden, NotFound, Conflict
    ),
    security(("bearer" = []))
)]
pub(crate) async fn grant(
    State(app): State<Arc<App>>,
    caller: Caller,
    JsonFields(mut fields): JsonFields,
) -> Result<(StatusCode, Json<SupportGrant>), Refusal> {
    let wanted = GrantSupport {
        user_id: UserId::from(fields.required_text("userId").unwrap_or_default()),
        hours: fields
            .required_integer("hours", 1, MAX_SUPPORT_HOURS)
            .unwrap_or(1),
        reason: fields.required_reason("reason").unwrap_or_default(),
    };
    fields.finish()?;
    let granted = support::grant(&app, &caller, wanted).await?;
    Ok((StatusCode::CREATED, Json(granted)))
}

/// `GET /support/grants`.
#[utoipa::path(
    get, path = "/support/grants", tag = "audit",
    operation_id = "support_grants",
    responses(
        (status = 200, description = "The tenant's grants, newest first", body = SupportGrants),
        Forbidden
    ),
    security(("bearer" = []))
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> Result<Json<SupportGrants>, Refusal> {
    support::list(&app, &caller).await.map(Json)
}

/// `DELETE /support/grants/{id}`.
#[utoipa::path(
    delete, path = "/support/grants/{id}", tag = "audit",
    params(("id" = String, Path, description = "The grant's id")),
    responses(
        (status = 204, description = "It is revoked"),
        Forbidden, NotFound
    ),
    security(("bearer" = []))
)]
pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    support::revoke(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

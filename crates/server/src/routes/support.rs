//! `/support/requests` and `/support/grants`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use wire::{
    AskSupport, GrantSupport, MAX_SUPPORT_HOURS, SupportGrant, SupportGrants, SupportRequests,
    TenantId, UserId,
};

use crate::accounts::Caller;
use crate::app::App;
use crate::http::body::JsonFields;
use crate::openapi::{Conflict, Forbidden, Invalid, NotFound};
use crate::refusal::Refusal;
use crate::support;

/// `POST /support/requests`.
#[utoipa::path(
    post, path = "/support/requests", tag = "audit",
    operation_id = "ask_support",
    request_body = AskSupport,
    responses(
        (status = 202, description = "The tenant's administrators are asked, if there is such a tenant"),
        Invalid
    ),
    security(("bearer" = []))
)]
pub(crate) async fn ask(
    State(app): State<Arc<App>>,
    caller: Caller,
    JsonFields(mut fields): JsonFields,
) -> Result<StatusCode, Refusal> {
    let wanted = AskSupport {
        tenant_id: TenantId::from(fields.required_text("tenantId").unwrap_or_default()),
        hours: fields
            .required_integer("hours", 1, MAX_SUPPORT_HOURS)
            .unwrap_or(1),
        reason: fields.required_reason("reason").unwrap_or_default(),
    };
    fields.finish()?;
    support::ask(&app, &caller, wanted).await?;
    Ok(StatusCode::ACCEPTED)
}

/// `GET /support/requests`.
#[utoipa::path(
    get, path = "/support/requests", tag = "audit",
    operation_id = "support_requests",
    responses(
        (status = 200, description = "What the tenant has not decided yet, newest first", body = SupportRequests),
        Forbidden
    ),
    security(("bearer" = []))
)]
pub(crate) async fn requests(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> Result<Json<SupportRequests>, Refusal> {
    support::requests(&app, &caller).await.map(Json)
}

/// `POST /support/requests/{id}/grant`.
#[utoipa::path(
    post, path = "/support/requests/{id}/grant", tag = "audit",
    params(("id" = String, Path, description = "The request's id")),
    responses(
        (status = 201, description = "The grant", body = SupportGrant),
        Invalid, Forbidden, NotFound
    ),
    security(("bearer" = []))
)]
pub(crate) async fn grant_request(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<SupportGrant>), Refusal> {
    let granted = support::grant_request(&app, &caller, &id).await?;
    Ok((StatusCode::CREATED, Json(granted)))
}

/// `DELETE /support/requests/{id}`.
#[utoipa::path(
    delete, path = "/support/requests/{id}", tag = "audit",
    params(("id" = String, Path, description = "The request's id")),
    responses(
        (status = 204, description = "It is refused"),
        Forbidden, NotFound
    ),
    security(("bearer" = []))
)]
pub(crate) async fn refuse_request(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    support::refuse_request(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

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

//! `/recordings/*`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wire::{
    Complete, CompletedRecording, Hold, Initiate, Initiated, MAX_PARTS, Message, PlaceHold,
    Recording, RecordingCheck, RecordingId, RecordingPage, RenewedTicket, SignParts, SignedParts,
    StoredParts, WholeSha256,
};

use crate::accounts::Caller;
use crate::app::App;
use crate::http::body::{JsonFields, MAX_PARTS_BODY_BYTES};
use crate::openapi::{Conflict, Forbidden, Gone, Invalid, NotFound, OverQuota};
use crate::recordings::initiating::Place;
use crate::recordings::listing::{ByTask, Paged};
use crate::recordings::requests::{Claim, NewUpload};
use crate::recordings::{
    checking, completing, holding, initiating, listing, parts, removing, tickets, viewing,
};
use crate::refusal::Refusal;

/// What a repeated initiate answers once the recording is complete: both shapes in one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Finished {
    #[serde(flatten)]
    initiated: Initiated,
    id: RecordingId,
    #[serde(rename = "fileSize")]
    file_size: wire::ByteSize,
    duration: Option<u32>,
    #[serde(rename = "completedAt")]
    completed_at: Option<jiff::Timestamp>,
}

impl Finished {
    fn new(initiated: Initiated, completed: CompletedRecording) -> Self {
        Self {
            initiated,
            id: completed.id,
            file_size: completed.file_size,
            duration: completed.duration,
            completed_at: completed.completed_at,
        }
    }
}

/// An object without fields.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// `POST /recordings/initiate`.
#[utoipa::path(
    post, path = "/recordings/initiate", tag = "recordings",
    request_body = Initiate,
    responses(
        (status = 201, description = "A place, and a ticket for the bytes", body = Initiated),
        (status = 200, description = "The idempotency key names a recording that is complete", body = Finished),
        Invalid, OverQuota, NotFound, Conflict, Gone
    ),
    security(("bearer" = []))
)]
pub(crate) async fn initiate(
    State(app): State<Arc<App>>,
    caller: Caller,
    JsonFields(fields): JsonFields,
) -> Result<Response, Refusal> {
    let upload = NewUpload::read(fields)?;
    Ok(match initiating::initiate(&app, &caller, &upload).await? {
        Place::Ticket(initiated) => (StatusCode::CREATED, Json(initiated)).into_response(),
        Place::Finished(initiated, completed) => {
            Json(Finished::new(initiated, completed)).into_response()
        }
    })
}

/// `POST /recordings/{id}/renew`.
#[utoipa::path(
    post, path = "/recordings/{id}/renew", tag = "recordings",
    params(("id" = String, Path, description = "The recording's id")),
    request_body = Option<Nothing>,
    responses(
        (status = 200, description = "A fresh ticket for the same pending recording", body = RenewedTicket),
        Invalid, NotFound, Conflict, Gone
    ),
    security(("bearer" = []))
)]
pub(crate) async fn renew(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<RecordingId>,
    JsonFields(fields): JsonFields,
) -> Result<Json<RenewedTicket>, Refusal> {
    fields.finish()?;
    tickets::renew(&app, &caller, &id).await.map(Json)
}

/// `POST /recordings/{id}/complete`.
#[utoipa::path(
    post, path = "/recordings/{id}/complete", tag = "recordings",
    params(("id" = String, Path, description = "The recording's id")),
    request_body = Complete,
    responses(
        (status = 200, description = "The store has every byte", body = CompletedRecording),
        Invalid, OverQuota, NotFound, Conflict, Gone
    ),
    security(("bearer" = []))
)]
pub(crate) async fn complete(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<RecordingId>,
    JsonFields(fields): JsonFields<MAX_PARTS_BODY_BYTES>,
) -> Result<Json<CompletedRecording>, Refusal> {
    let claim = Claim::read(fields)?;
    completing::complete(&app, &caller, &id, claim)
        .await
        .map(Json)
}

/// `POST /recordings/{id}/parts`.
#[utoipa::path(
    post, path = "/recordings/{id}/parts", tag = "parts",
    params(("id" = String, Path, description = "The recording's id")),
    request_body = SignParts,
    responses(
        (status = 200, description = "A ticket for each part", body = SignedParts),
        Invalid, NotFound, Conflict, Gone
    ),
    security(("bearer" = []))
)]
pub(crate) async fn sign_parts(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<RecordingId>,
    JsonFields(fields): JsonFields,
) -> Result<Json<SignedParts>, Refusal> {
    let wanted = parts::read(fields)?;
    parts::sign(&app, &caller, &id, &wanted).await.map(Json)
}

/// The query of `GET /recordings/{id}/parts`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PartsQuery {
    /// The number of the last part of the page before.
    #[param(value_type = Option<u32>, maximum = 10_000)]
    after: Option<String>,
}

/// `GET /recordings/{id}/parts`.
#[utoipa::path(
    get, path = "/recordings/{id}/parts", tag = "parts",
    params(("id" = String, Path, description = "The recording's id"), PartsQuery),
    responses(
        (status = 200, description = "What the store holds", body = StoredParts),
        Invalid, NotFound, Conflict, Gone
    ),
    security(("bearer" = []))
)]
pub(crate) async fn list_parts(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<RecordingId>,
    Query(query): Query<PartsQuery>,
) -> Result<Json<StoredParts>, Refusal> {
    let after = query.after.map(|text| {
        let number = text.parse().ok().filter(|number| *number <= MAX_PARTS);
        number.ok_or_else(|| {
            Refusal::invalid(format!(
                "after must be a part's number, at most {MAX_PARTS}"
            ))
        })
    });
    let after = after.transpose()?;
    parts::list(&app, &caller, &id, after).await.map(Json)
}

/// `POST /recordings/{id}/sha256`.
#[utoipa::path(
    post, path = "/recordings/{id}/sha256", tag = "parts",
    params(("id" = String, Path, description = "The recording's id")),
    request_body = WholeSha256,
    responses(
        (status = 204, description = "It is noted"),
        Invalid, NotFound, Conflict, Gone
    ),
    security(("bearer" = []))
)]
pub(crate) async fn claim_sha256(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<RecordingId>,
    JsonFields(mut fields): JsonFields,
) -> Result<StatusCode, Refusal> {
    let sha256 = fields.required_sha256("sha256").unwrap_or_default();
    fields.finish()?;
    completing::claim_sha256(&app, &caller, &id, &sha256).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /recordings/{id}`.
#[utoipa::path(
    get, path = "/recordings/{id}", tag = "recordings",
    params(("id" = String, Path, description = "The recording's id")),
    responses(
        (status = 200, description = "The recording, with a link once it is complete", body = Recording),
        Forbidden, NotFound, Conflict, Gone
    ),
    security(("bearer" = []))
)]
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<Json<Recording>, Refusal> {
    viewing::open(&app, &caller, &id).await.map(Json)
}

/// `GET /recordings/{id}/check`.
#[utoipa::path(
    get, path = "/recordings/{id}/check", tag = "audit",
    params(("id" = String, Path, description = "The recording's id")),
    responses(
        (status = 200, description = "The object, and the row beside it", body = RecordingCheck),
        Forbidden, NotFound, Gone
    ),
    security(("bearer" = []))
)]
pub(crate) async fn check(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<Json<RecordingCheck>, Refusal> {
    checking::check(&app, &caller, &id).await.map(Json)
}

/// `POST /recordings/{id}/hold`.
#[utoipa::path(
    post, path = "/recordings/{id}/hold", tag = "audit",
    params(("id" = String, Path, description = "The recording's id")),
    request_body = PlaceHold,
    responses(
        (status = 200, description = "It is held", body = Hold),
        Invalid, Forbidden, NotFound, Conflict, Gone
    ),
    security(("bearer" = []))
)]
pub(crate) async fn hold(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<RecordingId>,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Hold>, Refusal> {
    let reason = fields.required_reason("reason").unwrap_or_default();
    fields.finish()?;
    holding::place(&app, &caller, &id, reason).await.map(Json)
}

/// `DELETE /recordings/{id}/hold`.
#[utoipa::path(
    delete, path = "/recordings/{id}/hold", tag = "audit",
    params(("id" = String, Path, description = "The recording's id")),
    responses(
        (status = 204, description = "It is held no more"),
        Forbidden, NotFound, Conflict, Gone
    ),
    security(("bearer" = []))
)]
pub(crate) async fn release(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<StatusCode, Refusal> {
    holding::release(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /recordings/task/{taskId}`.
#[utoipa::path(
    get, path = "/recordings/task/{task_id}", tag = "recordings",
    params(("task_id" = String, Path, description = "The task's id"), ByTask),
    responses(
        (status = 200, description = "Complete recordings of the task, newest first", body = Vec<Recording>),
        Invalid
    ),
    security(("bearer" = []))
)]
pub(crate) async fn by_task(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(task): Path<String>,
    Query(query): Query<ByTask>,
) -> Result<Json<Vec<Recording>>, Refusal> {
    listing::by_task(&app, &caller, &task, query)
        .await
        .map(Json)
}

/// `GET /recordings`.
#[utoipa::path(
    get, path = "/recordings", tag = "recordings",
    params(Paged),
    responses(
        (status = 200, description = "A page of what the caller may see, newest first", body = RecordingPage),
        Invalid, NotFound
    ),
    security(("bearer" = []))
)]
pub(crate) async fn paged(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<Paged>,
) -> Result<Json<RecordingPage>, Refusal> {
    listing::paged(&app, &caller, &query).await.map(Json)
}

/// `DELETE /recordings/{id}/upload`.
#[utoipa::path(
    delete, path = "/recordings/{id}/upload", tag = "recordings",
    params(("id" = String, Path, description = "The recording's id")),
    responses(
        (status = 204, description = "The upload is given up"),
        NotFound, Conflict
    ),
    security(("bearer" = []))
)]
pub(crate) async fn give_up(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<StatusCode, Refusal> {
    removing::give_up(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /recordings/{id}`.
#[utoipa::path(
    delete, path = "/recordings/{id}", tag = "recordings",
    params(("id" = String, Path, description = "The recording's id")),
    responses(
        (status = 200, description = "The recording is gone, with all versions of its object", body = Message),
        Forbidden, NotFound, Conflict
    ),
    security(("bearer" = []))
)]
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<Json<Message>, Refusal> {
    removing::delete(&app, &caller, &id).await?;
    Ok(Json(Message {
        message: "Recording deleted successfully".to_owned(),
    }))
}

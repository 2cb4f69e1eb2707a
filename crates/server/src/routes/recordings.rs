//! `/recordings/*`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use wire::{
    CompletedRecording, Hold, Initiated, MAX_PARTS, Message, Recording, RecordingCheck,
    RecordingId, RecordingPage, RenewedTicket, SignedParts, StoredParts,
};

use crate::accounts::Caller;
use crate::app::App;
use crate::http::body::{JsonFields, MAX_PARTS_BODY_BYTES};
use crate::recordings::initiating::Place;
use crate::recordings::listing::{ByTask, Paged};
use crate::recordings::requests::{Claim, NewUpload};
use crate::recordings::{
    checking, completing, holding, initiating, listing, parts, removing, tickets, viewing,
};
use crate::refusal::Refusal;

/// What a repeated initiate answers once the recording is complete: both shapes in one.
#[derive(Debug, Serialize)]
struct Finished {
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

/// `POST /recordings/initiate`.
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
pub(crate) async fn sign_parts(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<RecordingId>,
    JsonFields(fields): JsonFields,
) -> Result<Json<SignedParts>, Refusal> {
    let wanted = parts::read(fields, app.bucket()?.part_checksum())?;
    parts::sign(&app, &caller, &id, &wanted).await.map(Json)
}

/// The query of `GET /recordings/{id}/parts`.
#[derive(Debug, Deserialize)]
pub(crate) struct PartsQuery {
    after: Option<String>,
}

/// `GET /recordings/{id}/parts`.
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
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<Json<Recording>, Refusal> {
    viewing::open(&app, &caller, &id).await.map(Json)
}

/// `GET /recordings/{id}/check`.
pub(crate) async fn check(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<Json<RecordingCheck>, Refusal> {
    checking::check(&app, &caller, &id).await.map(Json)
}

/// `POST /recordings/{id}/hold`.
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
pub(crate) async fn release(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<StatusCode, Refusal> {
    holding::release(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /recordings/task/{taskId}`.
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
pub(crate) async fn paged(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<Paged>,
) -> Result<Json<RecordingPage>, Refusal> {
    listing::paged(&app, &caller, &query).await.map(Json)
}

/// `DELETE /recordings/{id}/upload`.
pub(crate) async fn give_up(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<RecordingId>,
) -> Result<StatusCode, Refusal> {
    removing::give_up(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /recordings/{id}`.
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

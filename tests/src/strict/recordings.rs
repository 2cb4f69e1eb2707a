//! A recording's life: health, initiate, complete, get, list, delete. No more.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{get, post};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use storage::{GetTicket, PutTicket};
use uuid::Uuid;

use super::answers::{read, refusal, success};
use super::identity::{self, TENANT, USER};
use super::{Shared, Variant};

/// A recording.
#[derive(Clone)]
pub(super) struct Row {
    id: String,
    task: String,
    key: String,
    content_type: String,
    created_at: Timestamp,
    complete: Option<Completed>,
}

#[derive(Clone)]
struct Completed {
    size_bytes: u64,
    duration: Option<u32>,
    at: Timestamp,
}

/// The base contract's fields, and no other.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Initiate {
    task_id: String,
    filename: String,
    content_type: Option<String>,
    #[allow(
        dead_code,
        reason = "this backend's tickets live as long as its variant says"
    )]
    url_expires_in: Option<u32>,
}

/// The base contract's fields, and no other; the size is a number here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Complete {
    s3_key: String,
    file_size: u64,
    duration: Option<u32>,
}

pub(super) fn routes(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    let signed_in = from_fn_with_state(shared.clone(), identity::only_signed_in);
    Router::new()
        .route("/recordings/initiate", post(initiate))
        .route("/recordings/{id}/complete", post(complete))
        .route("/recordings/task/{task}", get(of_task))
        .route("/recordings/{id}", get(show).delete(delete))
        .route_layer(signed_in)
        .route("/recordings/health", get(health))
}

async fn health(State(shared): State<Arc<Shared>>) -> Response {
    let body = if shared.variant.envelope {
        json!({ "status": "healthy", "r2": { "configured": true } })
    } else {
        json!({ "s3": { "configured": true, "message": "S3 service configured successfully" } })
    };
    success(&shared.variant, StatusCode::OK, body)
}

async fn initiate(State(shared): State<Arc<Shared>>, body: Bytes) -> Result<Response, Response> {
    shared.initiated.fetch_add(1, Ordering::SeqCst);
    let asked: Initiate = read(&shared, &body)?;
    if shared.variant.wants_uuids && Uuid::parse_str(&asked.task_id).is_err() {
        return Err(refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Internal server error",
        ));
    }
    if asked.task_id.parse::<wire::TaskId>().is_err() {
        return Err(refusal(StatusCode::BAD_REQUEST, "taskId is no id"));
    }
    let now = shared.now();
    let milliseconds = now
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
        .as_millis();
    let key = storage::keys::object_key(
        TENANT,
        &asked.task_id,
        USER,
        u64::try_from(milliseconds).expect("a time of this age"),
        &asked.filename,
    );
    let content_type = asked
        .content_type
        .unwrap_or_else(|| wire::VIDEO_WEBM.to_owned());
    let life = shared.variant.ticket_life;
    let ticket = PutTicket {
        key: &key,
        content_type: &content_type,
        content_length: None,
        sha256_hex: None,
        write_once: false,
        sign_encryption: shared.variant.signs_encryption,
        tags: None,
        expires_in: life,
    };
    let ticket = shared
        .bucket
        .put_ticket(ticket, now)
        .await
        .expect("a ticket");
    let row = Row {
        id: Uuid::new_v4().to_string(),
        task: asked.task_id,
        key,
        content_type,
        created_at: Timestamp::now(),
        complete: None,
    };
    let answer = json!({
        "recordingId": row.id,
        "uploadUrl": ticket.url.expose(),
        "s3Key": row.key,
        "expiresIn": life.as_secs(),
        "uploadStatus": "PENDING",
    });
    shared.rows().push(row);
    Ok(success(&shared.variant, StatusCode::CREATED, answer))
}

async fn complete(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Response> {
    let asked: Complete = read(&shared, &body)?;
    let row = find(&shared, &id)?;
    if row.complete.is_some() {
        return Err(refusal(
            StatusCode::BAD_REQUEST,
            "Recording is already COMPLETE",
        ));
    }
    if asked.s3_key != row.key {
        return Err(refusal(StatusCode::BAD_REQUEST, "s3Key does not match"));
    }
    let object = shared
        .bucket
        .object(&row.key)
        .await
        .expect("the store answers");
    if object.is_none_or(|object| object.size_bytes != asked.file_size) {
        return Err(refusal(
            StatusCode::CONFLICT,
            "The object is not in the bucket",
        ));
    }
    let done = Completed {
        size_bytes: asked.file_size,
        duration: asked.duration,
        at: Timestamp::now(),
    };
    let mut answer = json!({
        "id": row.id,
        "s3Key": row.key,
        "duration": done.duration,
        "uploadStatus": "COMPLETE",
        "completedAt": done.at.to_string(),
    });
    answer["fileSize"] = size(&shared.variant, done.size_bytes);
    for row in shared.rows().iter_mut().filter(|row| row.id == id) {
        row.complete = Some(done.clone());
    }
    if shared
        .loses_the_next_completion
        .swap(false, Ordering::SeqCst)
    {
        return Err(refusal(StatusCode::BAD_GATEWAY, "Bad Gateway"));
    }
    Ok(success(&shared.variant, StatusCode::OK, answer))
}

async fn show(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    let row = find(&shared, &id)?;
    let mut answer = entry(&shared.variant, &row);
    if row.complete.is_some() {
        let life_seconds = shared.link_life_seconds.load(Ordering::SeqCst);
        let ticket = GetTicket {
            key: &row.key,
            version_id: None,
            filename: row.key.rsplit('/').next().unwrap_or_default(),
            content_type: &row.content_type,
            expires_in: Duration::from_secs(life_seconds),
        };
        let link = shared
            .bucket
            .get_ticket(ticket, shared.now())
            .await
            .expect("a link");
        answer["downloadUrl"] = Value::from(link.url.expose());
    }
    Ok(success(&shared.variant, StatusCode::OK, answer))
}

async fn of_task(State(shared): State<Arc<Shared>>, Path(task): Path<String>) -> Response {
    let rows = shared.rows();
    let newest_first = rows.iter().rev();
    let complete = newest_first.filter(|row| row.task == task && row.complete.is_some());
    let list: Vec<Value> = complete.map(|row| entry(&shared.variant, row)).collect();
    success(&shared.variant, StatusCode::OK, Value::from(list))
}

async fn delete(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    let row = find(&shared, &id)?;
    shared
        .bucket
        .delete_all_versions(&row.key)
        .await
        .expect("the store answers");
    shared.rows().retain(|row| row.id != id);
    let answer = json!({ "message": "Recording deleted successfully" });
    Ok(success(&shared.variant, StatusCode::OK, answer))
}

fn find(shared: &Shared, id: &str) -> Result<Row, Response> {
    let rows = shared.rows();
    let row = rows.iter().find(|row| row.id == id).cloned();
    row.ok_or_else(|| refusal(StatusCode::NOT_FOUND, "Recording not found"))
}

/// A row as `GET` and lists show it, without its link.
fn entry(variant: &Variant, row: &Row) -> Value {
    let done = row.complete.as_ref();
    json!({
        "id": row.id,
        "taskId": row.task,
        "userId": USER,
        "s3Key": row.key,
        "fileSize": done.map(|done| size(variant, done.size_bytes)),
        "duration": done.and_then(|done| done.duration),
        "mimeType": row.content_type,
        "uploadStatus": if done.is_some() { "COMPLETE" } else { "PENDING" },
        "createdAt": row.created_at.to_string(),
        "completedAt": done.map(|done| done.at.to_string()),
    })
}

fn size(variant: &Variant, size_bytes: u64) -> Value {
    if variant.sizes_as_strings {
        Value::from(size_bytes.to_string())
    } else {
        Value::from(size_bytes)
    }
}

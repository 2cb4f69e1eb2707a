//! Answers as the deployed service words them.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::DATE;
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Shared, Variant};

/// A success, bare or wrapped.
pub(super) fn success(variant: &Variant, status: StatusCode, body: Value) -> Response {
    let body = if variant.envelope {
        json!({ "data": body, "statusCode": status.as_u16() })
    } else {
        body
    };
    (status, Json(body)).into_response()
}

/// A refusal.
pub(super) fn refusal(status: StatusCode, message: &str) -> Response {
    let body = json!({
        "statusCode": status.as_u16(),
        "message": message,
        "error": status.canonical_reason(),
        "timestamp": Timestamp::now().to_string(),
        "path": "/",
    });
    (status, Json(body)).into_response()
}

/// An address that the base contract does not know.
pub(super) async fn unknown_address(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
) -> Response {
    // Which prefix and which ways of signing in there are can only be found out by asking.
    let is_a_question = uri.path().ends_with("/recordings/health") || uri.path().contains("/auth/");
    if !is_a_question {
        shared.note_unknown(format!("{method} {}", uri.path()));
    }
    refusal(
        StatusCode::NOT_FOUND,
        &format!("Cannot {method} {}", uri.path()),
    )
}

/// A body of exactly the fields that `T` has.
pub(super) fn read<T: DeserializeOwned>(shared: &Shared, body: &[u8]) -> Result<T, Response> {
    serde_json::from_slice(body).map_err(|error| {
        shared.note_unknown(error.to_string());
        let messages = json!({
            "statusCode": 400,
            "message": [error.to_string()],
            "error": "Bad Request",
        });
        (StatusCode::BAD_REQUEST, Json(messages)).into_response()
    })
}

/// Says what its own clock says.
pub(super) async fn dated(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let now = Timestamp::try_from(shared.now()).expect("a time of this century");
    let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    response
        .headers_mut()
        .insert(DATE, HeaderValue::from_str(&date).expect("a date"));
    response
}

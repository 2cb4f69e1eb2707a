//! Request bodies: small, JSON, and an object.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value};

use crate::fields::Fields;
use crate::refusal::Refusal;

/// Largest request body of most calls, in bytes. The recordings themselves never come here.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// Largest body that names every part of an upload, in bytes: ten thousand parts of some 200 bytes each.
pub(crate) const MAX_PARTS_BODY_BYTES: usize = 4 * 1024 * 1024;

/// What is said to a text that PostgreSQL could not keep.
/// Source: <https://www.postgresql.org/docs/current/datatype-character.html>
const NUL: &str = "no text may contain the character U+0000";

/// Refuses an address with U+0000 in it, which no id, task or cursor of ours has.
pub(crate) async fn refuse_nul(request: Request, next: Next) -> Response {
    let address = request.uri().path_and_query();
    if address.is_some_and(|address| address.as_str().contains("%00")) {
        return Refusal::invalid(NUL).into_response();
    }
    next.run(request).await
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(object) => object.values().any(has_nul),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// How long a body may take to arrive. The frame notes it with each request.
#[derive(Debug, Clone, Copy)]
pub(super) struct BodyTimeLimit(pub(super) Duration);

/// The fields of a JSON object of at most `MAX_BYTES`. An absent body is an object without fields.
#[derive(Debug)]
pub(crate) struct JsonFields<const MAX_BYTES: usize = MAX_BODY_BYTES>(pub(crate) Fields);

impl<const MAX_BYTES: usize, S: Send + Sync> FromRequest<S> for JsonFields<MAX_BYTES> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Self::Rejection> {
        let limit = request.extensions().get::<BodyTimeLimit>().copied();
        let reading = axum::body::to_bytes(request.into_body(), MAX_BYTES);
        let body: Bytes = match limit {
            Some(BodyTimeLimit(limit)) => tokio::time::timeout(limit, reading)
                .await
                .map_err(|_elapsed| Refusal::BodyTooSlow)?,
            None => reading.await,
        }
        .map_err(|_| Refusal::BodyTooLarge {
            max_bytes: MAX_BYTES,
        })?;
        if body.is_empty() {
            return Ok(Self(Fields::default()));
        }
        // The parser's own words could repeat what was sent, a password say.
        let object: Map<String, Value> = serde_json::from_slice(&body)
            .map_err(|_| Refusal::invalid("the body must be a JSON object"))?;
        if object.values().any(has_nul) {
            return Err(Refusal::invalid(NUL));
        }
        Ok(Self(Fields::new(object)))
    }
}

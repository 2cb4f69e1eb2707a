//! Request bodies: small, JSON, and an object.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};

use crate::fields::Fields;
use crate::refusal::Refusal;

/// Largest request body, in bytes. The recordings themselves never come here.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// The fields of a JSON object. An absent body is an object without fields.
#[derive(Debug)]
pub(crate) struct JsonFields(pub(crate) Fields);

impl<S: Send + Sync> FromRequest<S> for JsonFields {
    type Rejection = Refusal;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Self::Rejection> {
        let body: Bytes = axum::body::to_bytes(request.into_body(), MAX_BODY_BYTES)
            .await
            .map_err(|_| Refusal::BodyTooLarge {
                max_bytes: MAX_BODY_BYTES,
            })?;
        if body.is_empty() {
            return Ok(Self(Fields::default()));
        }
        // The parser's own words could repeat what was sent, a password say.
        let object = serde_json::from_slice(&body)
            .map_err(|_| Refusal::invalid("the body must be a JSON object"))?;
        Ok(Self(Fields::new(object)))
    }
}

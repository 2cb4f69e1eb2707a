//! What stands between the socket and `s3s`: refusals of S3's that `s3s` lacks, CORS, and patience with clients that are
//! still sending when they are refused.

mod body;
mod cors;
mod gate;

use std::convert::Infallible;
use std::sync::Arc;

use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, S3Error};

use self::body::ClientBody;
use crate::EmbeddedStore;
use crate::protocol::{Protocol, Sessions};

/// Answers requests. Clones are the same.
#[derive(Clone)]
pub(crate) struct Front {
    service: Arc<S3Service>,
}

impl Front {
    pub(crate) fn new(store: &EmbeddedStore) -> Self {
        let protocol = Protocol::new(Arc::clone(&store.folder), store.body_idle_limit);
        let mut builder = S3ServiceBuilder::new(protocol);
        let sessions = Sessions::new(store.account.clone());
        builder.set_auth(sessions.clone());
        builder.set_access(sessions.clone());
        builder.set_route(sessions);
        Self {
            service: Arc::new(builder.build()),
        }
    }

    /// Every request has an answer.
    pub(crate) async fn answer(
        self,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, Infallible> {
        let cross_origin = cors::is_cross_origin(request.headers());
        let request_id = request_id();
        let mut response = if request.method() == Method::OPTIONS {
            cors::preflight(request.headers())
        } else {
            self.authenticated(request).await
        };
        tracing::debug!(
            status = response.status().as_u16(),
            request_id,
            "store answered"
        );
        if let Ok(request_id) = HeaderValue::try_from(request_id) {
            response
                .headers_mut()
                .insert("x-amz-request-id", request_id);
        }
        if cross_origin {
            cors::allow(response.headers_mut());
        }
        Ok(response)
    }

    async fn authenticated(&self, request: Request<Incoming>) -> Response<Body> {
        let (mut parts, incoming) = request.into_parts();
        let body = ClientBody::new(incoming, &parts.headers);
        if let Err(refusal) = gate::check(&parts) {
            return refused(refusal);
        }
        parts.extensions.insert(body.cut());
        let request = Request::from_parts(parts, Body::http_body_unsync(body));
        match self.service.call(request).await {
            Ok(response) => response,
            Err(error) => {
                tracing::error!(error = ?error, "no answer could be written");
                failed()
            }
        }
    }
}

fn refused(refusal: S3Error) -> Response<Body> {
    refusal.to_http_response().unwrap_or_else(|_| failed())
}

fn failed() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

/// A name for the request, to find it in the log.
fn request_id() -> String {
    let mut bytes = [0; 8];
    // Without randomness the id is of no use, and nothing else is hurt.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    format!("{:016X}", u64::from_be_bytes(bytes))
}

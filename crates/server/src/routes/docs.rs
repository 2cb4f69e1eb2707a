//! `/docs`: the contract as a page. Its files are part of the program; it loads nothing from elsewhere.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use http::HeaderValue;
use http::header::CONTENT_SECURITY_POLICY;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::openapi;

/// Its scripts and pictures are its own; its styles are set by script as well; it asks this server alone.
const OWN_FILES: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                         img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; \
                         form-action 'none'; frame-ancestors 'none'";

/// The page and its files.
pub(crate) fn pages<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let config = Config::from(openapi::PATH).validator_url("none");
    Router::from(SwaggerUi::new("/docs").config(config)).layer(from_fn(allow_own_files))
}

async fn allow_own_files(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let policy = HeaderValue::from_static(OWN_FILES);
    response
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, policy);
    response
}

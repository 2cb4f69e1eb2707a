//! Every address that the server answers, in one list.

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Method};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::CorsLayer;

use crate::app::App;
use crate::http::body::refuse_nul;
use crate::http::frame::frame;
use crate::refusal::Refusal;
use crate::routes::{audit, auth, health, recordings, support, tasks};

/// The whole application over its shared parts.
pub(crate) fn router(app: Arc<App>, cors_origins: &[HeaderValue]) -> Router {
    let api = Router::new()
        .route("/auth/login", post(auth::login))
        .route("/auth/refresh", post(auth::refresh))
        .route("/auth/logout", post(auth::logout))
        .route("/auth/me", get(auth::me))
        .route("/tasks", get(tasks::list))
        .route("/recordings", get(recordings::paged))
        .route("/recordings/health", get(health::health))
        .route("/recordings/initiate", post(recordings::initiate))
        .route("/recordings/task/{task_id}", get(recordings::by_task))
        .route(
            "/recordings/{id}",
            get(recordings::open).delete(recordings::delete),
        )
        .route("/recordings/{id}/complete", post(recordings::complete))
        .route("/recordings/{id}/renew", post(recordings::renew))
        .route(
            "/recordings/{id}/parts",
            post(recordings::sign_parts).get(recordings::list_parts),
        )
        .route("/recordings/{id}/sha256", post(recordings::claim_sha256))
        .route("/recordings/{id}/upload", delete(recordings::give_up))
        .route("/recordings/{id}/check", get(recordings::check))
        .route(
            "/recordings/{id}/hold",
            post(recordings::hold).delete(recordings::release),
        )
        .route("/audit", get(audit::page))
        .route("/audit.csv", get(audit::table))
        .route("/support/grants", post(support::grant).get(support::list))
        .route("/support/grants/{id}", delete(support::revoke));
    let framed = Router::new()
        .nest("/api", api)
        .fallback(async || Refusal::NoSuchRoute)
        .method_not_allowed_fallback(async || Refusal::MethodNotAllowed)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(refuse_nul))
        .layer(from_fn(frame))
        .with_state(app);
    if cors_origins.is_empty() {
        return framed;
    }
    framed.layer(
        CorsLayer::new()
            .allow_origin(cors_origins.to_vec())
            .allow_methods([Method::GET, Method::POST, Method::DELETE])
            .allow_headers([
                AUTHORIZATION,
                CONTENT_TYPE,
                HeaderName::from_static("x-request-id"),
            ])
            .expose_headers([RETRY_AFTER, HeaderName::from_static("x-request-id")]),
    )
}

/// What panicked has been written to the log by the panic hook; the caller is told nothing of it.
fn panicked(_cause: Box<dyn Any + Send>) -> Response {
    Refusal::Panicked.into_response()
}

//! Every address that the server answers, in one list.

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Method};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::CorsLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::http::body::refuse_nul;
use crate::http::frame::frame;
use crate::openapi::{self, Outline};
use crate::refusal::Refusal;
use crate::routes::{audit, auth, docs, health, operations, recordings, support, tasks};

/// Every call, with its description.
fn calls() -> OpenApiRouter<Arc<App>> {
    let api = OpenApiRouter::new()
        .routes(routes!(auth::login))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::logout))
        .routes(routes!(auth::me))
        .routes(routes!(auth::providers))
        .routes(routes!(tasks::list))
        .routes(routes!(recordings::paged))
        .routes(routes!(health::health))
        .routes(routes!(recordings::initiate))
        .routes(routes!(recordings::by_task))
        .routes(routes!(recordings::open, recordings::delete))
        .routes(routes!(recordings::complete))
        .routes(routes!(recordings::renew))
        .routes(routes!(recordings::sign_parts, recordings::list_parts))
        .routes(routes!(recordings::claim_sha256))
        .routes(routes!(recordings::give_up))
        .routes(routes!(recordings::check))
        .routes(routes!(recordings::hold, recordings::release))
        .routes(routes!(audit::page))
        .routes(routes!(audit::table))
        .routes(routes!(support::ask, support::requests))
        .routes(routes!(support::grant_request))
        .routes(routes!(support::refuse_request))
        .routes(routes!(support::grant, support::list))
        .routes(routes!(support::revoke))
        .routes(routes!(openapi::document));
    OpenApiRouter::with_openapi(Outline::openapi())
        .nest("/api", api)
        .routes(routes!(operations::live))
        .routes(routes!(operations::ready))
        .routes(routes!(operations::metrics_here))
}

/// The description of every call.
pub(crate) fn documented() -> utoipa::openapi::OpenApi {
    let mut document = calls().into_openapi();
    openapi::complete(&mut document);
    document
}

/// The whole application over its shared parts.
pub(crate) fn router(app: Arc<App>, cors_origins: &[HeaderValue]) -> Router {
    let known = Router::from(calls()).merge(docs::pages());
    let framed = framed(known, app);
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

/// What whoever watches the server may ask, on a listener of its own.
pub(crate) fn watching(app: Arc<App>) -> Router {
    let known = Router::new()
        .route("/live", get(operations::live))
        .route("/ready", get(operations::ready))
        .route("/metrics", get(operations::metrics));
    framed(known, app)
}

fn framed(known: Router<Arc<App>>, app: Arc<App>) -> Router {
    known
        .fallback(async || Refusal::NoSuchRoute)
        .method_not_allowed_fallback(async || Refusal::MethodNotAllowed)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(refuse_nul))
        .layer(from_fn_with_state(Arc::clone(&app), frame))
        .with_state(app)
}

/// What panicked has been written to the log by the panic hook; the caller is told nothing of it.
fn panicked(_cause: Box<dyn Any + Send>) -> Response {
    Refusal::Panicked.into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The addresses that the router knows, by its own account.
    fn addresses() -> BTreeSet<String> {
        let shown = format!("{:?}", Router::from(calls()));
        let texts = shown.split('"').skip(1).step_by(2);
        // The two by which axum keeps its fallback are no addresses.
        let own = |text: &&str| *text != "/" && !text.contains("__private__axum_fallback");
        let paths = texts.filter(|text| text.starts_with('/')).filter(own);
        paths.map(str::to_owned).collect()
    }

    #[test]
    fn every_address_is_described_and_every_description_has_its_address() {
        let described: BTreeSet<String> = documented().paths.paths.into_keys().collect();
        assert!(described.len() > 15, "{described:?}");
        assert_eq!(addresses(), described);
    }
}

//! The contract, machine-readable: made of the routes themselves, so that no call is missing from it, and of the types
//! that requests and answers have.
//!
//! What any call may be refused for stands here once and is added to each; what only some are refused for stands beside
//! their handlers.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::response::{IntoResponse, Response as Answer};
use http::header::CONTENT_TYPE;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    Content, ObjectBuilder, OpenApi as Document, Ref, RefOr, Response, ResponseBuilder, Type,
};
use utoipa::{IntoResponses, Modify, OpenApi};

use crate::refusal::Refusal;
use crate::router;

/// Where the document is.
pub(crate) const PATH: &str = "/api/openapi.json";

/// What is said of the whole.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Revui recordings API",
        description = "Places for recordings, and links to them. Bytes never pass through here: they go to the store \
                       by presigned URLs. Sign in with `POST /api/auth/login` and send the access token as \
                       `Authorization: Bearer`.\n\nAnother tenant's recording does not exist: the answer is that for \
                       an id that never was. Every refusal has the same form, with a stable `code` where a program \
                       has reason to look at one, and the `requestId` under which the server's log has it.",
    ),
    components(schemas(wire::ErrorBody)),
    modifiers(&Bearer),
    tags(
        (name = "sign-in", description = "Who is calling"),
        (name = "recordings", description = "From a place for the bytes to a link"),
        (name = "parts", description = "Uploads in parts"),
        (name = "audit", description = "Who did what, what is held, whom a tenant lets look in"),
        (name = "watching", description = "For whoever runs the server"),
    )
)]
pub(crate) struct Outline;

#[derive(Debug)]
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut Document) {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.bearer_format = Some("JWT".to_owned());
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// A refusal, in the form that all have.
fn refusal(description: &str) -> ResponseBuilder {
    let body = Content::new(Some(Ref::from_schema_name("ErrorBody")));
    ResponseBuilder::new()
        .description(description)
        .content("application/json", body)
}

/// Names for what a call may be refused for, to be listed beside its handler.
macro_rules! refusals {
    ($($(#[$documented:meta])* $name:ident: $status:literal, $description:literal;)*) => {
        $(
            $(#[$documented])*
            pub(crate) enum $name {}

            impl IntoResponses for $name {
                fn responses() -> BTreeMap<String, RefOr<Response>> {
                    let response = refusal($description).build();
                    BTreeMap::from([($status.to_owned(), RefOr::T(response))])
                }
            }
        )*
    };
}

refusals! {
    /// A field or a parameter is wrong.
    Invalid: "400", "A field, a parameter or the path is missing, malformed or unknown; every flaw is named";
    /// The credentials are wrong.
    WrongCredentials: "401", "`wrong_credentials`, or a token that is none";
    /// The role does not suffice.
    Forbidden: "403", "`forbidden`: the caller's role does not allow it";
    /// The organisation may not have more.
    OverQuota: "403", "`quota_exceeded`: the caller's organisation keeps as much as it may, or has begun as many recordings \
                       today; `message` says which. Trying again does not help";
    /// There is none.
    NotFound: "404", "`not_found`: there is no such recording for this caller";
    /// It is not in a state for this.
    Conflict: "409", "The recording, or what the store holds for it, is not in a state for this; `code` says why";
    /// It was given up.
    Gone: "410", "`given_up`: the upload was given up";
}

/// Adds what any call may be refused for, and to calls of signed-in users what those may.
pub(crate) fn complete(document: &mut Document) {
    for (path, item) in &mut document.paths.paths {
        let in_path = path.contains('{');
        let operations = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            complete_operation(operation, in_path);
        }
    }
}

fn complete_operation(operation: &mut Operation, in_path: bool) {
    let signed_in = operation.security.is_some();
    let has_body = operation.request_body.is_some();
    let mut add = |status: &str, response: ResponseBuilder| {
        let responses = &mut operation.responses.responses;
        let entry = responses.entry(status.to_owned());
        entry.or_insert_with(|| RefOr::T(response.build()));
    };
    if in_path {
        add("400", refusal("The path is malformed"));
    }
    if signed_in {
        add(
            "401",
            refusal("`unauthorized` or `token_expired`: no token, or none that is good now"),
        );
    }
    if has_body {
        add("408", refusal("The body took too long to arrive"));
        add("413", refusal("The body, or the recording, is too large"));
    }
    let seconds = ObjectBuilder::new().schema_type(Type::Integer);
    let retry_after = HeaderBuilder::new()
        .schema(Some(seconds.minimum(Some(1)).build()))
        .description(Some("Seconds after which to come back"));
    add(
        "429",
        refusal("`rate_limited` or `too_many_attempts`: come back later")
            .header("retry-after", retry_after.build()),
    );
    add("500", refusal("`internal`: a defect of the server's"));
    add(
        "503",
        refusal("`store_not_configured` or `store_unavailable`, or the server took too long"),
    );
}

/// The document never changes while the server runs.
static DOCUMENT: LazyLock<Result<String, serde_json::Error>> =
    LazyLock::new(|| router::documented().to_json());

/// This document.
#[utoipa::path(
    get, path = "/openapi.json", tag = "watching",
    responses((status = 200, description = "This document", body = serde_json::Value))
)]
pub(crate) async fn document() -> Result<Answer, Refusal> {
    match &*DOCUMENT {
        Ok(json) => Ok(([(CONTENT_TYPE, "application/json")], json.as_str()).into_response()),
        Err(error) => Err(Refusal::Defect(error.to_string().into())),
    }
}

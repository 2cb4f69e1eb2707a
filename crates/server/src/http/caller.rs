//! Who is calling: the request's bearer token says who signed in, the database whether they still may, and as what.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;

use crate::accounts::access_token::BadToken;
use crate::accounts::{Caller, providers};
use crate::app::App;
use crate::refusal::Refusal;

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &Arc<App>,
    ) -> Result<Self, Self::Rejection> {
        let header = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .ok_or(Refusal::Unauthorized)?;
        let (scheme, token) = header.split_once(' ').ok_or(Refusal::Unauthorized)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Refusal::Unauthorized);
        }
        let token = token.trim();
        let caller = match providers::admit(app, token).await {
            Some(admitted) => admitted?,
            None => signed_in_here(app, token).await?,
        };
        let span = tracing::Span::current();
        span.record("tenant", caller.tenant.as_str());
        span.record("user", caller.user.as_str());
        Ok(caller)
    }
}

/// Whoever has a token of our own.
async fn signed_in_here(app: &App, token: &str) -> Result<Caller, Refusal> {
    let signed_in = app
        .access_tokens
        .read(token, app.clock.now())
        .map_err(|bad| match bad {
            BadToken::Expired => Refusal::TokenExpired,
            BadToken::Invalid => Refusal::Unauthorized,
        })?;
    let role = app
        .database
        .role_of(&signed_in)
        .await?
        .ok_or(Refusal::Unauthorized)?;
    Ok(Caller {
        user: signed_in.user,
        tenant: signed_in.tenant,
        role,
    })
}

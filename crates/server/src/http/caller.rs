//! Who is calling: the request's bearer token says who signed in, the database whether they still may, and as what.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;

use crate::accounts::Caller;
use crate::accounts::access_token::BadToken;
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
        let signed_in = app
            .access_tokens
            .read(token.trim(), app.clock.now())
            .map_err(|bad| match bad {
                BadToken::Expired => Refusal::TokenExpired,
                BadToken::Invalid => Refusal::Unauthorized,
            })?;
        let role = app
            .timed("role_of", app.database.role_of(&signed_in))
            .await?
            .ok_or(Refusal::Unauthorized)?;
        app.operations.rates.count_user(&signed_in.user)?;
        let caller = Self {
            user: signed_in.user,
            tenant: signed_in.tenant,
            role,
        };
        let span = tracing::Span::current();
        span.record("tenant", caller.tenant.as_str());
        span.record("user", caller.user.as_str());
        Ok(caller)
    }
}

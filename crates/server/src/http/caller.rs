//! Who is calling: the request's bearer token says who signed in, the database whether they still may, and as what.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::frame::RequestId;
use crate::accounts::access_token::BadToken;
use crate::accounts::{Caller, providers};
use crate::app::App;
use crate::audit::Origin;
use crate::refusal::Refusal;

/// Where a request came from: as the audit trail keeps it.
fn origin(parts: &Parts) -> Origin {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let id = parts.extensions.get::<RequestId>();
    Origin {
        address: peer.map(|ConnectInfo(peer)| peer.ip().to_canonical()),
        request_id: id.map(|id| id.as_str().to_owned()),
    }
}

impl FromRequestParts<Arc<App>> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _app: &Arc<App>,
    ) -> Result<Self, Self::Rejection> {
        Ok(origin(parts))
    }
}

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
        let (token, origin) = (token.trim(), origin(parts));
        let caller = match providers::admit(app, token, &origin).await {
            Some(admitted) => admitted?,
            None => signed_in_here(app, token, origin).await?,
        };
        app.operations
            .rates
            .count_caller(&caller.user, &caller.tenant)?;
        let span = tracing::Span::current();
        span.record("tenant", caller.tenant.as_str());
        span.record("user", caller.user.as_str());
        Ok(caller)
    }
}

/// Whoever has a token of our own.
async fn signed_in_here(app: &App, token: &str, origin: Origin) -> Result<Caller, Refusal> {
    let signed_in = app
        .access_tokens
        .read(token, app.clock.now())
        .map_err(|bad| match bad {
            BadToken::Expired => Refusal::TokenExpired,
            BadToken::Invalid => Refusal::Unauthorized,
        })?;
    let role = app.database.role_of(&signed_in).await?;
    let role = role.ok_or(Refusal::Unauthorized)?;
    Ok(Caller {
        user: signed_in.user,
        tenant: signed_in.tenant,
        role,
        origin,
        is_server: false,
    })
}

//! `/auth/*`.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use http::StatusCode;
use wire::{Login, Secret, TokenPair, User};

use crate::accounts::{Caller, session};
use crate::app::App;
use crate::audit::Origin;
use crate::fields::Fields;
use crate::http::body::JsonFields;
use crate::refusal::Refusal;

/// `POST /auth/login`.
pub(crate) async fn login(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    origin: Origin,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<TokenPair>, Refusal> {
    let login = Login {
        email: fields.required_text("email").unwrap_or_default(),
        password: Secret::from(fields.required_text("password").unwrap_or_default()),
        device_name: fields.optional_text("deviceName"),
    };
    fields.finish()?;
    session::sign_in(&app, login, peer.ip(), origin)
        .await
        .map(Json)
}

/// `POST /auth/refresh`.
pub(crate) async fn refresh(
    State(app): State<Arc<App>>,
    JsonFields(fields): JsonFields,
) -> Result<Json<TokenPair>, Refusal> {
    let token = read_refresh_token(fields)?;
    session::refresh(&app, &token).await.map(Json)
}

/// `POST /auth/logout`.
pub(crate) async fn logout(
    State(app): State<Arc<App>>,
    origin: Origin,
    JsonFields(fields): JsonFields,
) -> Result<StatusCode, Refusal> {
    let token = read_refresh_token(fields)?;
    session::sign_out(&app, &token, origin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /auth/me`.
pub(crate) async fn me(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<User>, Refusal> {
    let scope = app.database.scope(&caller.tenant, &caller.user);
    scope.caller().await?.map(Json).ok_or(Refusal::Unauthorized)
}

fn read_refresh_token(mut fields: Fields) -> Result<Secret, Refusal> {
    let token = fields.required_text("refreshToken").unwrap_or_default();
    fields.finish()?;
    Ok(Secret::from(token))
}

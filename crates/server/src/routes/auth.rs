//! `/auth/*`.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use http::StatusCode;
use wire::{Login, Refresh, Secret, SignInProviders, TokenPair, User};

use crate::accounts::{Caller, providers, session};
use crate::app::App;
use crate::audit::Origin;
use crate::fields::Fields;
use crate::http::body::JsonFields;
use crate::openapi::{Invalid, WrongCredentials};
use crate::refusal::Refusal;

/// `POST /auth/login`.
#[utoipa::path(
    post, path = "/auth/login", tag = "sign-in",
    request_body = Login,
    responses(
        (status = 200, description = "Signed in", body = TokenPair),
        Invalid, WrongCredentials
    )
)]
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
#[utoipa::path(
    post, path = "/auth/refresh", tag = "sign-in",
    request_body = Refresh,
    responses(
        (status = 200, description = "The next pair; the old refresh token is spent", body = TokenPair),
        Invalid, WrongCredentials
    )
)]
pub(crate) async fn refresh(
    State(app): State<Arc<App>>,
    origin: Origin,
    JsonFields(fields): JsonFields,
) -> Result<Json<TokenPair>, Refusal> {
    let token = read_refresh_token(fields)?;
    session::refresh(&app, &token, origin).await.map(Json)
}

/// `POST /auth/logout`.
#[utoipa::path(
    post, path = "/auth/logout", tag = "sign-in",
    request_body = Refresh,
    responses((status = 204, description = "Signed out"), Invalid)
)]
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
#[utoipa::path(
    get, path = "/auth/me", tag = "sign-in",
    responses((status = 200, description = "Who is signed in", body = User)),
    security(("bearer" = []))
)]
pub(crate) async fn me(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<User>, Refusal> {
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let user = scope.caller().await?.ok_or(Refusal::Unauthorized)?;
    let email = providers::shown(&user.email).to_owned();
    Ok(Json(User { email, ..user }))
}

/// `GET /auth/providers`.
#[utoipa::path(
    get, path = "/auth/providers", tag = "sign-in",
    responses((status = 200, description = "Who else may say who somebody is", body = SignInProviders))
)]
pub(crate) async fn providers(State(app): State<Arc<App>>) -> Json<SignInProviders> {
    let providers = app.providers.public();
    Json(SignInProviders { providers })
}

fn read_refresh_token(mut fields: Fields) -> Result<Secret, Refusal> {
    let token = fields.required_text("refreshToken").unwrap_or_default();
    fields.finish()?;
    Ok(Secret::from(token))
}

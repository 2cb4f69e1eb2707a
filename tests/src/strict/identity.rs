//! One user, who signs in by token or by cookie.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::Shared;
use super::answers::{read, refusal, success};

/// Its user's e-mail address.
pub const EMAIL: &str = "ana@strict.example";
/// And password.
pub const PASSWORD: &str = "canary-password-of-ana";

/// Its user's id, as tokens and rows have it.
pub(super) const USER: &str = "user-ana";
/// And tenant.
pub(super) const TENANT: &str = "tenant-strict";

const COOKIE_NAME: &str = "revui.sid";

/// The sessions that are open: tokens and cookies alike.
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashSet<String>>);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Login {
    email: String,
    password: String,
    #[allow(dead_code, reason = "taken, as the deployed service takes it")]
    device_name: Option<String>,
}

impl Sessions {
    /// Opens one, and returns its token: a JWT in form, for a client looks into it; its value is that it is listed here.
    pub(super) fn new_token(&self) -> String {
        self.new_token_of(USER, EMAIL, TENANT)
    }

    /// The same in somebody else's name. Nothing else tells them apart from its user.
    pub(super) fn new_token_of(&self, user: &str, email: &str, tenant: &str) -> String {
        let claims = json!({
            "sub": user,
            "email": email,
            "tenantId": tenant,
            "role": "ADMIN",
            "jti": Uuid::new_v4().to_string(),
            "exp": Timestamp::now().as_second() + 24 * 3600,
        });
        let part = |value: &str| URL_SAFE_NO_PAD.encode(value);
        let header = part(r#"{"alg":"HS256","typ":"JWT"}"#);
        let signature = part("canary-signature");
        let token = format!("{header}.{}.{signature}", part(&claims.to_string()));
        self.open().insert(token.clone());
        token
    }

    pub(super) fn end_all(&self) {
        self.open().clear();
    }

    fn open(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn holds(&self, session: &str) -> bool {
        self.open().contains(session)
    }
}

/// Lets nobody through who is not signed in.
pub(super) async fn only_signed_in(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Result<Response, Response> {
    check(&shared, request.headers())?;
    Ok(next.run(request).await)
}

/// Whether the caller is signed in, in the way of this variant.
fn check(shared: &Shared, headers: &HeaderMap) -> Result<(), Response> {
    let header = if shared.variant.cookie {
        COOKIE
    } else {
        AUTHORIZATION
    };
    let start = if shared.variant.cookie {
        format!("{COOKIE_NAME}=")
    } else {
        "Bearer ".to_owned()
    };
    headers
        .get(header)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split("; ").find_map(|part| part.strip_prefix(&start)))
        .filter(|session| shared.sessions.holds(session))
        .map(|_| ())
        .ok_or_else(|| refusal(StatusCode::UNAUTHORIZED, "Unauthorized"))
}

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/auth/login", post(login))
}

async fn login(State(shared): State<Arc<Shared>>, body: Bytes) -> Result<Response, Response> {
    let login: Login = read(&shared, &body)?;
    if login.email != EMAIL || login.password != PASSWORD {
        return Err(refusal(StatusCode::UNAUTHORIZED, "Invalid credentials"));
    }
    let token = shared.sessions.new_token();
    let user = json!({ "id": USER, "email": EMAIL, "role": "ADMIN", "tenantId": TENANT });
    if !shared.variant.cookie {
        let session = json!({ "accessToken": token, "user": user });
        return Ok(success(&shared.variant, StatusCode::OK, session));
    }
    let mut response = success(&shared.variant, StatusCode::OK, json!({ "user": user }));
    let cookie = format!("{COOKIE_NAME}={token}; Path=/; HttpOnly; SameSite=Lax");
    let cookie = HeaderValue::from_str(&cookie).expect("a cookie");
    response.headers_mut().insert(SET_COOKIE, cookie);
    Ok(response)
}

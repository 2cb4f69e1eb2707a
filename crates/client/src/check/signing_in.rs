//! Who is let in, and who is not.

use reqwest::Method;
use serde_json::{Value, json};
use wire::{Secret, TaskList, User};

use super::blame::{Fault, Whose};
use super::run::{Found, Run, Session, Unmet, answered, refused, skipped};
use crate::Credentials;
use crate::backend::Authorization;
use crate::session::{described_by, described_by_token, session_cookies};

/// A task that no server knows: listing its recordings shows whether a session is taken.
const NOBODYS_TASK: &str = "00000000-0000-0000-0000-000000000000";

/// Three parts, as a JWT has them, and a signature that nobody made.
const FORGED: &str =
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJyZXZ1aS1jaGVjayIsInJvbGUiOiJTVVBFUl9BRE1JTiJ9.";

const MEND_OPEN: &str = "Have every call but health ask for a session (401 without a valid token).";

impl Run {
    pub(super) async fn anonymous(&mut self) -> Found {
        self.nobody_is_let_in(None).await
    }

    pub(super) async fn forged_token(&mut self) -> Found {
        let forged = Authorization::Bearer(Secret::from(FORGED));
        self.nobody_is_let_in(Some(&forged)).await
    }

    async fn nobody_is_let_in(&self, proof: Option<&Authorization>) -> Found {
        let body = json!({ "taskId": self.task, "filename": "revui-check.webm", "contentType": "video/webm" });
        let task = format!("/recordings/task/{NOBODYS_TASK}");
        let show = format!("/recordings/{NOBODYS_TASK}");
        for (method, path, body) in [
            (Method::POST, "/recordings/initiate", Some(&body)),
            (Method::GET, task.as_str(), None),
            (Method::GET, show.as_str(), None),
            (Method::DELETE, show.as_str(), None),
        ] {
            let reply = self.ask(method, path, proof, body).await?;
            refused(&reply, &[401], MEND_OPEN)?;
        }
        Ok("401 for each of four calls".to_owned())
    }

    pub(super) async fn sign_in(&mut self) -> Found {
        let session = self.session_of(&self.check.account).await?;
        let who = shown(&session);
        self.own = Some(session);
        if self.check.task.is_none()
            && let Some(task) = self.first_task().await?
        {
            self.task = task;
        }
        Ok(who)
    }

    pub(super) async fn other_sign_in(&mut self) -> Found {
        let Some(other) = &self.check.other else {
            return skipped("no other account was named");
        };
        let session = self.session_of(other).await?;
        let own = self.own()?.user.as_ref().map(|user| &user.id);
        if own.is_some() && own == session.user.as_ref().map(|user| &user.id) {
            let mend = "Name an account of another tenant, or another one of the same.";
            return Err(Fault::new(
                Whose::Yours,
                "another account",
                "the same account twice",
                mend,
            )
            .into());
        }
        let who = shown(&session);
        self.other = Some(session);
        Ok(who)
    }

    async fn session_of(&self, credentials: &Credentials) -> Result<Session, Unmet> {
        let session = match credentials {
            Credentials::Token(token) => Session {
                proof: Authorization::Bearer(token.clone()),
                user: described_by_token(token),
            },
            Credentials::Password { email, password } => self.log_in(email, password).await?,
        };
        let task = format!("/recordings/task/{NOBODYS_TASK}");
        let reply = self
            .ask(Method::GET, &task, Some(&session.proof), None)
            .await?;
        if reply.status.as_u16() == 401 {
            let mend = "Get a fresh token: access tokens live for minutes.";
            return Err(Fault::new(
                Whose::Yours,
                "a token that the backend takes",
                "status 401",
                mend,
            )
            .into());
        }
        Ok(session)
    }

    async fn log_in(&self, email: &str, password: &Secret) -> Result<Session, Unmet> {
        // Two fields: a strict backend refuses any other.
        let login = LoginBody { email, password }.to_json();
        let reply = self
            .ask(Method::POST, "/auth/login", None, Some(&login))
            .await?;
        if matches!(reply.status.as_u16(), 401 | 403) {
            let mend =
                "Check e-mail address and password; too many tries in a row are refused too.";
            return Err(Fault::new(
                Whose::Yours,
                "a session",
                format!("status {}", reply.status.as_u16()),
                mend,
            )
            .into());
        }
        answered(&reply, &[200, 201])?;
        let body = reply.json().unwrap_or_default();
        let token = ["accessToken", "access_token", "token"]
            .iter()
            .find_map(|name| body.get(*name)?.as_str())
            .map(Secret::from);
        let described = body.get("user").and_then(described_by);
        let prefix = self.prefix.as_deref().unwrap_or_default();
        let token_proof = token.clone().map(Authorization::Bearer);
        let cookies = || session_cookies(&reply.headers, prefix).map(Authorization::Cookie);
        let proof = token_proof.or_else(cookies).ok_or_else(|| {
            let mend = "Have `POST /auth/login` return an access token or set a session cookie.";
            Fault::new(Whose::Backend, "a token or a cookie", "neither", mend)
        })?;
        let user = described.or_else(|| described_by_token(token.as_ref()?));
        Ok(Session { proof, user })
    }

    async fn first_task(&self) -> Result<Option<String>, Unmet> {
        if !self.uploads.as_ref().is_some_and(|uploads| uploads.tasks) {
            return Ok(None);
        }
        let proof = Some(&self.own()?.proof);
        let reply = self.ask(Method::GET, "/tasks", proof, None).await?;
        answered(&reply, &[200])?;
        let tasks: Option<TaskList> = reply
            .json()
            .and_then(|body| serde_json::from_value(body).ok());
        Ok(tasks.and_then(|list| Some(list.tasks.first()?.id.as_str().to_owned())))
    }
}

/// `{"email", "password"}`.
struct LoginBody<'a> {
    email: &'a str,
    password: &'a Secret,
}

impl LoginBody<'_> {
    fn to_json(&self) -> Value {
        json!({ "email": self.email, "password": self.password.expose() })
    }
}

fn shown(session: &Session) -> String {
    match &session.user {
        Some(User {
            email,
            role,
            tenant_id,
            ..
        }) if !tenant_id.as_str().is_empty() => {
            format!("{email}, {role} of {}", tenant_id.as_str())
        }
        Some(user) => format!("{}, {}", user.email, user.role),
        None => "taken; it does not say whose it is".to_owned(),
    }
}

//! The calls under `/auth` that need no session yet, or end one.

use std::time::Duration;

use wire::{Login, LoginWithCookie, Refresh, Secret, TokenPair, User};

use super::keychain::Kept;
use super::{claims, cookies, provider};
use crate::backend::{Answer, Authorization, BackendError, Call, NotOurs, Server, Unreachable};

/// Longest wait for one try at renewing. Three of them, with their pauses, end within the 30 s in which the server
/// takes a token again whose successor got lost.
const RENEWAL_LIMIT: Duration = Duration::from_secs(8);

/// Pauses before the second and the third try at renewing.
const RENEWAL_PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];

/// Longest wait for the server to take note of a sign-out.
const FAREWELL_LIMIT: Duration = Duration::from_secs(5);

/// What signing in gave.
pub(super) struct SignedIn {
    pub(super) kept: Kept,
    /// An access token beside the kept refresh token.
    pub(super) access: Option<Secret>,
    pub(super) user: User,
}

/// `POST /auth/login`. The device is named only to a server that lists sessions.
pub(super) async fn log_in(
    server: &Server,
    email: &str,
    password: Secret,
    device: &str,
) -> Result<SignedIn, BackendError> {
    let extended = server.capabilities().await?.is_some();
    let login = Login {
        email: email.to_owned(),
        password,
        device_name: extended.then(|| device.to_owned()),
    };
    let answer = server
        .send(&Call::post(["auth", "login"], &login), None)
        .await?;
    read_login(&answer, &server.prefix().await?, email)
}

/// A pair of tokens; or one token; or cookies alone.
fn read_login(answer: &Answer, prefix: &str, email: &str) -> Result<SignedIn, BackendError> {
    if let Ok(pair) = answer.json::<TokenPair>() {
        return Ok(SignedIn {
            kept: Kept::Refresh(pair.refresh_token),
            access: Some(pair.access_token),
            user: pair.user,
        });
    }
    // A cookie deployment may answer with an empty body, or with a text: the cookie is what counts.
    let login: LoginWithCookie = answer.json().unwrap_or_default();
    let user = |token: Option<&Secret>| {
        let described = login.user.as_ref().and_then(claims::of_value);
        described
            .or_else(|| token.and_then(claims::of_token))
            .unwrap_or_else(|| claims::of_email(email))
    };
    let kept = match login.access_token.clone().filter(|token| !token.is_empty()) {
        Some(token) => Kept::Token(token),
        None => Kept::Cookie(cookies::for_api(&answer.headers, prefix).ok_or(
            BackendError::NotOurs {
                what: NotOurs::Garbled,
            },
        )?),
    };
    let user = match &kept {
        Kept::Token(token) => user(Some(token)),
        _ => user(None),
    };
    Ok(SignedIn {
        kept,
        access: None,
        user,
    })
}

/// `POST /auth/refresh`. An answer that got lost is asked for again with the same token.
pub(super) async fn exchange(server: &Server, token: &Secret) -> Result<TokenPair, BackendError> {
    let request = Refresh {
        refresh_token: token.clone(),
    };
    let mut pauses = RENEWAL_PAUSES.into_iter();
    loop {
        let call = Call::post(["auth", "refresh"], &request).within(RENEWAL_LIMIT);
        let error = match server.send(&call, None).await {
            Ok(answer) => return answer.json(),
            Err(error) => error,
        };
        let lost = matches!(
            error,
            BackendError::Unreachable {
                kind: Unreachable::Reset | Unreachable::Timeout,
                ..
            }
        );
        match pauses.next() {
            Some(pause) if lost => tokio::time::sleep(pause).await,
            _ => return Err(error),
        }
    }
}

/// `POST /auth/logout`: best effort, for a session that is over here in any case.
pub(super) async fn log_out(server: &Server, kept: &Kept) {
    let said = match kept {
        Kept::Refresh(token) => {
            let request = Refresh {
                refresh_token: token.clone(),
            };
            let call = Call::post(["auth", "logout"], &request).within(FAREWELL_LIMIT);
            server.send(&call, None).await.map(drop)
        }
        Kept::Cookie(cookie) => {
            let proof = Authorization::Cookie(cookie.clone());
            let call =
                Call::post(["auth", "logout"], &serde_json::json!({})).within(FAREWELL_LIMIT);
            server.send(&call, Some(&proof)).await.map(drop)
        }
        Kept::Provider(grant) => {
            let forgetting = provider::revoke(server.origin(), grant);
            match tokio::time::timeout(FAREWELL_LIMIT, forgetting).await {
                Ok(Err(error)) => {
                    tracing::info!(%error, "the provider did not take note of the sign-out");
                }
                Err(_late) => {
                    tracing::info!("the provider took too long to take note of the sign-out");
                }
                Ok(Ok(())) => {}
            }
            Ok(())
        }
        // A pasted token is somebody else's to end.
        Kept::Token(_) => Ok(()),
    };
    if let Err(error) = said {
        tracing::info!(%error, "the server did not take note of the sign-out");
    }
}

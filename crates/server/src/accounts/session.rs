//! Signing in, staying signed in, signing out.
//!
//! A refresh token is 256 random bits, kept as its SHA-256 and exchanged at each use. One that was exchanged is accepted
//! again for thirty seconds, for the answer may have been lost; later than that somebody else has it, and the whole
//! family ends.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use wire::{AuditOutcome, Login, Secret, TenantId, TokenPair, User};

use super::access_token::ACCESS_TOKEN_SECONDS;
use super::{attempts, canonical_email};
use crate::app::App;
use crate::audit::{Action, Actor, Event, Origin};
use crate::db::{NewRefreshToken, RefreshTokenRow};
use crate::refusal::Refusal;

/// Life of a refresh token; each exchange starts it anew.
const REFRESH_TOKEN_LIFE: Duration = Duration::from_hours(30 * 24);

/// How long an exchanged token is accepted again.
const LOST_ANSWER_GRACE: Duration = Duration::from_secs(30);

/// `POST /auth/login`.
pub(crate) async fn sign_in(
    app: &App,
    login: Login,
    address: IpAddr,
    origin: Origin,
) -> Result<TokenPair, Refusal> {
    let email = canonical_email(&login.email);
    attempts::begin(&app.database, &email, address, app.clock.now()).await?;
    let account = app.database.account_by_email(&email).await?;
    let hash = account
        .as_ref()
        .map(|account| account.password_hash.clone());
    let right = app
        .passwords
        .verify(login.password, hash)
        .await
        .map_err(|error| Refusal::Defect(error.into()))?;
    // An address that nobody has belongs to no tenant, and to nobody's trail.
    let Some(account) = account else {
        return Err(Refusal::WrongCredentials);
    };
    let now = app.clock.now();
    let User {
        id,
        tenant_id,
        role,
        ..
    } = &account.user;
    let mut event = Event::done(
        Actor::user(id, tenant_id, *role, origin),
        Action::SignIn,
        now,
    );
    if let Some(device) = &login.device_name {
        event = event.with("device", &**device);
    }
    if !right || account.disabled {
        let why = if right { "disabled" } else { "password" };
        note_aside(app, tenant_id, event.with("why", why));
        return Err(Refusal::WrongCredentials);
    }
    let token = RefreshToken::make_up();
    let family_id = uuid::Uuid::now_v7().to_string();
    let row = NewRefreshToken {
        token_hash: &token.hash,
        family_id: &family_id,
        expires_at: now + REFRESH_TOKEN_LIFE,
    };
    // Stretching took a while: the password that was verified may be the account's no longer.
    let opened = app
        .database
        .open_family(&account, login.device_name.as_deref(), &row, now, &event)
        .await?;
    if !opened {
        return Err(Refusal::WrongCredentials);
    }
    attempts::forgive(&app.database, &email, address).await;
    let user = account.user;
    tracing::info!(user = %user.id, tenant = %user.tenant_id, "signed in");
    pair(app, user, &family_id, token, now)
}

/// Notes a sign-in that was refused, without letting the answer wait for it: that would tell by its time which addresses
/// have an account.
fn note_aside(app: &App, tenant: &TenantId, event: Event) {
    let (database, tenant) = (app.database.clone(), tenant.clone());
    let event = event.outcome(AuditOutcome::Refused);
    tokio::spawn(async move {
        if let Err(error) = database.note(&tenant, &event).await {
            tracing::error!(%error, "a refused sign-in is not in the audit trail");
        }
    });
}

/// `POST /auth/refresh`.
pub(crate) async fn refresh(
    app: &App,
    presented: &Secret,
    origin: Origin,
) -> Result<TokenPair, Refusal> {
    let now = app.clock.now();
    let presented_hash = hash(presented.expose());
    let row = app
        .database
        .refresh_token(&presented_hash)
        .await?
        .ok_or(Refusal::Unauthorized)?;
    match judge(&row, now) {
        Verdict::Exchange => {}
        Verdict::Refuse => return Err(Refusal::Unauthorized),
        Verdict::Revoke => {
            tracing::warn!(user = %row.user_id, "an exchanged refresh token came back: the sign-in is ended");
            end(app, &row, Action::RevokeSignIn, origin, now).await?;
            return Err(Refusal::Unauthorized);
        }
    }
    let user = app
        .database
        .account_by_id(&row.user_id)
        .await?
        .filter(|account| !account.disabled)
        .map(|account| account.user)
        .ok_or(Refusal::Unauthorized)?;
    let successor = RefreshToken::make_up();
    let new = NewRefreshToken {
        token_hash: &successor.hash,
        family_id: &row.family_id,
        expires_at: now + REFRESH_TOKEN_LIFE,
    };
    app.database.rotate(&presented_hash, &new, now).await?;
    pair(app, user, &row.family_id, successor, now)
}

/// `POST /auth/logout`. An unknown token is signed out already.
pub(crate) async fn sign_out(app: &App, presented: &Secret, origin: Origin) -> Result<(), Refusal> {
    let row = app
        .database
        .refresh_token(&hash(presented.expose()))
        .await?;
    let Some(row) = row else {
        return Ok(());
    };
    end(app, &row, Action::SignOut, origin, app.clock.now()).await
}

/// Ends a sign-in, which is in the trail of its user's tenant once, however often it is ended.
async fn end(
    app: &App,
    row: &RefreshTokenRow,
    action: Action,
    origin: Origin,
    now: Timestamp,
) -> Result<(), Refusal> {
    let Some(account) = app.database.account_by_id(&row.user_id).await? else {
        return Ok(());
    };
    let user = account.user;
    let actor = Actor::user(&user.id, &user.tenant_id, user.role, origin);
    let event = Event::done(actor, action, now);
    app.database
        .revoke_family(&row.family_id, &user.tenant_id, &event)
        .await?;
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Exchange,
    Refuse,
    Revoke,
}

fn judge(row: &RefreshTokenRow, now: Timestamp) -> Verdict {
    if row.revoked || row.expires_at <= now {
        return Verdict::Refuse;
    }
    match row.rotated_at {
        Some(rotated_at) if now > rotated_at + LOST_ANSWER_GRACE => Verdict::Revoke,
        _ => Verdict::Exchange,
    }
}

struct RefreshToken {
    secret: Secret,
    hash: String,
}

impl RefreshToken {
    fn make_up() -> Self {
        let secret = BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        Self {
            hash: hash(&secret),
            secret: Secret::from(secret),
        }
    }
}

/// The token has 256 bits of its own: a plain hash is as good as a stretched one.
fn hash(token: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))
}

fn pair(
    app: &App,
    user: User,
    family_id: &str,
    refresh_token: RefreshToken,
    now: Timestamp,
) -> Result<TokenPair, Refusal> {
    let access_token = app
        .access_tokens
        .issue(&user, family_id, now)
        .map_err(|error| Refusal::Defect(error.into()))?;
    Ok(TokenPair {
        access_token,
        refresh_token: refresh_token.secret,
        expires_in: ACCESS_TOKEN_SECONDS,
        user,
    })
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::{Arc, Mutex};

    use wire::{Role, UserId};

    use super::super::access_token::AccessTokens;
    use super::super::password::{Passwords, stretch};
    use super::super::providers::Providers;
    use super::*;
    use crate::clock::Clock;
    use crate::configuration::Operating;
    use crate::connecting::Store;
    use crate::db::{Database, DatabaseUrl, NewAccount};
    use crate::operations::Operations;
    use crate::operations::metrics::Metrics;

    /// Why signing in fails must not show in the time that it takes: whatever is wrong, one stretching is verified, and
    /// each costs the same.
    #[tokio::test]
    async fn whatever_is_wrong_takes_one_stretching_of_the_same_cost() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite_file(folder.path().join("a.db")).unwrap();
        let database = Database::open(&url).await.unwrap();
        let now = Timestamp::from_second(1).unwrap();
        let tenant = TenantId::from("acme");
        let event = |action| Event::done(Actor::server(), action, now);
        let added = event(Action::AddTenant);
        assert!(database.add_tenant(&tenant, "Acme", &added).await.unwrap());
        let password_hash = stretch(Secret::from("correct horse")).await.unwrap();
        for email in ["ada@acme.example", "bob@acme.example"] {
            let account = NewAccount {
                id: &UserId::from(email),
                tenant: &tenant,
                email,
                name: "",
                role: Role::User,
                password_hash: &password_hash,
            };
            let added = event(Action::AddUser);
            assert!(database.add_account(&account, &added).await.unwrap());
        }
        let bob = "bob@acme.example";
        let account = database.account_by_email(bob).await.unwrap().unwrap();
        let disabled = database.disable(&account.user, event(Action::Disable));
        assert!(disabled.await.unwrap());
        let verified = Arc::new(Mutex::new(Vec::new()));
        let costs = Arc::clone(&verified);
        let verify = move |_: &Secret, hash: &str| {
            let cost = hash.rsplitn(3, '$').last().unwrap_or_default();
            costs.lock().unwrap().push(cost.to_owned());
            false
        };
        let app = App::new(
            database,
            Arc::new(Store::obstructed(String::new())),
            Passwords::verifying_by(verify).await.unwrap(),
            AccessTokens::new(&Secret::from("0123456789abcdef0123456789abcdef")),
            Providers::default(),
            Clock::new(move || now),
            Operations::new(&Operating::default(), Arc::new(Metrics::new())),
        );
        for email in ["ada@acme.example", "nobody@acme.example", "", bob] {
            let login = Login {
                email: email.to_owned(),
                password: Secret::from("wrong"),
                device_name: None,
            };
            let refused = sign_in(&app, login, Ipv4Addr::LOCALHOST.into(), Origin::default()).await;
            assert!(matches!(refused, Err(Refusal::WrongCredentials)), "{email}");
            let asked = std::mem::take(&mut *verified.lock().unwrap());
            assert_eq!(asked, ["$argon2id$v=19$m=19456,t=2,p=1"], "{email}");
        }
    }

    #[test]
    fn an_exchanged_token_is_good_for_thirty_seconds_more() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let row = |rotated_at: Option<i64>, expires_at, revoked| RefreshTokenRow {
            family_id: "f".to_owned(),
            user_id: "u".into(),
            expires_at: at(expires_at),
            rotated_at: rotated_at.map(at),
            revoked,
        };
        for (row, expected) in [
            (row(None, 1_000, false), Verdict::Exchange),
            (row(None, 100, false), Verdict::Refuse),
            (row(None, 1_000, true), Verdict::Refuse),
            (row(Some(70), 1_000, false), Verdict::Exchange),
            (row(Some(69), 1_000, false), Verdict::Revoke),
            (row(Some(70), 1_000, true), Verdict::Refuse),
        ] {
            assert_eq!(judge(&row, at(100)), expected, "{row:?}");
        }
    }
}

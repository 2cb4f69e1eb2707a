//! Sign-ins and their chains of refresh tokens. Tokens are known here by their hash alone.

use jiff::Timestamp;
use sqlx::{Executor, Row};
use wire::{Role, TenantId, UserId};

use super::access::{By as _, Purpose};
use super::accounts::Account;
use super::{Database, audit, corrupt, milliseconds, timestamp};
use crate::accounts::access_token::SignedIn;
use crate::audit::Event;

/// A refresh token as the database knows it.
#[derive(Debug, Clone)]
pub(crate) struct RefreshTokenRow {
    pub(crate) family_id: String,
    pub(crate) user_id: UserId,
    pub(crate) expires_at: Timestamp,
    /// When it was exchanged for its successor.
    pub(crate) rotated_at: Option<Timestamp>,
    /// Whether its whole family was revoked.
    pub(crate) revoked: bool,
}

/// A refresh token to be added.
#[derive(Debug)]
pub(crate) struct NewRefreshToken<'a> {
    pub(crate) token_hash: &'a str,
    pub(crate) family_id: &'a str,
    pub(crate) expires_at: Timestamp,
}

async fn insert<'e>(
    executor: impl Executor<'e, Database = sqlx::Any>,
    token: &NewRefreshToken<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO refresh_tokens (token_hash, family_id, expires_at) VALUES ($1, $2, $3)",
    )
    .bind(token.token_hash)
    .bind(token.family_id)
    .bind(milliseconds(token.expires_at))
    .execute(executor)
    .await?;
    Ok(())
}

impl Database {
    /// Opens a family with its first token, and forgets those that have expired. `false`, and nothing opened, when the
    /// account's password has changed since it was read, or the account was disabled.
    pub(crate) async fn open_family(
        &self,
        account: &Account,
        device_name: Option<&str>,
        first: &NewRefreshToken<'_>,
        now: Timestamp,
        event: &Event,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.access(Purpose::SignIn).begin().await?;
        sqlx::query("DELETE FROM refresh_tokens WHERE expires_at < $1")
            .bind(milliseconds(now))
            .execute(&mut *transaction)
            .await?;
        // It writes nothing new: it holds the row, so that whoever sets another password waits until this sign-in is
        // there to be ended, or this one finds that password.
        let held = sqlx::query(
            "UPDATE users SET password_hash = $2
             WHERE id = $1 AND password_hash = $2 AND disabled_at IS NULL",
        )
        .bind(account.user.id.as_str())
        .bind(&account.password_hash)
        .execute(&mut *transaction)
        .await?;
        if held.rows_affected() == 0 {
            transaction.rollback().await?;
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO session_families (id, user_id, device_name, created_at) VALUES ($1, $2, $3, $4)",
        )
        .bind(first.family_id)
        .bind(account.user.id.as_str())
        .bind(device_name)
        .bind(milliseconds(now))
        .execute(&mut *transaction)
        .await?;
        insert(&mut *transaction, first).await?;
        audit::add(&mut transaction, &account.user.tenant_id, event).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The token of this hash.
    pub(crate) async fn refresh_token(
        &self,
        token_hash: &str,
    ) -> Result<Option<RefreshTokenRow>, sqlx::Error> {
        let Some(row) = sqlx::query(
            "SELECT t.family_id, f.user_id, t.expires_at, t.rotated_at, f.revoked_at
             FROM refresh_tokens t JOIN session_families f ON f.id = t.family_id
             WHERE t.token_hash = $1",
        )
        .bind(token_hash)
        .fetch_optional_by(self.access(Purpose::SignIn))
        .await?
        else {
            return Ok(None);
        };
        Ok(Some(RefreshTokenRow {
            family_id: row.try_get("family_id")?,
            user_id: UserId::from(row.try_get::<String, _>("user_id")?),
            expires_at: timestamp("expires_at", row.try_get("expires_at")?)?,
            rotated_at: row
                .try_get::<Option<i64>, _>("rotated_at")?
                .map(|at| timestamp("rotated_at", at))
                .transpose()?,
            revoked: row.try_get::<Option<i64>, _>("revoked_at")?.is_some(),
        }))
    }

    /// The role of somebody who signed in; `None` when the account is gone or disabled, or the sign-in has ended.
    pub(crate) async fn role_of(&self, signed_in: &SignedIn) -> Result<Option<Role>, sqlx::Error> {
        sqlx::query(
            "SELECT u.role FROM users u JOIN session_families f ON f.user_id = u.id
             WHERE u.tenant_id = $1 AND u.id = $2 AND f.id = $3
               AND u.disabled_at IS NULL AND f.revoked_at IS NULL",
        )
        .bind(signed_in.tenant.as_str())
        .bind(signed_in.user.as_str())
        .bind(signed_in.family_id.as_str())
        .fetch_optional_by(self.access(Purpose::Tenant(&signed_in.tenant)))
        .await?
        .map(|row| {
            let role: String = row.try_get("role")?;
            role.parse().map_err(|error| corrupt("role", error))
        })
        .transpose()
    }

    /// Exchanges a token for its successor. The first exchange sets the time from which the grace counts.
    pub(crate) async fn rotate(
        &self,
        token_hash: &str,
        successor: &NewRefreshToken<'_>,
        now: Timestamp,
    ) -> Result<(), sqlx::Error> {
        let mut transaction = self.access(Purpose::SignIn).begin().await?;
        sqlx::query(
            "UPDATE refresh_tokens SET rotated_at = $2 WHERE token_hash = $1 AND rotated_at IS NULL",
        )
        .bind(token_hash)
        .bind(milliseconds(now))
        .execute(&mut *transaction)
        .await?;
        insert(&mut *transaction, successor).await?;
        transaction.commit().await
    }

    /// Ends a sign-in of somebody of this tenant; `false` when it has ended already.
    pub(crate) async fn revoke_family(
        &self,
        family_id: &str,
        tenant: &TenantId,
        event: &Event,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.access(Purpose::SignIn).begin().await?;
        let done = sqlx::query(
            "UPDATE session_families SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
        )
        .bind(family_id)
        .bind(milliseconds(event.at))
        .execute(&mut *transaction)
        .await?;
        audit::commit_if(transaction, done.rows_affected() == 1, tenant, Some(event)).await
    }
}

#[cfg(test)]
mod tests {
    use super::super::DatabaseUrl;
    use super::super::accounts::NewAccount;
    use super::*;
    use crate::audit::{Action, Actor};

    const EMAIL: &str = "ada@acme.example";

    #[tokio::test]
    async fn a_sign_in_under_way_does_not_survive_another_password_or_a_disabled_account() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite_file(folder.path().join("a.db")).unwrap();
        let database = Database::open(&url).await.unwrap();
        let now = Timestamp::from_second(1).unwrap();
        let tenant = TenantId::from("acme");
        let event = |action| Event::done(Actor::server(), action, now);
        let added = event(Action::AddTenant);
        assert!(database.add_tenant(&tenant, "Acme", &added).await.unwrap());
        let account = NewAccount {
            id: &UserId::from("u"),
            tenant: &tenant,
            email: EMAIL,
            name: "Ada",
            role: Role::User,
            password_hash: "first",
        };
        let added = event(Action::AddUser);
        assert!(database.add_account(&account, &added).await.unwrap());
        let verified = database.account_by_email(EMAIL).await.unwrap().unwrap();
        let open = async |family_id: &str| {
            let first = NewRefreshToken {
                token_hash: family_id,
                family_id,
                expires_at: Timestamp::from_second(2).unwrap(),
            };
            let opened = database
                .open_family(&verified, None, &first, now, &event(Action::SignIn))
                .await;
            let known = database.refresh_token(family_id).await.unwrap().is_some();
            assert_eq!(opened.unwrap(), known);
            known
        };
        let set = async |hash: &str| {
            let set = database.set_password_hash(&verified.user, hash, event(Action::SetPassword));
            assert!(set.await.unwrap());
        };
        assert!(open("while nothing changes").await);
        set("second").await;
        assert!(!open("after another password").await);
        set("first").await;
        let disabled = database.disable(&verified.user, event(Action::Disable));
        assert!(disabled.await.unwrap());
        assert!(!open("after disabling").await);
        let enabled = event(Action::Enable);
        assert!(database.enable(&verified.user, &enabled).await.unwrap());
        assert!(open("after letting in again").await);
    }
}

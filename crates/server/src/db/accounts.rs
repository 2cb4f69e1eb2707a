//! Who may sign in, and into which other tenant they may look. These queries run before a tenant is known, or for an
//! administrator at the machine.

use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;
use wire::{Role, TenantId, User, UserId};

use super::access::{By as _, Purpose, Transaction};
use super::{Database, TenantScope, audit, corrupt, milliseconds};
use crate::audit::Event;

/// A user with what signing in needs.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) user: User,
    /// A PHC string.
    pub(crate) password_hash: String,
    pub(crate) disabled: bool,
}

/// A user to be added.
#[derive(Debug)]
pub(crate) struct NewAccount<'a> {
    pub(crate) id: &'a UserId,
    pub(crate) tenant: &'a TenantId,
    /// In lower case.
    pub(crate) email: &'a str,
    pub(crate) name: &'a str,
    pub(crate) role: Role,
    /// A PHC string.
    pub(crate) password_hash: &'a str,
}

/// A query for what [`read_account`] reads, by the columns' names; see the recordings' for why.
macro_rules! select_users {
    ($rest:literal) => {
        concat!(
            "SELECT id, tenant_id, email, name, role, password_hash, disabled_at FROM users ",
            $rest
        )
    };
}

fn read_account(row: &AnyRow) -> Result<Account, sqlx::Error> {
    let role: String = row.try_get("role")?;
    Ok(Account {
        user: User {
            id: UserId::from(row.try_get::<String, _>("id")?),
            email: row.try_get("email")?,
            name: row.try_get("name")?,
            role: role.parse().map_err(|error| corrupt("role", error))?,
            tenant_id: TenantId::from(row.try_get::<String, _>("tenant_id")?),
        },
        password_hash: row.try_get("password_hash")?,
        disabled: row.try_get::<Option<i64>, _>("disabled_at")?.is_some(),
    })
}

impl TenantScope<'_> {
    /// The caller themself; `None` when the account is gone or disabled.
    pub(crate) async fn caller(&self) -> Result<Option<User>, sqlx::Error> {
        let row = sqlx::query(select_users!("WHERE tenant_id = $1 AND id = $2"))
            .bind(self.tenant.as_str())
            .bind(self.user.as_str())
            .fetch_optional_by(self.access)
            .await?;
        let account = row.as_ref().map(read_account).transpose()?;
        Ok(account
            .filter(|account| !account.disabled)
            .map(|account| account.user))
    }
}

impl Database {
    /// The account of this address, in lower case.
    pub(crate) async fn account_by_email(
        &self,
        email: &str,
    ) -> Result<Option<Account>, sqlx::Error> {
        sqlx::query(select_users!("WHERE email = $1"))
            .bind(email)
            .fetch_optional_by(self.access(Purpose::SignIn))
            .await?
            .as_ref()
            .map(read_account)
            .transpose()
    }

    /// The account of this id.
    pub(crate) async fn account_by_id(
        &self,
        user: &UserId,
    ) -> Result<Option<Account>, sqlx::Error> {
        sqlx::query(select_users!("WHERE id = $1"))
            .bind(user.as_str())
            .fetch_optional_by(self.access(Purpose::SignIn))
            .await?
            .as_ref()
            .map(read_account)
            .transpose()
    }

    /// The tenants that let this user look in now.
    pub(crate) async fn granting_tenants(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<Vec<TenantId>, sqlx::Error> {
        sqlx::query(
            "SELECT DISTINCT tenant_id FROM support_grants
             WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY tenant_id",
        )
        .bind(user.as_str())
        .bind(milliseconds(now))
        .fetch_all_by(self.access(Purpose::SignIn))
        .await?
        .iter()
        .map(|row| Ok(TenantId::from(row.try_get::<String, _>("tenant_id")?)))
        .collect()
    }

    /// Every account, by tenant and address.
    pub(crate) async fn accounts(&self) -> Result<Vec<Account>, sqlx::Error> {
        sqlx::query(select_users!("ORDER BY tenant_id, email"))
            .fetch_all_by(self.access(Purpose::Administration))
            .await?
            .iter()
            .map(read_account)
            .collect()
    }

    /// Adds a user; `false` when the address is taken.
    pub(crate) async fn add_account(
        &self,
        account: &NewAccount<'_>,
        event: &Event,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.access(Purpose::Administration).begin().await?;
        let done = sqlx::query(
            "INSERT INTO users (id, tenant_id, email, name, role, password_hash, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        )
        .bind(account.id.as_str())
        .bind(account.tenant.as_str())
        .bind(account.email)
        .bind(account.name)
        .bind(account.role.as_str())
        .bind(account.password_hash)
        .bind(milliseconds(event.at))
        .execute(&mut *transaction)
        .await?;
        let is_new = done.rows_affected() == 1;
        audit::commit_if(transaction, is_new, account.tenant, Some(event)).await
    }

    /// Sets a password, and ends every sign-in that was made with the old one. `false` when there is no such account.
    pub(crate) async fn set_password_hash(
        &self,
        user: &User,
        password_hash: &str,
        event: Event,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.access(Purpose::Administration).begin().await?;
        let done = sqlx::query("UPDATE users SET password_hash = $2 WHERE id = $1")
            .bind(user.id.as_str())
            .bind(password_hash)
            .execute(&mut *transaction)
            .await?;
        let event = end_sign_ins(&mut transaction, user, event).await?;
        let is_set = done.rows_affected() == 1;
        audit::commit_if(transaction, is_set, &user.tenant_id, Some(&event)).await
    }

    /// Sets a role. `false` when the account is gone, or its role is another by now than when it was read.
    pub(crate) async fn set_role(
        &self,
        user: &User,
        role: Role,
        event: &Event,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.access(Purpose::Administration).begin().await?;
        let done = sqlx::query("UPDATE users SET role = $3 WHERE id = $1 AND role = $2")
            .bind(user.id.as_str())
            .bind(user.role.as_str())
            .bind(role.as_str())
            .execute(&mut *transaction)
            .await?;
        let is_set = done.rows_affected() == 1;
        audit::commit_if(transaction, is_set, &user.tenant_id, Some(event)).await
    }

    /// Disables an account and ends its sign-ins for good. `false` when it is disabled already, or gone.
    pub(crate) async fn disable(&self, user: &User, event: Event) -> Result<bool, sqlx::Error> {
        let mut transaction = self.access(Purpose::Administration).begin().await?;
        let done =
            sqlx::query("UPDATE users SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL")
                .bind(user.id.as_str())
                .bind(milliseconds(event.at))
                .execute(&mut *transaction)
                .await?;
        let event = end_sign_ins(&mut transaction, user, event).await?;
        let is_shut = done.rows_affected() == 1;
        audit::commit_if(transaction, is_shut, &user.tenant_id, Some(&event)).await
    }

    /// Lets a disabled account sign in again. `false` when it may already, or is gone.
    pub(crate) async fn enable(&self, user: &User, event: &Event) -> Result<bool, sqlx::Error> {
        let mut transaction = self.access(Purpose::Administration).begin().await?;
        let done = sqlx::query(
            "UPDATE users SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NOT NULL",
        )
        .bind(user.id.as_str())
        .execute(&mut *transaction)
        .await?;
        let is_open = done.rows_affected() == 1;
        audit::commit_if(transaction, is_open, &user.tenant_id, Some(event)).await
    }
}

/// Ends every sign-in of an account; the event tells how many there were.
async fn end_sign_ins(
    transaction: &mut Transaction,
    user: &User,
    event: Event,
) -> Result<Event, sqlx::Error> {
    let ended = sqlx::query(
        "UPDATE session_families SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL",
    )
    .bind(user.id.as_str())
    .bind(milliseconds(event.at))
    .execute(&mut **transaction)
    .await?;
    Ok(event.with("signInsEnded", ended.rows_affected()))
}

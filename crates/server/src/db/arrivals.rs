//! Users whom a provider vouches for: noted when they first call.

use sqlx::Row as _;
use wire::{Role, UserId};

use super::access::By as _;
use super::{TenantScope, milliseconds};
use crate::audit::Event;

/// Somebody whom a provider has just vouched for.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) user: UserId,
    /// What administrators find them by, the best first: the first that is free is theirs. The last is always free.
    pub(crate) sign_in_names: Vec<String>,
    pub(crate) name: String,
    pub(crate) role: Role,
}

/// Whether they may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    Welcome,
    /// An administrator shut them out.
    Disabled,
    /// The tenant that their provider is bound to is not there.
    NoTenant,
}

impl TenantScope<'_> {
    /// Lets the scope's user in: notes them, or what has changed about them. `password_hash` is that of nobody's
    /// password; `event` is written when they come for the first time.
    pub(crate) async fn admit(
        &self,
        arrival: &Arrival,
        password_hash: &str,
        event: &Event,
    ) -> Result<Admission, sqlx::Error> {
        if let Some(known) = self.known(arrival).await? {
            return Ok(known);
        }
        for sign_in_name in &arrival.sign_in_names {
            if self
                .note_arrival(arrival, sign_in_name, password_hash, event)
                .await?
            {
                tracing::info!(user = %arrival.user, tenant = %self.tenant, "a provider vouched for somebody new");
                return Ok(Admission::Welcome);
            }
        }
        // Another call of theirs may have been first.
        Ok(self.known(arrival).await?.unwrap_or(Admission::NoTenant))
    }

    async fn known(&self, arrival: &Arrival) -> Result<Option<Admission>, sqlx::Error> {
        let row = sqlx::query(
            "SELECT name, role, disabled_at FROM users WHERE tenant_id = $1 AND id = $2",
        )
        .bind(self.tenant.as_str())
        .bind(self.user.as_str())
        .fetch_optional_by(self.access)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        if row.try_get::<Option<i64>, _>("disabled_at")?.is_some() {
            return Ok(Some(Admission::Disabled));
        }
        let (name, role): (String, String) = (row.try_get("name")?, row.try_get("role")?);
        if name != arrival.name || role != arrival.role.as_str() {
            sqlx::query("UPDATE users SET name = $3, role = $4 WHERE tenant_id = $1 AND id = $2")
                .bind(self.tenant.as_str())
                .bind(self.user.as_str())
                .bind(arrival.name.as_str())
                .bind(arrival.role.as_str())
                .execute_by(self.access)
                .await?;
        }
        Ok(Some(Admission::Welcome))
    }

    /// `false` where the name is taken, the user is there already, or the tenant is not.
    async fn note_arrival(
        &self,
        arrival: &Arrival,
        sign_in_name: &str,
        password_hash: &str,
        event: &Event,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.access.begin().await?;
        let done = sqlx::query(
            "INSERT INTO users (id, tenant_id, email, name, role, password_hash, created_at)
             SELECT $2, id, $3, $4, $5, $6, $7 FROM tenants WHERE id = $1 ON CONFLICT DO NOTHING",
        )
        .bind(self.tenant.as_str())
        .bind(self.user.as_str())
        .bind(sign_in_name)
        .bind(arrival.name.as_str())
        .bind(arrival.role.as_str())
        .bind(password_hash)
        .bind(milliseconds(event.at))
        .execute(&mut *transaction)
        .await?;
        let is_new = done.rows_affected() == 1;
        self.commit_if(transaction, is_new, Some(event)).await
    }
}

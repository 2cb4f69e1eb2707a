//! Users whom a provider vouches for: noted when they first call.

use sqlx::Row as _;
use wire::{Role, UserId};

use super::access::By as _;
use super::{TenantScope, audit, milliseconds};
use crate::audit::{Action, Actor, Event};

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
    /// password; `sign_in` is written when they come for the first time.
    pub(crate) async fn admit(
        &self,
        arrival: &Arrival,
        password_hash: &str,
        sign_in: &Event,
    ) -> Result<Admission, sqlx::Error> {
        if let Some(known) = self.known(arrival, sign_in).await? {
            return Ok(known);
        }
        for sign_in_name in &arrival.sign_in_names {
            if self
                .note_arrival(arrival, sign_in_name, password_hash, sign_in)
                .await?
            {
                tracing::info!(user = %arrival.user, tenant = %self.tenant, "a provider vouched for somebody new");
                return Ok(Admission::Welcome);
            }
        }
        // Another call of theirs may have been first.
        let known = self.known(arrival, sign_in).await?;
        Ok(known.unwrap_or(Admission::NoTenant))
    }

    async fn known(
        &self,
        arrival: &Arrival,
        sign_in: &Event,
    ) -> Result<Option<Admission>, sqlx::Error> {
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
            self.note_change(arrival, &role, sign_in).await?;
        }
        Ok(Some(Admission::Welcome))
    }

    /// Of calls at once that bring the same change, the first makes it, and the trail has it once.
    async fn note_change(
        &self,
        arrival: &Arrival,
        was: &str,
        sign_in: &Event,
    ) -> Result<(), sqlx::Error> {
        let mut transaction = self.access.begin().await?;
        let done = sqlx::query(
            "UPDATE users SET name = $3, role = $4 WHERE tenant_id = $1 AND id = $2 AND role = $5",
        )
        .bind(self.tenant.as_str())
        .bind(self.user.as_str())
        .bind(arrival.name.as_str())
        .bind(arrival.role.as_str())
        .bind(was)
        .execute(&mut *transaction)
        .await?;
        // What somebody is called lets them do nothing.
        let event = (was != arrival.role.as_str())
            .then(|| vouched_for(Action::SetRole, arrival, sign_in).with("was", was));
        self.commit_if(transaction, done.rows_affected() == 1, event.as_ref())
            .await?;
        Ok(())
    }

    /// `false` where the name is taken, the user is there already, or the tenant is not.
    async fn note_arrival(
        &self,
        arrival: &Arrival,
        sign_in_name: &str,
        password_hash: &str,
        sign_in: &Event,
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
        .bind(milliseconds(sign_in.at))
        .execute(&mut *transaction)
        .await?;
        let is_new = done.rows_affected() == 1;
        if is_new {
            let added = vouched_for(Action::AddUser, arrival, sign_in);
            audit::add(&mut transaction, self.tenant, &added).await?;
        }
        self.commit_if(transaction, is_new, Some(sign_in)).await
    }
}

/// The event of what a provider's word changed, on the call of this sign-in. It is not the user who changed it.
fn vouched_for(action: Action, arrival: &Arrival, sign_in: &Event) -> Event {
    let event = Event {
        actor: Actor::server_told(sign_in.actor.origin.clone()),
        action,
        ..sign_in.clone()
    };
    event
        .with("userId", arrival.user.as_str())
        .with("role", arrival.role.as_str())
}

//! Whom a tenant lets look in.

use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;
use wire::{SupportGrant, TenantId, UserId};

use super::access::By as _;
use super::{TenantScope, milliseconds, timestamp};
use crate::audit::Event;

impl TenantScope<'_> {
    /// Adds a grant.
    pub(crate) async fn add_support_grant(
        &self,
        grant: &SupportGrant,
        event: &Event,
    ) -> Result<(), sqlx::Error> {
        let mut transaction = self.access.begin().await?;
        let done = sqlx::query(
            "INSERT INTO support_grants (tenant_id, id, user_id, reason, granted_by, granted_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(self.tenant.as_str())
        .bind(grant.id.as_str())
        .bind(grant.user_id.as_str())
        .bind(grant.reason.as_str())
        .bind(grant.granted_by.as_str())
        .bind(milliseconds(grant.granted_at))
        .bind(milliseconds(grant.expires_at))
        .execute(&mut *transaction)
        .await?;
        self.commit_if(transaction, done.rows_affected() == 1, Some(event))
            .await?;
        Ok(())
    }

    /// The tenant's grants, newest first, those that have ended too.
    pub(crate) async fn support_grants(&self) -> Result<Vec<SupportGrant>, sqlx::Error> {
        sqlx::query(
            "SELECT id, tenant_id, user_id, reason, granted_by, granted_at, expires_at, revoked_at FROM support_grants
             WHERE tenant_id = $1 ORDER BY granted_at DESC, id DESC",
        )
        .bind(self.tenant.as_str())
        .fetch_all_by(self.access)
        .await?
        .iter()
        .map(read)
        .collect()
    }

    /// Ends a grant; `false` when there is none that lasts.
    pub(crate) async fn revoke_support_grant(
        &self,
        id: &str,
        now: Timestamp,
        event: &Event,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.access.begin().await?;
        let done = sqlx::query(
            "UPDATE support_grants SET revoked_at = $3, revoked_by = $4
             WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL AND expires_at > $3",
        )
        .bind(self.tenant.as_str())
        .bind(id)
        .bind(milliseconds(now))
        .bind(self.user.as_str())
        .execute(&mut *transaction)
        .await?;
        self.commit_if(transaction, done.rows_affected() == 1, Some(event))
            .await
    }
}

fn read(row: &AnyRow) -> Result<SupportGrant, sqlx::Error> {
    Ok(SupportGrant {
        id: row.try_get("id")?,
        tenant_id: TenantId::from(row.try_get::<String, _>("tenant_id")?),
        user_id: UserId::from(row.try_get::<String, _>("user_id")?),
        reason: row.try_get("reason")?,
        granted_by: UserId::from(row.try_get::<String, _>("granted_by")?),
        granted_at: timestamp("granted_at", row.try_get("granted_at")?)?,
        expires_at: timestamp("expires_at", row.try_get("expires_at")?)?,
        revoked_at: row
            .try_get::<Option<i64>, _>("revoked_at")?
            .map(|at| timestamp("revoked_at", at))
            .transpose()?,
    })
}

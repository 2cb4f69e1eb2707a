//! Who asks a tenant to look in, and whom it lets.

use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;
use wire::{SupportGrant, SupportRequest, TenantId, UserId};

use super::access::{By as _, Transaction};
use super::{TenantScope, corrupt, milliseconds, timestamp};
use crate::audit::Event;

impl TenantScope<'_> {
    /// Adds a request; `false` where there is no such tenant, or where the same person has asked it since `since`.
    pub(crate) async fn add_support_request(
        &self,
        request: &SupportRequest,
        since: Timestamp,
        event: &Event,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.access.begin().await?;
        let done = sqlx::query(
            "INSERT INTO support_requests (tenant_id, id, user_id, email, user_tenant_id, hours, reason, asked_at)
             SELECT id, $2, $3, $4, $5, $6, $7, $8 FROM tenants WHERE id = $1
             ON CONFLICT (tenant_id, user_id) DO UPDATE SET id = excluded.id, email = excluded.email,
                 hours = excluded.hours, reason = excluded.reason, asked_at = excluded.asked_at
             WHERE support_requests.asked_at <= $9",
        )
        .bind(self.tenant.as_str())
        .bind(request.id.as_str())
        .bind(request.user_id.as_str())
        .bind(request.email.as_str())
        .bind(request.user_tenant_id.as_str())
        .bind(i64::from(request.hours))
        .bind(request.reason.as_str())
        .bind(milliseconds(request.asked_at))
        .bind(milliseconds(since))
        .execute(&mut *transaction)
        .await?;
        self.commit_if(transaction, done.rows_affected() == 1, Some(event))
            .await
    }

    /// What was asked since then and is not decided, newest first.
    pub(crate) async fn support_requests(
        &self,
        since: Timestamp,
    ) -> Result<Vec<SupportRequest>, sqlx::Error> {
        sqlx::query(
            "SELECT id, user_id, email, user_tenant_id, hours, reason, asked_at FROM support_requests
             WHERE tenant_id = $1 AND asked_at > $2 ORDER BY asked_at DESC, id DESC",
        )
        .bind(self.tenant.as_str())
        .bind(milliseconds(since))
        .fetch_all_by(self.access)
        .await?
        .iter()
        .map(read_request)
        .collect()
    }

    /// Removes a request; `false` when there is none.
    pub(crate) async fn refuse_support_request(
        &self,
        id: &str,
        event: &Event,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.access.begin().await?;
        let removed = self.take_request(&mut transaction, id).await?;
        self.commit_if(transaction, removed, Some(event)).await
    }

    async fn take_request(
        &self,
        transaction: &mut Transaction,
        id: &str,
    ) -> Result<bool, sqlx::Error> {
        let done = sqlx::query("DELETE FROM support_requests WHERE tenant_id = $1 AND id = $2")
            .bind(self.tenant.as_str())
            .bind(id)
            .execute(&mut **transaction)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Adds a grant, and removes the request that it answers; `false` when somebody else has decided that meanwhile.
    pub(crate) async fn add_support_grant(
        &self,
        grant: &SupportGrant,
        request: Option<&str>,
        event: &Event,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.access.begin().await?;
        if let Some(request) = request
            && !self.take_request(&mut transaction, request).await?
        {
            transaction.rollback().await?;
            return Ok(false);
        }
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
            .await
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

fn read_request(row: &AnyRow) -> Result<SupportRequest, sqlx::Error> {
    let hours: i64 = row.try_get("hours")?;
    Ok(SupportRequest {
        id: row.try_get("id")?,
        user_id: UserId::from(row.try_get::<String, _>("user_id")?),
        email: row.try_get("email")?,
        user_tenant_id: TenantId::from(row.try_get::<String, _>("user_tenant_id")?),
        hours: u32::try_from(hours).map_err(|error| corrupt("hours", error))?,
        reason: row.try_get("reason")?,
        asked_at: timestamp("asked_at", row.try_get("asked_at")?)?,
    })
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

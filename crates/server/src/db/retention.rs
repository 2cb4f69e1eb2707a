//! How long a tenant's recordings are kept, and which are due to go.

use jiff::Timestamp;
use sqlx::Row;
use wire::TenantId;

use super::access::{By as _, Purpose};
use super::sweeping::{Mark, Owned, Stretch, owned};
use super::{Database, RecordingRow, TenantScope, audit, corrupt, milliseconds};
use crate::audit::Event;

/// Recordings that get other dates at once, before others have their turn at them.
const DATED_AT_ONCE: u32 = 1000;

/// How long recordings are kept, counted from when they are complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// So many days.
    Days(u32),
    /// For ever.
    ForEver,
}

impl Retention {
    fn column(self) -> Option<i64> {
        match self {
            Self::Days(days) => Some(i64::from(days)),
            Self::ForEver => None,
        }
    }
}

impl TenantScope<'_> {
    /// Notes that a recording's object is tagged for as long as this is its time; `false` when that is another by now, or
    /// another server noted it.
    pub(crate) async fn note_tagged(&self, row: &RecordingRow) -> Result<bool, sqlx::Error> {
        let done = sqlx::query(
            "UPDATE recordings SET tag_due = 0
             WHERE tenant_id = $1 AND id = $2 AND tag_due = 1 AND COALESCE(kept_until, -1) = $3",
        )
        .bind(self.tenant.as_str())
        .bind(row.id.as_str())
        .bind(row.kept_until.map_or(-1, milliseconds))
        .execute_by(self.access)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

impl Database {
    /// How long this tenant's recordings are kept; `None` when there is no such tenant.
    pub(crate) async fn retention(
        &self,
        tenant: &TenantId,
    ) -> Result<Option<Retention>, sqlx::Error> {
        let Some(row) = sqlx::query("SELECT retention_days FROM tenants WHERE id = $1")
            .bind(tenant.as_str())
            .fetch_optional_by(self.access(Purpose::Administration))
            .await?
        else {
            return Ok(None);
        };
        Ok(Some(
            match row.try_get::<Option<i64>, _>("retention_days")? {
                None => Retention::ForEver,
                Some(days) => Retention::Days(
                    u32::try_from(days).map_err(|error| corrupt("retention_days", error))?,
                ),
            },
        ))
    }

    /// Sets how long the tenant's recordings are kept that are completed from now on. `false` when there is no such tenant.
    pub(crate) async fn set_retention(
        &self,
        tenant: &TenantId,
        retention: Retention,
        event: &Event,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.access(Purpose::Tenant(tenant)).begin().await?;
        let done = sqlx::query("UPDATE tenants SET retention_days = $2 WHERE id = $1")
            .bind(tenant.as_str())
            .bind(retention.column())
            .execute(&mut *transaction)
            .await?;
        if done.rows_affected() == 0 {
            transaction.rollback().await?;
            return Ok(false);
        }
        audit::add(&mut transaction, tenant, event).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Gives the tenant's complete recordings the dates that its retention says by now, some at a time: nobody waits for
    /// more than those. Doing it again goes over all of them again.
    pub(crate) async fn date_existing(&self, tenant: &TenantId) -> Result<(), sqlx::Error> {
        let mut after = Mark::START;
        loop {
            let last = self.last_to_date(tenant, &after).await?;
            // Behind every recording, on the last stretch: what is added meanwhile has the same date already. That the status
            // is one of two is said once more for SQLite, which finds the index of lists by these very words.
            let until = last
                .as_ref()
                .map_or((i64::MAX, ""), |last| (last.at, &*last.key));
            sqlx::query(
                "UPDATE recordings
                 SET tag_due = 1, kept_until = (SELECT recordings.completed_at + retention_days * 86400000 FROM tenants WHERE id = $1)
                 WHERE tenant_id = $1 AND status IN ('PENDING', 'COMPLETE') AND status = 'COMPLETE'
                   AND (created_at, id) > ($2, $3) AND (created_at, id) <= ($4, $5)",
            )
            .bind(tenant.as_str())
            .bind(after.at)
            .bind(after.key.as_str())
            .bind(until.0)
            .bind(until.1)
            .execute_by(self.access(Purpose::Tenant(tenant)))
            .await?;
            match last {
                Some(last) => after = last,
                None => return Ok(()),
            }
        }
    }

    /// The last one of the tenant's next recordings, in the order of lists, for which there is an index; none when fewer
    /// are left.
    async fn last_to_date(
        &self,
        tenant: &TenantId,
        after: &Mark,
    ) -> Result<Option<Mark>, sqlx::Error> {
        sqlx::query(
            "SELECT created_at AS mark_at, id AS mark_key FROM recordings
             WHERE tenant_id = $1 AND status IN ('PENDING', 'COMPLETE') AND (created_at, id) > ($2, $3)
             ORDER BY created_at, id LIMIT 1 OFFSET $4",
        )
        .bind(tenant.as_str())
        .bind(after.at)
        .bind(after.key.as_str())
        .bind(i64::from(DATED_AT_ONCE) - 1)
        .fetch_optional_by(self.access(Purpose::Tenant(tenant)))
        .await?
        .as_ref()
        .map(Mark::read)
        .transpose()
    }

    /// Complete recordings whose objects are to be tagged anew.
    pub(crate) async fn recordings_to_tag(
        &self,
        after: &Mark,
        most: u32,
    ) -> Result<Stretch<Owned>, sqlx::Error> {
        let found = sqlx::query(
            "SELECT tenant_id, user_id, id, tag_due AS mark_at, id AS mark_key FROM recordings
             WHERE tag_due = 1 AND status = 'COMPLETE' AND id > $1 ORDER BY id LIMIT $2",
        )
        .bind(after.key.as_str())
        .bind(i64::from(most))
        .fetch_all_by(self.access(Purpose::Sweep))
        .await?;
        Stretch::read(&found, most, owned)
    }

    /// Complete recordings whose time is over and that nobody holds.
    pub(crate) async fn recordings_to_delete(
        &self,
        now: Timestamp,
        after: &Mark,
        most: u32,
    ) -> Result<Stretch<Owned>, sqlx::Error> {
        let found = sqlx::query(
            "SELECT tenant_id, user_id, id, kept_until AS mark_at, id AS mark_key FROM recordings
             WHERE status = 'COMPLETE' AND held_at IS NULL AND kept_until <= $1
               AND kept_until >= $2 AND (kept_until > $2 OR id > $3)
             ORDER BY kept_until, id LIMIT $4",
        )
        .bind(milliseconds(now))
        .bind(after.at)
        .bind(after.key.as_str())
        .bind(i64::from(most))
        .fetch_all_by(self.access(Purpose::Sweep))
        .await?;
        Stretch::read(&found, most, owned)
    }
}

//! What the sweep looks for, over all tenants: it acts for no user. It learns here which rows there are; what it does to
//! a recording goes through the scope of the recording's owner like everything else.

use jiff::Timestamp;
use sqlx::Row;
use wire::{RecordingId, TenantId, UserId};

use super::access::{By as _, Purpose};
use super::{Database, audit, milliseconds};
use crate::audit::Event;

/// Rows that one sweep takes of each sort; the next sweep takes more.
pub(super) const MOST_ROWS: i64 = 1000;

/// A recording, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owned {
    pub(crate) tenant: TenantId,
    pub(crate) user: UserId,
    pub(crate) id: RecordingId,
}

/// A key to be emptied: of a recording that was given up or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leftover {
    pub(crate) tenant: TenantId,
    pub(crate) s3_key: String,
    pub(crate) upload_id: Option<String>,
}

pub(super) fn owned(row: &sqlx::any::AnyRow) -> Result<Owned, sqlx::Error> {
    Ok(Owned {
        tenant: TenantId::from(row.try_get::<String, _>("tenant_id")?),
        user: UserId::from(row.try_get::<String, _>("user_id")?),
        id: RecordingId::from(row.try_get::<String, _>("id")?),
    })
}

impl Database {
    /// Pending recordings that were claimed to be complete before then, and still are only claimed.
    pub(crate) async fn unfinished_claims(
        &self,
        claimed_before: Timestamp,
    ) -> Result<Vec<Owned>, sqlx::Error> {
        sqlx::query(
            "SELECT tenant_id, user_id, id FROM recordings
             WHERE status = 'PENDING' AND claimed_at < $1 ORDER BY claimed_at LIMIT $2",
        )
        .bind(milliseconds(claimed_before))
        .bind(MOST_ROWS)
        .fetch_all_by(self.access(Purpose::Sweep))
        .await?
        .iter()
        .map(owned)
        .collect()
    }

    /// Pending recordings that nobody has worked at since `idle_since`, whose tickets are dead, and that nobody claims to
    /// be complete.
    pub(crate) async fn stale_recordings(
        &self,
        idle_since: Timestamp,
        tickets_dead_since: Timestamp,
    ) -> Result<Vec<Owned>, sqlx::Error> {
        sqlx::query(
            "SELECT tenant_id, user_id, id FROM recordings
             WHERE status = 'PENDING' AND claim IS NULL AND active_at < $1 AND tickets_until < $2
             ORDER BY active_at LIMIT $3",
        )
        .bind(milliseconds(idle_since))
        .bind(milliseconds(tickets_dead_since))
        .bind(MOST_ROWS)
        .fetch_all_by(self.access(Purpose::Sweep))
        .await?
        .iter()
        .map(owned)
        .collect()
    }

    /// Leftovers that are due.
    pub(crate) async fn due_leftovers(&self, now: Timestamp) -> Result<Vec<Leftover>, sqlx::Error> {
        sqlx::query(
            "SELECT tenant_id, s3_key, upload_id FROM leftovers WHERE due_at <= $1 ORDER BY due_at LIMIT $2",
        )
        .bind(milliseconds(now))
        .bind(MOST_ROWS)
        .fetch_all_by(self.access(Purpose::Sweep))
        .await?
        .iter()
        .map(|row| {
            Ok(Leftover {
                tenant: TenantId::from(row.try_get::<String, _>("tenant_id")?),
                s3_key: row.try_get("s3_key")?,
                upload_id: row.try_get("upload_id")?,
            })
        })
        .collect()
    }

    /// Forgets a leftover that is gone, and with it the row of a deletion that failed half-way; of that one it is noted
    /// that the store has nothing any more.
    pub(crate) async fn remove_leftover(
        &self,
        s3_key: &str,
        emptied: &Event,
    ) -> Result<(), sqlx::Error> {
        let mut transaction = self.access(Purpose::Sweep).begin().await?;
        // In the order in which a deletion takes these rows: in another one, each could wait for the other.
        let row = sqlx::query(
            "DELETE FROM recordings WHERE s3_key = $1 AND status = 'DELETED' RETURNING tenant_id, user_id, id",
        )
        .bind(s3_key)
        .fetch_optional(&mut *transaction)
        .await?;
        sqlx::query("DELETE FROM leftovers WHERE s3_key = $1")
            .bind(s3_key)
            .execute(&mut *transaction)
            .await?;
        if let Some(Owned { tenant, id, .. }) = row.as_ref().map(owned).transpose()? {
            let event = emptied.clone().about(&id);
            audit::add(&mut transaction, &tenant, &event).await?;
        }
        transaction.commit().await
    }

    /// Whether an upload in parts under this key is one of ours that nobody will go on with: the key is a recording's,
    /// and the upload is not the one that it waits for.
    pub(crate) async fn is_stray_upload(
        &self,
        s3_key: &str,
        upload_id: &str,
    ) -> Result<bool, sqlx::Error> {
        let stray = sqlx::query(
            "SELECT id FROM recordings
             WHERE s3_key = $1 AND (status <> 'PENDING' OR upload_id IS NULL OR upload_id <> $2)",
        )
        .bind(s3_key)
        .bind(upload_id)
        .fetch_optional_by(self.access(Purpose::Sweep))
        .await?;
        Ok(stray.is_some())
    }
}

//! Recordings that end without bytes: given up, deleted, kept long enough. What the store has of them, or may still get by a ticket that
//! outlives them, is noted in the same breath as a leftover, which the sweep removes when it is due.

use jiff::Timestamp;
use sqlx::Any;
use sqlx::any::AnyArguments;
use sqlx::query::Query;
use wire::RecordingId;

use super::access::Transaction;
use super::recordings::{Kind, RecordingRow};
use super::{TenantScope, milliseconds};
use crate::audit::Event;

/// When nothing can be put under the key any more, so that it can be emptied for good.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Due(pub(crate) Timestamp);

impl TenantScope<'_> {
    /// Gives a pending recording up; `false` when it is pending no longer.
    pub(crate) async fn give_up_recording(
        &self,
        row: &RecordingRow,
        leftover: Due,
        event: &Event,
    ) -> Result<bool, sqlx::Error> {
        let ending = sqlx::query(
            "UPDATE recordings SET status = 'GIVEN_UP', claim = NULL, claimed_at = NULL
             WHERE tenant_id = $1 AND id = $2 AND status = 'PENDING'",
        )
        .bind(self.tenant.as_str())
        .bind(row.id.as_str());
        self.end(ending, row, leftover, event).await
    }

    /// Gives a pending recording up that nobody has worked at since `idle_since`, whose tickets are dead and that nobody
    /// claims to be complete; `false` when that is so no longer.
    pub(crate) async fn give_up_stale_recording(
        &self,
        row: &RecordingRow,
        idle_since: Timestamp,
        tickets_dead_since: Timestamp,
        leftover: Due,
        event: &Event,
    ) -> Result<bool, sqlx::Error> {
        let ending = sqlx::query(
            "UPDATE recordings SET status = 'GIVEN_UP'
             WHERE tenant_id = $1 AND id = $2 AND status = 'PENDING' AND claim IS NULL
               AND active_at < $3 AND tickets_until < $4",
        )
        .bind(self.tenant.as_str())
        .bind(row.id.as_str())
        .bind(milliseconds(idle_since))
        .bind(milliseconds(tickets_dead_since));
        self.end(ending, row, leftover, event).await
    }

    /// Marks a recording deleted, whatever its status, and frees its idempotency key as removing the row would; `false`
    /// when it is held.
    pub(crate) async fn mark_recording_deleted(
        &self,
        row: &RecordingRow,
        leftover: Due,
        event: &Event,
    ) -> Result<bool, sqlx::Error> {
        let ending = sqlx::query(
            "UPDATE recordings SET status = 'DELETED', idempotency_key = NULL, claim = NULL, claimed_at = NULL
             WHERE tenant_id = $1 AND id = $2 AND held_at IS NULL",
        )
        .bind(self.tenant.as_str())
        .bind(row.id.as_str());
        self.end(ending, row, leftover, event).await
    }

    /// Marks a complete recording deleted whose time is over; `false` when that is so no longer, because it is held, or
    /// another server did it.
    pub(crate) async fn mark_recording_expired(
        &self,
        row: &RecordingRow,
        leftover: Due,
        now: Timestamp,
        event: &Event,
    ) -> Result<bool, sqlx::Error> {
        let ending = sqlx::query(
            "UPDATE recordings SET status = 'DELETED', idempotency_key = NULL
             WHERE tenant_id = $1 AND id = $2 AND status = 'COMPLETE' AND held_at IS NULL AND kept_until <= $3",
        )
        .bind(self.tenant.as_str())
        .bind(row.id.as_str())
        .bind(milliseconds(now));
        self.end(ending, row, leftover, event).await
    }

    /// Removes the row of a deleted recording of which the store has nothing any more; `false` when it is gone already.
    pub(crate) async fn remove_recording(
        &self,
        id: &RecordingId,
        event: &Event,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.access.begin().await?;
        let done = sqlx::query(
            "DELETE FROM recordings WHERE tenant_id = $1 AND id = $2 AND status = 'DELETED'",
        )
        .bind(self.tenant.as_str())
        .bind(id.as_str())
        .execute(&mut *transaction)
        .await?;
        self.commit_if(transaction, done.rows_affected() == 1, Some(event))
            .await
    }

    /// Ends a recording by this statement, unless it finds it otherwise; returns whether it did.
    async fn end(
        &self,
        ending: Query<'_, Any, AnyArguments>,
        row: &RecordingRow,
        leftover: Due,
        event: &Event,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.access.begin().await?;
        let done = ending.execute(&mut *transaction).await?;
        let ended = done.rows_affected() == 1;
        if ended {
            self.note_leftover(&mut transaction, row, leftover).await?;
        }
        self.commit_if(transaction, ended, Some(event)).await
    }

    async fn note_leftover(
        &self,
        transaction: &mut Transaction,
        row: &RecordingRow,
        Due(due_at): Due,
    ) -> Result<(), sqlx::Error> {
        let upload_id = match &row.kind {
            Kind::Parts { upload_id, .. } => upload_id.as_deref(),
            Kind::Whole => None,
        };
        sqlx::query(
            "INSERT INTO leftovers (tenant_id, s3_key, upload_id, due_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (s3_key) DO UPDATE SET due_at = excluded.due_at",
        )
        .bind(self.tenant.as_str())
        .bind(row.s3_key.as_str())
        .bind(upload_id)
        .bind(milliseconds(due_at))
        .execute(&mut **transaction)
        .await?;
        Ok(())
    }
}

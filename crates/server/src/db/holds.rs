//! Legal holds: they are part of the recording's row, so that a deletion sees them in the same breath.

use wire::RecordingId;

use super::{Held, TenantScope, milliseconds};
use crate::audit::Event;

impl TenantScope<'_> {
    /// Places a hold on a complete recording that has none; `false` when it is not complete, or held already.
    pub(crate) async fn hold_recording(
        &self,
        id: &RecordingId,
        held: &Held,
        event: &Event,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.access.begin().await?;
        let done = sqlx::query(
            "UPDATE recordings SET held_at = $3, held_by = $4, held_reason = $5
             WHERE tenant_id = $1 AND id = $2 AND status = 'COMPLETE' AND held_at IS NULL",
        )
        .bind(self.tenant.as_str())
        .bind(id.as_str())
        .bind(milliseconds(held.since))
        .bind(held.by.as_str())
        .bind(held.reason.as_str())
        .execute(&mut *transaction)
        .await?;
        self.commit_if(transaction, done.rows_affected() == 1, Some(event))
            .await
    }

    /// Lifts the hold; `false` when there is none.
    pub(crate) async fn release_recording(
        &self,
        id: &RecordingId,
        event: &Event,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.access.begin().await?;
        let done = sqlx::query(
            "UPDATE recordings SET held_at = NULL, held_by = NULL, held_reason = NULL
             WHERE tenant_id = $1 AND id = $2 AND held_at IS NOT NULL",
        )
        .bind(self.tenant.as_str())
        .bind(id.as_str())
        .execute(&mut *transaction)
        .await?;
        self.commit_if(transaction, done.rows_affected() == 1, Some(event))
            .await
    }
}

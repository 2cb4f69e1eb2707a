//! Giving an upload up, and deleting a recording. The row is marked first, so that nobody sees, completes or renews what
//! is about to go; then what the store has goes, and a deleted recording's row last: with it, a deletion that failed
//! half-way can be done again.
//!
//! A ticket cannot be taken back, and the store may fail: the key is noted as a leftover, and the sweep empties it once
//! more when no ticket lives.

use std::time::Duration;

use storage::Bucket;
use wire::{AuditOutcome, RecordingId};

use super::access::{Wish, reach};
use crate::accounts::Caller;
use crate::app::App;
use crate::audit::{Action, Event};
use crate::db::{Due, Kind, RecordingRow, Status};
use crate::operations::metrics::Reached;
use crate::refusal::Refusal;

/// How long a request may take that was begun with a ticket's last breath: S3 looks at the expiry when a request begins,
/// and lets it end.
pub(super) const LATE_ARRIVAL: Duration = Duration::from_hours(24);

/// `DELETE /recordings/{id}/upload`. Doing it again does nothing more.
pub(crate) async fn give_up(app: &App, caller: &Caller, id: &RecordingId) -> Result<(), Refusal> {
    let row = reach(app, caller, id, Wish::Upload).await?;
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let bucket = app.bucket_of(&caller.tenant)?;
    let event = Event::done(caller.actor(), Action::GiveUp, app.clock.now()).about(id);
    // Marked first, so that `complete` cannot succeed on an object that is about to go.
    if row.status != Status::GivenUp {
        let leftover = leftover(app, &row);
        if !scope.give_up_recording(&row, leftover, &event).await? {
            return Err(Refusal::NotPending);
        }
        app.operations.metrics.recording(Reached::GivenUp);
    }
    empty(&bucket, &row).await
}

/// `DELETE /recordings/{id}`.
pub(crate) async fn delete(app: &App, caller: &Caller, id: &RecordingId) -> Result<(), Refusal> {
    let row = reach(app, caller, id, Wish::Delete).await?;
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let bucket = app.bucket_of(&caller.tenant)?;
    let event = Event::done(caller.actor(), Action::Delete, app.clock.now())
        .about(id)
        .with("s3Key", &*row.s3_key);
    let marked = scope
        .mark_recording_deleted(&row, leftover(app, &row), &event)
        .await?;
    if !marked {
        // Another deletion may have been quicker.
        scope.recording(id).await?.ok_or(Refusal::NotFound)?;
        let event = event.with("why", "held").outcome(AuditOutcome::Refused);
        scope.note(&event).await?;
        return Err(Refusal::Held);
    }
    empty_and_forget(app, &bucket, caller, &row).await?;
    tracing::info!(recording = %id, "deleted");
    Ok(())
}

/// Empties the store of a recording whose row is marked, and removes the row. What fails is in the trail, and done by the
/// sweep.
pub(super) async fn empty_and_forget(
    app: &App,
    bucket: &Bucket,
    caller: &Caller,
    row: &RecordingRow,
) -> Result<(), Refusal> {
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let event = Event::done(caller.actor(), Action::Empty, app.clock.now()).about(&row.id);
    if let Err(refusal) = empty(bucket, row).await {
        scope.note(&event.outcome(AuditOutcome::Failed)).await?;
        return Err(refusal);
    }
    scope.remove_recording(&row.id, &event).await?;
    app.operations.metrics.recording(Reached::Deleted);
    Ok(())
}

/// Removes what the store has for a recording: its upload in parts, and its object with all versions.
async fn empty(bucket: &Bucket, row: &RecordingRow) -> Result<(), Refusal> {
    if let Kind::Parts {
        upload_id: Some(upload_id),
        ..
    } = &row.kind
    {
        bucket.abort_multipart(&row.s3_key, upload_id).await?;
    }
    bucket.delete_all_versions(&row.s3_key).await?;
    Ok(())
}

/// When nothing can be put under the key any more. While a recording is pending the store may just be putting it together.
pub(super) fn leftover(app: &App, row: &RecordingRow) -> Due {
    let now = app.clock.now();
    Due(match row.status {
        Status::Pending => row.tickets_until.max(now) + LATE_ARRIVAL,
        Status::Complete | Status::GivenUp | Status::Deleted => {
            now.max(row.tickets_until + LATE_ARRIVAL)
        }
    })
}

//! Legal hold: `POST` and `DELETE /recordings/{id}/hold`.
//!
//! The row is what counts: neither a person nor the sweep deletes what it says is held. The object's tag follows, because
//! the bucket's own lifecycle rules go by it. Where the tag cannot be changed the call fails, and asking again mends it; in
//! between the object is kept rather than deleted, as far as it is the server's to say.

use std::time::Duration;

use storage::{Bucket, DEFAULT_RETENTION, RETENTION_TAG, StoreError};
use wire::{Hold, RecordingId};

use super::access::{Wish, reach};
use crate::accounts::Caller;
use crate::app::App;
use crate::audit::{Action, Event};
use crate::db::{Held, RecordingRow, Status};
use crate::logging;
use crate::refusal::Refusal;

/// The value of the tag `retention` of what is held.
pub(super) const HELD: &str = "held";

/// Its value of what a tenant keeps longer than the bucket's own rule would: the server deletes it when it is time.
const KEPT: &str = "kept";

/// After how long the bucket's rule deletes what is tagged [`DEFAULT_RETENTION`], as the setup guide has it.
const BUCKETS_RULE: Duration = Duration::from_hours(24 * 90);

/// What a recording's tag `retention` has to be, for the bucket's own rules to delete nothing too early.
pub(super) fn retention_tag(row: &RecordingRow) -> &'static str {
    if row.held.is_some() {
        return HELD;
    }
    match (row.completed_at, row.kept_until) {
        (None, _) => DEFAULT_RETENTION,
        (Some(completed_at), Some(until)) if until <= completed_at + BUCKETS_RULE => {
            DEFAULT_RETENTION
        }
        (Some(_), _) => KEPT,
    }
}

/// Tags a recording that has just been completed, where its tenant keeps it longer than the bucket's rule would. An upload
/// is not lost for want of a tag; a check shows that it is missing.
pub(super) async fn keep(bucket: &Bucket, row: &RecordingRow) {
    let value = retention_tag(row);
    if value == DEFAULT_RETENTION {
        return;
    }
    if let Err(refusal) = tag(bucket, &row.s3_key, value).await {
        let cause = logging::chain(&refusal);
        tracing::warn!(recording = %row.id, cause, "the bucket's rules may delete this before its time");
    }
}

/// Tags a complete recording as its row says. Where nothing is under its key any more there is nothing to tag.
pub(super) async fn follow(bucket: &Bucket, row: &RecordingRow) -> Result<(), Refusal> {
    match tag(bucket, &row.s3_key, retention_tag(row)).await {
        Err(Refusal::StoreUnavailable(error)) if status_of(&error) == Some(404) => Ok(()),
        done => done,
    }
}

/// Places a hold. Where there is one it stays as it is.
pub(crate) async fn place(
    app: &App,
    caller: &Caller,
    id: &RecordingId,
    reason: String,
) -> Result<Hold, Refusal> {
    let row = reach(app, caller, id, Wish::Hold).await?;
    let bucket = app.bucket_of(&caller.tenant)?;
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let now = app.clock.now();
    let held = Held {
        reason,
        since: now,
        by: caller.user.clone(),
    };
    let event = Event::done(caller.actor(), Action::Hold, now)
        .about(id)
        .with("reason", &*held.reason);
    scope.hold_recording(id, &held, &event).await?;
    // It may have been deleted or held by somebody else meanwhile.
    let row = scope.recording(&row.id).await?.ok_or(Refusal::NotFound)?;
    match (row.status, &row.held) {
        (Status::Complete, Some(held)) => {
            tag(&bucket, &row.s3_key, HELD).await?;
            Ok(shown(held))
        }
        (Status::GivenUp, _) => Err(Refusal::GivenUp),
        (Status::Deleted, _) => Err(Refusal::NotFound),
        (Status::Pending | Status::Complete, _) => Err(Refusal::NotComplete),
    }
}

/// Lifts the hold. Where there is none nothing happens.
pub(crate) async fn release(app: &App, caller: &Caller, id: &RecordingId) -> Result<(), Refusal> {
    let row = reach(app, caller, id, Wish::Release).await?;
    let bucket = app.bucket_of(&caller.tenant)?;
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let mut event = Event::done(caller.actor(), Action::Release, app.clock.now()).about(id);
    if let Some(held) = &row.held {
        event = event.with("reason", &*held.reason);
    }
    scope.release_recording(id, &event).await?;
    if row.status == Status::Complete {
        let released = RecordingRow { held: None, ..row };
        tag(&bucket, &released.s3_key, retention_tag(&released)).await?;
    }
    Ok(())
}

/// A hold as it is shown.
pub(super) fn shown(held: &Held) -> Hold {
    Hold {
        reason: held.reason.clone(),
        since: held.since,
        by: held.by.clone(),
    }
}

/// Sets the object's tag `retention` and leaves its others. A store that knows no tags has no rules that go by them.
async fn tag(bucket: &Bucket, s3_key: &str, value: &str) -> Result<(), Refusal> {
    let tagged = async {
        let tags = bucket.tags(s3_key).await?;
        if tags.get(RETENTION_TAG) == Some(value) {
            return Ok(());
        }
        bucket
            .put_tags(s3_key, &tags.with(RETENTION_TAG, value))
            .await
    };
    let Err(error) = tagged.await else {
        return Ok(());
    };
    match status_of(&error) {
        Some(405 | 501) => Ok(()),
        // Where the backend tags nothing, nothing has the tag that the bucket's rules look for.
        Some(403) if !bucket.tagging() => Ok(()),
        Some(403) => Err(Refusal::HoldNotTagged(Box::new(error))),
        _ => Err(error.into()),
    }
}

/// What the store answered to a call about tags.
fn status_of(error: &StoreError) -> Option<u16> {
    match error {
        StoreError::GetTags { source, .. } | StoreError::PutTags { source, .. } => source.status(),
        _ => None,
    }
}

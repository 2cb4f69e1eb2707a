//! Legal hold: `POST` and `DELETE /recordings/{id}/hold`.
//!
//! The row is what counts: neither a person nor the sweep deletes what it says is held. The object's tag follows, because
//! the bucket's own lifecycle rules go by it. Where the tag cannot be changed the call fails, and asking again mends it; in
//! between the object is kept rather than deleted, as far as it is the server's to say.

use storage::{Bucket, DEFAULT_RETENTION, RETENTION_TAG, StoreError};
use wire::{Hold, RecordingId};

use super::access::{Wish, reach};
use crate::accounts::Caller;
use crate::app::App;
use crate::audit::{Action, Event};
use crate::db::{Held, Status};
use crate::refusal::Refusal;

/// The value of the tag `retention` of what is held.
pub(super) const HELD: &str = "held";

/// Places a hold. Where there is one it stays as it is.
pub(crate) async fn place(
    app: &App,
    caller: &Caller,
    id: &RecordingId,
    reason: String,
) -> Result<Hold, Refusal> {
    let row = reach(app, caller, id, Wish::Hold).await?;
    let bucket = app.bucket()?;
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
            tag(bucket, &row.s3_key, HELD).await?;
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
    let bucket = app.bucket()?;
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let mut event = Event::done(caller.actor(), Action::Release, app.clock.now()).about(id);
    if let Some(held) = &row.held {
        event = event.with("reason", &*held.reason);
    }
    scope.release_recording(id, &event).await?;
    if row.status == Status::Complete {
        tag(bucket, &row.s3_key, DEFAULT_RETENTION).await?;
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
    let status = match &error {
        StoreError::GetTags { source, .. } | StoreError::PutTags { source, .. } => source.status(),
        _ => None,
    };
    match status {
        Some(405 | 501) => Ok(()),
        Some(403) => Err(Refusal::HoldNotTagged(Box::new(error))),
        _ => Err(error.into()),
    }
}

//! What a sweep looks for, and what it does with each thing that it finds.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use storage::{BegunUpload, Bucket};
use wire::Role;

use super::{Done, say_unlisted};
use crate::accounts::Caller;
use crate::app::App;
use crate::audit::{Action, Actor, Event, Origin};
use crate::connecting::Whose;
use crate::db::{Due, Leftover, Mark, Owned, RecordingRow, Status, Stretch};
use crate::logging;
use crate::operations::metrics::Reached;
use crate::recordings::removing::LATE_ARRIVAL;
use crate::recordings::{completing, holding, removing};
use crate::refusal::Refusal;

/// After how long a claim is taken to have lost its server: longer than any call lasts.
const ABANDONED_CLAIM: Duration = Duration::from_mins(15);

/// What a sweep looks for in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// Claimed to be complete, and only claimed still.
    Claim,
    /// Pending, and nobody has worked at it for days.
    Stale,
    /// Kept for long enough.
    Expired,
    /// To be tagged anew.
    TagDue,
    /// A key to be emptied.
    Leftover,
}

impl Sort {
    /// In the order in which a sweep goes through them: what it gives up or deletes leaves something over.
    pub(super) const ALL: [Self; 5] = [
        Self::Claim,
        Self::Stale,
        Self::Expired,
        Self::TagDue,
        Self::Leftover,
    ];

    /// As the log calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Claim => "claims",
            Self::Stale => "stale uploads",
            Self::Expired => "recordings that were kept long enough",
            Self::TagDue => "objects whose tags are old",
            Self::Leftover => "leftovers",
        }
    }

    /// How many are worked at at the same time, where waiting for the store leaves room for so many. What asks the database
    /// alone leaves most of its connections to those who wait for an answer.
    pub(super) fn at_once(self, at_most: usize) -> usize {
        match self {
            Self::Stale => at_most.div_ceil(4),
            Self::Claim | Self::Expired | Self::TagDue | Self::Leftover => at_most,
        }
    }
}

/// Something that a sweep has found.
#[derive(Debug)]
pub(super) enum Found {
    Claim(Owned),
    Stale(Owned),
    Expired(Owned),
    TagDue(Owned),
    Leftover(Leftover),
    Upload(Box<Upload>),
}

/// An upload in parts that a bucket has.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) whose: Whose,
    pub(super) bucket: Bucket,
    pub(super) begun: BegunUpload,
}

impl Found {
    /// As the log calls it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Claim(owned)
            | Self::Stale(owned)
            | Self::Expired(owned)
            | Self::TagDue(owned) => owned.id.as_str(),
            Self::Leftover(leftover) => &leftover.s3_key,
            Self::Upload(upload) => &upload.begun.key,
        }
    }

    /// The bucket that is asked about it, if one is.
    pub(super) fn bucket(&self, app: &App) -> Option<Whose> {
        match self {
            Self::Stale(_) => None,
            Self::Claim(owned) | Self::Expired(owned) | Self::TagDue(owned) => {
                Some(app.store.whose(&owned.tenant))
            }
            Self::Leftover(leftover) => Some(app.store.whose(&leftover.tenant)),
            Self::Upload(upload) => Some(upload.whose.clone()),
        }
    }
}

/// As of when something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    now: Timestamp,
    /// What nobody has worked at since then is stale,
    idle: Timestamp,
    /// if its tickets are dead since then.
    dead: Timestamp,
}

impl Limits {
    pub(super) fn at(now: Timestamp, pending_days: u32) -> Self {
        Self {
            now,
            idle: now - Duration::from_hours(24) * pending_days,
            dead: now - LATE_ARRIVAL,
        }
    }
}

/// Some of what is due of this sort.
pub(super) async fn find(
    app: &App,
    sort: Sort,
    limits: Limits,
    after: &Mark,
    most: u32,
) -> Result<Stretch<Found>, Refusal> {
    let Limits { now, idle, dead } = limits;
    let database = &app.database;
    Ok(match sort {
        Sort::Claim => {
            let claims = database.unfinished_claims(now - ABANDONED_CLAIM, after, most);
            claims.await?.map(Found::Claim)
        }
        Sort::Stale => {
            let stale = database.stale_recordings(idle, dead, after, most);
            stale.await?.map(Found::Stale)
        }
        Sort::Expired => {
            let expired = database.recordings_to_delete(now, after, most);
            expired.await?.map(Found::Expired)
        }
        Sort::TagDue => {
            let due = database.recordings_to_tag(after, most);
            due.await?.map(Found::TagDue)
        }
        Sort::Leftover => {
            let leftovers = database.due_leftovers(now, after, most);
            leftovers.await?.map(Found::Leftover)
        }
    })
}

/// Does what is to be done with it.
pub(super) async fn end(app: &Arc<App>, limits: Limits, found: Found) -> Result<Done, Refusal> {
    match found {
        Found::Claim(owned) => finish(app, &owned).await,
        Found::Stale(owned) => give_up(app, &owned, limits).await,
        Found::Expired(owned) => expire(app, &owned, limits.now).await,
        Found::TagDue(owned) => tag(app, &owned).await,
        Found::Leftover(leftover) => clear(app, &leftover, limits.now).await,
        Found::Upload(upload) => end_if_stray(app, &upload).await,
    }
}

async fn finish(app: &Arc<App>, owned: &Owned) -> Result<Done, Refusal> {
    let (caller, row) = on_behalf(app, owned).await?;
    if row.status != Status::Pending || row.claimed.is_none() {
        return Ok(Done::Nothing);
    }
    match completing::finish(app, &caller, &row).await {
        Ok(_complete) => Ok(Done::Finished),
        // The claim is forgotten: in some days the recording will be stale like any other.
        Err(refusal) if refusal.ends_claim() => {
            let cause = logging::chain(&refusal);
            tracing::info!(recording = %row.id, cause, "what was claimed comes to nothing");
            Ok(Done::Nothing)
        }
        Err(refusal) => Err(refusal),
    }
}

async fn give_up(app: &App, owned: &Owned, limits: Limits) -> Result<Done, Refusal> {
    let (caller, row) = on_behalf(app, owned).await?;
    if row.status != Status::Pending {
        return Ok(Done::Nothing);
    }
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let now = app.clock.now();
    let event = Event::done(caller.actor(), Action::GiveUp, now).about(&row.id);
    let given_up = scope
        .give_up_stale_recording(&row, limits.idle, limits.dead, Due(now), &event)
        .await?;
    if !given_up {
        return Ok(Done::Nothing);
    }
    app.operations.metrics.recording(Reached::GivenUp);
    tracing::info!(recording = %row.id, "nobody has finished this upload: it is given up");
    Ok(Done::GaveUp)
}

/// Deletes what was kept for as long as its tenant wanted, unless it is held. Of several servers that sweep at once, one
/// marks the row, and only that one goes on.
async fn expire(app: &App, owned: &Owned, now: Timestamp) -> Result<Done, Refusal> {
    let (caller, row) = on_behalf(app, owned).await?;
    if row.status != Status::Complete {
        return Ok(Done::Nothing);
    }
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let mut event = Event::done(caller.actor(), Action::Delete, now).about(&row.id);
    event = event.with("why", "retention").with("s3Key", &*row.s3_key);
    if let Some(kept_until) = row.kept_until {
        event = event.with("keptUntil", kept_until.to_string());
    }
    let due = removing::leftover(app, &row);
    if !scope.mark_recording_expired(&row, due, now, &event).await? {
        return Ok(Done::Nothing);
    }
    removing::empty_and_forget(app, &app.bucket_of(&owned.tenant)?, &caller, &row).await?;
    tracing::info!(recording = %row.id, "kept long enough: deleted");
    Ok(Done::Expired)
}

/// Tags an object anew whose time is another than its tag says, so that the bucket's own rules do not delete it too early.
async fn tag(app: &App, owned: &Owned) -> Result<Done, Refusal> {
    let (caller, row) = on_behalf(app, owned).await?;
    if !row.tag_due || row.status != Status::Complete {
        return Ok(Done::Nothing);
    }
    holding::follow(&app.bucket_of(&owned.tenant)?, &row).await?;
    let scope = app.database.scope(&caller.tenant, &caller.user);
    Ok(if scope.note_tagged(&row).await? {
        Done::Tagged
    } else {
        Done::Nothing
    })
}

/// A recording, and its owner to act for.
async fn on_behalf(app: &App, owned: &Owned) -> Result<(Caller, RecordingRow), Refusal> {
    let caller = Caller {
        user: owned.user.clone(),
        tenant: owned.tenant.clone(),
        role: Role::User,
        origin: Origin::default(),
        is_server: true,
    };
    let scope = app.database.scope(&owned.tenant, &owned.user);
    let row = scope.recording(&owned.id).await?.ok_or(Refusal::NotFound)?;
    Ok((caller, row))
}

async fn clear(app: &App, leftover: &Leftover, now: Timestamp) -> Result<Done, Refusal> {
    if !app.database.is_due(&leftover.s3_key, now).await? {
        return Ok(Done::Nothing);
    }
    let bucket = app.bucket_of(&leftover.tenant)?;
    if let Some(upload_id) = &leftover.upload_id {
        bucket.abort_multipart(&leftover.s3_key, upload_id).await?;
    }
    end_uploads(&bucket, &leftover.s3_key).await?;
    bucket.delete_all_versions(&leftover.s3_key).await?;
    let emptied = Event::done(Actor::server(), Action::Empty, app.clock.now());
    let removed = app.database.remove_leftover(&leftover.s3_key, &emptied);
    Ok(if removed.await? {
        Done::Emptied
    } else {
        Done::Nothing
    })
}

/// Ends every upload under a key that is about to be forgotten, also those that no row names: afterwards nobody would know
/// them for ours.
async fn end_uploads(bucket: &Bucket, s3_key: &str) -> Result<(), Refusal> {
    let listed = match bucket.multipart_uploads(s3_key, None).await {
        Ok(page) => page.uploads,
        Err(error) => {
            say_unlisted(&error);
            return Ok(());
        }
    };
    // The list goes by key, and of the keys that begin like this one it is the first.
    for upload in listed.iter().take_while(|upload| upload.key == s3_key) {
        bucket.abort_multipart(s3_key, &upload.upload_id).await?;
    }
    Ok(())
}

async fn end_if_stray(app: &App, upload: &Upload) -> Result<Done, Refusal> {
    let BegunUpload { key, upload_id, .. } = &upload.begun;
    if !app.database.is_stray_upload(key, upload_id).await? {
        return Ok(Done::Nothing);
    }
    upload.bucket.abort_multipart(key, upload_id).await?;
    Ok(Done::EndedStray)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stale_depends_on_the_days_and_what_is_dead_does_not() {
        let now = Timestamp::from_second(100 * 86_400).unwrap();
        let day = |day: i64| Timestamp::from_second(day * 86_400).unwrap();
        for (pending_days, idle) in [(7, day(93)), (1, day(99))] {
            let expected = Limits {
                now,
                idle,
                dead: day(99),
            };
            assert_eq!(Limits::at(now, pending_days), expected);
        }
    }
}

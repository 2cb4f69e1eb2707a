//! The sweep: from time to time, what nobody asks for any more is ended.
//!
//! A recording that was kept for as long as its tenant wanted is deleted, unless it is held; one whose tenant wants it for
//! another time is tagged so. One that was claimed to be complete, and whose server died before it knew, is finished. One
//! that nobody has worked at for days, with no ticket alive, is given up. Whatever was given up or deleted, by the sweep or
//! by somebody, leaves nothing in the store: neither parts nor an object, not even one that a ticket put there afterwards.
//! Uploads in parts that no recording waits for are ended.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use storage::{Bucket, StoreError};
use wire::Role;

use super::removing::LATE_ARRIVAL;
use super::{completing, holding, removing};
use crate::accounts::Caller;
use crate::app::App;
use crate::audit::{Action, Actor, Event, Origin};
use crate::db::{Due, Leftover, Owned, RecordingRow, Status};
use crate::logging;
use crate::operations::metrics::Reached;
use crate::refusal::Refusal;

/// Time between two sweeps.
const INTERVAL: Duration = Duration::from_hours(1);

/// Time before the first: a server that has just been started has better things to do.
const FIRST_PAUSE: Duration = Duration::from_mins(1);

/// After how long a claim is taken to have lost its server: longer than any call lasts.
const ABANDONED_CLAIM: Duration = Duration::from_mins(15);

/// What a sweep has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Recordings that are complete now, as their owner had claimed.
    pub finished: u32,
    /// Uploads given up.
    pub given_up: u32,
    /// Recordings deleted that were kept as long as their tenant wanted.
    pub expired: u32,
    /// Objects tagged anew, for their tenant keeps them for another time than before.
    pub tagged: u32,
    /// Keys emptied for good after their recording was given up or deleted.
    pub leftovers: u32,
    /// Uploads in parts ended that no recording waited for.
    pub strays: u32,
    /// What could not be done, and will be tried again by the next sweep.
    pub failed: u32,
}

impl Swept {
    fn count(&mut self, outcome: Result<Done, Refusal>, what: &str) {
        match outcome {
            Ok(Done::Finished) => self.finished += 1,
            Ok(Done::GaveUp) => self.given_up += 1,
            Ok(Done::Emptied) => self.leftovers += 1,
            Ok(Done::EndedStray) => self.strays += 1,
            Ok(Done::Expired) => self.expired += 1,
            Ok(Done::Tagged) => self.tagged += 1,
            // Another server's sweep, or whoever deleted it, was quicker.
            Ok(Done::Nothing) | Err(Refusal::NotFound) => {}
            Err(refusal) => {
                self.failed += 1;
                let cause = logging::chain(&refusal);
                tracing::warn!(what, cause, "the sweep could not do this");
            }
        }
    }
}

/// What became of one thing that the sweep looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    Finished,
    GaveUp,
    Emptied,
    EndedStray,
    Expired,
    Tagged,
    /// It was no longer what it had been.
    Nothing,
}

/// Sweeps now and then, for ever.
pub(crate) async fn sweep_regularly(app: Arc<App>, pending_days: u32) {
    let mut pause = FIRST_PAUSE;
    loop {
        tokio::time::sleep(pause).await;
        pause = INTERVAL;
        let swept = sweep(&app, pending_days).await;
        if swept != Swept::default() {
            tracing::info!(?swept, "swept");
        }
    }
}

/// Sweeps once. What fails is logged and left to the next sweep.
pub(crate) async fn sweep(app: &Arc<App>, pending_days: u32) -> Swept {
    let mut swept = Swept::default();
    if app.store.buckets().is_empty() {
        return swept;
    }
    let now = app.clock.now();
    match app.database.unfinished_claims(now - ABANDONED_CLAIM).await {
        Ok(claims) => {
            for owned in claims {
                let outcome = finish(app, &owned).await;
                swept.count(outcome, owned.id.as_str());
            }
        }
        Err(error) => swept.count(Err(error.into()), "claims"),
    }
    let limits = Limits::at(now, pending_days);
    let stale = app.database.stale_recordings(limits.idle, limits.dead);
    match stale.await {
        Ok(stale) => {
            for owned in stale {
                let outcome = give_up(app, &owned, limits, Due(now)).await;
                swept.count(outcome, owned.id.as_str());
            }
        }
        Err(error) => swept.count(Err(error.into()), "stale uploads"),
    }
    expire_all(app, now, &mut swept).await;
    tag_all(app, &mut swept).await;
    match app.database.due_leftovers(now).await {
        Ok(leftovers) => {
            for leftover in leftovers {
                let outcome = clear(app, &leftover).await;
                swept.count(outcome, &leftover.s3_key);
            }
        }
        Err(error) => swept.count(Err(error.into()), "leftovers"),
    }
    for bucket in app.store.buckets() {
        end_strays(app, &bucket, &mut swept).await;
    }
    app.operations.metrics.swept(&swept, app.clock.now());
    swept
}

/// Since when nobody has worked at what is stale, and since when its tickets are dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Limits {
    idle: Timestamp,
    dead: Timestamp,
}

impl Limits {
    fn at(now: Timestamp, pending_days: u32) -> Self {
        Self {
            idle: now - Duration::from_hours(24) * pending_days,
            dead: now - LATE_ARRIVAL,
        }
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

async fn give_up(app: &App, owned: &Owned, limits: Limits, leftover: Due) -> Result<Done, Refusal> {
    let (caller, row) = on_behalf(app, owned).await?;
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let event = Event::done(caller.actor(), Action::GiveUp, app.clock.now()).about(&row.id);
    let given_up = scope
        .give_up_stale_recording(&row, limits.idle, limits.dead, leftover, &event)
        .await?;
    if !given_up {
        return Ok(Done::Nothing);
    }
    app.operations.metrics.recording(Reached::GivenUp);
    tracing::info!(recording = %row.id, "nobody has finished this upload: it is given up");
    Ok(Done::GaveUp)
}

/// Deletes all that was kept long enough, however much it is: an hour's share could be less than an hour brings. After a
/// failure the rest waits for the next sweep.
async fn expire_all(app: &App, now: Timestamp, swept: &mut Swept) {
    loop {
        let due = match app.database.recordings_to_delete(now).await {
            Ok(due) if due.is_empty() => return,
            Ok(due) => due,
            Err(error) => {
                swept.count(Err(error.into()), "recordings that were kept long enough");
                return;
            }
        };
        let before = swept.failed;
        for owned in due {
            let outcome = expire(app, &owned, now).await;
            swept.count(outcome, owned.id.as_str());
        }
        if swept.failed > before {
            return;
        }
    }
}

/// Deletes what was kept for as long as its tenant wanted, unless it is held. Of several servers that sweep at once, one
/// marks the row, and only that one goes on.
async fn expire(app: &App, owned: &Owned, now: Timestamp) -> Result<Done, Refusal> {
    let (caller, row) = on_behalf(app, owned).await?;
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

/// Tags all objects anew whose time is another than their tag says, so that the bucket's own rules delete none of them too
/// early. After a failure the rest waits for the next sweep.
async fn tag_all(app: &App, swept: &mut Swept) {
    loop {
        let due = match app.database.recordings_to_tag().await {
            Ok(due) if due.is_empty() => return,
            Ok(due) => due,
            Err(error) => {
                swept.count(Err(error.into()), "objects whose tags are old");
                return;
            }
        };
        let before = swept.failed;
        for owned in due {
            let outcome = tag(app, &owned).await;
            swept.count(outcome, owned.id.as_str());
        }
        if swept.failed > before {
            return;
        }
    }
}

async fn tag(app: &App, owned: &Owned) -> Result<Done, Refusal> {
    let (caller, row) = on_behalf(app, owned).await?;
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

async fn clear(app: &App, leftover: &Leftover) -> Result<Done, Refusal> {
    let bucket = app.bucket_of(&leftover.tenant)?;
    if let Some(upload_id) = &leftover.upload_id {
        bucket.abort_multipart(&leftover.s3_key, upload_id).await?;
    }
    end_uploads(&bucket, &leftover.s3_key).await?;
    bucket.delete_all_versions(&leftover.s3_key).await?;
    let emptied = Event::done(Actor::server(), Action::Empty, app.clock.now());
    app.database
        .remove_leftover(&leftover.s3_key, &emptied)
        .await?;
    Ok(Done::Emptied)
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

/// The setup guide's policy does not allow the listing: the bucket's lifecycle rules end strays then.
fn say_unlisted(error: &StoreError) {
    let cause = logging::chain(error);
    tracing::debug!(cause, "the uploads in parts cannot be listed");
}

/// Ends uploads that no recording waits for: the server died between beginning one and noting it, or two were begun at
/// once. Only keys of ours are touched, for the bucket may hold others' uploads; and only what is older than a day, for
/// one may just be being begun.
async fn end_strays(app: &App, bucket: &Bucket, swept: &mut Swept) {
    let Some(begun_before) = app.clock.system_time().checked_sub(LATE_ARRIVAL) else {
        return;
    };
    let mut after = None;
    loop {
        let page = match bucket.multipart_uploads("", after.as_ref()).await {
            Ok(page) => page,
            Err(error) => return say_unlisted(&error),
        };
        let old = |begun_at: &SystemTime| *begun_at < begun_before;
        for upload in page.uploads {
            if upload.begun_at.as_ref().is_some_and(old) {
                let outcome = end_stray(app, bucket, &upload.key, &upload.upload_id).await;
                swept.count(outcome, &upload.key);
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return,
        }
    }
}

async fn end_stray(
    app: &App,
    bucket: &Bucket,
    s3_key: &str,
    upload_id: &str,
) -> Result<Done, Refusal> {
    if !app.database.is_stray_upload(s3_key, upload_id).await? {
        return Ok(Done::Nothing);
    }
    bucket.abort_multipart(s3_key, upload_id).await?;
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
                idle,
                dead: day(99),
            };
            assert_eq!(Limits::at(now, pending_days), expected);
        }
    }
}

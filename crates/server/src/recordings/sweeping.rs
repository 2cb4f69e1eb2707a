//! The sweep: from time to time, what nobody asks for any more is ended.
//!
//! A recording that was kept for as long as its tenant wanted is deleted, unless it is held; one whose tenant wants it for
//! another time is tagged so. One that was claimed to be complete, and whose server died before it knew, is finished. One
//! that nobody has worked at for days, with no ticket alive, is given up. Whatever was given up or deleted, by the sweep or
//! by somebody, leaves nothing in the store: neither parts nor an object, not even one that a ticket put there afterwards.
//! Uploads in parts that no recording waits for are ended.
//!
//! A sweep goes on until it has tried all that is due, however much that is: an hour's share could be less than an hour
//! brings. It tries each thing once, several at a time, and leaves what failed to the next sweep. A bucket that only fails,
//! and takes its time for that, is left alone after a while (`patience`), for its tenant's things are not to keep all
//! others' waiting.
//!
//! Several servers may sweep at once, and have no word with each other. Each takes what it finds in an order of its own,
//! and looks once more before it asks the store, so that they rarely do the same; where they do, it is done once all the
//! same, for each step names in its statement what it ends.

mod patience;
mod steps;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use rand::seq::SliceRandom as _;
use storage::{BegunUpload, Bucket, StoreError};

use self::patience::Patience;
use self::steps::{Found, Limits, Sort, Upload};
use super::removing::LATE_ARRIVAL;
use crate::accounts::attempts;
use crate::app::App;
use crate::connecting::Whose;
use crate::db::Mark;
use crate::logging;
use crate::refusal::Refusal;

/// Time between two sweeps.
const INTERVAL: Duration = Duration::from_hours(1);

/// Time before the first: a server that has just been started has better things to do.
const FIRST_PAUSE: Duration = Duration::from_mins(1);

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
            Ok(Done::Left) => self.failed += 1,
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
    /// It is left to the next sweep, for its bucket only fails.
    Left,
}

/// How a sweep goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SweepPace {
    /// Rows that the database is asked for at once.
    pub rows: u32,
    /// Things that are worked at at the same time.
    pub at_once: usize,
    /// For how long all attempts at a bucket may fail, taken together, before it is left to the next sweep.
    pub patience: Duration,
}

impl Default for SweepPace {
    fn default() -> Self {
        Self {
            rows: 1000,
            // Most of it is waiting for the store, which holds no connection to the database.
            at_once: 16,
            patience: Duration::from_mins(2),
        }
    }
}

/// Sweeps now and then, for ever. Dropping it ends the sweep where it is: what it was about to do is still due then.
pub(crate) async fn sweep_regularly(app: Arc<App>, pending_days: u32) {
    let mut pause = FIRST_PAUSE;
    loop {
        tokio::time::sleep(pause).await;
        pause = INTERVAL;
        let swept = sweep(&app, pending_days, SweepPace::default()).await;
        if swept != Swept::default() {
            tracing::info!(?swept, "swept");
        }
    }
}

/// Sweeps once. What fails is logged and left to the next sweep.
pub(crate) async fn sweep(app: &Arc<App>, pending_days: u32, pace: SweepPace) -> Swept {
    attempts::sweep(&app.database, app.clock.now()).await;
    if app.store.buckets().is_empty() {
        return Swept::default();
    }
    let mut sweep = Sweep {
        app,
        pending_days,
        pace,
        patience: Patience::of(pace.patience),
        swept: Swept::default(),
    };
    for sort in Sort::ALL {
        sweep.go_through(sort).await;
    }
    for (whose, bucket) in app.store.buckets() {
        if !sweep.patience.is_over(&whose) {
            sweep.end_strays(&whose, &bucket).await;
        }
    }
    app.operations.metrics.swept(&sweep.swept, app.clock.now());
    sweep.swept
}

/// A sweep under way.
struct Sweep<'a> {
    app: &'a Arc<App>,
    pending_days: u32,
    pace: SweepPace,
    patience: Patience,
    swept: Swept,
}

impl Sweep<'_> {
    /// Goes through all that is due of one sort, as of now.
    async fn go_through(&mut self, sort: Sort) {
        let limits = Limits::at(self.app.clock.now(), self.pending_days);
        let at_once = sort.at_once(self.pace.at_once);
        let mut next = Some(Mark::START);
        while let Some(after) = next {
            match steps::find(self.app, sort, limits, &after, self.pace.rows).await {
                Ok(stretch) => {
                    self.work_at(stretch.rows, limits, at_once).await;
                    next = stretch.next;
                }
                Err(refusal) => return self.swept.count(Err(refusal), sort.name()),
            }
        }
    }

    /// Ends uploads that no recording waits for: the server died between beginning one and noting it, or two were begun
    /// at once. Only keys of ours are touched, for the bucket may hold others' uploads; and only what is older than a day,
    /// for one may just be being begun.
    async fn end_strays(&mut self, whose: &Whose, bucket: &Bucket) {
        let limits = Limits::at(self.app.clock.now(), self.pending_days);
        let Some(begun_before) = self.app.clock.system_time().checked_sub(LATE_ARRIVAL) else {
            return;
        };
        let mut after = None;
        loop {
            let page = match bucket.multipart_uploads("", after.as_ref()).await {
                Ok(page) => page,
                Err(error) => return say_unlisted(&error),
            };
            let is_old = |upload: &BegunUpload| upload.begun_at.is_some_and(|at| at < begun_before);
            let old = page.uploads.into_iter().filter(is_old);
            let old = old.map(|begun| {
                Found::Upload(Box::new(Upload {
                    whose: whose.clone(),
                    bucket: bucket.clone(),
                    begun,
                }))
            });
            let at_once = self.pace.at_once;
            self.work_at(old.collect(), limits, at_once).await;
            match page.next {
                Some(next) => after = Some(next),
                None => return,
            }
        }
    }

    /// Works at all of these, so many at a time, in an order that is another at each server.
    async fn work_at(&mut self, mut found: Vec<Found>, limits: Limits, at_once: usize) {
        found.shuffle(&mut rand::rng());
        let (app, patience) = (self.app, &self.patience);
        let mut outcomes = stream::iter(found)
            .map(|found| attempt(app, patience, limits, found))
            .buffer_unordered(at_once);
        while let Some((what, outcome)) = outcomes.next().await {
            self.swept.count(outcome, &what);
        }
    }
}

/// Does what is to be done with one thing, unless its bucket only fails; with the name of the thing, for the log.
async fn attempt(
    app: &Arc<App>,
    patience: &Patience,
    limits: Limits,
    found: Found,
) -> (String, Result<Done, Refusal>) {
    let what = found.name().to_owned();
    let Some(bucket) = found.bucket(app) else {
        return (what, steps::end(app, limits, found).await);
    };
    if patience.is_over(&bucket) {
        return (what, Ok(Done::Left));
    }
    let begun = Instant::now();
    let outcome = steps::end(app, limits, found).await;
    patience.note(&bucket, &outcome, begun.elapsed());
    (what, outcome)
}

/// The setup guide's policy does not allow the listing: the bucket's lifecycle rules end strays then.
fn say_unlisted(error: &StoreError) {
    let cause = logging::chain(error);
    tracing::debug!(cause, "the uploads in parts cannot be listed");
}

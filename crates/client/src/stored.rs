//! What the journal holds and no handle of this process drives.

use crate::journal::JournalError;
use crate::uploads::failed;
use crate::{Client, ClientError, JobId, Phase, Snapshot, engine};

/// A job in the journal that no handle of this process drives.
#[derive(Debug, Clone)]
pub struct StoredJob {
    /// How it stood when it was last journaled; running phases appear as `Stopped`.
    pub snapshot: Snapshot,
    /// Whether another program is working on it now.
    pub busy: bool,
}

impl Client {
    /// Jobs in the journal that no handle of this process drives, in the order that their user gave them, else oldest
    /// first: unfinished and failed ones, and those that were done and not forgotten. The last appear as stopped: going on
    /// with one proves its link anew.
    ///
    /// Whoever goes on with several does so in this order: the first takes the turn.
    pub fn stored(&self) -> Result<Vec<StoredJob>, ClientError> {
        self.tell_what_was_given_up();
        let uploads = &self.inner.uploads;
        let jobs = uploads.journal.jobs().map_err(|error| failed(&error))?;
        let ranked = jobs
            .iter()
            .filter(|job| !uploads.is_driven(job))
            .filter_map(|job| match uploads.journal.read(job) {
                Ok(story) => Some((job, story)),
                Err(error) => {
                    tracing::warn!(%job, %error, "a job's log cannot be used");
                    None
                }
            })
            .map(|(job, story)| {
                let stored = StoredJob {
                    snapshot: engine::stored_phase(&story),
                    busy: uploads.journal.is_busy(job),
                };
                (engine::stored_rank(&story), stored)
            })
            .filter(|(_, stored)| stored.snapshot.phase != Phase::Cancelled);
        let mut ranked: Vec<_> = ranked.collect();
        // Stable: of equals, the older one stays before the younger.
        ranked.sort_by_key(|(rank, _)| *rank);
        Ok(ranked.into_iter().map(|(_, stored)| stored).collect())
    }

    /// Jobs whose logs are damaged from their beginning on: nobody knows any more which files they were about. The files
    /// lie where they lay; [`Client::cancel`] removes what is left of such a job.
    pub fn damaged(&self) -> Result<Vec<JobId>, ClientError> {
        let journal = &self.inner.uploads.journal;
        let mut jobs = journal.jobs().map_err(|error| failed(&error))?;
        // One that is being made has no whole record yet, but is held by whoever makes it.
        jobs.retain(|job| {
            !journal.is_busy(job) && matches!(journal.read(job), Err(JournalError::Damaged(_)))
        });
        Ok(jobs)
    }
}

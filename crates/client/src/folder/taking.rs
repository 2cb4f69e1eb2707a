//! Taking a complete file in: is it a recording, was it taken before, and if not, a job for it.

use std::num::NonZeroU64;
use std::path::Path;

use jiff::Timestamp;

use super::WatchedFolder;
use crate::engine::account_of;
use crate::journal::{Errand, Job, JobLog, JournalError, Taken};
use crate::source::{self, Hashed, Identity, Source, SourceError};
use crate::uploads::{blocking, explained, journal_job};
use crate::{Client, ClientError, Code, Diagnosis, NewUpload, Phase, Upload, diagnosis};

/// What came of a complete file.
#[derive(Debug)]
pub(super) enum TakenIn {
    /// It is on its way.
    Begun(Upload),
    /// It was taken before, and looked otherwise.
    Known,
    /// Nothing new: it was taken before, or is being uploaded already.
    Nothing,
}

impl Client {
    /// Uploads of this folder's recordings that were left unfinished and that nobody works on: they go on.
    pub(super) async fn left_in(&self, folder: &WatchedFolder) -> Vec<Upload> {
        let stored = self.stored().unwrap_or_else(|error| {
            tracing::warn!(%error, "what was left unfinished cannot be read");
            Vec::new()
        });
        let mut uploads = Vec::new();
        for stored in stored {
            let snapshot = &stored.snapshot;
            let is_its_own = snapshot.path.parent() == Some(&folder.path)
                && snapshot.task == folder.task
                && !stored.busy
                // Nobody else goes on with what its user is to look at first.
                && !snapshot.awaits_word;
            let goes_on = match &snapshot.phase {
                Phase::Failed(diagnosis) => diagnosis.retryable,
                phase => !phase.is_paused(),
            };
            if !is_its_own || !goes_on {
                continue;
            }
            match self.resume(&snapshot.job).await {
                Ok(upload) => uploads.push(upload),
                Err(error) => {
                    tracing::info!(job = %snapshot.job, %error, "an upload that was left cannot go on");
                }
            }
        }
        uploads
    }

    /// Takes a file in that is complete. Reads all of it, unless it looks like one that was taken before.
    pub(super) async fn take_in(
        &self,
        path: &Path,
        folder: &WatchedFolder,
    ) -> Result<TakenIn, Diagnosis> {
        let taken_in = self.try_to_take_in(path, folder).await;
        taken_in.map_err(|error| error.diagnosis())
    }

    async fn try_to_take_in(
        &self,
        path: &Path,
        folder: &WatchedFolder,
    ) -> Result<TakenIn, ClientError> {
        let errand = Errand {
            task: folder.task.clone(),
            account: self.backend().ok().as_ref().map(account_of),
        };
        if self.is_being_recorded(path).await? || self.looks_taken(path, &errand).await? {
            return Ok(TakenIn::Nothing);
        }
        let new = NewUpload::new(path, folder.task.clone()).limited(folder.bytes_per_second);
        let (inspection, identity) = self.look_at(path).await?;
        let sha256 = self.hash(path, &identity).await?;
        let job = self.new_job(&new, inspection, identity, Timestamp::now());
        let taken = Taken {
            sha256,
            identity: job.identity.clone(),
            errand,
        };
        let limit = new.bytes_per_second;
        Ok(match self.begin_once(job, taken, limit).await? {
            Ok((job, log)) => TakenIn::Begun(self.start(job, log, limit)),
            Err(otherwise) => otherwise,
        })
    }

    /// Whether it is sent while it is recorded, or is being recorded, or is before its user: one that rests looks complete.
    async fn is_being_recorded(&self, path: &Path) -> Result<bool, ClientError> {
        let journal = self.inner.uploads.journal.clone();
        let notes = self.inner.uploads.notes.clone();
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        blocking(move || {
            if notes.has_held(&path) {
                return Ok(true);
            }
            journal
                .has_one_growing(&path)
                .map_err(|error| explained(&error))
        })
        .await
    }

    /// Notes that a recording was uploaded that was sent while it was made: whoever watches its folder need not take it in.
    pub(crate) async fn note_taken(&self, taken: Taken) {
        let ledger = self.inner.uploads.ledger.clone();
        let noted = blocking(move || {
            let append = || {
                let mut open = ledger.open()?;
                if open.knows(&taken.sha256, &taken.errand) {
                    return Ok(());
                }
                open.append(taken, Timestamp::now())
            };
            append().map_err(|error: JournalError| explained(&error))
        });
        if let Err(error) = noted.await {
            tracing::warn!(%error, "an uploaded recording could not be noted: a watched folder may take it in once more");
        }
    }

    /// Whether the ledger knows it by sight.
    async fn looks_taken(&self, path: &Path, errand: &Errand) -> Result<bool, ClientError> {
        let limit = self.inner.uploads.pace.limits.disk;
        let (own, looked_at) = (path.to_owned(), path.to_owned());
        let identity = source::ask(limit, move |_| Identity::take(&own)).await;
        let identity = identity
            .map_err(SourceError::from)
            .flatten()
            .map_err(|error| ClientError::Upload(diagnosis::of_source(&error, &looked_at)))?;
        let (ledger, errand) = (self.inner.uploads.ledger.clone(), errand.clone());
        blocking(move || {
            let open = ledger.open().map_err(|error| explained(&error))?;
            Ok(open.knows_by_sight(&identity, &errand))
        })
        .await
    }

    async fn hash(&self, path: &Path, identity: &Identity) -> Result<String, ClientError> {
        let source = Source::fixed(path.to_owned(), identity.clone());
        let limit = self.inner.uploads.pace.limits.disk;
        let hashed = match source.read::<Hashed>(0..source.durable()) {
            Ok(reading) => reading.hash(limit).await,
            Err(error) => Err(error),
        };
        hashed.map_err(|error| {
            ClientError::Upload(match error {
                // Somebody goes on writing it.
                SourceError::Changed(_) => Diagnosis::of(Code::StillGrowing),
                error => diagnosis::of_source(&error, path),
            })
        })
    }

    /// Makes the job, unless the recording was taken before. The ledger is held meanwhile: no other program takes it, too.
    /// The job comes first: one that a crash keeps from the ledger is found in the journal.
    async fn begin_once(
        &self,
        job: Job,
        taken: Taken,
        bytes_per_second: Option<NonZeroU64>,
    ) -> Result<Result<(Job, JobLog), TakenIn>, ClientError> {
        let uploads = &self.inner.uploads;
        let (ledger, journal) = (uploads.ledger.clone(), uploads.journal.clone());
        let begin = move || -> Result<_, JournalError> {
            let now = job.created_at;
            let mut open = ledger.open()?;
            let otherwise = if open.knows(&taken.sha256, &taken.errand) {
                Some(TakenIn::Known)
            } else if journal.has_one_like(&job)? {
                Some(TakenIn::Nothing)
            } else {
                None
            };
            if let Some(otherwise) = otherwise {
                open.append(taken, now)?;
                return Ok(Err(otherwise));
            }
            let log = journal_job(&journal, &job, bytes_per_second)?;
            if let Err(error) = open.append(taken, now) {
                // Taken is only what both have; the file is taken in again once there is room.
                log.forget()?;
                return Err(error);
            }
            Ok(Ok((job, log)))
        };
        blocking(move || begin().map_err(|error| explained(&error))).await
    }
}

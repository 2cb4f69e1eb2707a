//! Uploads as the front door offers them: looking at a file, starting, going on with what the journal holds, giving up.

use std::collections::HashSet;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::mpsc;
use wire::TaskId;

use crate::engine::{self, Clocks, Drive, Policy, Queue, SharedLanes, Stage, State};
use crate::journal::{Job, JobLog, Journal, JournalError, Ledger, Record, Story};
use crate::source::{Follower, Identity};
use crate::transport::Limits;
use crate::undecided::Notes;
use crate::{Client, ClientError, Code, Diagnosis, Home, JobId, Upload, diagnosis, inspect};

/// A recording to be uploaded.
#[derive(Debug, Clone)]
pub struct NewUpload {
    /// The file.
    pub path: PathBuf,
    /// What it is for.
    pub task: TaskId,
    /// Most bytes a second, from its first byte on; [`Upload::limit`] changes it later.
    pub bytes_per_second: Option<NonZeroU64>,
}

impl NewUpload {
    /// This file, for this task, as fast as it goes.
    pub fn new(path: impl Into<PathBuf>, task: TaskId) -> Self {
        Self {
            path: path.into(),
            task,
            bytes_per_second: None,
        }
    }

    /// No faster than this.
    #[must_use]
    pub fn limited(self, bytes_per_second: Option<NonZeroU64>) -> Self {
        Self {
            bytes_per_second,
            ..self
        }
    }
}

/// What a file is, before it is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// The file's name as people know it.
    pub file_name: String,
    /// The whole path.
    pub path: PathBuf,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Length in seconds, where the file tells or its clusters do.
    pub duration_seconds: Option<f64>,
    /// `video/webm` or `audio/webm`.
    pub content_type: &'static str,
    /// What its pictures are coded in, where it has any: `VP9`.
    pub video_codec: Option<media::VideoCodec>,
    /// What its sound is coded in, where it has any: `Opus`.
    pub audio_codec: Option<media::AudioCodec>,
}

/// How long the engine waits for what. The defaults are for people; tests take shorter ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pace {
    /// Between attempts.
    pub policy: Policy,
    /// While bytes are sent.
    pub limits: Limits,
}

/// What the clones of a client share of its uploads.
#[derive(Debug)]
pub(crate) struct Uploads {
    pub(crate) journal: Journal,
    /// Which recordings of watched folders were taken.
    pub(crate) ledger: Ledger,
    /// Which recordings nobody has decided about.
    pub(crate) notes: Notes,
    queue: Queue,
    lanes: SharedLanes,
    driven: Arc<Mutex<HashSet<JobId>>>,
    pub(crate) pace: Pace,
    /// By which this client sees that the computer slept.
    pub(crate) clocks: Clocks,
}

impl Uploads {
    pub(crate) fn new(home: &Home, pace: Pace, clocks: Clocks) -> Self {
        Self {
            journal: Journal::of(home),
            ledger: Ledger::of(home),
            notes: Notes::of(home),
            queue: Queue::default(),
            lanes: SharedLanes::default(),
            driven: Arc::default(),
            pace,
            clocks,
        }
    }

    pub(crate) fn is_driven(&self, job: &JobId) -> bool {
        let driven = self.driven.lock().unwrap_or_else(PoisonError::into_inner);
        driven.contains(job)
    }
}

/// A job that this process drives, until it is dropped.
struct Driven {
    job: JobId,
    all: Arc<Mutex<HashSet<JobId>>>,
}

impl Driven {
    fn new(job: &JobId, all: &Arc<Mutex<HashSet<JobId>>>) -> Self {
        all.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(job.clone());
        Self {
            job: job.clone(),
            all: all.clone(),
        }
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        self.all
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.job);
    }
}

impl Client {
    /// Looks at a file: is it a WebM, how large, how long. Reads little of it. One that may still be written is watched
    /// for up to two seconds.
    pub async fn inspect(&self, path: &Path) -> Result<Inspection, ClientError> {
        let (inspection, _) = self.look_at(path).await?;
        Ok(inspection)
    }

    /// Checks the file, journals the job, and starts it. Returns before anything is sent. When nobody is signed in, the
    /// job is kept and waits for whoever signs in next.
    pub async fn upload(&self, new: NewUpload) -> Result<Upload, ClientError> {
        self.tell_what_was_given_up();
        let (inspection, identity) = self.look_at(&new.path).await?;
        let job = self.new_job(&new, inspection, identity, Timestamp::now());
        let journal = self.inner.uploads.journal.clone();
        let bytes_per_second = new.bytes_per_second;
        let (job, log) = blocking(move || {
            let log = journal_job(&journal, &job, bytes_per_second);
            log.map(|log| (job, log)).map_err(|error| explained(&error))
        })
        .await?;
        Ok(self.start(job, log, bytes_per_second))
    }

    /// What a file is, if it can be uploaded.
    pub(crate) async fn look_at(&self, path: &Path) -> Result<(Inspection, Identity), ClientError> {
        let limit = self.inner.uploads.pace.limits.disk;
        let looked = inspect::inspect(path, limit).await;
        let (inspection, identity) = looked.map_err(ClientError::Upload)?;
        self.check_size(inspection.size_bytes).await?;
        Ok((inspection, identity))
    }

    /// A job for a file that was looked at, for whoever is signed in.
    pub(crate) fn new_job(
        &self,
        new: &NewUpload,
        inspection: Inspection,
        identity: Identity,
        now: Timestamp,
    ) -> Job {
        Job {
            id: JobId::new(),
            path: inspection.path,
            file_name: inspection.file_name,
            identity,
            duration_seconds: inspection.duration_seconds,
            content_type: inspection.content_type.to_owned(),
            task: new.task.clone(),
            account: self.backend().ok().as_ref().map(engine::account_of),
            created_at: now,
        }
    }

    /// Starts a job that has just been journaled.
    pub(crate) fn start(
        &self,
        job: Job,
        log: JobLog,
        bytes_per_second: Option<NonZeroU64>,
    ) -> Upload {
        let mut state = State::new(job, self.inner.uploads.pace.policy);
        state.limit = bytes_per_second;
        self.drive(state, log)
    }

    /// What one request may not carry is refused at once where the backend takes nothing else. A backend that cannot be
    /// asked now is asked before the first byte.
    async fn check_size(&self, size_bytes: u64) -> Result<(), ClientError> {
        if size_bytes <= wire::MAX_SINGLE_PUT_BYTES {
            return Ok(());
        }
        match self.max_file_bytes().await {
            Ok(most_bytes) if size_bytes > most_bytes => Err(ClientError::Upload(
                diagnosis::too_large(size_bytes, most_bytes),
            )),
            _ => Ok(()),
        }
    }

    /// Goes on with a stored job: from where it was where that is possible, from its beginning (and says so) where not. A
    /// failed job is tried again.
    pub async fn resume(&self, job: &JobId) -> Result<Upload, ClientError> {
        self.tell_what_was_given_up();
        let (log, story) = self.take_up(job).await?;
        let (log, story) = self.sealed(log, story).await?;
        let state = State::recall(&story, self.inner.uploads.pace.policy);
        if matches!(state.stage, Stage::Cancelled(_)) {
            return Err(ClientError::Upload(Diagnosis::of(Code::UnknownJob)));
        }
        Ok(self.drive(state, log))
    }

    /// Gives a stored job up: at the backend, and in the journal. A backend that cannot be told now is told at a later
    /// start.
    pub async fn cancel(&self, job: &JobId) -> Result<(), ClientError> {
        let journal = self.inner.uploads.journal.clone();
        let damaged = job.clone();
        let forget = move || {
            journal
                .forget_damaged(&damaged)
                .map_err(|error| explained(&error))
        };
        if blocking(forget).await? {
            return Ok(());
        }
        let (mut log, story) = self.take_up(job).await?;
        let mut state = State::recall(&story, self.inner.uploads.pace.policy);
        let place = state.goal.reservation().filter(|place| place.extended);
        let give_up = place.map(|place| place.recording.clone());
        state.stage = Stage::Cancelled(give_up.clone());
        if let Err(error) = log.append(&Record::Cancelled { give_up }, Timestamp::now()) {
            // A full disk must not keep anybody from giving up: removing needs no room.
            tracing::warn!(%job, %error, "giving up could not be journaled");
        }
        self.give_up(log, &state).await;
        Ok(())
    }

    /// Forgets a job that is done or failed. The recording at the backend stays. Whoever gets a link forgets its job once
    /// the link is where its user has it, and not before: until then it is the journal that keeps it. Blocks, for
    /// a quarter of a second at most.
    pub fn forget(&self, job: &JobId) -> Result<(), ClientError> {
        let (log, story) = match self.inner.uploads.journal.resume(job) {
            Ok(taken) => taken,
            Err(JournalError::Unknown) => return Ok(()),
            Err(error) => return Err(failed(&error)),
        };
        if !engine::is_forgettable(&story) {
            return Err(ClientError::Upload(
                Diagnosis::of(Code::JobBusy)
                    .saying("This upload is not finished.")
                    .hinting("Go on with it, or give it up."),
            ));
        }
        log.forget().map_err(|error| failed(&error))?;
        self.inner.uploads.notes.settle(&story.job.path);
        Ok(())
    }

    pub(crate) async fn take_up(&self, job: &JobId) -> Result<(JobLog, Story), ClientError> {
        let journal = self.inner.uploads.journal.clone();
        let job = job.clone();
        blocking(move || journal.resume(&job).map_err(|error| explained(&error))).await
    }

    fn drive(&self, state: State, log: JobLog) -> Upload {
        self.drive_following(state, log, None)
    }

    /// Drives an upload, and follows its file if it is still being recorded.
    pub(crate) fn drive_following(
        &self,
        state: State,
        log: JobLog,
        follower: Option<Follower>,
    ) -> Upload {
        let uploads = &self.inner.uploads;
        let job = state.job.id.clone();
        let driven = Driven::new(&job, &uploads.driven);
        let (commands, receiver) = mpsc::unbounded_channel();
        let (drive, shown) = Drive::new(
            state,
            log,
            self.clone(),
            uploads.queue.clone(),
            uploads.lanes.clone(),
            uploads.pace.limits,
            receiver,
        );
        let drive = match follower {
            Some(follower) => drive.following(follower),
            None => drive,
        };
        let task = tokio::spawn(drive.run(driven));
        Upload::new(job, commands, shown, task, uploads.pace.limits.disk)
    }
}

/// Journals a job, with the limit that it has from its beginning on. Blocks.
pub(crate) fn journal_job(
    journal: &Journal,
    job: &Job,
    bytes_per_second: Option<NonZeroU64>,
) -> Result<JobLog, JournalError> {
    let mut log = journal.create(job, job.created_at)?;
    if bytes_per_second.is_some() {
        log.append(&Record::Limited { bytes_per_second }, job.created_at)?;
    }
    Ok(log)
}

pub(crate) fn explained(error: &JournalError) -> Diagnosis {
    tracing::warn!(%error, source = ?error, "the journal cannot be used");
    diagnosis::of_journal(error)
}

pub(crate) fn failed(error: &JournalError) -> ClientError {
    ClientError::Upload(explained(error))
}

/// Runs what blocks where blocking is allowed.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Diagnosis> + Send + 'static,
) -> Result<T, ClientError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(ClientError::Upload),
        Err(error) => {
            tracing::error!(%error, "a defect: a blocking step did not end");
            Err(ClientError::Upload(Diagnosis::of(Code::Internal)))
        }
    }
}

//! What survives the program: one append-only log for each job, in `<home>/jobs/<job>/log`.
//!
//! A record is on the disk before the effect that it allows. A tail that a crash tore off is cut, and said. A file lock
//! for each job lets the window and the command line share the folder. It knows no network, and nothing that opens a
//! door (a token, an upload URL) is ever given to it.

mod frame;
mod ledger;
mod record;

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;

pub(crate) use ledger::{Errand, Ledger, Taken};
pub use record::{Account, Entry, Job, Multipart, Record, Reservation, What};

use crate::{Home, JobId};

const LOG: &str = "log";
const LOCK: &str = "lock";

/// Longest that a look at a job's lock takes, on a busy computer.
const A_LOOK_TAKES: Duration = Duration::from_millis(250);

/// How often a lock is tried meanwhile.
const LOCK_EVERY: Duration = Duration::from_millis(5);

/// The jobs of one home folder.
#[derive(Debug, Clone)]
pub struct Journal {
    jobs: PathBuf,
}

/// One job's log, held by this program alone until it is dropped.
#[derive(Debug)]
pub struct JobLog {
    log: File,
    length: u64,
    folder: PathBuf,
    /// Held for as long as the log is.
    _lock: File,
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// Another program, or another handle of this one, works on the job.
    #[error("another program works on this job")]
    Busy,
    /// There is no such job.
    #[error("there is no such job")]
    Unknown,
    /// Its log does not begin with a job.
    #[error("the log of job {0} is damaged from its beginning on")]
    Damaged(JobId),
    /// Its log begins with what a later version of this program wrote.
    #[error("the log of job {0} was written by a newer version")]
    Newer(JobId),
    /// Disk full, read-only, no permission.
    #[error("the journal cannot be written")]
    Unwritable(#[source] io::Error),
    /// It cannot be read.
    #[error("the journal cannot be read")]
    Unreadable(#[source] io::Error),
}

/// What a log says, from its first record on.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// What stays the same throughout.
    pub job: Job,
    /// Its transitions, the first (the job's making) among them.
    pub entries: Vec<Entry>,
    /// Bytes at its end that were no record: a crash tore them off.
    pub torn_bytes: u64,
}

impl Journal {
    /// The jobs of this home. Makes nothing yet.
    pub fn of(home: &Home) -> Self {
        Self {
            jobs: home.path().join("jobs"),
        }
    }

    /// Begins a job's log. The job is on the disk when this returns.
    pub fn create(&self, job: &Job, now: Timestamp) -> Result<JobLog, JournalError> {
        let folder = self.folder(&job.id);
        let begun = self.begin(&folder, job, now);
        if begun.is_err() {
            // Half a job is none. What cannot be removed is skipped by whoever reads.
            let _ = fs::remove_dir_all(&folder);
        }
        begun
    }

    fn begin(&self, folder: &Path, job: &Job, now: Timestamp) -> Result<JobLog, JournalError> {
        make_private_folder(folder).map_err(JournalError::Unwritable)?;
        let lock = lock(folder)?;
        let log = File::options()
            .create_new(true)
            .read(true)
            .write(true)
            .open(folder.join(LOG))
            .map_err(JournalError::Unwritable)?;
        let mut log = JobLog {
            log,
            length: 0,
            folder: folder.to_owned(),
            _lock: lock,
        };
        log.append(
            &Record::Queued {
                job: Box::new(job.clone()),
            },
            now,
        )?;
        sync_folder(folder).map_err(JournalError::Unwritable)?;
        sync_folder(&self.jobs).map_err(JournalError::Unwritable)?;
        Ok(log)
    }

    /// Takes a job's log up again. A torn tail is cut off; the story says how long it was.
    pub fn resume(&self, id: &JobId) -> Result<(JobLog, Story), JournalError> {
        let folder = self.folder(id);
        if !folder.join(LOG).is_file() {
            return Err(JournalError::Unknown);
        }
        let lock = lock_patiently(&folder)?;
        let mut file = File::options()
            .read(true)
            .write(true)
            .open(folder.join(LOG))
            .map_err(reading)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)
            .map_err(JournalError::Unreadable)?;
        let story = tell(id, &bytes)?;
        let length = bytes.len() as u64 - story.torn_bytes;
        if story.torn_bytes > 0 {
            tracing::warn!(job = %id, torn_bytes = story.torn_bytes, "cut a torn tail off the job's log");
            file.set_len(length).map_err(JournalError::Unwritable)?;
            file.sync_all().map_err(JournalError::Unwritable)?;
        }
        file.seek(SeekFrom::Start(length))
            .map_err(JournalError::Unwritable)?;
        let log = JobLog {
            log: file,
            length,
            folder,
            _lock: lock,
        };
        Ok((log, story))
    }

    /// Removes what is left of a job whose log is damaged from its beginning on; `false`, and nothing done, for any other.
    pub fn forget_damaged(&self, id: &JobId) -> Result<bool, JournalError> {
        if !matches!(self.read(id), Err(JournalError::Damaged(_))) {
            return Ok(false);
        }
        let folder = self.folder(id);
        let lock = lock_patiently(&folder)?;
        remove(&folder, lock)?;
        Ok(true)
    }

    /// What a job's log says, whoever works on it.
    pub fn read(&self, id: &JobId) -> Result<Story, JournalError> {
        let bytes = fs::read(self.folder(id).join(LOG)).map_err(reading)?;
        tell(id, &bytes)
    }

    /// Whether somebody works on a job now.
    pub fn is_busy(&self, id: &JobId) -> bool {
        matches!(lock(&self.folder(id)), Err(JournalError::Busy))
    }

    /// Every job that has a log, oldest first.
    pub fn jobs(&self) -> Result<Vec<JobId>, JournalError> {
        let folders = match fs::read_dir(&self.jobs) {
            Ok(folders) => folders,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(JournalError::Unreadable(error)),
        };
        let mut jobs: Vec<JobId> = folders
            .filter_map(Result::ok)
            .filter(|folder| folder.path().join(LOG).is_file())
            .filter_map(|folder| JobId::parse(folder.file_name().to_str()?))
            .collect();
        jobs.sort();
        Ok(jobs)
    }

    /// Whether there is a job for the same file, as it is, and the same task.
    pub(crate) fn has_one_like(&self, job: &Job) -> Result<bool, JournalError> {
        let jobs = self.jobs()?;
        let mut stories = jobs.iter().filter_map(|id| self.read(id).ok());
        Ok(stories.any(|story| {
            // Of a recording that was sent while it was made, what it became counts.
            let sealed = story.entries.iter().find_map(|entry| match &entry.what {
                What::Known(Record::Sealed { identity, .. }) => Some(identity),
                _ => None,
            });
            let identity = sealed.unwrap_or(&story.job.identity);
            (&story.job.path, identity, &story.job.task) == (&job.path, &job.identity, &job.task)
        }))
    }

    /// Whether there is a job that sends this file while it is recorded: it is no recording of its own until that has ended.
    pub(crate) fn has_one_growing(&self, path: &Path) -> Result<bool, JournalError> {
        let jobs = self.jobs()?;
        let mut stories = jobs.iter().filter_map(|id| self.read(id).ok());
        Ok(stories.any(|story| {
            let is_growing = story
                .entries
                .iter()
                .fold(false, |grows, entry| match &entry.what {
                    What::Known(Record::Growing { .. }) => true,
                    What::Known(Record::Sealed { .. }) => false,
                    _ => grows,
                });
            is_growing && story.job.path == path
        }))
    }

    /// Where a job's log and lock lie.
    pub(crate) fn folder(&self, id: &JobId) -> PathBuf {
        self.jobs.join(id.as_str())
    }
}

impl JobLog {
    /// Where it lies.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a record and waits until the disk has it, and whatever was noted before. When that fails the log is as it
    /// was before.
    pub fn append(&mut self, record: &Record, now: Timestamp) -> Result<(), JournalError> {
        self.write(record, now, File::sync_data)
    }

    /// Writes a record that may get lost with the computer's power, until [`JobLog::append`] is called next. When writing
    /// fails the log is as it was before.
    pub fn note(&mut self, record: &Record, now: Timestamp) -> Result<(), JournalError> {
        self.write(record, now, |_| Ok(()))
    }

    fn write(
        &mut self,
        record: &Record,
        now: Timestamp,
        sync: impl FnOnce(&File) -> io::Result<()>,
    ) -> Result<(), JournalError> {
        let frame =
            frame::encode(|payload| record.write_payload(now, payload).ok()).ok_or_else(|| {
                JournalError::Unwritable(io::Error::other("the record cannot be written as JSON"))
            })?;
        let written = self.log.write_all(&frame).and_then(|()| sync(&self.log));
        if let Err(error) = written {
            // A half-written record would be cut off as torn; cutting it here keeps this handle usable.
            let _ = self.log.set_len(self.length);
            let _ = self.log.seek(SeekFrom::Start(self.length));
            return Err(JournalError::Unwritable(error));
        }
        self.length += frame.len() as u64;
        Ok(())
    }

    /// Removes the job and its log.
    pub fn forget(self) -> Result<(), JournalError> {
        let Self {
            log,
            folder,
            _lock: lock,
            ..
        } = self;
        drop(log);
        remove(&folder, lock)
    }
}

/// The log first: without it there is no job, whatever happens to the rest. Windows removes no file that is open, so the
/// lock, which is needed until then, is let go of next.
fn remove(folder: &Path, lock: File) -> Result<(), JournalError> {
    fs::remove_file(folder.join(LOG)).map_err(JournalError::Unwritable)?;
    drop(lock);
    let _ = fs::remove_dir_all(folder);
    Ok(())
}

fn reading(error: io::Error) -> JournalError {
    match error.kind() {
        io::ErrorKind::NotFound => JournalError::Unknown,
        _ => JournalError::Unreadable(error),
    }
}

fn tell(id: &JobId, log: &[u8]) -> Result<Story, JournalError> {
    let (payloads, end) = frame::decode(log);
    let entries: Vec<Entry> = payloads
        .into_iter()
        .filter_map(Entry::from_payload)
        .collect();
    let job = entries.iter().find_map(|entry| match &entry.what {
        What::Known(Record::Queued { job }) if job.id == *id => Some(Job::clone(job)),
        _ => None,
    });
    let unusable = || match entries.first().map(|entry| &entry.what) {
        Some(What::Unknown(_)) => JournalError::Newer(id.clone()),
        _ => JournalError::Damaged(id.clone()),
    };
    Ok(Story {
        job: job.ok_or_else(unusable)?,
        entries,
        torn_bytes: (log.len() - end) as u64,
    })
}

/// Locks a job to work on it. Whoever only asks whether a job is busy holds its lock for a moment: that is no reason to
/// turn away somebody who wants to go on with it.
fn lock_patiently(folder: &Path) -> Result<File, JournalError> {
    let until = Instant::now() + A_LOOK_TAKES;
    loop {
        match lock(folder) {
            Err(JournalError::Busy) if Instant::now() < until => std::thread::sleep(LOCK_EVERY),
            locked => return locked,
        }
    }
}

fn lock(folder: &Path) -> Result<File, JournalError> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join(LOCK))
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => JournalError::Unknown,
            _ => JournalError::Unwritable(error),
        })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(JournalError::Busy),
        Err(TryLockError::Error(error)) => Err(JournalError::Unwritable(error)),
    }
}

/// Paths and names of recordings are their owner's business.
pub(crate) fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A new name is on the disk only when its folder is. Windows has no such call and needs none.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

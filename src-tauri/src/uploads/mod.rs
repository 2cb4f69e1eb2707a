//! The uploads that this program knows of: running ones by their handles, others by how they were last seen.

mod following;
mod requests;
mod standing;
mod stored;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use client::{JobId, Phase, Snapshot, Upload};
use wire::TaskId;

use crate::ipc::Failure;
use crate::shell::lock;

pub(crate) use following::{follow, mended, size_of, start};
pub(crate) use requests::{approve, cancel, resume};
pub(crate) use stored::{bring_in_stored, forget_done};

use standing::{bytes_left, is_active, waits_for_review, waits_for_sign_in};

/// A file that was refused before a job was made of it.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    /// The file.
    pub(crate) path: PathBuf,
    /// What it was meant for.
    pub(crate) task: TaskId,
    /// Its size in bytes, where it is a file that can be looked at.
    pub(crate) size_bytes: Option<u64>,
    /// Why it was refused.
    pub(crate) failure: Failure,
}

/// One upload, as far as this program holds it.
enum Entry {
    /// A handle drives it. Dropping the handle stops it.
    Running(Upload),
    /// The journal has it and nobody works on it; it goes on after sign-in.
    Stored(Snapshot),
    /// Its handle has ended: done, failed or stopped.
    Ended(Snapshot),
    /// No job was made.
    Refused(Refusal),
}

/// An entry to be shown.
pub(crate) enum Seen {
    /// A job.
    Job(Snapshot),
    /// A refused file.
    Refused(Refusal),
}

/// The uploads, oldest first: their names sort by age.
#[derive(Default)]
pub(crate) struct Uploads(Mutex<BTreeMap<String, Entry>>);

/// The name is none of an upload that this program knows.
fn unknown() -> Failure {
    Failure {
        code: "unknown_job".to_owned(),
        message: "This upload is not in the list any more.".to_owned(),
        hint: "Choose the recording again.".to_owned(),
        retryable: false,
    }
}

impl Uploads {
    /// All of them, oldest first.
    pub(crate) fn seen(&self) -> Vec<(String, Seen)> {
        let see = |(id, entry): (&String, &Entry)| (id.clone(), entry.see());
        lock(&self.0).iter().map(see).collect()
    }

    /// How one stands.
    pub(crate) fn find(&self, id: &str) -> Result<Seen, Failure> {
        lock(&self.0).get(id).map(Entry::see).ok_or_else(unknown)
    }

    /// How many are moving, or will by themselves.
    pub(crate) fn active_count(&self) -> usize {
        lock(&self.0)
            .values()
            .filter(|entry| match entry {
                Entry::Running(upload) => is_active(&upload.snapshot().phase),
                _ => false,
            })
            .count()
    }

    /// How many bytes still have to go out before a new upload's; those of some, by their names, left out.
    pub(crate) fn bytes_ahead(&self, but_for: &[String]) -> u64 {
        lock(&self.0)
            .iter()
            .filter(|(id, _)| !but_for.contains(id))
            .filter_map(|(_, entry)| match entry {
                Entry::Running(upload) => Some(bytes_left(&upload.snapshot())),
                _ => None,
            })
            .sum()
    }

    /// How many bytes of an upload have arrived and stay; none where it is for another task: it would begin anew.
    pub(crate) fn kept_bytes(&self, id: &str, task: &TaskId) -> u64 {
        match lock(&self.0).get(id).map(Entry::see) {
            Some(Seen::Job(job)) if job.keeps_what_arrived && job.task == *task => {
                // It waits for its user's word once the store has all of it.
                if waits_for_review(&job.phase) {
                    job.size_bytes
                } else {
                    job.arrived_bytes
                }
            }
            _ => 0,
        }
    }

    /// Whether something stands that its user should see before the window goes for good.
    pub(crate) fn any_needs_its_user(&self) -> bool {
        lock(&self.0).values().any(|entry| match entry.see() {
            Seen::Refused(_) => true,
            Seen::Job(snapshot) => {
                matches!(snapshot.phase, Phase::Failed(_))
                    || waits_for_sign_in(&snapshot.phase)
                    || snapshot.awaits_word
            }
        })
    }

    /// Whether the same file is on its way for the same task already.
    pub(crate) fn is_running(&self, path: &Path, task: &TaskId) -> bool {
        lock(&self.0).values().any(|entry| match entry {
            Entry::Running(upload) => {
                let snapshot = upload.snapshot();
                !snapshot.phase.is_final() && snapshot.path == path && snapshot.task == *task
            }
            _ => false,
        })
    }

    /// Whether it ended in this program: then it is its user's to say when it goes on.
    fn has_ended(&self, id: &str) -> bool {
        matches!(
            lock(&self.0).get(id),
            Some(Entry::Ended(_) | Entry::Running(_))
        )
    }

    /// Takes the finished ones out of the list, and returns their names: another user may sign in, and their links are
    /// not for them.
    fn take_done(&self) -> Vec<JobId> {
        let mut done = Vec::new();
        lock(&self.0).retain(|_, entry| match entry {
            Entry::Ended(snapshot) if matches!(snapshot.phase, Phase::Done(_)) => {
                done.push(snapshot.job.clone());
                false
            }
            _ => true,
        });
        done
    }

    fn insert(&self, id: impl Into<String>, entry: Entry) {
        lock(&self.0).insert(id.into(), entry);
    }

    /// Inserts what an attempt left behind, unless another has set the upload going meanwhile; whether it did.
    fn put_back(&self, id: &str, entry: Entry) -> bool {
        let mut entries = lock(&self.0);
        let is_running = matches!(entries.get(id), Some(Entry::Running(_)));
        if !is_running {
            entries.insert(id.to_owned(), entry);
        }
        !is_running
    }

    /// Keeps what an upload has come to whose handle ended by itself; whether it did. Its user may have cancelled or
    /// restarted it meanwhile: then it is theirs.
    fn settle(&self, id: &str, last: &Snapshot) -> bool {
        let mut entries = lock(&self.0);
        match entries.get(id) {
            Some(Entry::Running(upload)) if upload.snapshot().phase.is_final() => {}
            _ => return false,
        }
        entries.remove(id);
        if last.phase != Phase::Cancelled {
            entries.insert(id.to_owned(), Entry::Ended(last.clone()));
        }
        true
    }

    fn take(&self, id: &str) -> Result<Entry, Failure> {
        lock(&self.0).remove(id).ok_or_else(unknown)
    }

    /// Asks something of a running upload, or takes out one that nobody drives. The running one is never away meanwhile:
    /// it may end at this moment, and whoever keeps what it came to looks for it here.
    fn ask_or_take(&self, id: &str, what: impl FnOnce(&Upload)) -> Result<Option<Entry>, Failure> {
        let mut entries = lock(&self.0);
        if let Some(Entry::Running(upload)) = entries.get(id) {
            what(upload);
            return Ok(None);
        }
        entries.remove(id).map(Some).ok_or_else(unknown)
    }

    /// Asks something of a running upload.
    pub(crate) fn ask(&self, id: &str, what: impl FnOnce(&Upload)) -> Result<(), Failure> {
        match lock(&self.0).get(id) {
            Some(Entry::Running(upload)) => {
                what(upload);
                Ok(())
            }
            _ => Err(unknown()),
        }
    }

    /// Ends the wait of every running upload that does not wait for its user.
    pub(crate) fn retry_all(&self) {
        for entry in lock(&self.0).values() {
            if let Entry::Running(upload) = entry {
                upload.retry_now();
            }
        }
    }

    /// Stops every running upload and waits until their journals are closed.
    pub(crate) async fn stop_all(&self) {
        let entries = std::mem::take(&mut *lock(&self.0));
        let stopping: Vec<_> = entries
            .into_values()
            .filter_map(|entry| match entry {
                Entry::Running(upload) => Some(tauri::async_runtime::spawn(upload.stop())),
                _ => None,
            })
            .collect();
        for upload in stopping {
            if let Err(error) = upload.await {
                tracing::error!(%error, "an upload did not stop in order");
            }
        }
    }
}

impl Entry {
    fn see(&self) -> Seen {
        match self {
            Self::Running(upload) => Seen::Job(upload.snapshot()),
            Self::Stored(snapshot) | Self::Ended(snapshot) => Seen::Job(snapshot.clone()),
            Self::Refused(refusal) => Seen::Refused(refusal.clone()),
        }
    }
}

#[cfg(test)]
mod tests;

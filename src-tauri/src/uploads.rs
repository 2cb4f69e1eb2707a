//! The uploads that this program knows of: running ones by their handles, others by how they were last seen.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use client::{
    Client, ClientError, JobId, NewUpload, Phase, Snapshot, StoredJob, Upload, WaitCause,
};
use tauri::AppHandle;
use wire::TaskId;

use crate::ipc::Failure;
use crate::shell::{Shell, lock};
use crate::{closing, notification};

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
    /// Its handle has ended: done, failed, or stopped by its user.
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

    /// Whether something stands that its user should see before the window goes for good.
    pub(crate) fn any_needs_its_user(&self) -> bool {
        lock(&self.0).values().any(|entry| match entry.see() {
            Seen::Refused(_) => true,
            Seen::Job(snapshot) => {
                matches!(snapshot.phase, Phase::Failed(_)) || waits_for_sign_in(&snapshot.phase)
            }
        })
    }

    /// Whether the same file is on its way for the same task already.
    fn is_running(&self, path: &Path, task: &TaskId) -> bool {
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

    fn take(&self, id: &str) -> Result<Entry, Failure> {
        lock(&self.0).remove(id).ok_or_else(unknown)
    }

    /// Ends a running upload's wait.
    pub(crate) fn retry_now(&self, id: &str) -> Result<(), Failure> {
        match lock(&self.0).get(id) {
            Some(Entry::Running(upload)) => {
                upload.retry_now();
                Ok(())
            }
            _ => Err(unknown()),
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

fn is_active(phase: &Phase) -> bool {
    !phase.is_final() && !waits_for_sign_in(phase)
}

fn waits_for_sign_in(phase: &Phase) -> bool {
    matches!(
        phase,
        Phase::Waiting {
            cause: WaitCause::SignIn,
            ..
        }
    )
}

/// Starts uploading these files, in this order. A refused one stands in the list with its reason.
pub(crate) async fn start(app: &AppHandle, shell: &Arc<Shell>, files: Vec<PathBuf>, task: &TaskId) {
    for path in files {
        if !shell.uploads.is_running(&path, task) {
            start_one(app, shell, path, task.clone()).await;
        }
    }
}

async fn start_one(app: &AppHandle, shell: &Arc<Shell>, path: PathBuf, task: TaskId) {
    match shell
        .client
        .upload(NewUpload::new(&path, task.clone()))
        .await
    {
        Ok(upload) => follow(app, shell, upload),
        Err(error) => {
            let refusal = Refusal {
                size_bytes: size_of(&path).await,
                path,
                task,
                failure: error.into(),
            };
            shell
                .uploads
                .insert(uuid::Uuid::now_v7().to_string(), Entry::Refused(refusal));
            shell.touch();
        }
    }
}

async fn size_of(path: &Path) -> Option<u64> {
    let metadata = tokio::fs::metadata(path).await.ok()?;
    metadata.is_file().then_some(metadata.len())
}

/// Keeps the handle, and tells the window of each change until the last.
fn follow(app: &AppHandle, shell: &Arc<Shell>, upload: Upload) {
    let mut snapshots = upload.watch();
    let id = upload.job().to_string();
    shell.uploads.insert(&id, Entry::Running(upload));
    shell.touch();
    let (app, shell) = (app.clone(), shell.clone());
    tauri::async_runtime::spawn(async move {
        let mut told_to_sign_in = false;
        loop {
            let now = snapshots.borrow_and_update().clone();
            let is_final = now.phase.is_final();
            shell.touch();
            if waits_for_sign_in(&now.phase) {
                // Once: whoever signs in may be refused again at once.
                if !std::mem::replace(&mut told_to_sign_in, true) {
                    notification::tell(&app, &now);
                }
                closing::leave_if_all_is_sent(&app, &shell);
            }
            if is_final || snapshots.changed().await.is_err() {
                break;
            }
        }
        let last = snapshots.borrow().clone();
        settle(&app, &shell, &id, &last);
    });
}

/// What becomes of an upload whose handle has ended by itself.
fn settle(app: &AppHandle, shell: &Arc<Shell>, id: &str, last: &Snapshot) {
    {
        let mut entries = lock(&shell.uploads.0);
        // Its user may have cancelled, stopped or restarted it meanwhile.
        match entries.get(id) {
            Some(Entry::Running(upload)) if upload.snapshot().phase.is_final() => {}
            _ => return,
        }
        entries.remove(id);
        if last.phase != Phase::Cancelled {
            entries.insert(id.to_owned(), Entry::Ended(last.clone()));
        }
    }
    tell_of(app, shell, last);
}

/// Keeps the link of what was sent, and tells what an upload has come to.
fn tell_of(app: &AppHandle, shell: &Arc<Shell>, last: &Snapshot) {
    if let Phase::Done(done) = &last.phase {
        shell.links.keep(
            &done.recording,
            &last.file_name,
            &done.sha256,
            done.link.clone(),
        );
    }
    shell.touch();
    notification::tell(app, last);
    closing::leave_if_all_is_sent(app, shell);
}

/// Gives an upload up, here and at the backend. One that could not be given up stays in the list.
pub(crate) async fn cancel(app: &AppHandle, shell: &Arc<Shell>, id: &str) -> Result<(), Failure> {
    let entry = shell.uploads.take(id)?;
    shell.touch();
    let (cancelled, left) = match entry {
        Entry::Running(upload) => return cancel_running(app, shell, id, upload).await,
        Entry::Stored(snapshot) => (
            shell.client.cancel(&snapshot.job).await,
            Entry::Stored(snapshot),
        ),
        Entry::Ended(snapshot) => (
            give_up_ended(&shell.client, &snapshot).await,
            Entry::Ended(snapshot),
        ),
        Entry::Refused(_) => return Ok(()),
    };
    if cancelled.is_err() {
        shell.uploads.put_back(id, left);
        shell.touch();
    }
    Ok(cancelled?)
}

async fn cancel_running(
    app: &AppHandle,
    shell: &Arc<Shell>,
    id: &str,
    upload: Upload,
) -> Result<(), Failure> {
    let snapshots = upload.watch();
    let cancelled = upload.cancel().await;
    let last = snapshots.borrow().clone();
    // It may have been done a moment before: then the recording is there, and its link is not to be lost.
    if cancelled.is_err() || matches!(last.phase, Phase::Done(_)) {
        shell.uploads.put_back(id, Entry::Ended(last.clone()));
        tell_of(app, shell, &last);
    }
    Ok(cancelled?)
}

/// A done job is only forgotten: its recording stays.
async fn give_up_ended(client: &Client, snapshot: &Snapshot) -> Result<(), ClientError> {
    match snapshot.phase {
        Phase::Done(_) | Phase::Cancelled => client.forget(&snapshot.job),
        _ => client.cancel(&snapshot.job).await,
    }
}

/// Stops an upload; it can go on later.
pub(crate) async fn stop(app: &AppHandle, shell: &Arc<Shell>, id: &str) -> Result<(), Failure> {
    match shell.uploads.take(id)? {
        Entry::Running(upload) => {
            let last = upload.stop().await;
            shell.uploads.insert(id, Entry::Ended(last.clone()));
            tell_of(app, shell, &last);
        }
        other => shell.uploads.insert(id, other),
    }
    shell.touch();
    Ok(())
}

/// Goes on with a stopped upload, or tries a failed or refused one again.
pub(crate) async fn resume(app: &AppHandle, shell: &Arc<Shell>, id: &str) -> Result<(), Failure> {
    match shell.uploads.take(id)? {
        Entry::Running(upload) => {
            upload.retry_now();
            shell.uploads.insert(id, Entry::Running(upload));
        }
        Entry::Stored(snapshot) | Entry::Ended(snapshot) => {
            resume_job(app, shell, snapshot).await?;
        }
        Entry::Refused(refusal) => start_one(app, shell, refusal.path, refusal.task).await,
    }
    shell.touch();
    Ok(())
}

async fn resume_job(
    app: &AppHandle,
    shell: &Arc<Shell>,
    snapshot: Snapshot,
) -> Result<(), Failure> {
    match shell.client.resume(&snapshot.job).await {
        Ok(upload) => {
            follow(app, shell, upload);
            Ok(())
        }
        Err(error) => {
            let diagnosis = error.diagnosis();
            let snapshot = Snapshot {
                phase: Phase::Failed(diagnosis.clone()),
                ..snapshot
            };
            let id = snapshot.job.to_string();
            if !shell.uploads.put_back(&id, Entry::Ended(snapshot)) {
                return Ok(());
            }
            shell.touch();
            Err(diagnosis.into())
        }
    }
}

/// Brings in the journal's jobs that this program does not hold. Finished ones are forgotten (their recordings are in
/// the list of recordings); unfinished ones go on when `go_on` is set, and else wait for sign-in. Returns whether another
/// program holds one that may be left over later.
pub(crate) async fn bring_in_stored(app: &AppHandle, shell: &Arc<Shell>, go_on: bool) -> bool {
    let stored = shell.client.stored().unwrap_or_else(|error| {
        tracing::error!(%error, "the journal cannot be read");
        Vec::new()
    });
    let mut any_busy = false;
    for StoredJob { snapshot, busy } in stored {
        let id = snapshot.job.to_string();
        if busy || shell.uploads.has_ended(&id) {
            any_busy |= busy;
            continue;
        }
        match snapshot.phase {
            Phase::Done(_) | Phase::Cancelled => forget(&shell.client, &snapshot.job),
            Phase::Failed(_) => shell.uploads.insert(id, Entry::Ended(snapshot)),
            _ if go_on => {
                if let Err(failure) = resume_job(app, shell, snapshot).await {
                    tracing::warn!(code = failure.code, "a stored upload did not go on");
                }
            }
            _ => shell.uploads.insert(id, Entry::Stored(snapshot)),
        }
    }
    shell.touch();
    any_busy
}

/// Forgets the finished uploads; their recordings are in their user's list.
pub(crate) fn forget_done(shell: &Shell) {
    for job in shell.uploads.take_done() {
        forget(&shell.client, &job);
    }
    shell.touch();
}

fn forget(client: &Client, job: &JobId) {
    if let Err(error) = client.forget(job) {
        tracing::warn!(%error, "a finished job stays in the journal");
    }
}

//! Starting an upload, and telling of each change until its last.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use client::{NewUpload, Phase, Snapshot, Upload};
use wire::TaskId;

use super::standing::{is_active, waits_for_sign_in};
use super::stored::forget;
use super::{Entry, Refusal};
use crate::closing;
use crate::ipc::Failure;
use crate::review::{self, Standing};
use crate::shell::Shell;

/// Starts uploading a file, unless it is on its way already. A refused one stands in the list with its reason.
pub(crate) async fn start(shell: &Arc<Shell>, path: PathBuf, task: &TaskId) {
    if !shell.uploads.is_running(&path, task) {
        start_one(shell, path, task.clone()).await;
    }
}

pub(super) async fn start_one(shell: &Arc<Shell>, path: PathBuf, task: TaskId) {
    match shell
        .client
        .upload(NewUpload::new(&path, task.clone()))
        .await
    {
        Ok(upload) => follow(shell, upload),
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

/// A file's size in bytes, where it is one that can be looked at.
pub(crate) async fn size_of(path: &Path) -> Option<u64> {
    let metadata = tokio::fs::metadata(path).await.ok()?;
    metadata.is_file().then_some(metadata.len())
}

/// Keeps the handle, and tells the window of each change until the last.
pub(crate) fn follow(shell: &Arc<Shell>, upload: Upload) {
    let mut snapshots = upload.watch();
    let id = upload.job().to_string();
    shell.uploads.insert(&id, Entry::Running(upload));
    shell.touch();
    let shell = shell.clone();
    tauri::async_runtime::spawn(async move {
        let mut told_to_sign_in = false;
        loop {
            let now = snapshots.borrow_and_update().clone();
            let is_final = now.phase.is_final();
            if let Phase::Sending {
                bytes_per_second: Some(speed),
                ..
            } = now.phase
            {
                shell.review.learn_speed(speed);
            }
            // Sent while it was recorded, in this program or in one that has ended since.
            if now.awaits_word && !is_final {
                let because = now.mended.map(|_| mended());
                let standing = Standing::Sent(id.clone());
                review::offer(&shell, now.path.clone(), standing, because);
            } else {
                shell.review.release_job(&id);
            }
            shell.touch();
            // Once: whoever signs in may be refused again at once.
            if waits_for_sign_in(&now.phase) && !std::mem::replace(&mut told_to_sign_in, true) {
                shell.surroundings.notify(&now);
            }
            if !is_final && !is_active(&now.phase) {
                closing::leave_if_all_is_sent(&shell);
            }
            if is_final || snapshots.changed().await.is_err() {
                break;
            }
        }
        let last = snapshots.borrow().clone();
        settle(&shell, &id, &last);
    });
}

/// What is said of a recording that a crash had left unfinished.
pub(crate) fn mended() -> Failure {
    Failure {
        code: "mended".to_owned(),
        message: "This recording was not finished: what recorded it, or the computer, had ended."
            .to_owned(),
        hint: "It was mended. Its last two seconds may be missing.".to_owned(),
        retryable: false,
    }
}

/// What becomes of an upload whose handle has ended by itself.
fn settle(shell: &Arc<Shell>, id: &str, last: &Snapshot) {
    if shell.uploads.settle(id, last) {
        tell_of(shell, last);
    }
}

/// Keeps the link of what was sent, and tells what an upload has come to.
pub(super) fn tell_of(shell: &Arc<Shell>, last: &Snapshot) {
    if let Phase::Done(done) = &last.phase {
        shell.links.keep(
            &done.recording,
            &last.file_name,
            done.sha256.as_deref().unwrap_or_default(),
            done.link.clone(),
        );
    }
    shell.touch();
    if matches!(last.phase, Phase::Done(_)) {
        // The window has the link now. Until here the journal kept the job, in case this program had ended before.
        forget(&shell.client, &last.job);
    }
    shell.surroundings.notify(last);
    closing::leave_if_all_is_sent(shell);
}

//! What users ask of an upload: to give it up, to go on with it.

use std::sync::Arc;

use client::{Client, ClientError, Phase, Snapshot, Upload};
use wire::TaskId;

use super::Entry;
use super::following::{follow, start_one, tell_of};
use crate::ipc::Failure;
use crate::shell::Shell;

/// Gives an upload up, here and at the backend. One that could not be given up stays in the list.
pub(crate) async fn cancel(shell: &Arc<Shell>, id: &str) -> Result<(), Failure> {
    let entry = shell.uploads.take(id)?;
    shell.touch();
    let (cancelled, left) = match entry {
        Entry::Running(upload) => return cancel_running(shell, id, upload).await,
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

/// Lets an upload be completed whose user has looked at the recording; whether it is one for this task.
pub(crate) fn approve(shell: &Shell, id: &str, task: &TaskId) -> bool {
    let mut is_for_it = false;
    let asked = shell.uploads.ask(id, |upload| {
        let snapshot = upload.snapshot();
        is_for_it = snapshot.task == *task && !snapshot.phase.is_final();
        if is_for_it {
            upload.approve();
        }
    });
    asked.is_ok() && is_for_it
}

async fn cancel_running(shell: &Arc<Shell>, id: &str, upload: Upload) -> Result<(), Failure> {
    let snapshots = upload.watch();
    let cancelled = upload.cancel().await;
    let last = snapshots.borrow().clone();
    conclude_cancelling(shell, id, &last, cancelled.is_ok());
    Ok(cancelled?)
}

/// It may have been done a moment before it was cancelled: then the recording is there, and its link is not to be lost.
pub(super) fn conclude_cancelling(shell: &Arc<Shell>, id: &str, last: &Snapshot, cancelled: bool) {
    if cancelled && !matches!(last.phase, Phase::Done(_)) {
        return;
    }
    shell.uploads.put_back(id, Entry::Ended(last.clone()));
    tell_of(shell, last);
}

/// A done job is only forgotten: its recording stays.
async fn give_up_ended(client: &Client, snapshot: &Snapshot) -> Result<(), ClientError> {
    match snapshot.phase {
        Phase::Done(_) | Phase::Cancelled => client.forget(&snapshot.job),
        _ => client.cancel(&snapshot.job).await,
    }
}

/// Goes on with a paused or stopped upload, or tries a failed or refused one again.
pub(crate) async fn resume(shell: &Arc<Shell>, id: &str) -> Result<(), Failure> {
    match shell.uploads.ask_or_take(id, go_on)? {
        Some(Entry::Stored(snapshot) | Entry::Ended(snapshot)) => {
            resume_job(shell, snapshot).await?;
        }
        Some(Entry::Refused(refusal)) => start_one(shell, refusal.path, refusal.task).await,
        Some(Entry::Running(_)) | None => {}
    }
    shell.touch();
    Ok(())
}

fn go_on(upload: &Upload) {
    if upload.snapshot().phase.is_paused() {
        upload.resume();
    } else {
        upload.retry_now();
    }
}

pub(super) async fn resume_job(shell: &Arc<Shell>, snapshot: Snapshot) -> Result<(), Failure> {
    match shell.client.resume(&snapshot.job).await {
        Ok(upload) => {
            follow(shell, upload);
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

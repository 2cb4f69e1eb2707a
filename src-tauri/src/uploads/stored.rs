//! The journal's jobs, as far as they are this program's: unfinished ones come in, finished ones are forgotten.

use std::sync::Arc;

use client::{Client, JobId, Phase, StoredJob};

use super::Entry;
use super::requests::resume_job;
use crate::shell::Shell;

/// Brings in the journal's jobs that this program does not hold. Finished ones are forgotten (their recordings are in
/// the list of recordings); unfinished ones go on when `go_on` is set, and else wait for sign-in. Returns those that
/// another program holds and may leave over later.
pub(crate) async fn bring_in_stored(shell: &Arc<Shell>, go_on: bool) -> Vec<JobId> {
    let mut held = Vec::new();
    for StoredJob { snapshot, busy } in stored(&shell.client).await {
        let id = snapshot.job.to_string();
        if busy {
            held.push(snapshot.job);
            continue;
        }
        if shell.uploads.has_ended(&id) {
            continue;
        }
        match snapshot.phase {
            Phase::Done(_) | Phase::Cancelled => forget(&shell.client, &snapshot.job),
            Phase::Failed(_) => shell.uploads.insert(id, Entry::Ended(snapshot)),
            _ if go_on => {
                if let Err(failure) = resume_job(shell, snapshot).await {
                    tracing::warn!(code = failure.code, "a stored upload did not go on");
                }
            }
            _ => shell.uploads.insert(id, Entry::Stored(snapshot)),
        }
    }
    shell.touch();
    held
}

/// What the journal holds, read where reading may block.
async fn stored(client: &Client) -> Vec<StoredJob> {
    let client = client.clone();
    match tokio::task::spawn_blocking(move || client.stored()).await {
        Ok(Ok(stored)) => stored,
        Ok(Err(error)) => {
            tracing::error!(%error, "the journal cannot be read");
            Vec::new()
        }
        Err(error) => {
            tracing::error!(%error, "a defect: reading the journal did not end");
            Vec::new()
        }
    }
}

/// Forgets the finished uploads; their recordings are in their user's list.
pub(crate) fn forget_done(shell: &Shell) {
    for job in shell.uploads.take_done() {
        forget(&shell.client, &job);
    }
    shell.touch();
}

pub(super) fn forget(client: &Client, job: &JobId) {
    if let Err(error) = client.forget(job) {
        tracing::warn!(%error, "a finished job stays in the journal");
    }
}

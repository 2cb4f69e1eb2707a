//! The journal's jobs, as far as they are this program's: unfinished ones come in, finished ones are forgotten.

use std::sync::Arc;

use client::{Client, JobId, Phase, StoredJob};

use super::Entry;
use super::requests::resume_job;
use crate::damaged;
use crate::shell::Shell;

/// Brings in the journal's jobs that this program does not hold. Finished ones are forgotten (their recordings are in
/// the list of recordings); unfinished ones go on when `go_on` is set, and else wait for sign-in. Returns whether another
/// program holds one that may be left over later.
pub(crate) async fn bring_in_stored(shell: &Arc<Shell>, go_on: bool) -> bool {
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
                if let Err(failure) = resume_job(shell, snapshot).await {
                    tracing::warn!(code = failure.code, "a stored upload did not go on");
                }
            }
            _ => shell.uploads.insert(id, Entry::Stored(snapshot)),
        }
    }
    damaged::look(shell);
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

pub(super) fn forget(client: &Client, job: &JobId) {
    if let Err(error) = client.forget(job) {
        tracing::warn!(%error, "a finished job stays in the journal");
    }
}

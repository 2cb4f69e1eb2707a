//! What is left to do when nothing more happens, and for places that are not used.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{sleep, timeout};
use wire::RecordingId;

use super::super::{Growth, Policy, Stage, State};
use super::Drive;
use crate::backend::Backend;
use crate::journal::{Errand, JobLog, Taken};
use crate::source::{Hashed, Source};
use crate::transport::Limits;
use crate::{Client, Done};

/// Longest time that giving an upload up at the backend may take.
const GIVE_UP_LIMIT: Duration = Duration::from_secs(10);

impl Drive {
    /// Tells the backend of a place that will not be used, in the background.
    pub(super) fn give_up(&self, recording: RecordingId) {
        let backend = self.backend();
        tokio::spawn(async move { give_up(backend, &recording).await });
    }

    /// What is left to do when nothing more happens. Whoever is told that it is done, failed or stopped finds the job free
    /// in the journal: to be forgotten once the link is shown, or to be taken up again. That it is cancelled is told at
    /// once: the backend may take its time.
    pub(super) async fn leave<T: Send>(mut self, driven: T) {
        // Others need not wait for what is left to do.
        self.place = None;
        self.turn = None;
        let backend = self.backend();
        let last = self.snapshot();
        let Self {
            state,
            source,
            client,
            log,
            limits,
            showing,
            ..
        } = self;
        let Stage::Cancelled(given_up) = state.stage else {
            // Nothing else holds it: what was written was waited for.
            drop(log);
            drop(driven);
            showing.show(last);
            // Whoever waits for the next snapshot learns that there is none.
            drop(showing);
            if let Stage::Done(done) = &state.stage
                && state.growth == Growth::Sealed
            {
                settle(done, &state, &source, &client, backend, &limits).await;
            }
            return;
        };
        showing.show(last);
        // The log says what is still to be told; the next start does it.
        if let Some(recording) = given_up
            && !give_up(backend, &recording).await
        {
            return;
        }
        forget(log).await;
    }
}

/// What is left to do for a recording that was sent while it was made: nobody has read it as a whole yet.
async fn settle(
    done: &Done,
    state: &State,
    source: &Source,
    client: &Client,
    backend: Option<Backend>,
    limits: &Limits,
) {
    let known = done.sha256.clone();
    let sha256 = match known {
        Some(sha256) => Some(sha256),
        None => hash(&done.recording, source, limits).await,
    };
    let Some(sha256) = sha256 else { return };
    let taken = Taken {
        sha256: sha256.clone(),
        identity: state.job.identity.clone(),
        errand: Errand {
            task: state.job.task.clone(),
            account: state.account.clone(),
        },
    };
    client.note_taken(taken).await;
    if let (None, Some(backend)) = (&done.sha256, backend) {
        attest(&backend, &done.recording, &sha256, &state.policy).await;
    }
}

async fn hash(recording: &RecordingId, source: &Source, limits: &Limits) -> Option<String> {
    let hashed = match source.read::<Hashed>(0..source.durable()) {
        Ok(reading) => reading.hash(limits.disk).await,
        Err(error) => Err(error),
    };
    hashed
        .inspect_err(|error| {
            tracing::info!(%recording, source = ?error, "a recording could not be hashed after its upload");
        })
        .ok()
}

/// Tells the backend the whole file's hash of a recording that was sent while it was made. The checksums of its parts have
/// proven it: nothing depends on this, and what keeps failing is let be. A job that is taken up again tells it again.
async fn attest(backend: &Backend, recording: &RecordingId, sha256: &str, policy: &Policy) {
    for tries in 1..=policy.tries {
        match backend.claim_sha256(recording, sha256).await {
            Ok(()) => return,
            Err(error) => {
                tracing::info!(%recording, %error, "the backend was not told a recording's hash");
            }
        }
        sleep(policy.delay(tries, false, None, rand::random())).await;
    }
}

/// Tells the backend that a recording is given up; whether it heard.
pub(super) async fn give_up(backend: Option<Backend>, recording: &RecordingId) -> bool {
    let Some(backend) = backend else { return false };
    match timeout(GIVE_UP_LIMIT, backend.give_up(recording)).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::info!(%recording, %error, "the backend was not told that the upload is given up");
            false
        }
        Err(_) => {
            tracing::info!(%recording, "the backend was not told in time that the upload is given up");
            false
        }
    }
}

/// Removes a job that was given up. A log that stays is offered again: a nuisance, no loss.
pub(super) async fn forget(log: Arc<Mutex<JobLog>>) {
    let Some(log) = Arc::into_inner(log) else {
        return;
    };
    let log = log.into_inner().unwrap_or_else(PoisonError::into_inner);
    match tokio::task::spawn_blocking(move || log.forget()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "a job that was given up could not be removed"),
        Err(error) => tracing::warn!(%error, "a job that was given up could not be removed"),
    }
}

//! What is left to do when nothing more happens, and for places that are not used.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{sleep, timeout};
use wire::RecordingId;

use super::super::{Policy, Stage};
use super::Drive;
use crate::backend::Backend;
use crate::journal::JobLog;
use crate::source::{Hashed, Reading, SourceError};
use crate::transport::Limits;

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
            if let (Stage::Done(done), Some(backend)) = (&state.stage, backend)
                && done.sha256.is_none()
            {
                let hashed = source.read::<Hashed>(0..source.durable());
                attest(&backend, &done.recording, hashed, &limits, &state.policy).await;
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

/// Tells the backend the whole file's hash of a recording that was sent while it was made. The checksums of its parts have
/// proven it: nothing depends on this, and what keeps failing is let be. A job that is taken up again tells it again.
async fn attest(
    backend: &Backend,
    recording: &RecordingId,
    reading: Result<Reading, SourceError>,
    limits: &Limits,
    policy: &Policy,
) {
    let hashed = match reading {
        Ok(reading) => reading.hash(limits.disk).await,
        Err(error) => Err(error),
    };
    let sha256 = match hashed {
        Ok(sha256) => sha256,
        Err(error) => {
            tracing::info!(%recording, source = ?error, "a recording could not be hashed after its upload");
            return;
        }
    };
    for tries in 1..=policy.tries {
        match backend.claim_sha256(recording, &sha256).await {
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

//! Telling the backend of jobs that were given up while nobody drove them.

use std::time::Duration;

use tokio::time::timeout;

use crate::Client;
use crate::engine::{self, Stage, State};
use crate::journal::{JobLog, Story};

/// Longest time that giving a stored job up at the backend may take.
const GIVE_UP_LIMIT: Duration = Duration::from_secs(5);

impl Client {
    /// Tells the backend, where its session is the job's, and removes the job once it is told.
    pub(crate) async fn give_up(&self, log: JobLog, state: &State) {
        if let Stage::Cancelled(Some(recording)) = &state.stage {
            let Ok(backend) = self.backend() else { return };
            if state.account.as_ref() != Some(&engine::account_of(&backend)) {
                return;
            }
            match timeout(GIVE_UP_LIMIT, backend.give_up(recording)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::info!(job = %state.job.id, %error, "the backend was not told that the upload is given up");
                    return;
                }
                Err(_) => return,
            }
        }
        if let Err(error) = log.forget() {
            tracing::warn!(job = %state.job.id, %error, "a job that was given up could not be removed");
        }
    }

    /// Catches up on what backends could not be told before, in the background.
    pub(crate) fn tell_what_was_given_up(&self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        if self.backend().is_err() {
            return;
        }
        let client = self.clone();
        runtime.spawn(async move {
            let uploads = &client.inner.uploads;
            for job in uploads.journal.jobs().unwrap_or_default() {
                let given_up = |story: &Story| match State::recall(story, uploads.pace.policy) {
                    state if matches!(state.stage, Stage::Cancelled(_)) => Some(state),
                    _ => None,
                };
                // Looked at first without taking it: most jobs are none of these.
                let concerned = uploads
                    .journal
                    .read(&job)
                    .is_ok_and(|story| given_up(&story).is_some());
                if !concerned || uploads.is_driven(&job) {
                    continue;
                }
                if let Ok((log, story)) = client.take_up(&job).await
                    && let Some(state) = given_up(&story)
                {
                    client.give_up(log, &state).await;
                }
            }
        });
    }
}

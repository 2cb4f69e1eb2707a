//! Asking something of an upload that another program may be working on.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use crate::journal::{JobLog, JournalError, Record, Story};
use crate::uploads::{blocking, explained};
use crate::wishes::{self, Wish};
use crate::{Client, ClientError, Code, Diagnosis, JobId, engine};

/// How long a program that works on a job may take to hear a wish.
const HEARD_WITHIN: Duration = Duration::from_secs(5);

/// How often it is looked at whether it has.
const LISTEN_EVERY: Duration = Duration::from_millis(50);

impl Client {
    /// Asks something of a job, whoever works on it: a program that does hears it within a moment; where none does, the
    /// journal keeps it for the next. A program that does not answer is [`Code::JobBusy`].
    pub async fn wish(&self, job: &JobId, wish: Wish) -> Result<(), ClientError> {
        match self.take_up(job).await {
            Ok((log, story)) => self.keep_wish(log, &story, wish).await,
            Err(ClientError::Upload(busy)) if busy.code == Code::JobBusy => {
                let folder = self.inner.uploads.journal.folder(job);
                let left = blocking(move || {
                    wishes::leave(&folder, wish)
                        .map_err(|error| explained(&JournalError::Unwritable(error)))
                })
                .await?;
                heard(&left, busy).await
            }
            Err(error) => Err(error),
        }
    }

    /// Nobody works on the job: what is wanted is done here, or journaled.
    async fn keep_wish(
        &self,
        mut log: JobLog,
        story: &Story,
        wish: Wish,
    ) -> Result<(), ClientError> {
        if wish != Wish::Cancel && engine::is_forgettable(story) {
            return Err(ClientError::Upload(
                Diagnosis::of(Code::UnknownJob)
                    .saying("This upload has ended.")
                    .hinting("Go on with it if it failed; then it can be paused or limited."),
            ));
        }
        let record = match wish {
            Wish::Pause => Record::Paused,
            Wish::Resume => Record::Resumed,
            Wish::Limit { bytes_per_second } => Record::Limited { bytes_per_second },
            // The line is a program's own.
            Wish::MoveToFront => return Ok(()),
            Wish::Cancel => {
                drop(log);
                return self.cancel(&story.job.id).await;
            }
        };
        blocking(move || {
            log.append(&record, Timestamp::now())
                .map_err(|error| explained(&error))
        })
        .await
    }
}

/// Waits until a wish has been heard; what nobody hears is taken back.
async fn heard(wish: &Path, busy: Diagnosis) -> Result<(), ClientError> {
    let deadline = Instant::now() + HEARD_WITHIN;
    while Instant::now() < deadline {
        if !wish.exists() {
            return Ok(());
        }
        sleep(LISTEN_EVERY).await;
    }
    // Heard in the last moment, it cannot be taken back.
    match std::fs::remove_file(wish) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        _ => Err(ClientError::Upload(busy.saying(
            "Another program works on this upload, and does not answer.",
        ))),
    }
}

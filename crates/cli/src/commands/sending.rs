//! The upload of a recording that is still being made. Nothing that happens to it disturbs the recording.

use std::future::{Future, pending};
use std::path::PathBuf;
use std::pin::Pin;

use client::{Client, ClientError, Code, Completion, Diagnosis, NewUpload, Snapshot, Upload};
use wire::TaskId;

use crate::failure;
use crate::interruption::Interruption;
use crate::session;

/// How it begins.
type Beginning = Pin<Box<dyn Future<Output = Result<Upload, ClientError>> + Send>>;

/// The upload of a recording.
pub(super) struct Sending {
    client: Client,
    task: TaskId,
    completion: Completion,
    stage: Stage,
}

enum Stage {
    /// There is no recording yet.
    Awaited,
    Beginning(Beginning),
    Goes(Box<Upload>),
    Refused(Diagnosis),
}

/// What is new about it.
pub(super) enum News {
    /// It goes.
    Begun(Box<Snapshot>),
    /// It moved.
    Moved(Box<Snapshot>),
    /// It could not be begun.
    Refused(Diagnosis),
}

/// Its user said stop before there was a job to go on with.
fn not_begun() -> Diagnosis {
    Diagnosis::of(Code::Interrupted)
        .saying("This was stopped before the upload began.")
        .hinting("The recording is finished. Upload its file whenever you like.")
}

impl Sending {
    /// Of the recording that is going to be made.
    pub(super) fn new(task: TaskId, completion: Completion) -> Result<Self, failure::Failure> {
        Ok(Self {
            // What cannot be uploaded as this computer is set up is better known before than after.
            client: session::open()?,
            task,
            completion,
            stage: Stage::Awaited,
        })
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// There is a recording now. Whoever is not signed in, or has no network, begins all the same.
    pub(super) fn begin(&mut self, path: PathBuf) {
        let client = self.client.clone();
        let new = NewUpload::new(path, self.task.clone());
        let completion = self.completion;
        self.stage = Stage::Beginning(Box::pin(async move {
            session::prove_while_recording(&client).await;
            client.upload_growing(new, completion).await
        }));
    }

    /// What is new. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> News {
        match &mut self.stage {
            Stage::Beginning(beginning) => {
                let begun = beginning.as_mut().await;
                self.begun(begun)
            }
            Stage::Goes(upload) => match upload.changed().await {
                Some(snapshot) => News::Moved(Box::new(snapshot)),
                None => pending().await,
            },
            Stage::Awaited | Stage::Refused(_) => pending().await,
        }
    }

    fn begun(&mut self, begun: Result<Upload, ClientError>) -> News {
        match begun {
            Ok(upload) => {
                let snapshot = upload.snapshot();
                self.stage = Stage::Goes(Box::new(upload));
                News::Begun(Box::new(snapshot))
            }
            Err(error) => {
                failure::log_causes(&error);
                let diagnosis = error.diagnosis();
                self.stage = Stage::Refused(diagnosis.clone());
                News::Refused(diagnosis)
            }
        }
    }

    /// The recording has ended, and so have the bytes to come: `true` beside it where its user said stop before that was
    /// known.
    pub(super) async fn seal(
        self,
        interruption: &mut Interruption,
    ) -> (Result<Upload, Diagnosis>, bool) {
        let upload = match self.stage {
            Stage::Awaited => return (Err(Diagnosis::of(Code::NothingRecorded)), false),
            Stage::Refused(diagnosis) => return (Err(diagnosis), false),
            Stage::Goes(upload) => *upload,
            Stage::Beginning(beginning) => {
                let begun = tokio::select! {
                    biased;
                    () = interruption.next() => return (Err(not_begun()), true),
                    begun = beginning => begun,
                };
                match begun {
                    Ok(upload) => upload,
                    Err(error) => return (Err(error.diagnosis()), false),
                }
            }
        };
        let sealed = tokio::select! {
            biased;
            () = interruption.next() => return (Ok(upload), true),
            sealed = upload.seal() => sealed,
        };
        let Err(error) = sealed else {
            return (Ok(upload), false);
        };
        failure::log_causes(&error);
        let diagnosis = error.diagnosis();
        if diagnosis.code == Code::NothingRecorded {
            if let Err(error) = upload.cancel().await {
                failure::log_causes(&error);
            }
            return (Err(diagnosis), false);
        }
        let hint = format!("`revui resume {}` tries it again.", upload.job());
        (Err(diagnosis.hinting(hint)), false)
    }

    /// The recording was discarded, or nothing came of it.
    pub(super) async fn give_up(self) {
        if let Stage::Goes(upload) = self.stage
            && let Err(error) = upload.cancel().await
        {
            failure::log_causes(&error);
        }
    }
}

//! What becomes of a recording's bytes: sent while it is made, and at its end under review or on to the link.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use client::{Completion, NewUpload, Phase, Snapshot, Undecided, Upload, WaitCause};
use tokio::sync::watch;

use crate::ipc::{AfterStop, Failure, RecordingUpload};
use crate::review::{self, Standing};
use crate::shell::Shell;
use crate::uploads;

/// The upload of a recording that is being made; none before its first picture, or where nobody has said what it is for.
pub(super) struct Sending {
    after_stop: AfterStop,
    /// By which the next start finds the recording, until there is a job of it or its user has decided.
    note: Option<Undecided>,
    upload: Option<Upload>,
    snapshots: Option<watch::Receiver<Snapshot>>,
    failure: Option<Failure>,
}

impl Sending {
    /// Nothing is sent yet.
    pub(super) fn new(after_stop: AfterStop, note: Option<Undecided>) -> Self {
        Self {
            after_stop,
            note,
            upload: None,
            snapshots: None,
            failure: None,
        }
    }

    /// Begins with this file. What keeps it from being sent does not keep it from being recorded.
    pub(super) async fn begin(&mut self, shell: &Shell, path: &Path) {
        let Some(task) = shell.task() else {
            return;
        };
        let completion = match self.after_stop {
            AfterStop::Review => Completion::AfterReview,
            AfterStop::Share => Completion::AtStop,
        };
        let new = NewUpload::new(path, task);
        match shell.client.upload_growing(new, completion).await {
            Ok(upload) => {
                let mut snapshots = upload.watch();
                // So that how it stands now is told at once.
                snapshots.mark_changed();
                self.snapshots = Some(snapshots);
                self.upload = Some(upload);
            }
            Err(error) => {
                tracing::warn!(%error, "a recording is not sent while it is made");
                self.failure = Some(error.into());
            }
        }
    }

    /// Returns when it stands otherwise than before.
    pub(super) async fn changed(&mut self) {
        if let Some(snapshots) = &mut self.snapshots {
            if snapshots.changed().await.is_ok() {
                return;
            }
            self.snapshots = None;
            return;
        }
        std::future::pending::<()>().await;
    }

    /// How far it is.
    pub(super) fn shown(&self) -> Option<RecordingUpload> {
        let failed = |failure: &Failure| RecordingUpload::Failed {
            failure: failure.clone(),
        };
        match &self.upload {
            Some(upload) => Some(shown(&upload.snapshot())),
            None => self.failure.as_ref().map(failed),
        }
    }

    /// The size in bytes that the recording must not come to, where that is known.
    pub(super) fn most_bytes(&self) -> Option<u64> {
        self.upload.as_ref()?.snapshot().most_bytes
    }

    /// The file is what it will be. Returns why it ended, where no review says so.
    pub(super) async fn finish(
        self,
        shell: &Arc<Shell>,
        path: PathBuf,
        because: Option<Failure>,
    ) -> Option<Failure> {
        let sealed = match self.upload {
            Some(upload) => sealed(upload).await,
            None => None,
        };
        let Some(upload) = sealed else {
            finish_alone(shell, &path).await;
            review::offer(
                shell,
                path,
                Standing::Unsent(self.note.map(Arc::new)),
                because,
            );
            return None;
        };
        if let Some(note) = self.note {
            note.decided();
        }
        let unsaid = match self.after_stop {
            AfterStop::Review => {
                let standing = Standing::Sent(upload.job().to_string());
                review::offer(shell, path, standing, because);
                None
            }
            AfterStop::Share => because,
        };
        uploads::follow(shell, upload);
        unsaid
    }

    /// There is no file any more.
    pub(super) async fn give_up(self) {
        if let Some(upload) = self.upload
            && let Err(error) = upload.cancel().await
        {
            tracing::warn!(%error, "the upload of a discarded recording stays in the journal");
        }
        if let Some(note) = self.note {
            note.decided();
        }
    }
}

/// Mends what a killed recorder has left, where no upload does. What cannot be mended is said under review.
async fn finish_alone(shell: &Shell, path: &Path) {
    if let Err(error) = shell.client.finish_recording(path).await {
        tracing::warn!(%error, "a recording was not finished");
    }
}

/// An upload that goes on with the finished file; none where it has failed, or the file is not whole: that begins anew,
/// once its user has looked at it.
async fn sealed(upload: Upload) -> Option<Upload> {
    if !upload.snapshot().phase.is_final() {
        match upload.seal().await {
            Ok(()) => return Some(upload),
            Err(error) => tracing::warn!(%error, "a recording's upload cannot go on"),
        }
    }
    if let Err(error) = upload.cancel().await {
        tracing::warn!(%error, "an upload that cannot go on stays in the journal");
    }
    None
}

fn shown(snapshot: &Snapshot) -> RecordingUpload {
    match &snapshot.phase {
        Phase::Waiting { cause, .. } => match cause {
            WaitCause::SignIn => RecordingUpload::WaitsForSignIn,
            WaitCause::Recording => RecordingUpload::AfterStop,
            _ => RecordingUpload::WaitsForNetwork,
        },
        Phase::Failed(diagnosis) => RecordingUpload::Failed {
            failure: diagnosis.clone().into(),
        },
        _ => RecordingUpload::Meanwhile {
            arrived_bytes: snapshot.arrived_bytes,
        },
    }
}

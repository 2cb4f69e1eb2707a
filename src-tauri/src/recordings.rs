//! The recordings that the server has.

use client::ClientError;
use wire::RecordingId;

use crate::ipc::{Failure, RecentRecording, ShownRecording};
use crate::overview;
use crate::shell::Shell;

/// The newest page of finished recordings. A base backend lists those of one task only: then, the chosen one's.
pub(crate) async fn recent(shell: &Shell) -> Result<Vec<RecentRecording>, Failure> {
    let page = match shell.client.recordings(None, None).await {
        Err(ClientError::ListNeedsTask) => match shell.task() {
            Some(task) => shell.client.recordings(Some(&task), None).await?,
            None => return Ok(Vec::new()),
        },
        page => page?,
    };
    Ok(page
        .recordings
        .iter()
        .filter_map(overview::recent)
        .collect())
}

/// A recording, with a link that was opened a moment ago.
pub(crate) async fn show(shell: &Shell, id: &RecordingId) -> Result<ShownRecording, Failure> {
    let recording = shell.client.recording(id).await?;
    let recording = overview::recent(&recording).ok_or_else(|| Failure {
        code: "not_found".to_owned(),
        message: "This recording is not finished.".to_owned(),
        hint: "It appears in the list once it is.".to_owned(),
        retryable: true,
    })?;
    let link = shell.client.link(id).await?;
    let shown = ShownRecording {
        link: overview::link(&link),
        recording,
    };
    let sha256 = shown.recording.sha256.as_deref().unwrap_or_default();
    shell
        .links
        .keep(id, &shown.recording.file_name, sha256, link);
    Ok(shown)
}

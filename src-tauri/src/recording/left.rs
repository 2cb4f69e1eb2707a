//! Recordings that a program before this one has left, killed or ended before anybody had decided about them: they come under
//! review, whole.

use std::sync::Arc;

use client::{Left, Undecided};

use crate::review::{self, Standing};
use crate::shell::Shell;
use crate::uploads;

/// Offers them, each once it is whole.
pub(crate) async fn bring_in(shell: Arc<Shell>) {
    let left = shell.client.undecided().await.unwrap_or_else(|error| {
        tracing::warn!(%error, "what was recorded before cannot be read");
        Vec::new()
    });
    for recording in left {
        let shell = shell.clone();
        tauri::async_runtime::spawn(async move { offer(&shell, recording).await });
    }
}

async fn offer(shell: &Arc<Shell>, recording: Undecided) {
    let because = match shell.client.finish_left(&recording).await {
        Ok(Left::Nothing) => return,
        Ok(Left::Mended(_)) => Some(uploads::mended()),
        Ok(Left::Whole) => None,
        Err(error) => {
            tracing::info!(%error, "a recording was not finished");
            None
        }
    };
    let path = recording.path().to_owned();
    let standing = Standing::Unsent(Some(Arc::new(recording)));
    review::offer(shell, path, standing, because);
}

//! Recordings that a program before this one has left, killed or ended before anybody had decided about them: they come under
//! review, whole.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use client::{ClientError, Code, Mended, Undecided};
use tokio::time::{Instant, sleep};

use crate::review::{self, Standing};
use crate::shell::Shell;
use crate::uploads;

/// A recorder whose program is gone finishes its file by itself, within this time.
const FINISHED_WITHIN: Duration = Duration::from_secs(40);

/// How often is looked whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(500);

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
    let path = recording.path().to_owned();
    let because = match finished(shell, &path).await {
        Ok(mended) => mended.map(|_| uploads::mended()),
        Err(error) => {
            tracing::info!(%error, "a recording was not finished");
            if has_nothing(&path, code(&error)).await {
                return recording.decided();
            }
            None
        }
    };
    let standing = Standing::Unsent(Some(Arc::new(recording)));
    review::offer(shell, path, standing, because);
}

/// Finishes it, once nobody writes it any more.
async fn finished(shell: &Shell, path: &Path) -> Result<Option<Mended>, ClientError> {
    let until = Instant::now() + FINISHED_WITHIN;
    loop {
        let finished = shell.client.finish_recording(path).await;
        let is_written = matches!(&finished, Err(error) if code(error) == Code::StillGrowing);
        if !is_written || Instant::now() >= until {
            return finished;
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Whether there is nothing to be decided: no file any more, or one in which nothing was recorded. An empty one goes.
async fn has_nothing(path: &Path, code: Code) -> bool {
    match tokio::fs::metadata(path).await {
        Ok(file) if file.len() == 0 => {
            if let Err(error) = tokio::fs::remove_file(path).await {
                tracing::warn!(%error, "an empty file stays");
            }
            true
        }
        Ok(_) => code == Code::NothingRecorded,
        Err(error) => error.kind() == ErrorKind::NotFound,
    }
}

fn code(error: &ClientError) -> Code {
    error.diagnosis().code
}

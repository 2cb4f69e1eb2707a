//! What the webview gets of a recording: its first frame, for its user to know it by, and nothing else of it.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::decoder;
use crate::shell::Shell;

/// The first frame of a file under review, as a WebM that holds nothing else; `None` where there is none, or where showing it
/// would end the page.
pub(crate) async fn of(shell: &Shell, id: &str) -> Option<Vec<u8>> {
    let path = shell.review.with_pictures(id)?;
    let taken = tauri::async_runtime::spawn_blocking(move || {
        if decoder::is_safe() {
            take(&path)
        } else {
            Ok(None)
        }
    });
    match taken.await {
        Ok(Ok(still)) => still,
        Ok(Err(error)) => {
            tracing::debug!(%error, "a recording's first frame could not be read");
            None
        }
        Err(error) => {
            tracing::error!(%error, "taking out a frame did not end in order");
            None
        }
    }
}

fn take(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut file = File::open(path)?;
    let size_bytes = file.metadata()?.len();
    media::first_frame(&mut file, size_bytes)
}

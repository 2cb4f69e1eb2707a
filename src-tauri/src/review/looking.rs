//! Looking at files that have been chosen or recorded: what they are, and whether they can be sent.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use client::{Client, Code, Diagnosis, Inspection};

use super::Sight;
use crate::ipc::Failure;
use crate::shell::Shell;
use crate::uploads;

/// Longest wait for the server to say how large a recording may be. One that does not say by then refuses it later.
const ASKING_TIME: Duration = Duration::from_secs(2);

/// Takes chosen files in, and looks at each.
pub(crate) fn add(shell: &Arc<Shell>, files: Vec<PathBuf>) {
    for (id, path) in shell.review.add(files) {
        look(shell, id, path);
    }
    shell.touch();
}

/// Looks again at a file that something was wrong with: it may have been mended.
pub(crate) fn look_again(shell: &Arc<Shell>, id: &str) {
    if let Some(path) = shell.review.look_again(id) {
        look(shell, id.to_owned(), path);
    }
    shell.touch();
}

pub(super) fn look(shell: &Arc<Shell>, id: String, path: PathBuf) {
    let shell = shell.clone();
    tauri::async_runtime::spawn(async move {
        let sight = match inspect(&shell.client, &path).await {
            Ok(inspection) => Sight::Good(inspection),
            Err(failure) => Sight::Wrong {
                size_bytes: uploads::size_of(&path).await,
                failure,
            },
        };
        shell.review.see(&id, sight);
        shell.touch();
    });
}

async fn inspect(client: &Client, path: &Path) -> Result<Inspection, Failure> {
    let inspection = client.inspect(path).await?;
    let most = tokio::time::timeout(ASKING_TIME, client.max_file_bytes()).await;
    if let Ok(Ok(most)) = most
        && inspection.size_bytes > most
    {
        return Err(Diagnosis::of(Code::TooLarge).into());
    }
    Ok(inspection)
}

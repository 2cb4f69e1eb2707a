//! Choosing recordings: by the system's own dialog, or by dropping them on the window. Paths stay on this side.

use std::path::PathBuf;
use std::sync::Arc;

use tauri::AppHandle;
use tauri_plugin_dialog::{DialogExt, FilePath};
use tokio::sync::oneshot;
use wire::TaskId;

use crate::ipc::{Failure, Session};
use crate::shell::Shell;
use crate::{overview, uploads, window};

/// Lets the user choose recordings, and starts uploading them. Choosing none is no failure.
pub(crate) async fn ask(app: &AppHandle, shell: &Arc<Shell>) -> Result<(), Failure> {
    let (answer, answered) = oneshot::channel();
    let mut dialog = app
        .dialog()
        .file()
        .set_title("Choose recordings")
        .add_filter("WebM recordings", &["webm", "WEBM"])
        .add_filter("All files", &["*"]);
    if let Some(window) = tauri::Manager::get_webview_window(app, window::MAIN) {
        dialog = dialog.set_parent(&window);
    }
    dialog.pick_files(move |files| {
        // Nobody waits any more only when the program ends.
        let _ = answer.send(files);
    });
    let files = answered.await.ok().flatten().unwrap_or_default();
    take(
        app,
        shell,
        files.into_iter().filter_map(local_path).collect(),
    );
    Ok(())
}

fn local_path(file: FilePath) -> Option<PathBuf> {
    file.into_path().ok()
}

/// Takes chosen or dropped files: uploads them, or holds them until a task has been chosen. Nobody signed in, nothing
/// taken.
pub(crate) fn take(app: &AppHandle, shell: &Arc<Shell>, files: Vec<PathBuf>) {
    if files.is_empty() || !matches!(overview::session(shell), Session::SignedIn { .. }) {
        return;
    }
    match shell.task() {
        None => shell.hold(files),
        Some(task) => {
            let (app, shell) = (app.clone(), shell.clone());
            tauri::async_runtime::spawn(async move {
                uploads::start(&app, &shell, files, &task).await;
            });
        }
    }
}

/// Chooses the task, and starts the files that waited for one.
pub(crate) fn choose_task(app: &AppHandle, shell: &Arc<Shell>, text: &str) -> Result<(), Failure> {
    let task = TaskId::parse(text.trim()).map_err(|error| Failure {
        code: "invalid_task".to_owned(),
        message: format!("This is no task id: {error}."),
        hint: "Copy the id from the place where the task was made.".to_owned(),
        retryable: false,
    })?;
    shell.choose_task(task)?;
    take(app, shell, shell.take_held_files());
    Ok(())
}

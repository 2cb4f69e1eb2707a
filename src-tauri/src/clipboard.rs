//! The clipboard, believed only once it reads back the same.

use tauri::{AppHandle, Runtime};
use tauri_plugin_clipboard_manager::ClipboardExt;

use crate::ipc::Failure;

/// Copies a text, and proves it: another program may hold the clipboard, or there may be none.
pub(crate) async fn copy<R: Runtime>(app: &AppHandle<R>, text: String) -> Result<(), Failure> {
    let app = app.clone();
    let copied = tauri::async_runtime::spawn_blocking(move || {
        app.clipboard().write_text(text.as_str())?;
        Ok::<_, tauri_plugin_clipboard_manager::Error>(app.clipboard().read_text()? == text)
    })
    .await;
    match copied {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => Err(not_copied(
            "Another program changed the clipboard meanwhile.",
        )),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the clipboard refused");
            Err(not_copied("The clipboard could not be used."))
        }
        Err(error) => {
            tracing::error!(%error, "copying did not end in order");
            Err(not_copied("The clipboard could not be used."))
        }
    }
}

fn not_copied(message: &str) -> Failure {
    Failure::of_the_shell(
        "not_copied",
        message,
        "Try again, or select the text and copy it yourself.",
    )
}

//! Tells a user who is looking elsewhere that an upload is done, has failed or needs them.

use client::{Phase, Snapshot, WaitCause};
use tauri::AppHandle;
use tauri_plugin_notification::NotificationExt;

use crate::window;

/// Shows a notification, unless the window has the focus. Where the desktop shows none, nothing is lost: the window says
/// the same.
pub(crate) fn tell(app: &AppHandle, last: &Snapshot) {
    let Some((title, body)) = words(last) else {
        return;
    };
    if window::has_focus(app) {
        return;
    }
    if let Err(error) = app.notification().builder().title(title).body(body).show() {
        tracing::warn!(%error, "no notification could be shown");
    }
}

/// What to tell of an upload that has ended or waits for its user.
fn words(last: &Snapshot) -> Option<(&'static str, String)> {
    match &last.phase {
        Phase::Done(_) => Some((
            "Recording uploaded",
            format!("{}: the link opens.", last.file_name),
        )),
        Phase::Failed(diagnosis) => Some((
            "Recording not uploaded",
            format!("{}: {}", last.file_name, diagnosis.message),
        )),
        Phase::Waiting {
            cause: WaitCause::SignIn,
            ..
        } => Some((
            "Sign in to go on",
            format!("{}: the upload waits until you sign in.", last.file_name),
        )),
        _ => None,
    }
}

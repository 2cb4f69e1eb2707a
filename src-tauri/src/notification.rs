//! Tells a user who is looking elsewhere that an upload is done, has failed or needs them, or that the program is still there.

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
    show(app, title, &body);
}

/// Shows that the program goes on without its window.
pub(crate) fn still_here(app: &AppHandle, folder: &str) {
    let body = format!("{folder} is watched on. Quit in the tray’s menu ends that.");
    show(app, "Revui Uploader is in the tray", &body);
}

fn show(app: &AppHandle, title: &str, body: &str) {
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

#[cfg(test)]
mod tests {
    use client::{Code, Diagnosis};

    use super::*;
    use crate::world::{done, snapshot, waiting};

    #[test]
    fn what_has_ended_or_needs_its_user_is_told_by_name() {
        let failed = Diagnosis::of(Code::SourceChanged).saying("It changed on disk.");
        for (phase, told) in [
            (
                done(),
                Some(("Recording uploaded", "demo.webm: the link opens.")),
            ),
            (
                Phase::Failed(failed),
                Some(("Recording not uploaded", "demo.webm: It changed on disk.")),
            ),
            (
                waiting(WaitCause::SignIn),
                Some((
                    "Sign in to go on",
                    "demo.webm: the upload waits until you sign in.",
                )),
            ),
            (waiting(WaitCause::Network), None),
            (waiting(WaitCause::BackOff), None),
            (waiting(WaitCause::Paused), None),
            (Phase::Queued { ahead: 1 }, None),
            (Phase::Initiating, None),
            (Phase::Completing, None),
            (Phase::Verifying, None),
            (Phase::Cancelled, None),
            (Phase::Stopped, None),
        ] {
            let words = words(&snapshot(phase.clone()));
            let words = words.as_ref().map(|(title, body)| (*title, body.as_str()));
            assert_eq!(words, told, "{phase:?}");
        }
    }

    #[test]
    fn no_link_is_told() {
        let (_, body) = words(&snapshot(done())).unwrap();
        assert!(!body.contains("://") && !body.contains("X-Amz"), "{body}");
    }
}

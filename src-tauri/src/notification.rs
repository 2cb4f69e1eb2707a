//! Tells a user who is looking elsewhere that an upload is done, has failed or needs them, or that the program is still there.

use client::{Phase, Snapshot, WaitCause};
use tauri::AppHandle;
use tauri_plugin_notification::NotificationExt;

use crate::{tray, window};

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

/// Shows that the program goes on without its window, and how that comes back.
pub(crate) fn still_here(app: &AppHandle, folder: Option<String>) {
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || {
        if let Some((title, body)) = words_of_staying(folder.as_deref(), tray::is_shown()) {
            show(&app, title, &body);
        }
    });
}

/// What to tell of a window that its user has closed.
fn words_of_staying(folder: Option<&str>, has_tray: bool) -> Option<(&'static str, String)> {
    let (title, body) = match (folder, has_tray) {
        (Some(folder), true) => (
            "Revui Uploader is in the tray",
            format!("{folder} is watched on. Quit in the tray’s menu ends that."),
        ),
        (Some(folder), false) => (
            "Revui Uploader goes on",
            format!("{folder} is watched on. Start Revui Uploader again to see it, or to quit."),
        ),
        (None, false) => (
            "Revui Uploader goes on",
            "What is being sent is sent on. Start Revui Uploader again to see it.".to_owned(),
        ),
        // The question before has said so.
        (None, true) => return None,
    };
    Some((title, body))
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
    fn without_a_tray_it_is_told_how_the_window_comes_back() {
        for folder in [Some("films"), None] {
            let (_, body) = words_of_staying(folder, false).unwrap();
            assert!(body.contains("Start Revui Uploader again"), "{body}");
            assert!(!body.contains("tray"), "{body}");
        }
        let (title, _) = words_of_staying(Some("films"), true).unwrap();
        assert!(title.contains("tray"), "{title}");
        assert_eq!(words_of_staying(None, true), None);
    }

    #[test]
    fn no_link_is_told() {
        let (_, body) = words(&snapshot(done())).unwrap();
        assert!(!body.contains("://") && !body.contains("X-Amz"), "{body}");
    }
}

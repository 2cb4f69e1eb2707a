//! Closing the window while something is being sent: the user says whether it finishes or stops.

use std::sync::Arc;
use std::time::Duration;

use crate::ipc::{CloseAnswer, RecordingOrder};
use crate::shell::{Shell, lock};

/// Longest wait for uploads to close their journals. They are crash-safe anyway; a window that will not go is worse.
const STOPPING_TIME: Duration = Duration::from_secs(3);

/// Time for the desktop to take the last notification before the program ends.
const NOTIFYING_TIME: Duration = Duration::from_secs(1);

/// Whether the window is about to close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closing {
    /// No.
    No,
    /// The user is being asked.
    Asked,
    /// The window is gone; the program follows when all is sent.
    WhenAllIsSent,
}

/// The user closes the window or quits.
pub(crate) fn request(shell: &Arc<Shell>) {
    if shell.uploads.active_count() == 0 && !shell.recorder.is_busy() {
        return quit(shell);
    }
    *lock(&shell.closing) = Closing::Asked;
    shell.touch();
    shell.surroundings.show_window();
}

/// The user has said what to do.
pub(crate) fn answer(shell: &Arc<Shell>, answer: CloseAnswer) {
    *lock(&shell.closing) = match answer {
        CloseAnswer::FinishInTray => Closing::WhenAllIsSent,
        CloseAnswer::StopAndQuit | CloseAnswer::Stay => Closing::No,
    };
    shell.touch();
    match answer {
        CloseAnswer::FinishInTray => {
            shell.surroundings.hide_window();
            leave_if_all_is_sent(shell);
        }
        CloseAnswer::StopAndQuit if shell.recorder.is_busy() => stop_recording_and_quit(shell),
        CloseAnswer::StopAndQuit => quit(shell),
        CloseAnswer::Stay => {}
    }
}

/// The window is wanted again, from the tray, a notification or a second start.
pub(crate) fn come_back(shell: &Shell) {
    {
        let mut closing = lock(&shell.closing);
        if *closing == Closing::WhenAllIsSent {
            *closing = Closing::No;
        }
    }
    shell.surroundings.show_window();
}

/// Ends the program if its window was closed and nothing is left to send; shows the window instead if something needs
/// its user.
pub(crate) fn leave_if_all_is_sent(shell: &Arc<Shell>) {
    let closing = *lock(&shell.closing);
    if shell.uploads.active_count() > 0 || shell.recorder.is_busy() {
        return;
    }
    match closing {
        Closing::No => {}
        // What the question was about is over.
        Closing::Asked => {
            *lock(&shell.closing) = Closing::No;
            shell.touch();
        }
        Closing::WhenAllIsSent if shell.uploads.any_needs_its_user() => come_back(shell),
        Closing::WhenAllIsSent => {
            let shell = shell.clone();
            tauri::async_runtime::spawn(async move {
                tokio::time::sleep(NOTIFYING_TIME).await;
                if *lock(&shell.closing) == Closing::WhenAllIsSent {
                    quit(&shell);
                }
            });
        }
    }
}

/// Finishes the recording first: the program does not go before its file is whole.
fn stop_recording_and_quit(shell: &Arc<Shell>) {
    shell.recorder.tell(RecordingOrder::Stop);
    let shell = shell.clone();
    tauri::async_runtime::spawn(async move {
        shell.recorder.is_over().await;
        quit(&shell);
    });
}

/// Stops what runs, resumably, and ends the program.
fn quit(shell: &Arc<Shell>) {
    shell.surroundings.hide_window();
    shell.surroundings.make_way();
    let shell = shell.clone();
    tauri::async_runtime::spawn(async move {
        if tokio::time::timeout(STOPPING_TIME, shell.uploads.stop_all())
            .await
            .is_err()
        {
            tracing::warn!("an upload did not stop in time; the journal has it");
        }
        shell.surroundings.end();
    });
}

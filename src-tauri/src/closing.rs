//! Closing the window. While something is being sent, its user says whether it finishes or stops; while a folder is watched
//! and nothing is sent, the program goes on in the tray, and quitting ends it.

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
    /// The window is gone; the program follows when all is sent and no folder is watched.
    WhenAllIsSent,
}

/// The user closes the window.
pub(crate) fn request(shell: &Arc<Shell>) {
    if is_at_work(shell) {
        return ask(shell);
    }
    let Some(folder) = shell.folder.watched(&shell.client.session().borrow()) else {
        return quit(shell);
    };
    *lock(&shell.closing) = Closing::WhenAllIsSent;
    shell.surroundings.hide_window();
    if shell.folder.has_yet_to_be_told() {
        shell.surroundings.say_still_here(Some(folder));
    }
}

/// The user quits: with the window, the watching ends, too.
pub(crate) fn request_to_quit(shell: &Arc<Shell>) {
    if is_at_work(shell) {
        ask(shell);
    } else {
        quit(shell);
    }
}

/// Whether something would be cut off by an end now.
fn is_at_work(shell: &Shell) -> bool {
    shell.uploads.active_count() > 0 || shell.recorder.is_busy()
}

fn ask(shell: &Shell) {
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
            shell.surroundings.say_still_here(None);
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

/// Ends the program if its window was closed and nothing is left to send or to be watched; shows the window instead if
/// something needs its user.
pub(crate) fn leave_if_all_is_sent(shell: &Arc<Shell>) {
    let closing = *lock(&shell.closing);
    if is_at_work(shell) {
        return;
    }
    match closing {
        Closing::No => {}
        // What the question was about is over.
        Closing::Asked => {
            *lock(&shell.closing) = Closing::No;
            shell.touch();
        }
        // What has failed meanwhile was told by a notification.
        Closing::WhenAllIsSent if watches(shell) => {}
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

/// No folder is watched any more. Without a window, that is because its user's session has ended: they are asked to sign in.
pub(crate) fn watching_ended(shell: &Shell) {
    let is_hidden = *lock(&shell.closing) == Closing::WhenAllIsSent;
    if is_hidden && !is_at_work(shell) {
        come_back(shell);
    }
}

fn watches(shell: &Shell) -> bool {
    let session = shell.client.session();
    shell.folder.watched(&session.borrow()).is_some()
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

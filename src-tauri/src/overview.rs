//! The engine's state as the window sees it, and its publishing at a pace that the eye can follow.

use std::num::NonZeroU64;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use client::{Link, Phase, SessionState, Snapshot};
use tauri::{AppHandle, Emitter};
use wire::{Recording, UploadStatus};

use crate::closing::Closing;
use crate::ipc::{self, Overview, Session};
use crate::links::Links;
use crate::recording::bar;
use crate::review::Beside;
use crate::session::Restoration;
use crate::shell::{Shell, lock};
use crate::uploads::{Refusal, Seen};
use crate::{tray, window};

/// Least time between two events to the window.
const PACE: Duration = Duration::from_millis(100);

/// Sends the window each change, at most ten times a second; the last change is never lost.
pub(crate) async fn publish(app: AppHandle, shell: Arc<Shell>) {
    loop {
        shell.changed.notified().await;
        let overview = now(&shell);
        tray::show_status(&app, &overview);
        if let Err(error) = app.emit_to(window::MAIN, ipc::OVERVIEW_CHANGED, &overview) {
            tracing::warn!(%error, "the window was not told of a change");
        }
        bar::tell(&app, overview.recording.as_ref());
        tokio::time::sleep(PACE).await;
    }
}

/// Everything that the window shows.
pub(crate) fn now(shell: &Shell) -> Overview {
    let session = session(shell);
    let reviewed = shell.review.jobs();
    // What is under review is shown there, and nowhere else; to nobody before they have signed in.
    let is_shown = matches!(session, Session::SignedIn { .. });
    let task = shell.task();
    let beside = Beside {
        bytes_ahead: shell.uploads.bytes_ahead(&reviewed),
        is_running: &|path| {
            let is_running = |task| shell.uploads.is_running(path, task);
            task.as_ref().is_some_and(is_running)
        },
        arrived_bytes: &|job| {
            let kept = |task| shell.uploads.kept_bytes(job, task);
            task.as_ref().map_or(0, kept)
        },
    };
    Overview {
        session,
        review: shell.review.shown(&beside),
        task: task.map(String::from),
        jobs: shell
            .uploads
            .seen()
            .into_iter()
            .filter(|(id, _)| !(is_shown && reviewed.contains(id)))
            .map(|(id, seen)| match seen {
                Seen::Job(snapshot) => job(id, &snapshot, &shell.links),
                Seen::Refused(refusal) => refused(id, &refusal),
            })
            .collect(),
        damaged_begun_at: shell.damaged.begun_at(),
        folder: shell.folder.shown(&shell.client.session().borrow()),
        files_over_window: shell.files_over_window(),
        close_asked: *lock(&shell.closing) == Closing::Asked,
        recording: shell.recorder.shown(),
        recording_failure: shell.recorder.failure(),
    }
}

/// Who is signed in.
pub(crate) fn session(shell: &Shell) -> Session {
    match &*shell.client.session().borrow() {
        SessionState::SignedIn {
            server,
            user,
            kept_in_keychain,
        } => Session::SignedIn {
            server: server.as_str().to_owned(),
            name: user.name.clone(),
            email: user.email.clone(),
            role: user.role.to_string(),
            kept_in_keychain: *kept_in_keychain,
        },
        SessionState::SignedOut { server, email } => match &*lock(&shell.restoration) {
            Restoration::Trying => Session::Restoring,
            restoration => Session::SignedOut {
                server: prefill("REVUI_SERVER")
                    .or_else(|| server.as_ref().map(|server| server.as_str().to_owned())),
                email: prefill("REVUI_EMAIL").or_else(|| email.clone()),
                problem: match restoration {
                    Restoration::Failed(failure) => Some(failure.clone()),
                    Restoration::Trying | Restoration::Settled => None,
                },
            },
        },
    }
}

fn prefill(variable: &str) -> Option<String> {
    std::env::var(variable)
        .ok()
        .filter(|value| !value.is_empty())
}

fn job(id: String, snapshot: &Snapshot, links: &Links) -> ipc::Job {
    ipc::Job {
        id,
        file_name: snapshot.file_name.clone(),
        path: for_its_user(&snapshot.path),
        task: snapshot.task.to_string(),
        size_bytes: Some(snapshot.size_bytes),
        duration_seconds: snapshot.duration_seconds,
        arrived_bytes: snapshot.arrived_bytes,
        keeps_what_arrived: snapshot.keeps_what_arrived,
        limit_bytes_per_second: snapshot.limit_bytes_per_second.map(NonZeroU64::get),
        phase: phase(&snapshot.phase, links),
    }
}

fn refused(id: String, refusal: &Refusal) -> ipc::Job {
    ipc::Job {
        id,
        file_name: file_name(&refusal.path),
        path: for_its_user(&refusal.path),
        task: refusal.task.to_string(),
        size_bytes: refusal.size_bytes,
        duration_seconds: None,
        arrived_bytes: 0,
        keeps_what_arrived: false,
        limit_bytes_per_second: None,
        phase: ipc::Phase::Failed {
            failure: refusal.failure.clone(),
        },
    }
}

fn phase(phase: &Phase, links: &Links) -> ipc::Phase {
    match phase {
        Phase::Queued { ahead } => ipc::Phase::Queued { ahead: *ahead },
        Phase::Initiating => ipc::Phase::Initiating,
        Phase::Sending {
            attempt,
            bytes_per_second,
            seconds_left,
            restarted_because,
        } => ipc::Phase::Sending {
            attempt: *attempt,
            bytes_per_second: *bytes_per_second,
            seconds_left: *seconds_left,
            restarted_because: restarted_because.clone().map(Into::into),
        },
        Phase::Completing => ipc::Phase::Completing,
        Phase::Verifying => ipc::Phase::Verifying,
        Phase::Waiting {
            cause,
            next_try,
            attempt,
            diagnosis,
        } => ipc::Phase::Waiting {
            cause: match cause {
                client::WaitCause::Network => ipc::WaitCause::Network,
                client::WaitCause::SignIn => ipc::WaitCause::SignIn,
                client::WaitCause::BackOff => ipc::WaitCause::BackOff,
                client::WaitCause::Paused => ipc::WaitCause::Paused,
                client::WaitCause::Recording => ipc::WaitCause::Recording,
                client::WaitCause::Review => ipc::WaitCause::Review,
            },
            next_try_at: next_try.map(jiff::Timestamp::as_millisecond),
            attempt: *attempt,
            failure: diagnosis.clone().into(),
        },
        Phase::Done(done) => ipc::Phase::Done {
            recording: done.recording.to_string(),
            link: link(
                &links
                    .find(&done.recording)
                    .map_or(done.link.clone(), |shared| shared.link),
            ),
            sha256: done.sha256.clone(),
            finished_at: done.finished_at.as_millisecond(),
            elapsed_milliseconds: done.elapsed_milliseconds,
        },
        Phase::Failed(diagnosis) => ipc::Phase::Failed {
            failure: diagnosis.clone().into(),
        },
        Phase::Cancelled => ipc::Phase::Cancelled,
        Phase::Stopped => ipc::Phase::Stopped,
    }
}

/// A proven link, for the window.
pub(crate) fn link(link: &Link) -> ipc::Link {
    ipc::Link {
        url: link.url.reveal().to_owned(),
        expires_at: link.expires_at.map(jiff::Timestamp::as_millisecond),
    }
}

/// A finished recording of the list; `None` for one that isn't finished.
pub(crate) fn recent(recording: &Recording) -> Option<ipc::RecentRecording> {
    (recording.upload_status == UploadStatus::Complete).then(|| ipc::RecentRecording {
        id: recording.id.to_string(),
        file_name: recording
            .filename
            .clone()
            .unwrap_or_else(|| name_in_key(&recording.s3_key)),
        task: recording.task_id.clone(),
        size_bytes: recording.file_size.map(|size| size.0),
        duration_seconds: recording.duration,
        finished_at: recording
            .completed_at
            .unwrap_or(recording.created_at)
            .as_millisecond(),
        sha256: recording.sha256.clone(),
        kept_until: recording.kept_until.map(jiff::Timestamp::as_millisecond),
    })
}

/// The name in a key `{tenantId}/{taskId}/{userId}/{timestamp}_{filename}`, for a backend that tells no other.
fn name_in_key(key: &str) -> String {
    let last = key.rsplit('/').next().unwrap_or(key);
    match last.split_once('_') {
        Some((timestamp, name)) if timestamp.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => last,
    }
    .to_owned()
}

/// A file's name as people know it.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// A path with the home folder shortened to `~`.
pub(crate) fn for_its_user(path: &Path) -> String {
    std::env::home_dir()
        .and_then(|home| {
            path.strip_prefix(home)
                .ok()
                .map(|rest| Path::new("~").join(rest))
        })
        .unwrap_or_else(|| path.to_owned())
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_the_name_without_its_timestamp() {
        for (key, name) in [
            (
                "t/task/user/1795473209340_sprint_demo.webm",
                "sprint_demo.webm",
            ),
            ("t/task/user/sprint_demo.webm", "sprint_demo.webm"),
            ("odd", "odd"),
        ] {
            assert_eq!(name_in_key(key), name);
        }
    }
}

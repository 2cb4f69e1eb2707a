//! Everything that crosses between the shell and the webview, once. `ui/src/tauri/bindings/ipc.ts` is made from these
//! types, and a test compares it.
//!
//! No token, upload URL or path to be opened is among them; the download link is there only inside [`Link`], once it
//! has been proven to open.

#[cfg(test)]
mod bindings;
mod folder;
mod recording;
mod review;

use capture::CaptureError;
use client::{ClientError, Diagnosis};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub(crate) use folder::{Folder, FolderState, SeenFile, SeenOutcome};
pub(crate) use recording::{
    AfterStop, Camera, Choices, Microphone, Recordable, Recording, RecordingCamera, RecordingOrder,
    RecordingSetup, RecordingStage, RecordingUpload, Screen, Shortcut, Sound, Target,
};
pub(crate) use review::{Review, ReviewedFile, Stretch, Verdict};

/// The main window's one event: an [`Overview`], at most ten times a second.
pub(crate) const OVERVIEW_CHANGED: &str = "overview-changed";

/// All that the window shows and does not ask for by itself.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Overview {
    /// Who is signed in.
    pub(crate) session: Session,
    /// The task that the next recordings are for.
    pub(crate) task: Option<String>,
    /// Uploads that this program knows of, oldest first.
    pub(crate) jobs: Vec<Job>,
    /// When uploads were begun whose records are damaged, in milliseconds since the epoch: nobody knows their files any more.
    pub(crate) damaged_begun_at: Vec<i64>,
    /// Chosen files that have not been sent.
    pub(crate) review: Review,
    /// The folder that is watched, or was.
    pub(crate) folder: Option<Folder>,
    /// How many files are being dragged over the window.
    pub(crate) files_over_window: usize,
    /// Whether the user closes the window while something is being sent, and has to say what then.
    pub(crate) close_asked: bool,
    /// The recording that is being made.
    pub(crate) recording: Option<Recording>,
    /// Why the last one was not made, or ended.
    pub(crate) recording_failure: Option<Failure>,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(
    tag = "state",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
pub(crate) enum Session {
    /// The stored session is being tried.
    Restoring,
    /// Nobody.
    SignedOut {
        /// What to put into the server field.
        server: Option<String>,
        /// What to put into the e-mail field.
        email: Option<String>,
        /// Why the stored session could not be used, where there is one.
        problem: Option<Failure>,
    },
    /// Somebody.
    SignedIn {
        /// The server's origin.
        server: String,
        /// What people call the user.
        name: String,
        /// The account.
        email: String,
        /// What the user may do, as the server writes it.
        role: String,
        /// Whether the session outlives this program.
        kept_in_keychain: bool,
    },
}

/// An upload.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Job {
    /// Names it in commands.
    pub(crate) id: String,
    /// The file's name.
    pub(crate) file_name: String,
    /// Where the file is, for its user to find it.
    pub(crate) path: String,
    /// What the recording is for.
    pub(crate) task: String,
    /// Size in bytes; `None` for a file that was refused unread.
    pub(crate) size_bytes: Option<u64>,
    /// Length in seconds.
    pub(crate) duration_seconds: Option<f64>,
    /// Bytes that have arrived by now, or had when it stopped moving.
    pub(crate) arrived_bytes: u64,
    /// Whether what has arrived stays when sending is interrupted; `false` also while that is not known.
    pub(crate) keeps_what_arrived: bool,
    /// Most bytes a second, where its user set a limit.
    pub(crate) limit_bytes_per_second: Option<u64>,
    /// Where it stands.
    pub(crate) phase: Phase,
}

/// Where an upload stands.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(
    tag = "name",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
pub(crate) enum Phase {
    /// Others go first.
    Queued {
        /// How many.
        ahead: usize,
    },
    /// A place is being reserved.
    Initiating,
    /// The bytes are on their way.
    Sending {
        /// The attempt, from 1.
        attempt: u32,
        /// Smoothed speed.
        bytes_per_second: Option<f64>,
        /// Smoothed time left.
        seconds_left: Option<u64>,
        /// Why something of it is sent again.
        restarted_because: Option<Failure>,
    },
    /// All bytes sent; the store is confirming.
    Completing,
    /// The link is being opened.
    Verifying,
    /// Not moving, by itself or until somebody helps.
    Waiting {
        /// What it waits for.
        cause: WaitCause,
        /// When it tries again by itself, in milliseconds since the epoch.
        next_try_at: Option<i64>,
        /// The attempt that failed, from 1.
        attempt: u32,
        /// Why.
        failure: Failure,
    },
    /// The link has been proven to open.
    Done {
        /// The recording at the backend.
        recording: String,
        /// The link.
        link: Link,
        /// SHA-256 of the file; `None` of a recording that was sent while it was made.
        sha256: Option<String>,
        /// When it was done, in milliseconds since the epoch.
        finished_at: i64,
        /// From choosing to the link, in milliseconds.
        elapsed_milliseconds: u64,
    },
    /// It will not go on by itself.
    Failed {
        /// Why.
        failure: Failure,
    },
    /// Given up by its user.
    Cancelled,
    /// Stopped; it can go on.
    Stopped,
}

/// What a waiting upload waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WaitCause {
    /// A way to the server.
    Network,
    /// The user, to sign in.
    SignIn,
    /// A failure to pass.
    BackOff,
    /// Its user, to resume it.
    Paused,
    /// The recording's end.
    Recording,
    /// Its user, to look at it first.
    Review,
}

/// Where to an upload is moved in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Move {
    /// Before all others that wait.
    ToFront,
    /// Before the one that goes before it.
    Up,
    /// Behind the one that comes after it.
    Down,
}

/// A link that was opened a moment before it was handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Link {
    /// The link itself.
    pub(crate) url: String,
    /// When it stops opening, in milliseconds since the epoch, where the link tells.
    pub(crate) expires_at: Option<i64>,
}

/// A failure as its user sees it; also what a refused command answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct Failure {
    /// Stable; the UI branches on it.
    pub(crate) code: String,
    /// What happened.
    pub(crate) message: String,
    /// What to do next.
    pub(crate) hint: String,
    /// Whether trying again, unchanged, can help.
    pub(crate) retryable: bool,
}

/// A task to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct Task {
    /// Names it.
    pub(crate) id: String,
    /// What people call it.
    pub(crate) name: String,
}

/// A finished recording of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecentRecording {
    /// Names it in commands.
    pub(crate) id: String,
    /// The name it was given.
    pub(crate) file_name: String,
    /// What it is for.
    pub(crate) task: String,
    /// Size in bytes.
    pub(crate) size_bytes: Option<u64>,
    /// Length in whole seconds.
    pub(crate) duration_seconds: Option<u32>,
    /// When it was finished, in milliseconds since the epoch.
    pub(crate) finished_at: i64,
    /// SHA-256 as its uploader claimed it.
    pub(crate) sha256: Option<String>,
    /// Until when the server keeps it, in milliseconds since the epoch; `None` where it names no end.
    pub(crate) kept_until: Option<i64>,
}

/// A recording of the list, with a fresh link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShownRecording {
    /// The recording.
    pub(crate) recording: RecentRecording,
    /// The link, opened a moment ago.
    pub(crate) link: Link,
}

/// An organisation that people sign in at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignInProvider {
    /// Which, for the command.
    pub(crate) issuer: String,
    /// What people call it.
    pub(crate) name: String,
}

/// What to do with running uploads when the window is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CloseAnswer {
    /// Hide the window; leave when all is sent.
    FinishInTray,
    /// Stop now; go on at the next start.
    StopAndQuit,
    /// Keep the window.
    Stay,
}

impl Failure {
    /// A failure of the shell itself, which trying again may cure.
    pub(crate) fn of_the_shell(code: &str, message: &str, hint: &str) -> Self {
        Self {
            code: code.to_owned(),
            message: message.to_owned(),
            hint: hint.to_owned(),
            retryable: true,
        }
    }
}

impl From<Diagnosis> for Failure {
    fn from(diagnosis: Diagnosis) -> Self {
        Self {
            code: diagnosis.code.to_string(),
            message: diagnosis.message,
            hint: diagnosis.hint,
            retryable: diagnosis.retryable,
        }
    }
}

impl From<capture::Failure> for Failure {
    fn from(failure: capture::Failure) -> Self {
        Self {
            code: failure.code.to_string(),
            message: failure.message,
            hint: failure.hint,
            retryable: true,
        }
    }
}

impl From<CaptureError> for Failure {
    fn from(error: CaptureError) -> Self {
        error.failure().into()
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        error.diagnosis().into()
    }
}

//! What an upload looks like from outside, at one moment.

use std::fmt;
use std::num::NonZeroU64;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use wire::{RecordingId, TaskId};

use crate::{Diagnosis, Link, Mended};

/// An upload's name: a UUID (version 7, so that names sort by age). Also its idempotency key where the backend takes one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub(crate) String);

impl JobId {
    /// A new name, younger than all before it.
    pub(crate) fn new() -> Self {
        Self(Uuid::now_v7().to_string())
    }

    /// Reads a name; `None` for what is none, so that no text becomes the name of a folder elsewhere.
    pub fn parse(text: &str) -> Option<Self> {
        let uuid = Uuid::try_parse(text).ok()?;
        let name = uuid.to_string();
        (name == text).then_some(Self(name))
    }

    /// The name as text; also the name of the job's folder.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One upload at one moment. A slow reader of a handle is told the first of each phase and the latest, not all.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Which upload.
    pub job: JobId,
    /// The file's name as people know it.
    pub file_name: String,
    /// Where the file is.
    pub path: PathBuf,
    /// What the recording is for.
    pub task: TaskId,
    /// Size in bytes when the job was made; of a recording that is still being made, what of it is final by now.
    pub size_bytes: u64,
    /// Length in seconds, where the file tells.
    pub duration_seconds: Option<f64>,
    /// When the job was made.
    pub created_at: Timestamp,
    /// Bytes that have arrived by now, or had when it stopped moving; after a restart, what the journal says until the
    /// store is asked. They stay if [`Snapshot::keeps_what_arrived`].
    pub arrived_bytes: u64,
    /// Whether what has arrived stays when sending is interrupted: a recording that goes in parts goes on from there, one
    /// that goes in a single request begins again until all of it has arrived. `false` as long as nobody knows which it
    /// will be.
    pub keeps_what_arrived: bool,
    /// Most bytes a second, where its user set a limit.
    pub limit_bytes_per_second: Option<NonZeroU64>,
    /// Of a recording that is still being made, the size in bytes that it must not come to, once that is known: its recorder is
    /// to say so in time, and to end it before.
    pub most_bytes: Option<u64>,
    /// What had to be mended of a recording that its recorder had not finished: it was killed, or the computer lost its power.
    pub mended: Option<Mended>,
    /// Whether it is completed only once its user has looked at the recording ([`Upload::approve`](crate::Upload::approve)).
    pub awaits_word: bool,
    /// Where it stands.
    pub phase: Phase,
}

/// Where an upload stands; each phase carries what it knows.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// Journaled; other uploads go first.
    Queued {
        /// How many are ahead of it, including the one being sent.
        ahead: usize,
    },
    /// Asking the backend for a place.
    Initiating,
    /// The bytes are on their way; [`Snapshot::arrived_bytes`] of them have been acknowledged by the other side.
    Sending {
        /// The attempt, from 1.
        attempt: u32,
        /// Smoothed speed, once known.
        bytes_per_second: Option<f64>,
        /// Smoothed time left in seconds, once known.
        seconds_left: Option<u64>,
        /// Why it started again from zero, where it did.
        restarted_because: Option<Diagnosis>,
    },
    /// All bytes sent; the store and the backend are confirming.
    Completing,
    /// The link is being opened, to prove that it works.
    Verifying,
    /// Not moving, by itself or until somebody helps. The recording is safe.
    Waiting {
        /// What it waits for.
        cause: WaitCause,
        /// When it tries again by itself; `None` when it needs somebody.
        next_try: Option<Timestamp>,
        /// The attempt that failed, from 1.
        attempt: u32,
        /// Why.
        diagnosis: Diagnosis,
    },
    /// The link has been proven to open. The journal keeps the job until `Client::forget` is told that the link is where
    /// its user has it: a program that is killed before shows it at its next start.
    Done(Box<Done>),
    /// It will not go on by itself. The file is where it was; `retry` starts it again where `retryable`.
    Failed(Diagnosis),
    /// Given up by its user, here and at the backend.
    Cancelled,
    /// Stopped in this program; the journal keeps it and `resume` goes on with it.
    Stopped,
}

impl Phase {
    /// Whether nothing more will happen to this handle.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Done(_) | Self::Failed(_) | Self::Cancelled | Self::Stopped
        )
    }

    /// Whether it goes on only once its user resumes it.
    pub fn is_paused(&self) -> bool {
        matches!(
            self,
            Self::Waiting {
                cause: WaitCause::Paused,
                ..
            }
        )
    }
}

/// What a waiting upload waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitCause {
    /// No way to the server: no attempt is spent.
    Network,
    /// The session ended; goes on by itself after sign-in.
    SignIn,
    /// A failure that passes; the countdown runs.
    BackOff,
    /// Its user paused it; goes on when its user says so, also after a restart.
    Paused,
    /// The file is still being recorded, and this backend takes whole recordings only: it goes on when the recording ends.
    Recording,
    /// The recording is at hand, or has arrived but for its completion: its user looks at it first, and says whether it
    /// is to be uploaded.
    Review,
}

/// A finished upload.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// The recording at the backend.
    pub recording: RecordingId,
    /// Its object's key.
    pub s3_key: String,
    /// Bytes stored.
    pub size_bytes: u64,
    /// Length in seconds, where known.
    pub duration_seconds: Option<f64>,
    /// SHA-256 of the file, 64 lower-case hexadecimal digits. `None` of a recording that was sent while it was made: the
    /// checksums of its parts have proven it, and the backend is told the whole file's afterwards.
    pub sha256: Option<String>,
    /// The link, opened once already.
    pub link: Link,
    /// Attempts at sending, in all.
    pub attempts: u32,
    /// Bytes put on the wire over all attempts.
    pub bytes_sent: u64,
    /// From the job's making to now, in milliseconds.
    pub elapsed_milliseconds: u64,
    /// When it was done.
    pub finished_at: Timestamp,
}

//! What the helper tells.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::device::Devices;
use crate::failure::Failure;
use crate::preview::Preview;
use crate::quality::Fineness;

/// What the helper tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "event",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Event {
    /// The first line: who speaks.
    Hello {
        /// Its protocol's version.
        protocol: u32,
        /// Its own version, as `--version` would print it.
        version: String,
    },
    /// What can be recorded.
    Devices {
        /// All of it.
        #[serde(flatten)]
        devices: Devices,
    },
    /// Everything that the options name, or a microphone, gave a first picture or sound.
    Probed,
    /// What would be recorded, or what a camera sees, as it looks now.
    Preview {
        /// The picture.
        #[serde(flatten)]
        preview: Preview,
    },
    /// The desktop asks its person what may be recorded, in a dialog of its own. The recording starts with the answer.
    Asking,
    /// The first picture has been taken.
    Started {
        /// The file.
        path: PathBuf,
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// Pictures a second.
        frames_per_second: u32,
        /// What it would have been on a faster computer, or as it was asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reduced_from: Option<Fineness>,
        /// The microphone that is recorded.
        microphone: Option<String>,
        /// The output whose sound is recorded.
        system_sound: Option<String>,
        /// The camera that is shown in the corner.
        camera: Option<String>,
    },
    /// How loud it is, ten times a second for each source.
    Level {
        /// Whose.
        source: SoundSource,
        /// Root mean square of the louder channel, in decibels relative to full scale: 0 is the loudest, silence is
        /// -100 or so. At least -200.
        rms_decibels: f64,
        /// The loudest sample, likewise.
        peak_decibels: f64,
    },
    /// How far it is, twice a second.
    Progress {
        /// The recording's length, pauses left out.
        elapsed_ms: u64,
        /// The file's size.
        bytes: u64,
        /// Bytes that are free on its disk, the reserve among them.
        free_bytes: Option<u64>,
        /// Minutes until only the reserve is left, or the file is as large as it may become, as fast as it has grown until
        /// now.
        minutes_left: Option<u64>,
    },
    /// It rests.
    Paused {
        /// The recording's length.
        elapsed_ms: u64,
    },
    /// It goes on.
    Resumed {
        /// The recording's length.
        elapsed_ms: u64,
    },
    /// A device went away, a window closed or is hidden, or a screen was unplugged or made smaller: silence, or the last
    /// picture, takes its place, and black that of a part of a screen. Of a camera that gave none, there is nothing in its
    /// place.
    DeviceLost {
        /// Which.
        source: Source,
        /// By name.
        name: String,
    },
    /// It is back, all of it, and recorded again.
    DeviceBack {
        /// Which.
        source: Source,
        /// By name.
        name: String,
    },
    /// The disk will be full before long.
    DiskLow {
        /// Bytes that are free.
        free_bytes: u64,
        /// Minutes until only the reserve is left.
        minutes_left: u64,
    },
    /// The file will be as large as it may become before long.
    SizeNear {
        /// Minutes until then.
        minutes_left: u64,
    },
    /// The file has not grown for a while. Told by [`Recording`](crate::Recording), which also notices a helper that
    /// says nothing any more.
    Stalled {
        /// For how long.
        for_ms: u64,
    },
    /// The file is finished. Nothing follows.
    Stopped {
        /// The file.
        path: PathBuf,
        /// The recording's length.
        duration_ms: u64,
        /// The file's size.
        bytes: u64,
        /// Why it ended.
        reason: StopReason,
    },
    /// The file is gone. Nothing follows.
    Discarded,
    /// What was asked cannot be done, or cannot go on. Nothing follows.
    Failed {
        /// Why.
        #[serde(flatten)]
        failure: Failure,
        /// The file, where one was begun: what had been recorded is in it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<PathBuf>,
    },
    /// One that this version does not know.
    #[serde(other)]
    Unknown,
}

/// What is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SoundSource {
    /// The microphone.
    Microphone,
    /// What the computer plays.
    SystemSound,
}

/// What a recording is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The screen that is recorded, in whole or in part.
    Screen,
    /// The window that is recorded.
    Window,
    /// The microphone.
    Microphone,
    /// What the computer plays.
    SystemSound,
    /// The camera.
    Camera,
}

impl From<SoundSource> for Source {
    fn from(source: SoundSource) -> Self {
        match source {
            SoundSource::Microphone => Self::Microphone,
            SoundSource::SystemSound => Self::SystemSound,
        }
    }
}

/// Why a recording ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StopReason {
    /// Somebody said so: a command, or a signal of the system.
    Requested,
    /// It has the length that was asked for.
    Limit,
    /// Only the reserve is left on the disk.
    DiskLow,
    /// The file is as large as it may become.
    SizeLimit,
    /// Whoever started the helper is gone.
    Abandoned,
    /// One that this version does not know.
    #[serde(other)]
    Other,
}

impl Event {
    /// Whether nothing follows it.
    pub fn is_last(&self) -> bool {
        matches!(
            self,
            Self::Stopped { .. } | Self::Discarded | Self::Failed { .. }
        )
    }
}

//! What crosses of recording.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Failure;

/// A recording that is being made.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recording {
    /// Where it stands.
    pub(crate) stage: RecordingStage,
    /// The file's name, once there is one.
    pub(crate) file_name: Option<String>,
    /// Its length in milliseconds, pauses left out.
    pub(crate) elapsed_ms: u64,
    /// Size of the file in bytes.
    pub(crate) size_bytes: u64,
    /// Minutes until its disk is full, or it is as large as the server takes one.
    pub(crate) minutes_left: Option<u64>,
    /// Whether its disk will be full before long.
    pub(crate) disk_low: bool,
    /// Whether it will be as large as the server takes one before long.
    pub(crate) size_near: bool,
    /// Whether the file does not grow.
    pub(crate) stalled: bool,
    /// What is heard.
    pub(crate) sounds: Vec<Sound>,
    /// The screen that is recorded, when it is gone or smaller than it was.
    pub(crate) lost_screen: Option<String>,
    /// The window that is recorded, when it is not to be seen.
    pub(crate) lost_window: Option<String>,
    /// The camera in the corner.
    pub(crate) camera: Option<RecordingCamera>,
    /// What happens at its end.
    pub(crate) after_stop: AfterStop,
    /// How far its upload is; `None` where it has none yet.
    pub(crate) upload: Option<RecordingUpload>,
}

/// Where a recording stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(
    tag = "name",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
pub(crate) enum RecordingStage {
    /// It begins in so many seconds.
    CountingDown {
        /// How many.
        seconds: u8,
    },
    /// The first picture is awaited.
    Starting,
    /// It grows.
    Running,
    /// It rests.
    Paused,
    /// Its file is being finished, or removed.
    Ending,
}

/// A microphone, or what the computer plays.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sound {
    /// As the system's settings show it.
    pub(crate) name: String,
    /// Whether it is what the computer plays.
    pub(crate) is_system: bool,
    /// How loud it is, in decibels relative to full scale: 0 is the loudest.
    pub(crate) decibels: f64,
    /// Whether it is gone, and silence in its place.
    pub(crate) lost: bool,
}

/// The camera that is shown in the corner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecordingCamera {
    /// As its maker calls it.
    pub(crate) name: String,
    /// Whether it is gone, and its last picture in its place.
    pub(crate) lost: bool,
}

/// How far a recording is uploaded while it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(
    tag = "name",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
pub(crate) enum RecordingUpload {
    /// What is final of it goes meanwhile.
    Meanwhile {
        /// So much of it has arrived.
        arrived_bytes: u64,
    },
    /// It goes on as soon as there is a way to the server.
    WaitsForNetwork,
    /// It goes on once somebody signs in.
    WaitsForSignIn,
    /// This server takes whole recordings only.
    AfterStop,
    /// It goes nowhere; the recording goes on.
    Failed {
        /// Why.
        failure: Failure,
    },
}

/// What its user wants of a recording that is being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RecordingOrder {
    /// Begin now, without counting on.
    Begin,
    /// Rest.
    Pause,
    /// Go on.
    Resume,
    /// Finish the file; before there is one, give it up.
    Stop,
    /// Stop, and remove the file.
    Discard,
}

/// How somebody wants their recordings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Choices {
    /// What is seen.
    pub(crate) target: Target,
    /// Whose voice.
    pub(crate) microphone: Microphone,
    /// Whether what the computer plays is heard.
    pub(crate) system_sound: bool,
    /// Whose face.
    pub(crate) camera: Camera,
    /// What happens at its end.
    pub(crate) after_stop: AfterStop,
    /// Whether it begins after three seconds.
    pub(crate) counts_down: bool,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            target: Target::default(),
            microphone: Microphone::default(),
            system_sound: false,
            camera: Camera::default(),
            after_stop: AfterStop::default(),
            counts_down: true,
        }
    }
}

/// What is seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Target {
    /// The main screen.
    #[default]
    MainScreen,
    /// A screen.
    Screen {
        /// From 1.
        number: u32,
    },
    /// A window.
    Window {
        /// By its title.
        title: String,
    },
    /// A part of the desktop, in pixels.
    Region {
        /// From the left.
        x: u32,
        /// From the top.
        y: u32,
        /// Across.
        width: u32,
        /// Down.
        height: u32,
    },
}

/// Which microphone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Microphone {
    /// The one that the system uses.
    #[default]
    Default,
    /// None.
    Off,
    /// One by its name.
    Named {
        /// The name.
        name: String,
    },
}

/// Which camera is shown in the corner.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Camera {
    /// None.
    #[default]
    Off,
    /// The first there is.
    Default,
    /// One by its name.
    Named {
        /// The name.
        name: String,
    },
}

/// What happens when a recording ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AfterStop {
    /// Its user looks at it, and says whether it is uploaded.
    #[default]
    Review,
    /// It is uploaded, and the link is there as soon as it can be.
    Share,
}

/// The keys that start and stop a recording from anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shortcut {
    /// As people write them; `None` where their user wants none.
    pub(crate) keys: Option<String>,
    /// Why they do nothing.
    pub(crate) failure: Option<Failure>,
}

/// What is there to be chosen from, and what was chosen last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecordingSetup {
    /// Chosen last.
    pub(crate) choices: Choices,
    /// To be chosen from.
    pub(crate) recordable: Recordable,
    /// How it is done without the window.
    pub(crate) shortcut: Shortcut,
    /// Where recordings go.
    pub(crate) folder: String,
}

/// What of this computer can be recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recordable {
    /// The screens, the main one first.
    pub(crate) screens: Vec<Screen>,
    /// The titles of windows, the topmost first.
    pub(crate) windows: Vec<String>,
    /// The microphones, the one that the system uses first.
    pub(crate) microphones: Vec<String>,
    /// The output whose sound can be recorded.
    pub(crate) system_sound: Option<String>,
    /// The cameras.
    pub(crate) cameras: Vec<String>,
    /// Whether the desktop itself asks which screen or window, at the start. There is one entry of each then, for all.
    pub(crate) desktop_asks: bool,
}

/// A screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Screen {
    /// From 1.
    pub(crate) number: u32,
    /// The monitor's name.
    pub(crate) name: String,
    /// Pixels from the desktop's left.
    pub(crate) x: u32,
    /// Pixels from its top.
    pub(crate) y: u32,
    /// Pixels across.
    pub(crate) width: u32,
    /// Pixels down.
    pub(crate) height: u32,
}

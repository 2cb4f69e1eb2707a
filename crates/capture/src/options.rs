//! How somebody wants a recording.

use serde::{Deserialize, Serialize};

use crate::device::Area;
use crate::quality::Quality;

/// What stays free on the disk if nobody says otherwise: enough for the system, and for what finishing the file takes.
pub const DEFAULT_RESERVE_BYTES: u64 = 500_000_000;

/// What to record, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// The picture.
    pub target: Target,
    /// Pictures a second, from 1 to 60.
    pub frames_per_second: u32,
    /// How fine the picture is.
    pub quality: Quality,
    /// The voice.
    pub microphone: Microphone,
    /// Whether what the computer plays is recorded.
    pub system_sound: bool,
    /// The face.
    pub camera: Camera,
    /// The recording's length, in milliseconds, after which it stops by itself.
    pub limit_ms: Option<u64>,
    /// Bytes of the disk that stay free: with less the recording stops.
    pub reserve_bytes: u64,
}

/// Where the picture comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Target {
    /// The main screen.
    #[default]
    MainScreen,
    /// A screen by its number, from 1.
    Screen {
        /// The number.
        number: u32,
    },
    /// A window by its title, or by a part of it that no other has.
    Window {
        /// The title.
        title: String,
    },
    /// A part of the desktop.
    Region {
        /// Which.
        area: Area,
    },
}

/// Which microphone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Microphone {
    /// The one that the system uses, if there is one.
    #[default]
    Default,
    /// None.
    Off,
    /// One by its name, or by a part of it that no other has.
    Named {
        /// The name.
        name: String,
    },
}

/// Which camera is shown, small, in the lower right corner of the picture.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Camera {
    /// None.
    #[default]
    Off,
    /// The first there is.
    Default,
    /// One by its name, or by a part of it that no other has.
    Named {
        /// The name.
        name: String,
    },
}

impl Default for Options {
    fn default() -> Self {
        Self {
            target: Target::default(),
            frames_per_second: 30,
            quality: Quality::default(),
            microphone: Microphone::default(),
            system_sound: false,
            camera: Camera::default(),
            limit_ms: None,
            reserve_bytes: DEFAULT_RESERVE_BYTES,
        }
    }
}

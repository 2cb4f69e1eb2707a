//! What the helper program and whoever started it say to each other: JSON, an object a line.
//!
//! The helper reads [`Command`]s on its standard input and writes [`Event`]s to its standard output, [`Event::Hello`]
//! first. Within one [`VERSION`] kinds and fields are only ever added: either side passes over a kind that it does not
//! know, and over unknown fields.
//!
//! When standard input closes, whoever started the helper is gone: a recording that is under way is finished properly,
//! and the helper ends.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::device::Devices;
use crate::failure::Failure;
use crate::options::{Camera, Options, Target};
use crate::preview::Preview;
use crate::quality::Fineness;

/// The protocol's version. Another one means that the two programs do not understand each other.
pub const VERSION: u32 = 1;

/// What the helper is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "command",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Command {
    /// List what can be recorded: answered by [`Event::Devices`].
    ListDevices {
        /// Whether each is opened, too, until it gives a first picture or sound.
        #[serde(default)]
        probe: bool,
    },
    /// Open what these options name, record nothing, and close it: answered by [`Event::Probed`].
    Probe {
        /// What would be recorded.
        options: Options,
    },
    /// Take one picture of a target, and make it small: answered by [`Event::Preview`].
    Preview {
        /// What would be recorded.
        target: Target,
    },
    /// Take one picture of a camera, and make it smaller still: answered by [`Event::Preview`].
    PreviewCamera {
        /// Which.
        camera: Camera,
    },
    /// Record: answered by [`Event::Started`] with the first picture.
    Start {
        /// The file. It is there already, and empty.
        output: PathBuf,
        /// What and how.
        options: Options,
    },
    /// Leave out what happens until [`Command::Resume`].
    Pause,
    /// Go on.
    Resume,
    /// Finish the file before it comes to so many bytes, if to any: told by [`Event::SizeNear`] minutes before. It may be said
    /// again; a file that is larger already is not ended by it.
    LimitSize {
        /// How many; `None`: however large it becomes.
        bytes: Option<u64>,
    },
    /// Finish the file: answered by [`Event::Stopped`].
    Stop,
    /// Stop and remove the file: answered by [`Event::Discarded`].
    Discard,
    /// One that this version does not know.
    #[serde(other)]
    Unknown,
}

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
    /// Everything that the options name gave a first picture or sound.
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

/// A command or an event as its line, without the line's end.
///
/// # Errors
///
/// When it has a path that is not Unicode, which JSON cannot hold.
pub fn line(said: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string(said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Area;
    use crate::options::Microphone;
    use proptest::prelude::*;

    fn target() -> impl Strategy<Value = Target> {
        prop_oneof![
            Just(Target::MainScreen),
            any::<u32>().prop_map(|number| Target::Screen { number }),
            any::<String>().prop_map(|title| Target::Window { title }),
            any::<(u32, u32, u32, u32)>().prop_map(|(x, y, width, height)| Target::Region {
                area: Area {
                    x,
                    y,
                    width,
                    height
                }
            }),
        ]
    }

    proptest! {
        #[test]
        fn what_is_said_is_understood(
            target in target(),
            name: String,
            output: String,
            limit_ms: Option<u64>,
            system_sound: bool,
        ) {
            let options = Options {
                target,
                microphone: Microphone::Named { name: name.clone() },
                camera: Camera::Named { name },
                limit_ms,
                system_sound,
                ..Options::default()
            };
            let said = Command::Start { output: output.into(), options };
            let line = line(&said).unwrap();
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(serde_json::from_str::<Command>(&line).unwrap(), said);
        }

        #[test]
        fn no_line_is_too_odd_to_be_read(line: String) {
            let _ = serde_json::from_str::<Command>(&line);
            let _ = serde_json::from_str::<Event>(&line);
        }
    }

    #[test]
    fn kinds_of_later_versions_are_passed_over() {
        let later = r#"{"command":"zoom","factor":2}"#;
        assert_eq!(
            serde_json::from_str::<Command>(later).unwrap(),
            Command::Unknown
        );
        let later = r#"{"event":"applause","claps":2}"#;
        assert_eq!(
            serde_json::from_str::<Event>(later).unwrap(),
            Event::Unknown
        );
        let later = r#"{"event":"stopped","path":"a.webm","durationMs":1,"bytes":2,"reason":"boredom","mood":"good"}"#;
        assert_eq!(
            serde_json::from_str::<Event>(later).unwrap(),
            Event::Stopped {
                path: "a.webm".into(),
                duration_ms: 1,
                bytes: 2,
                reason: StopReason::Other,
            }
        );
    }

    /// Other programs may read these: a field that changes its name is another version.
    #[test]
    fn lines_are_as_they_were() {
        let start = Command::Start {
            output: "a.webm".into(),
            options: Options::default(),
        };
        assert_eq!(
            line(&start).unwrap(),
            r#"{"command":"start","output":"a.webm","options":{"target":{"kind":"mainScreen"},"framesPerSecond":30,"quality":{"kind":"automatic"},"microphone":{"kind":"default"},"systemSound":false,"camera":{"kind":"off"},"limitMs":null,"reserveBytes":500000000}}"#
        );
        let limit = Command::LimitSize {
            bytes: Some(52_428_800_000),
        };
        assert_eq!(
            line(&limit).unwrap(),
            r#"{"command":"limitSize","bytes":52428800000}"#
        );
        let level = Event::Level {
            source: SoundSource::SystemSound,
            rms_decibels: -20.5,
            peak_decibels: -9.0,
        };
        assert_eq!(
            line(&level).unwrap(),
            r#"{"event":"level","source":"systemSound","rmsDecibels":-20.5,"peakDecibels":-9.0}"#
        );
        let least: Command = serde_json::from_str(
            r#"{"command":"start","output":"a.webm","options":{"microphone":{"kind":"off"}}}"#,
        )
        .unwrap();
        let options = Options {
            microphone: Microphone::Off,
            ..Options::default()
        };
        assert_eq!(
            least,
            Command::Start {
                output: "a.webm".into(),
                options
            }
        );
    }
}

//! What the helper program and whoever started it say to each other: JSON, an object a line.
//!
//! The helper reads [`Command`]s on its standard input and writes [`Event`]s to its standard output, [`Event::Hello`]
//! first. Within one [`VERSION`] kinds and fields are only ever added: either side passes over a kind that it does not
//! know, and over unknown fields.
//!
//! When standard input closes, whoever started the helper is gone: a recording that is under way is finished properly,
//! and the helper ends.

mod event;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::options::{Camera, Microphone, Options, Target};

pub use event::{Event, SoundSource, Source, StopReason};

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
    /// Open a microphone until it gives a first sound, and close it: answered by [`Event::Probed`].
    ProbeMicrophone {
        /// Which.
        microphone: Microphone,
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

//! `revui record` and `revui devices`.

use std::path::PathBuf;

use capture::{Area, Camera, Microphone, Options, Quality, Target};
use clap::Args;
use wire::TaskId;

use super::Watching;

/// `revui devices`.
#[derive(Debug, Args)]
pub(crate) struct Devices {
    /// Open each, and say whether it gives a picture or a sound
    #[arg(long)]
    pub(crate) probe: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// `revui record`.
#[derive(Debug, Args)]
pub(crate) struct Record {
    /// The file; nothing is overwritten [default: by date and time, in the folder Revui of your videos]
    #[arg(value_name = "OUTPUT.webm")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) picture: Picture,
    #[command(flatten)]
    pub(crate) sound: Sound,
    /// Stop by itself after so many seconds
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=604_800))]
    pub(crate) seconds: Option<u64>,
    /// Stop while so much of the disk is left, like 500M or 2G
    #[arg(long, value_name = "SIZE", value_parser = bytes, default_value = "500M")]
    pub(crate) keep_free: u64,
    /// Upload it while it is recorded, and print the link a moment after its end
    #[arg(long, requires = "task")]
    pub(crate) upload: bool,
    /// With --upload: what it is for
    #[arg(long, requires = "upload")]
    pub(crate) task: Option<TaskId>,
    /// With --upload: send it, but complete it only once `revui resume` says so
    #[arg(long, requires = "upload")]
    pub(crate) review: bool,
    #[command(flatten)]
    pub(crate) watching: Watching,
}

/// What is seen.
#[derive(Debug, Args)]
pub(crate) struct Picture {
    /// Record this screen, as `revui devices` numbers it [default: the main one]
    #[arg(long, value_name = "N", group = "target")]
    pub(crate) screen: Option<u32>,
    /// Record the window of this title; a part that no other has is enough
    #[arg(long, value_name = "TITLE", group = "target")]
    pub(crate) window: Option<String>,
    /// Record a part of the desktop, like 1280x720+0+0
    #[arg(long, value_name = "WxH+X+Y", group = "target")]
    pub(crate) region: Option<Area>,
    /// Pictures a second
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub(crate) fps: u32,
    /// As fine as this computer manages (auto), as what is recorded (full), or with so many rows at most, like 720
    #[arg(long, value_name = "QUALITY", default_value_t)]
    pub(crate) quality: Quality,
    /// Show this camera in the lower right corner; `default` is the first there is [default: none]
    #[arg(long, value_name = "NAME")]
    pub(crate) camera: Option<String>,
}

/// What is heard.
#[derive(Debug, Args)]
pub(crate) struct Sound {
    /// Record this microphone, or `none` [default: the one that the system uses]
    #[arg(long, value_name = "NAME")]
    pub(crate) mic: Option<String>,
    /// Record what the computer plays, too
    #[arg(long)]
    pub(crate) system_sound: bool,
}

/// An amount of bytes, as people write it.
fn bytes(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is no size like 500M or 2G");
    super::amount(text).ok_or_else(wrong)
}

impl Record {
    /// As the recorder takes it.
    pub(crate) fn options(&self) -> Options {
        let Picture {
            screen,
            window,
            region,
            fps,
            quality,
            camera,
        } = &self.picture;
        let target = match (screen, window, region) {
            (Some(number), _, _) => Target::Screen { number: *number },
            (_, Some(title), _) => Target::Window {
                title: title.clone(),
            },
            (_, _, Some(area)) => Target::Region { area: *area },
            (None, None, None) => Target::MainScreen,
        };
        let microphone = match self.sound.mic.as_deref() {
            None => Microphone::Default,
            Some("none") => Microphone::Off,
            Some(name) => Microphone::Named {
                name: name.to_owned(),
            },
        };
        let camera = match camera.as_deref() {
            None | Some("none") => Camera::Off,
            Some("default") => Camera::Default,
            Some(name) => Camera::Named {
                name: name.to_owned(),
            },
        };
        Options {
            target,
            frames_per_second: *fps,
            quality: *quality,
            microphone,
            system_sound: self.sound.system_sound,
            camera,
            limit_ms: self.seconds.map(|seconds| seconds * 1000),
            reserve_bytes: self.keep_free,
        }
    }
}

#[cfg(test)]
mod tests {
    use capture::DEFAULT_RESERVE_BYTES;
    use clap::Parser as _;

    use super::*;
    use crate::arguments::{Arguments, Command};

    fn options(line: &[&str]) -> Options {
        let line = ["revui", "record"].iter().chain(line);
        let Command::Record(record) = Arguments::try_parse_from(line).unwrap().command else {
            panic!("another command");
        };
        record.options()
    }

    #[test]
    fn without_a_word_it_is_the_main_screen_with_the_usual_microphone() {
        assert_eq!(options(&[]), Options::default());
        assert_eq!(options(&[]).reserve_bytes, DEFAULT_RESERVE_BYTES);
    }

    #[test]
    fn each_choice_reaches_the_recorder() {
        let window = options(&["--window", "Notes", "--mic", "none", "--seconds", "5"]);
        let expected = Options {
            target: Target::Window {
                title: "Notes".to_owned(),
            },
            microphone: Microphone::Off,
            limit_ms: Some(5000),
            ..Options::default()
        };
        assert_eq!(window, expected);
        let region = options(&[
            "--region",
            "640x360+0+9",
            "--system-sound",
            "--fps",
            "15",
            "--quality",
            "720",
            "--camera",
            "Webcam",
        ]);
        let expected = Options {
            target: Target::Region {
                area: "640x360+0+9".parse().unwrap(),
            },
            system_sound: true,
            frames_per_second: 15,
            quality: Quality::Rows { most: 720 },
            camera: Camera::Named {
                name: "Webcam".to_owned(),
            },
            ..Options::default()
        };
        assert_eq!(region, expected);
        assert_eq!(options(&["--camera", "none"]).camera, Camera::Off);
        assert_eq!(options(&["--camera", "default"]).camera, Camera::Default);
    }

    #[test]
    fn contradictions_are_refused() {
        for wrong in [
            &["--screen", "1", "--window", "Notes"][..],
            &["--window", "Notes", "--region", "640x360+0+0"],
            &["--region", "640x360"],
            &["--fps", "0"],
            &["--fps", "61"],
            &["--quality", "best"],
            &["--seconds", "0"],
            &["--keep-free", "much"],
            &["--upload"],
            &["--task", "t"],
            &["--review"],
            &["a.webm", "b.webm"],
        ] {
            let line = ["revui", "record"].iter().chain(wrong);
            assert!(Arguments::try_parse_from(line).is_err(), "{wrong:?}");
        }
    }
}

//! What can go wrong in here, by the step, and the same for people.

use std::path::PathBuf;

use capture::{Area, Failure, FailureCode, Sources, install_command};
use gst::prelude::*;
use gstreamer as gst;
use x11rb::errors::{ConnectError, ConnectionError, ReplyError, ReplyOrIdError};

use crate::camera::CameraTrouble;
use crate::names::NotFound;
use crate::portal::PortalTrouble;

/// Why something cannot be listed or recorded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("GStreamer cannot be started")]
    NotInitialised(#[source] gst::glib::Error),
    #[error("these elements are missing: {}", .0.join(", "))]
    PluginsMissing(Vec<&'static str>),
    #[error(transparent)]
    Portal(#[from] PortalTrouble),
    #[error("there is no display")]
    NoDisplay,
    #[error("{} is not recorded from yet", .0.name)]
    Untried(&'static Sources),
    #[error("the display does not answer")]
    NotConnected(#[source] ConnectError),
    #[error("the display refused a question")]
    Display(#[from] ReplyError),
    #[error("no window can be captured from this display")]
    NoCapture(#[from] ReplyOrIdError),
    #[error("there is no memory to share with the display")]
    NoMemory(#[source] std::io::Error),
    #[error("the colours of this display are unknown: depth {0}")]
    Depth(u8),
    #[error("there is no screen {number} of {screens}")]
    UnknownScreen { number: u32, screens: usize },
    #[error("no window `{title}`: {found:?}")]
    UnknownWindow {
        title: String,
        found: NotFound,
        titles: Vec<String>,
    },
    #[error("the region {region} is not on the desktop of {desktop}")]
    OffScreen { region: Area, desktop: Area },
    #[error("no microphone `{name}`: {found:?}")]
    UnknownMicrophone {
        name: String,
        found: NotFound,
        names: Vec<String>,
    },
    #[error("there is no microphone")]
    NoMicrophone,
    #[error("the microphone `{name}` gives no sound")]
    NotHeard {
        name: String,
        #[source]
        why: Box<Trouble>,
    },
    #[error(transparent)]
    Camera(#[from] CameraTrouble),
    #[error("nothing plays sound")]
    NoSystemSound,
    #[error("{0} pictures a second")]
    FrameRate(u32),
    #[error("the pipeline cannot be built")]
    NotBuilt(#[from] gst::glib::BoolError),
    #[error("the pipeline does not start")]
    NotPlaying(#[from] gst::StateChangeError),
    #[error("{element} failed: {said} ({details})")]
    Element {
        element: String,
        said: String,
        details: String,
    },
    #[error("no picture came")]
    NoPicture,
    #[error("it ended before there was a picture")]
    Nothing,
    #[error("it was given up before there was a picture")]
    Unwanted,
    #[error("the file `{}` was not finished in time", .0.display())]
    NotFinished(PathBuf),
    #[error("the disk of `{}` is full", .0.display())]
    DiskFull(PathBuf),
    #[error("`{}` cannot be removed", path.display())]
    NotRemoved {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

impl From<ConnectionError> for Trouble {
    fn from(error: ConnectionError) -> Self {
        Self::Display(error.into())
    }
}

/// Names, for a hint: a few of them.
fn listed(names: &[String]) -> String {
    const MOST: usize = 8;
    let shown: Vec<_> = names
        .iter()
        .take(MOST)
        .map(|name| format!("“{name}”"))
        .collect();
    let more = if names.len() > MOST { ", …" } else { "" };
    match names {
        [] => "There is none.".to_owned(),
        _ => format!(
            "There are {}{more}. `revui devices` lists them.",
            shown.join(", ")
        ),
    }
}

/// That there is not exactly one of this name, and which there are.
pub(crate) fn of_name(
    what: &str,
    name: &str,
    found: NotFound,
    names: &[String],
) -> (String, String) {
    let message = match found {
        NotFound::None => format!("There is no {what} “{name}”."),
        NotFound::Several => format!("Several {what}s have “{name}” in their names."),
    };
    (message, listed(names))
}

/// The first few, and how many more: all of them are missing as a rule, and their names help nobody then.
pub(crate) fn first_of(names: &[&str]) -> String {
    match names {
        [first, second, third, more @ ..] if more.len() > 1 => {
            format!("{first}, {second}, {third} and {} more", more.len())
        }
        few => few.join(", "),
    }
}

impl Trouble {
    /// What an element of a pipeline says.
    pub(crate) fn of_element(message: &gst::Message, error: &gst::message::Error) -> Self {
        let element = message.src().map(|element| element.name().to_string());
        let details = error.debug().map(|debug| debug.to_string());
        Self::Element {
            element: element.unwrap_or_default(),
            said: error.error().to_string(),
            details: details.unwrap_or_default(),
        }
    }

    /// For people: what happened, and what to do next.
    pub(crate) fn failure(&self) -> Failure {
        use FailureCode as Code;
        let again = || "Try again.".to_owned();
        let (code, message, hint) = match self {
            Self::NotInitialised(_) | Self::PluginsMissing(_) => (
                Code::PluginsMissing,
                match self {
                    Self::PluginsMissing(missing) => format!(
                        "Recording needs plugins of GStreamer that are not on this computer: {}.",
                        first_of(missing)
                    ),
                    _ => format!("GStreamer cannot be started: {}.", self.cause()),
                },
                format!("Install them: `{}`. Everything but recording works without them.", install_command()),
            ),
            Self::Portal(trouble) => return trouble.failure(),
            Self::NoDisplay => (
                Code::NoDisplay,
                "There is no display to record.".to_owned(),
                "Start this in a desktop session, or set DISPLAY.".to_owned(),
            ),
            Self::NotConnected(error) => (
                Code::NoDisplay,
                format!("The display does not answer: {error}."),
                "Look whether DISPLAY names the right one.".to_owned(),
            ),
            Self::Untried(sources) => (
                Code::DisplayUnsupported,
                format!("{} sessions cannot be recorded yet.", sources.name),
                "Sign in to a session with X11 or Wayland, or record with another program and upload its file.".to_owned(),
            ),
            Self::Display(_) | Self::NoCapture(_) | Self::NoMemory(_) | Self::Depth(_) => {
                (Code::DeviceUnusable, format!("The display cannot be recorded: {self}: {}.", self.cause()), again())
            }
            Self::UnknownScreen { number, screens } => (
                Code::UnknownScreen,
                format!("There is no screen {number}."),
                match screens {
                    1 => "There is one, number 1.".to_owned(),
                    _ => format!("They are numbered from 1 to {screens}. `revui devices` lists them."),
                },
            ),
            Self::UnknownWindow { title, found, titles } => {
                let (message, hint) = of_name("window", title, *found, titles);
                (Code::UnknownWindow, message, hint)
            }
            Self::OffScreen { region, desktop } => (
                Code::RegionOffScreen,
                format!("The region {region} is not on the desktop."),
                format!("The desktop is {desktop}."),
            ),
            Self::UnknownMicrophone { name, found, names } => {
                let (message, hint) = of_name("microphone", name, *found, names);
                (Code::UnknownMicrophone, message, format!("{hint} Without one: `--mic none`."))
            }
            Self::NoMicrophone => (
                Code::UnknownMicrophone,
                "There is no microphone.".to_owned(),
                "Plug one in, or record without one: `--mic none`.".to_owned(),
            ),
            Self::NotHeard { name, .. } => (
                Code::DeviceUnusable,
                format!("“{name}” gives no sound."),
                "Look at it in the system's settings for sound, or choose another.".to_owned(),
            ),
            Self::Camera(trouble) => return trouble.failure(),
            Self::NoSystemSound => (
                Code::NoSystemSound,
                "Nothing on this computer plays sound that could be recorded.".to_owned(),
                "Start the sound server (PulseAudio or PipeWire), or record without system sound.".to_owned(),
            ),
            Self::FrameRate(rate) => (
                Code::InvalidOptions,
                format!("{rate} pictures a second cannot be recorded."),
                "Ask for 1 to 60.".to_owned(),
            ),
            Self::NotBuilt(_) | Self::NotPlaying(_) | Self::Element { .. } | Self::NoPicture => {
                (Code::PipelineFailed, format!("Recording failed: {self}."), again())
            }
            Self::Nothing | Self::Unwanted => (
                Code::NothingRecorded,
                "It ended before there was a picture.".to_owned(),
                again(),
            ),
            Self::NotFinished(path) => (
                Code::PipelineFailed,
                format!("The end of {} could not be written.", path.display()),
                "What was recorded is in the file, which plays but cannot be searched.".to_owned(),
            ),
            Self::DiskFull(path) => (
                Code::DiskFull,
                format!("There is no room for {}.", path.display()),
                "Make room on its disk, or record to another one.".to_owned(),
            ),
            Self::NotRemoved { .. } => {
                (Code::OutputUnwritable, format!("{self}{}.", self.cause()), "Record to another folder.".to_owned())
            }
        };
        Failure::new(code, message, hint)
    }

    fn cause(&self) -> String {
        std::error::Error::source(self).map_or_else(String::new, ToString::to_string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_not_read_out() {
        assert_eq!(first_of(&["level"]), "level");
        assert_eq!(first_of(&["a", "b", "c", "d"]), "a, b, c, d");
        assert_eq!(first_of(&["a", "b", "c", "d", "e"]), "a, b, c and 2 more");
    }
}

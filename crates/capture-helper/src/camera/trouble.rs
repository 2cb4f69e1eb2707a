//! What can go wrong with a camera, and the same for people.

use capture::{Failure, FailureCode as Code, install_command};

use crate::names::NotFound;
use crate::trouble::{first_of, of_name};

/// Why a camera cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CameraTrouble {
    #[error("these elements for cameras are missing: {}", .0.join(", "))]
    PluginsMissing(Vec<&'static str>),
    #[error("no camera `{name}`: {found:?}")]
    Unknown {
        name: String,
        found: NotFound,
        names: Vec<String>,
    },
    #[error("there is no camera")]
    None,
    #[error("it gives neither plain pictures nor JPEG")]
    Pictures,
    #[error("the camera `{name}` gives no picture: {said}")]
    Unusable { name: String, said: String },
}

impl CameraTrouble {
    /// For people: what happened, and what to do next.
    pub(crate) fn failure(&self) -> Failure {
        match self {
            Self::PluginsMissing(missing) => Failure::new(
                Code::PluginsMissing,
                format!(
                    "A camera needs plugins of GStreamer that are not on this computer: {}.",
                    first_of(missing)
                ),
                format!(
                    "Install them: `{}`. Without a camera: `--camera none`.",
                    install_command()
                ),
            ),
            Self::Unknown { name, found, names } => {
                let (message, hint) = of_name("camera", name, *found, names);
                let hint = format!("{hint} Without one: `--camera none`.");
                Failure::new(Code::UnknownCamera, message, hint)
            }
            Self::None => Failure::new(
                Code::UnknownCamera,
                "There is no camera.",
                "Connect one, or record without: `--camera none`.",
            ),
            Self::Pictures => Failure::new(
                Code::DeviceUnusable,
                "The camera gives neither plain pictures nor JPEG.",
                "Choose another one, or record without: `--camera none`.",
            ),
            Self::Unusable { name, said } => Failure::new(
                Code::DeviceUnusable,
                format!("The camera “{name}” gives no picture: {said}."),
                "Look whether another program uses it.",
            ),
        }
    }
}

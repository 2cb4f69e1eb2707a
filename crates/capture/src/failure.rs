//! What a recording can fail by, for people and for programs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why something could not be recorded: what happened, what to do next, and a stable code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// For programs.
    pub code: FailureCode,
    /// What happened, in a sentence.
    pub message: String,
    /// What to do next.
    pub hint: String,
}

/// A failure's name for programs. A code is never given another meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// The helper program is not where it should be.
    RecorderMissing,
    /// The helper program is of another version.
    RecorderOfAnotherVersion,
    /// The helper program ended, or says nothing any more.
    RecorderEnded,
    /// GStreamer is not on this computer.
    GstreamerMissing,
    /// Some of GStreamer's plugins are not on this computer.
    PluginsMissing,
    /// There is no display.
    NoDisplay,
    /// What this display server shows cannot be recorded yet.
    DisplayUnsupported,
    /// The desktop has no portal by which something could be recorded.
    PortalMissing,
    /// The desktop asked its person what may be recorded, who said no, or nothing.
    PermissionRefused,
    /// No screen has this number.
    UnknownScreen,
    /// No window has this title, or several have.
    UnknownWindow,
    /// The region is not on the desktop.
    RegionOffScreen,
    /// No microphone has this name, or several have.
    UnknownMicrophone,
    /// No camera has this name, or several have, or there is none.
    UnknownCamera,
    /// There is nothing that plays sound.
    NoSystemSound,
    /// A device cannot be opened.
    DeviceUnusable,
    /// The options contradict what can be recorded.
    InvalidOptions,
    /// There is a file of this name already.
    OutputExists,
    /// The file cannot be written.
    OutputUnwritable,
    /// The disk is full.
    DiskFull,
    /// It ended before there was a picture.
    NothingRecorded,
    /// Capturing, encoding or writing failed.
    PipelineFailed,
    /// One that this version does not know.
    #[serde(other)]
    Other,
}

impl Failure {
    /// One with this code.
    pub fn new(code: FailureCode, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: hint.into(),
        }
    }
}

impl fmt::Display for FailureCode {
    /// As in JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.message, self.hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_as_in_json() {
        assert_eq!(
            FailureCode::GstreamerMissing.to_string(),
            "gstreamer_missing"
        );
        let unknown: FailureCode = serde_json::from_str("\"on_fire\"").unwrap();
        assert_eq!(unknown, FailureCode::Other);
    }
}

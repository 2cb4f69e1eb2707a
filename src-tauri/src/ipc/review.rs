//! What crosses of files that their user looks over before they are sent.

use serde::Serialize;
use ts_rs::TS;

use super::Failure;

/// Chosen files, for their user to look over before they are sent.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Review {
    /// The files, in the order in which they were chosen.
    pub(crate) files: Vec<ReviewedFile>,
    /// How long those that can be sent will take, with what goes first; `None` where no speed has been measured.
    pub(crate) expected_seconds: Option<u64>,
}

/// A chosen file.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReviewedFile {
    /// Names it in commands.
    pub(crate) id: String,
    /// The file's name.
    pub(crate) file_name: String,
    /// Where the file is, for its user to find it.
    pub(crate) path: String,
    /// Size in bytes, where it is a file that can be looked at.
    pub(crate) size_bytes: Option<u64>,
    /// Length in seconds, where the file tells.
    pub(crate) duration_seconds: Option<f64>,
    /// What its pictures are coded in: `VP9`.
    pub(crate) video_codec: Option<String>,
    /// What its sound is coded in: `Opus`.
    pub(crate) audio_codec: Option<String>,
    /// Whether it was recorded here, a moment ago or before a crash: then its user may want it gone.
    pub(crate) recorded: bool,
    /// What its user should know of how its recording ended.
    pub(crate) ended_because: Option<Failure>,
    /// Bytes of it that have arrived already, and stay.
    pub(crate) arrived_bytes: u64,
    /// What of it is to be sent, where that is not all of it.
    pub(crate) stretch: Option<Stretch>,
    /// Whether it can be sent.
    pub(crate) verdict: Verdict,
}

/// A part of a file.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stretch {
    /// Where it begins, in seconds.
    pub(crate) from_seconds: f64,
    /// Where it ends, in seconds.
    pub(crate) to_seconds: f64,
    /// Its size in bytes, if the file is as dense everywhere.
    pub(crate) about_bytes: u64,
}

/// Whether a chosen file can be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(
    tag = "name",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
pub(crate) enum Verdict {
    /// It is being looked at.
    Looking,
    /// It can.
    Good,
    /// Its upload is about to appear.
    Starting,
    /// It cannot.
    Wrong {
        /// What is wrong with it.
        failure: Failure,
    },
}

//! The watched folder, as it crosses to the webview.

use serde::Serialize;
use ts_rs::TS;

use super::Failure;

/// A folder whose recordings are uploaded by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Folder {
    /// Where it is, for its user to find it.
    pub(crate) path: String,
    /// What its recordings are for.
    pub(crate) task: String,
    /// What is being done about it.
    pub(crate) state: FolderState,
    /// What was seen in it since the program started, the newest first; a few.
    pub(crate) recent: Vec<SeenFile>,
}

/// What is being done about the watched folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(
    tag = "name",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
pub(crate) enum FolderState {
    /// Nothing: its user has switched it off.
    Off,
    /// Nothing: who chose it is not signed in.
    SomebodyElse {
        /// Who did.
        email: String,
    },
    /// It is about to be looked into.
    Opening,
    /// It is being watched.
    Watching,
    /// It is not there, or cannot be read. It is waited for.
    Lost {
        /// Why.
        failure: Failure,
    },
}

/// A file of the watched folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SeenFile {
    /// Its name.
    pub(crate) file_name: String,
    /// What came of it.
    pub(crate) outcome: SeenOutcome,
}

/// What came of a file of the watched folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(
    tag = "name",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
pub(crate) enum SeenOutcome {
    /// It is in the list of uploads.
    Taken,
    /// It was uploaded before, under another name.
    Known,
    /// It is no recording that can be uploaded; it stays where it is.
    Left {
        /// Why.
        failure: Failure,
    },
}

//! Why there is no recording, by the step that failed.

use std::io;
use std::path::PathBuf;

use crate::end::HelperEnd;
use crate::failure::{Failure, FailureCode};
use crate::output::OutputError;
use crate::packages::install_command;

/// What went wrong between asking for a recording and its first picture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// There is no helper program.
    #[error("there is no `{}`", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The helper cannot be started.
    #[error("`{}` cannot be started", path.display())]
    NotStarted {
        /// Which program.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The helper ended before it had said who it is: GStreamer's libraries, with which it is linked, are missing.
    #[error("the helper could not be loaded")]
    NotLoaded(#[source] HelperEnd),
    /// The helper says nothing.
    #[error("the helper says nothing")]
    Silent,
    /// The helper speaks another version of the protocol.
    #[error("the helper is version {theirs}, this is {ours}")]
    OtherVersion {
        /// The helper's own version.
        theirs: String,
        /// That of this program.
        ours: String,
    },
    /// The helper ended.
    #[error("the helper ended")]
    Ended(#[source] HelperEnd),
    /// What is wanted cannot be put into words that the helper reads.
    #[error("the helper cannot be told")]
    Untold(#[source] io::Error),
    /// The helper says why it cannot be done.
    #[error("{0}")]
    Refused(Failure),
    /// There is no file to record to.
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl CaptureError {
    /// The same for people: what happened, and what to do next.
    pub fn failure(&self) -> Failure {
        let again = "Install the programs again, all of one version.";
        let (code, message, hint) = match self {
            Self::Missing { path } => (
                FailureCode::RecorderMissing,
                format!("The program that records is missing: {}.", path.display()),
                format!("{again} Everything but recording works without it."),
            ),
            Self::NotStarted { path, source } => (
                FailureCode::RecorderMissing,
                format!(
                    "The program that records cannot be started: {}: {source}.",
                    path.display()
                ),
                again.to_owned(),
            ),
            Self::NotLoaded(_) => (
                FailureCode::GstreamerMissing,
                "Recording needs GStreamer, which is not on this computer.".to_owned(),
                format!(
                    "Install it: `{}`. Everything but recording works without it.",
                    install_command()
                ),
            ),
            Self::Silent => (
                FailureCode::RecorderEnded,
                "The program that records does not answer.".to_owned(),
                "Try again.".to_owned(),
            ),
            Self::OtherVersion { theirs, ours } => (
                FailureCode::RecorderOfAnotherVersion,
                format!(
                    "The program that records is version {theirs}, and this is {ours}: they do not understand each other."
                ),
                again.to_owned(),
            ),
            Self::Ended(end) => (
                FailureCode::RecorderEnded,
                end.after("The program that records has ended"),
                "Try again.".to_owned(),
            ),
            Self::Untold(_) => (
                FailureCode::InvalidOptions,
                "The program that records cannot be told what is wanted.".to_owned(),
                "Choose a file whose name is text.".to_owned(),
            ),
            Self::Refused(failure) => return failure.clone(),
            Self::Output(error) => return of_output(error),
        };
        Failure::new(code, message, hint)
    }
}

fn of_output(error: &OutputError) -> Failure {
    let code = match error {
        OutputError::Exists { .. } => FailureCode::OutputExists,
        _ => FailureCode::OutputUnwritable,
    };
    let cause =
        std::error::Error::source(error).map_or_else(String::new, |cause| format!(": {cause}"));
    Failure::new(
        code,
        format!("There is no file to record to: {error}{cause}."),
        "Name another one.",
    )
}

//! What is told of a watched folder beside its uploads.

use std::path::Path;

use client::{Code, Diagnosis, Sighting};
use serde::Serialize;

use crate::failure::for_a_terminal;
use crate::output::harmless;

/// Something about a watched folder, or a file in it that is not uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Notice {
    /// It is watched from now on.
    Watching {
        /// The folder.
        folder: String,
        /// What its recordings are for.
        task: String,
    },
    /// A recording was uploaded before.
    Known {
        /// Which.
        file: String,
    },
    /// A file is no recording, or not complete.
    Left {
        /// Which.
        file: String,
        /// Why.
        diagnosis: Diagnosis,
    },
    /// The folder went away.
    Lost(Diagnosis),
    /// The folder is there again.
    Back,
}

/// A notice as programs read it.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "camelCase")]
enum Event<'a> {
    Watching {
        task: &'a str,
    },
    Known,
    Left {
        code: Code,
        message: &'a str,
        hint: &'a str,
    },
    Lost {
        code: Code,
        message: &'a str,
        hint: &'a str,
    },
    Back,
}

impl Notice {
    /// Of what was seen; an upload that has begun is told otherwise.
    pub(crate) fn of(sighting: Sighting) -> Option<Self> {
        let shown = |path: &Path| path.display().to_string();
        match sighting {
            Sighting::Begun(_) => None,
            Sighting::Known(path) => Some(Self::Known { file: shown(&path) }),
            Sighting::Left { path, diagnosis } => Some(Self::Left {
                file: shown(&path),
                diagnosis: for_a_terminal(diagnosis),
            }),
            Sighting::Lost(diagnosis) => Some(Self::Lost(for_a_terminal(diagnosis))),
            Sighting::Back => Some(Self::Back),
        }
    }

    /// For a person.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Watching { folder, task } => format!(
                "Watching {} for recordings of task {task}. Ctrl+C stops.",
                harmless(folder)
            ),
            Self::Known { file } => {
                format!(
                    "{}: was uploaded before, and is not sent again",
                    harmless(file)
                )
            }
            Self::Left { file, diagnosis } => format!(
                "{}: left where it is. {} (code: {})",
                harmless(file),
                diagnosis.message,
                diagnosis.code
            ),
            Self::Lost(diagnosis) => format!(
                "The folder is not there: it is waited for. {} (code: {})",
                diagnosis.message, diagnosis.code
            ),
            Self::Back => "The folder is there again.".to_owned(),
        }
    }

    /// For a program.
    pub(super) fn line(&self) -> String {
        let (file, event) = match self {
            Self::Watching { folder, task } => (folder.as_str(), Event::Watching { task }),
            Self::Known { file } => (file.as_str(), Event::Known),
            Self::Left { file, diagnosis } => {
                let Diagnosis {
                    code,
                    message,
                    hint,
                    ..
                } = diagnosis;
                (
                    file.as_str(),
                    Event::Left {
                        code: *code,
                        message,
                        hint,
                    },
                )
            }
            Self::Lost(Diagnosis {
                code,
                message,
                hint,
                ..
            }) => (
                "",
                Event::Lost {
                    code: *code,
                    message,
                    hint,
                },
            ),
            Self::Back => ("", Event::Back),
        };
        super::json::of_file(file, event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_has_its_words_and_its_line() {
        let notices = [
            Notice::Watching {
                folder: "films".to_owned(),
                task: "onboarding".to_owned(),
            },
            Notice::Known {
                file: "films/copy.webm".to_owned(),
            },
            Notice::Left {
                file: "films/list\u{1b}.txt".to_owned(),
                diagnosis: Diagnosis::of(Code::NotWebm),
            },
            Notice::Lost(Diagnosis::of(Code::Unreadable)),
            Notice::Back,
        ];
        let told: Vec<_> = notices
            .iter()
            .map(|notice| format!("{}\n{}", notice.words(), notice.line()))
            .collect();
        insta::assert_snapshot!("notices", told.join("\n"));
    }
}

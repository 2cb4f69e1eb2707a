//! How uploads are shown: a bar for a person, lines for a pipe, JSON for a program. None of them decides anything.

mod bar;
mod json;
mod lines;
mod notice;
mod pace;
mod words;

use std::time::Instant;

use client::{Diagnosis, Done, JobId, Mended, Snapshot};

use crate::exit::Exit;
use crate::output;

pub(crate) use bar::Bar;
pub(crate) use json::JsonLines;
pub(crate) use lines::Lines;
pub(crate) use notice::Notice;
pub(crate) use words::of_waiting;

/// A file on its way, as a report names it.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// Its job; `None` where the file was refused before there was one.
    pub(crate) job: Option<JobId>,
    /// As it was given on the command line, or as the journal keeps it.
    pub(crate) file: String,
    /// As people know it.
    pub(crate) name: String,
}

/// What became of a file.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// Its link works.
    Done(Box<Done>),
    /// It has arrived, and waits for its user's word.
    Held(Diagnosis),
    /// It was not uploaded.
    NotDone {
        /// Why.
        diagnosis: Diagnosis,
        /// How the program ends by it.
        exit: Exit,
        /// Whether the journal keeps it, for `revui resume`.
        kept: bool,
    },
}

impl Outcome {
    /// How the program ends by it.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Done(_) | Self::Held(_) => Exit::Done,
            Self::NotDone { exit, .. } => *exit,
        }
    }
}

/// A way of showing uploads.
pub(crate) trait Report: Send {
    /// A file was accepted and journaled.
    fn queued(&mut self, item: &Item, snapshot: &Snapshot);

    /// An upload moved.
    fn changed(&mut self, item: &Item, snapshot: &Snapshot);

    /// Its recorder had not finished it; that was made up for.
    fn mended(&mut self, item: &Item, mended: Mended);

    /// Something about a watched folder, or a file in it that is not uploaded.
    fn noticed(&mut self, notice: &Notice);

    /// A second passed; countdowns count down.
    fn tick(&mut self, _now: Instant) {}

    /// A file is through, one way or the other. Returns whether standard output has taken all that was for it.
    fn closed(&mut self, item: &Item, outcome: &Outcome) -> bool;

    /// All files are through; there were several.
    fn summary(&mut self, done: usize, failed: usize);
}

/// The report that fits where it is read.
pub(crate) fn choose(json: bool, several: bool) -> Box<dyn Report> {
    if json {
        Box::new(JsonLines::default())
    } else if output::is_watched() {
        Box::new(Bar::new(several))
    } else {
        Box::new(Lines::new(several))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    //! Snapshots to show, made by hand.

    use client::{Code, Diagnosis, Done, Link, Phase, Snapshot, WaitCause};
    use jiff::Timestamp;

    use super::Item;

    pub(super) fn item() -> Item {
        Item {
            job: serde_json::from_str("\"0193c5f2-job\"").ok(),
            file: "films/demo.webm".to_owned(),
            name: "demo.webm".to_owned(),
        }
    }

    pub(super) fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_763_978_400 + second).unwrap()
    }

    pub(super) fn snapshot(phase: Phase) -> Snapshot {
        Snapshot {
            job: item().job.unwrap(),
            file_name: "demo.webm".to_owned(),
            path: "/films/demo.webm".into(),
            task: "onboarding".parse().unwrap(),
            size_bytes: 100,
            duration_seconds: Some(10.02),
            created_at: at(0),
            arrived_bytes: 0,
            keeps_what_arrived: false,
            limit_bytes_per_second: None,
            most_bytes: None,
            mended: None,
            awaits_word: false,
            phase,
        }
    }

    pub(super) fn initiating() -> Snapshot {
        snapshot(Phase::Initiating)
    }

    pub(crate) fn sending(
        arrived_bytes: u64,
        attempt: u32,
        restarted_because: Option<Diagnosis>,
    ) -> Snapshot {
        let phase = Phase::Sending {
            attempt,
            bytes_per_second: (arrived_bytes > 0).then_some(20.0),
            seconds_left: (arrived_bytes > 0).then_some((100 - arrived_bytes) / 20),
            restarted_because,
        };
        Snapshot {
            arrived_bytes,
            ..snapshot(phase)
        }
    }

    pub(crate) fn waiting() -> Snapshot {
        snapshot(Phase::Waiting {
            cause: WaitCause::BackOff,
            next_try: Some(at(7)),
            attempt: 1,
            diagnosis: Diagnosis::of(Code::ConnectionLost),
        })
    }

    pub(super) fn done() -> Done {
        Done {
            recording: "0193c5f2-recording".into(),
            s3_key: "acme/onboarding/u-1/1732442400000_demo.webm".to_owned(),
            size_bytes: 100,
            duration_seconds: Some(10.02),
            sha256: Some("ab".repeat(32)),
            link: Link {
                url: "https://store.example/demo.webm?X-Amz-Signature=00"
                    .to_owned()
                    .into(),
                expires_at: Some(at(3600)),
            },
            attempts: 2,
            bytes_sent: 140,
            elapsed_milliseconds: 440,
            finished_at: at(1),
        }
    }
}

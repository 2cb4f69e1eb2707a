//! Its end, whichever it is.

use std::fs::{self, File};
use std::time::{Duration, Instant};

use capture::protocol::{Event, StopReason};

use super::{Outcome, Phase, Recorder, size_bytes};
use crate::outlet::note;
use crate::timeline::Track;
use crate::trouble::Trouble;

/// A track whose source is stuck says nothing of its end.
const TRACKS_END_WITHIN: Duration = Duration::from_secs(2);
/// A disk that sleeps takes its time.
const FINISHED_WITHIN: Duration = Duration::from_secs(30);

impl Recorder<'_> {
    /// Finishes the file; what is finished already goes on as it was.
    pub(super) fn end(&mut self, outcome: Outcome) -> Option<Event> {
        match (&self.phase, outcome) {
            (Phase::Starting { .. }, Outcome::Stopped(_)) => Some(self.failed(&Trouble::Nothing)),
            (Phase::Starting { .. } | Phase::Ending { .. }, Outcome::Failed(trouble)) => {
                Some(self.failed(&trouble))
            }
            (Phase::Ending { .. }, Outcome::Stopped(_)) => None,
            (Phase::Running | Phase::Resting, outcome) => {
                self.pipeline.end_here();
                self.ending(outcome);
                // What rests would never come to its end.
                self.pipeline
                    .play()
                    .err()
                    .map(|trouble| self.failed(&trouble))
            }
        }
    }

    pub(super) fn ending(&mut self, outcome: Outcome) {
        let now = Instant::now();
        self.phase = Phase::Ending {
            outcome,
            tracks_by: now + TRACKS_END_WITHIN,
            by: now + FINISHED_WITHIN,
        };
    }

    pub(super) fn track_ended(&mut self, track: Track) {
        if matches!(self.phase, Phase::Running) {
            self.ending(Outcome::Stopped(StopReason::Limit));
        }
        self.pipeline.finish(track);
    }

    /// The file is whole.
    pub(super) fn finished(&mut self) -> Event {
        let duration_ms = self.elapsed_ms();
        self.pipeline.shut();
        let path = self.path.clone().unwrap_or_default();
        // What is told to be there has to be there after a power cut, too. A disk that cannot say so says nothing else.
        if let Err(error) = File::open(&path).and_then(|file| file.sync_all()) {
            note(&format!(
                "{} may not have reached its disk: {error}",
                path.display()
            ));
        }
        let reason = match std::mem::replace(&mut self.phase, Phase::Running) {
            Phase::Ending {
                outcome: Outcome::Stopped(reason),
                ..
            } => reason,
            Phase::Ending {
                outcome: Outcome::Failed(trouble),
                ..
            } => return self.failed(&trouble),
            _ => StopReason::Other,
        };
        Event::Stopped {
            duration_ms,
            bytes: size_bytes(&path),
            reason,
            path,
        }
    }

    pub(super) fn failed(&mut self, trouble: &Trouble) -> Event {
        note(&format!("{trouble:?}"));
        self.pipeline.shut();
        Event::Failed {
            failure: trouble.failure(),
            path: self.path.clone().filter(|path| size_bytes(path) > 0),
        }
    }

    pub(super) fn discarded(&mut self) -> Event {
        self.pipeline.shut();
        match self.path.as_deref().map(fs::remove_file) {
            Some(Err(source)) => {
                let path = self.path.clone().unwrap_or_default();
                self.failed(&Trouble::NotRemoved { path, source })
            }
            _ => Event::Discarded,
        }
    }
}

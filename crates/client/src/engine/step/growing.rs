//! Sending a recording while it is made: it grows, it ends, and its user says whether it is to be uploaded.

use super::{Effect, Goal, Record, Stage, Transition};
use crate::engine::{Growth, Line};
use crate::source::Identity;
use crate::{Mended, WaitCause, diagnosis};

/// Most parts at once while a recording goes on: the line is its maker's, too.
const MOST_LANES: u32 = 2;

impl Transition<'_> {
    /// More of it is final.
    pub(super) fn grew(&mut self, bytes: u64) {
        let Growth::Recording { final_bytes } = &mut self.state.growth else {
            return;
        };
        *final_bytes = bytes.max(*final_bytes);
        let most_parts = self.state.most_parts();
        let Some(parts) = self.state.parts_mut() else {
            return;
        };
        if parts.grow(bytes, most_parts).is_err() {
            return self.outgrown();
        }
        if self.is_sending_parts() {
            self.go_on();
        }
    }

    /// The recording has ended: what is left of it goes, the first part first.
    pub(super) fn sealed(
        &mut self,
        identity: Identity,
        duration_seconds: Option<f64>,
        mended: Option<Mended>,
    ) {
        if !self.state.is_recording() {
            return;
        }
        self.journal(Record::Sealed {
            identity: identity.clone(),
            duration_seconds,
            mended,
        });
        self.effects.push(Effect::Seal);
        let size_bytes = identity.size_bytes;
        self.state.growth = Growth::Sealed;
        self.state.job.identity = identity;
        self.state.job.duration_seconds = duration_seconds;
        self.state.mended = mended;
        let sealed = self.state.parts_mut().map(|parts| parts.seal(size_bytes));
        match sealed {
            Some(Err(_)) => return self.fail(diagnosis::reads_differently(&self.state.job.path)),
            Some(Ok(Err(_))) => self.outgrown(),
            _ => {}
        }
        if self.is_sending_parts() {
            self.go_on();
        } else if self.waits_for(WaitCause::Recording) {
            self.stop_waiting();
        }
    }

    /// Its user has looked at it, and wants it uploaded.
    pub(super) fn approve(&mut self) {
        if !self.state.awaits_word {
            return;
        }
        self.state.awaits_word = false;
        self.journal(Record::Approved);
        if self.waits_for(WaitCause::Review) {
            self.stop_waiting();
        }
    }

    fn waits_for(&self, cause: WaitCause) -> bool {
        matches!(&self.state.stage, Stage::Waiting(wait) if wait.cause == cause)
    }

    /// Whether nothing can be asked for yet; it waits then, for the recording's end or for its user's word.
    pub(super) fn holds_back(&mut self) -> bool {
        if self.goes_in_parts() {
            return false;
        }
        if self.state.is_recording() {
            self.wait(WaitCause::Recording, None, diagnosis::whole_only());
            return true;
        }
        self.holds_for_review()
    }

    /// Whether its user has not said yet that it is to be uploaded; it waits for that then.
    pub(super) fn holds_for_review(&mut self) -> bool {
        if self.state.awaits_word {
            self.wait(WaitCause::Review, None, diagnosis::review());
        }
        self.state.awaits_word
    }

    /// As many parts at once as the line is good for, and few while it records.
    pub(super) fn lanes(&self) -> u32 {
        let Line { lanes, .. } = self.state.line;
        let most = if self.state.is_recording() {
            MOST_LANES
        } else {
            lanes
        };
        lanes.min(most).max(1)
    }

    /// Its parts are too small for so long a recording, and cannot be changed any more: another upload takes it as a
    /// whole, once it has ended.
    fn outgrown(&mut self) {
        let Some(place) = self.state.goal.reservation().cloned() else {
            return;
        };
        self.drop_parts();
        self.leave(place.recording);
        self.state.lost = None;
        self.state.goal = Goal::Reserve;
        self.state.tally.restarted_because = Some(diagnosis::outgrown());
        if self.state.is_recording() {
            self.wait(WaitCause::Recording, None, diagnosis::outgrown());
        } else if self.state.stage == Stage::Working {
            self.work();
        }
    }
}

//! What its user wants of an upload while it goes on: a rest, and how fast it may be.

use std::num::NonZeroU64;

use super::{Effect, Goal, Record, Stage, Ticket, Transition};
use crate::engine::Wait;
use crate::{WaitCause, diagnosis};

impl Transition<'_> {
    /// The program took the job up: with the limit that it had, and paused if it was.
    pub(super) fn begin(&mut self) {
        if self.state.limit.is_some() {
            self.effects.push(Effect::Limit(self.state.limit));
        }
        if self.state.paused {
            self.effects.push(Effect::YieldTurn);
            self.rest();
        } else {
            self.line_up();
        }
    }

    /// What is on its way is dropped, so that the network is free at once; what arrived stays.
    pub(super) fn pause(&mut self) {
        if self.state.paused {
            return;
        }
        self.state.paused = true;
        self.journal(Record::Paused);
        if self.state.stage == Stage::Working {
            match self.state.goal {
                Goal::Send(_, Ticket::Multipart(_)) => self.drop_parts(),
                _ => self.attempt_ended(&self.state.goal.clone()),
            }
        }
        self.effects.push(Effect::Abort);
        self.state.holds_turn = false;
        self.effects.push(Effect::YieldTurn);
        self.rest();
    }

    /// Goes on from where it was.
    pub(super) fn resume(&mut self) {
        if !self.state.paused {
            return;
        }
        self.state.paused = false;
        self.journal(Record::Resumed);
        if matches!(self.state.goal, Goal::Send(_, Ticket::Single(_))) {
            self.state.tally.restarted_because = Some(diagnosis::resumed());
        }
        self.line_up();
    }

    /// Holds for what is on its way already.
    pub(super) fn limit(&mut self, limit: Option<NonZeroU64>) {
        self.state.limit = limit;
        self.journal(Record::Limited {
            bytes_per_second: limit,
        });
        self.effects.push(Effect::Limit(limit));
    }

    fn rest(&mut self) {
        self.state.stage = Stage::Waiting(Wait {
            cause: WaitCause::Paused,
            next_try: None,
            diagnosis: diagnosis::paused(),
        });
    }
}

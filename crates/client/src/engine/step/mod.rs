//! The one function that decides.

mod confirm;
mod cutting;
mod growing;
mod parts;
mod pause;
mod react;
mod recover;
mod setbacks;
mod work;

use super::{Call, Contract, Effect, Event, Frozen, Goal, Moment, Stage, State, Ticket, Trouble};
use crate::journal::{Account, Record};
use crate::transport::Stored;
use crate::{Code, Diagnosis, WaitCause};

/// What an event makes of a state, and what is to be done about it.
///
/// Pure: the same arguments give the same results. A final state stays as it is, whatever happens.
pub fn step(mut state: State, event: Event, at: Moment) -> (State, Vec<Effect>) {
    let effects = advance(&mut state, event, at);
    (state, effects)
}

/// [`step`], in place: ten thousand parts are not copied for each event.
pub(crate) fn advance(state: &mut State, event: Event, at: Moment) -> Vec<Effect> {
    let mut transition = Transition {
        state,
        effects: Vec::new(),
        at,
    };
    if !transition.state.stage.is_final() {
        transition.apply(event);
    }
    transition.effects
}

/// A step being taken.
struct Transition<'a> {
    state: &'a mut State,
    effects: Vec<Effect>,
    at: Moment,
}

impl Transition<'_> {
    fn apply(&mut self, event: Event) {
        match event {
            Event::Begun => self.begin(),
            Event::TurnCame if self.state.stage == Stage::Queued => {
                self.state.holds_turn = true;
                self.work();
            }
            Event::Measured(line) => self.measured(line),
            Event::SignedIn(account) => self.signed_in(&account),
            Event::WaitEnded => self.wait_ended(),
            Event::Grew(final_bytes) => self.grew(final_bytes),
            Event::Sealed {
                identity,
                duration_seconds,
                mended,
            } => self.sealed(identity, duration_seconds, mended),
            Event::ApproveWanted => self.approve(),
            Event::RetryWanted => {
                if let Some(parts) = self.state.parts_mut() {
                    parts.end_all_waits();
                }
                self.stop_waiting();
            }
            Event::PauseWanted => self.pause(),
            Event::ResumeWanted => self.resume(),
            Event::LimitWanted(limit) => self.limit(limit),
            Event::Moved(rank) => {
                self.state.rank = rank;
                self.journal(Record::Moved { rank });
            }
            Event::PartsLedTo(destination) => self.parts_led_to(destination),
            Event::WokeUp => self.woke_up(),
            Event::NetworkChanged => self.network_changed(),
            Event::CancelWanted => self.cancel(),
            Event::StopWanted => self.end(Stage::Stopped, Some(Record::Stopped)),
            Event::JournalFailed(diagnosis) => self.end(Stage::Failed(diagnosis), None),
            // The pass over the file goes on while the upload waits.
            // It is gone, or another file lies in its place.
            Event::ReadFailed { trouble, diagnosis }
                if self.state.is_recording() && trouble != Trouble::DiskSilent =>
            {
                self.fail(diagnosis);
            }
            event if self.state.parts().is_some() && is_of_the_pass(&event) => self.read_on(event),
            event if self.is_sending_parts() && is_of_parts(&event) => self.part_event(event),
            outcome if self.state.stage == Stage::Working => self.outcome(outcome),
            // Left over from something that was aborted.
            _ => {}
        }
    }

    /// What was being done had an outcome.
    fn outcome(&mut self, event: Event) {
        match (event, self.state.goal.clone()) {
            (Event::Failed { trouble, diagnosis }, goal) => {
                self.attempt_ended(&goal);
                self.react(trouble, diagnosis);
            }
            (Event::Learned(uploads), _) => {
                self.state.contract = Some(match uploads {
                    Some(uploads) => Contract::Extended(uploads),
                    None => Contract::Base,
                });
                self.work();
            }
            (
                Event::Initiated {
                    answer,
                    clock_offset,
                },
                Goal::Reserve,
            ) => {
                self.reserved(&answer, clock_offset);
            }
            (
                Event::Renewed {
                    answer,
                    clock_offset,
                },
                Goal::Renew(reservation),
            ) => {
                self.renewed(reservation, &answer, clock_offset);
            }
            (Event::Progressed(bytes), Goal::Send(_, Ticket::Single(_))) => self.progressed(bytes),
            (Event::Stored(stored), goal @ Goal::Send(_, Ticket::Single(_))) => {
                self.stored(&goal, stored);
            }
            (Event::Listed(page), Goal::List(..)) => self.listed(&page),
            (Event::Hashed(sha256), Goal::Hash(reservation)) => {
                let frozen = self.freeze(&reservation, Some(sha256), None);
                self.pursue(Goal::Reconcile(reservation, frozen));
            }
            (Event::Completed(answer), Goal::Complete(reservation, frozen)) => {
                self.completed(reservation, frozen, &answer);
            }
            (Event::Found(found), Goal::Reconcile(reservation, frozen)) => {
                self.reconcile(reservation, frozen, &found);
            }
            (Event::Found(found), Goal::Recover(reservation, sha256)) => {
                self.recover(reservation, sha256, &found);
            }
            (Event::Found(found), Goal::Verify(reservation, sha256)) => {
                self.verify(reservation, sha256, &found);
            }
            (Event::Proven(url), Goal::Verify(reservation, sha256)) => {
                self.done(reservation, sha256, url);
            }
            _ => {}
        }
    }

    /// Takes up another goal, now.
    fn pursue(&mut self, goal: Goal) {
        self.state.goal = goal;
        self.work();
    }

    fn stored(&mut self, goal: &Goal, stored: Stored) {
        self.state.tally.acknowledged_bytes = self.state.size_bytes();
        self.attempt_ended(goal);
        self.moved();
        if let Some(reservation) = goal.reservation().cloned() {
            let frozen = self.freeze(&reservation, Some(stored.sha256), None);
            self.pursue(Goal::Complete(reservation, frozen));
        }
    }

    fn progressed(&mut self, bytes: u64) {
        let size_bytes = self.state.size_bytes();
        let tally = &mut self.state.tally;
        // The last byte counts once the store has answered.
        let bytes = bytes.min(size_bytes.saturating_sub(1));
        tally.acknowledged_bytes = tally.acknowledged_bytes.max(bytes);
        if bytes > tally.furthest_byte {
            tally.furthest_byte = bytes;
            self.moved();
        }
    }

    /// Progress: what failed before is forgiven.
    fn moved(&mut self) {
        self.state.tally.tries = 0;
        self.state.tally.probes = 0;
    }

    /// Counts what an attempt put on the wire.
    fn attempt_ended(&mut self, goal: &Goal) {
        if matches!(goal, Goal::Send(_, Ticket::Single(_))) {
            self.state.tally.bytes_sent += self.state.tally.acknowledged_bytes;
        }
    }

    /// Waits for its turn; what is sent while it is recorded needs none.
    fn line_up(&mut self) {
        if self.state.is_live {
            return self.work();
        }
        self.state.stage = Stage::Queued;
        self.effects.push(Effect::TakeTurn);
    }

    fn wait_ended(&mut self) {
        let now = self.at.time;
        if let Some(parts) = self.state.parts_mut() {
            parts.end_wait(now);
        }
        if self.is_sending_parts() {
            self.go_on();
        } else {
            self.stop_waiting();
        }
    }

    fn stop_waiting(&mut self) {
        if self.state.paused || !self.may_go_on() {
            return;
        }
        if self.state.holds_turn {
            self.work();
        } else {
            self.line_up();
        }
    }

    /// Whether it waits, and for nothing that neither a clock nor a network can end.
    fn may_go_on(&self) -> bool {
        let Stage::Waiting(wait) = &self.state.stage else {
            return false;
        };
        match wait.cause {
            WaitCause::Recording => !self.state.is_recording(),
            WaitCause::Review => !self.state.awaits_word,
            _ => true,
        }
    }

    fn signed_in(&mut self, account: &Account) {
        let waits =
            matches!(&self.state.stage, Stage::Waiting(wait) if wait.cause == WaitCause::SignIn);
        let own = self.state.account.get_or_insert_with(|| account.clone());
        if own == account && waits {
            self.stop_waiting();
        }
    }

    fn woke_up(&mut self) {
        self.moved();
        if let Some(parts) = self.state.parts_mut() {
            parts.end_all_waits();
        }
        match &self.state.stage {
            Stage::Working => {
                let goal = self.state.goal.clone();
                self.attempt_ended(&goal);
                if matches!(goal, Goal::Send(_, Ticket::Single(_))) {
                    self.state.tally.restarted_because = Some(crate::diagnosis::slept());
                }
                self.effects.push(Effect::Abort);
                self.parts_woke_up();
                self.work();
            }
            Stage::Waiting(wait) if wait.cause != WaitCause::SignIn => self.stop_waiting(),
            _ => {}
        }
    }

    /// Whoever waits for the network looks at once, and often again.
    fn network_changed(&mut self) {
        let waits =
            matches!(&self.state.stage, Stage::Waiting(wait) if wait.cause == WaitCause::Network);
        if waits {
            self.state.tally.probes = 0;
            self.stop_waiting();
        }
    }

    fn cancel(&mut self) {
        let place = self.state.goal.reservation();
        let give_up = place
            .filter(|place| place.extended)
            .map(|place| place.recording.clone());
        let record = Record::Cancelled {
            give_up: give_up.clone(),
        };
        self.end(Stage::Cancelled(give_up), Some(record));
    }

    /// It will not go on by itself.
    fn fail(&mut self, diagnosis: Diagnosis) {
        // The place is spoilt: whoever tries again needs another.
        if matches!(
            diagnosis.code,
            Code::Conflict | Code::GivenUp | Code::Integrity
        ) {
            let place = self.state.goal.reservation();
            let recording = place.map(|place| place.recording.clone());
            self.effects
                .push(Effect::Journal(Record::Abandoned { recording }));
        }
        let record = Record::Failed {
            diagnosis: diagnosis.clone(),
        };
        self.end(Stage::Failed(diagnosis), Some(record));
    }

    fn end(&mut self, stage: Stage, record: Option<Record>) {
        self.effects.push(Effect::Abort);
        self.effects.extend(record.map(Effect::Journal));
        self.yield_turn();
        self.state.stage = stage;
    }

    fn measured(&mut self, line: super::Line) {
        self.state.line = line;
        if self.is_sending_parts() {
            self.go_on();
        }
    }

    fn yield_turn(&mut self) {
        if std::mem::take(&mut self.state.holds_turn) {
            self.effects.push(Effect::YieldTurn);
        }
    }
}

/// What the pass over the file says: it is heard whatever else is going on.
fn is_of_the_pass(event: &Event) -> bool {
    matches!(
        event,
        Event::PartHashed { .. } | Event::Hashed(_) | Event::ReadFailed { .. }
    )
}

/// What happens to parts that are on their way.
fn is_of_parts(event: &Event) -> bool {
    matches!(
        event,
        Event::Progressed(_) | Event::PartStored { .. } | Event::PartFailed { .. }
    )
}

#[cfg(test)]
mod tests;

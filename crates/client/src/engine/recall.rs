//! A job's state, told by its log.

use super::{Frozen, Goal, Policy, Stage, State};
use crate::diagnosis;
use crate::journal::{Record, Reservation, Story, What};

impl State {
    /// How a job stands when its program is started again. A ticket is never in a log: what was being sent is sent from
    /// its beginning, and says so.
    pub fn recall(story: &Story, policy: Policy) -> Self {
        let mut state = Self::new(story.job.clone(), policy);
        for record in records(story) {
            state.follow(record);
        }
        if state.tally.attempts > 0 && matches!(state.goal, Goal::Renew(_) | Goal::Reserve) {
            state.tally.restarted_because = Some(diagnosis::started_again());
        }
        state
    }

    fn follow(&mut self, record: &Record) {
        let place = self.goal.reservation().cloned();
        match (record, place) {
            (
                Record::Initiating {
                    account,
                    generation,
                },
                _,
            ) => {
                self.account = Some(account.clone());
                self.tally.generation = *generation;
            }
            (Record::Reserved { reservation, .. }, _) => {
                self.goal = Goal::Renew(Reservation::clone(reservation));
            }
            (Record::Abandoned { .. }, _) => {
                self.goal = Goal::Reserve;
                self.was_done = false;
                self.tally.generation += 1;
            }
            (Record::Sending { attempt }, place) => {
                self.tally.attempts = *attempt;
                self.goal = place.map_or(Goal::Reserve, Goal::Renew);
            }
            (Record::Completing { request, sha256 }, Some(place)) => {
                let frozen = Frozen {
                    request: request.clone(),
                    sha256: sha256.clone(),
                };
                self.goal = Goal::Complete(place, frozen);
            }
            (Record::Verifying { sha256 }, Some(place)) => {
                self.goal = Goal::Verify(place, sha256.clone());
            }
            (
                Record::Done {
                    attempts,
                    bytes_sent,
                },
                _,
            ) => {
                self.tally.attempts = *attempts;
                self.tally.bytes_sent = *bytes_sent;
                self.was_done = true;
            }
            (Record::Cancelled { give_up }, _) => self.stage = Stage::Cancelled(give_up.clone()),
            (
                Record::Queued { .. }
                | Record::Completing { .. }
                | Record::Verifying { .. }
                | Record::Waiting { .. }
                | Record::Failed { .. }
                | Record::Stopped,
                _,
            ) => {}
        }
    }
}

/// The transitions of a log that this version knows.
pub(super) fn records(story: &Story) -> impl DoubleEndedIterator<Item = &Record> {
    story.entries.iter().filter_map(|entry| match &entry.what {
        What::Known(record) => Some(record),
        What::Unknown(_) => None,
    })
}

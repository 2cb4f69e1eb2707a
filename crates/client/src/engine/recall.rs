//! A job's state, told by its log.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Destination, Frozen, Goal, Growth, PartPlan, Parts, Policy, Stage, State};
use crate::diagnosis;
use crate::journal::{Entry, Record, Reservation, Story, What};

impl State {
    /// How a job stands when its program is started again. A ticket is never in a log: what was being sent in one piece
    /// is sent from its beginning, and says so; of parts, those are sent that the store does not hold.
    pub fn recall(story: &Story, policy: Policy) -> Self {
        let mut state = Self::new(story.job.clone(), policy);
        // What the file became is known from the beginning on: its parts are counted by it.
        for record in records(story) {
            state.follow_growth(record);
        }
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
                self.goal = self.begun(reservation);
            }
            (Record::PartStored { size, .. }, _) => {
                self.tally.bytes_sent += size;
                self.remember_part(record);
            }
            (Record::Abandoned { .. }, _) => {
                self.goal = Goal::Reserve;
                self.was_done = false;
                self.tally.generation += 1;
            }
            (Record::Sending { attempt }, place) => {
                self.tally.attempts = *attempt;
                if !matches!(self.goal, Goal::List(..)) {
                    self.goal = place.map_or(Goal::Reserve, |place| self.begun(&place));
                }
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
            (Record::Paused, _) => self.paused = true,
            (Record::Resumed, _) => self.paused = false,
            (Record::Limited { bytes_per_second }, _) => self.limit = *bytes_per_second,
            (Record::Moved { rank }, _) => self.rank = *rank,
            (Record::PartsLeadTo { recording, host }, _) => {
                self.destination = Some(Destination {
                    recording: recording.clone(),
                    host: host.clone(),
                });
            }
            (Record::Cancelled { give_up }, _) => self.stage = Stage::Cancelled(give_up.clone()),
            (
                Record::Queued { .. }
                | Record::Completing { .. }
                | Record::Verifying { .. }
                | Record::Waiting { .. }
                | Record::Growing { .. }
                | Record::Sealed { .. }
                | Record::Approved
                | Record::Failed { .. }
                | Record::Stopped,
                _,
            ) => {}
        }
    }
}

impl State {
    fn follow_growth(&mut self, record: &Record) {
        match record {
            Record::Growing { awaits_word } => {
                self.growth = Growth::Recording { final_bytes: 0 };
                self.awaits_word = *awaits_word;
            }
            Record::Sealed {
                identity,
                duration_seconds,
                mended,
            } => {
                self.growth = Growth::Sealed;
                self.mended = *mended;
                self.job.identity = identity.clone();
                self.job.duration_seconds = *duration_seconds;
            }
            Record::Approved => self.awaits_word = false,
            _ => {}
        }
    }

    /// What to do about a place that was reserved before.
    fn begun(&self, place: &Reservation) -> Goal {
        let parts = place.multipart.as_ref().and_then(|multipart| {
            if self.is_recording() {
                return Some(Parts::growing(multipart.part_bytes, multipart.checksum));
            }
            let plan = PartPlan {
                size_bytes: self.size_bytes(),
                part_bytes: multipart.part_bytes,
            };
            Parts::new(plan, multipart.checksum)
        });
        match parts {
            Some(parts) => Goal::List(place.clone(), Arc::new(parts)),
            None => Goal::Renew(place.clone()),
        }
    }

    fn remember_part(&mut self, record: &Record) {
        if let Record::PartStored {
            number,
            checksum,
            etag,
            ..
        } = record
            && let Some(parts) = self.parts_mut()
        {
            parts.remember(*number, etag.as_deref(), checksum);
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

/// A transition that has just been written, as a log tells it.
pub(crate) fn known(record: Record, at: Timestamp) -> Entry {
    Entry {
        at,
        what: What::Known(record),
    }
}

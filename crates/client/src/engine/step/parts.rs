//! Sending in parts: which go next, what became of them, and when they are all there.

use std::sync::Arc;
use std::time::Duration;

use super::{Effect, Event, Goal, Record, Stage, Ticket, Transition};
use crate::engine::{Destination, Hashing};
use crate::journal::Reservation;
use crate::source::Checksum;
use crate::{WaitCause, diagnosis};

impl Transition<'_> {
    /// Whether parts are on their way, or could be.
    pub(super) fn is_sending_parts(&self) -> bool {
        self.state.stage == Stage::Working
            && matches!(self.state.goal, Goal::Send(_, Ticket::Multipart(_)))
    }

    /// Does whatever can be done now: sends, reads on, waits, or has the parts put together. What has arrived is counted
    /// before: whoever waits is told that much, and no more.
    pub(super) fn go_on(&mut self) {
        if self.is_sending_parts() {
            self.count_progress();
        }
        let (lanes, now) = (self.lanes(), self.at.time);
        let Goal::Send(place, Ticket::Multipart(parts)) = &mut self.state.goal else {
            return;
        };
        let place = place.clone();
        let parts = Arc::make_mut(parts);
        let sha256 = parts.whole_sha256().map(str::to_owned);
        if parts.is_all_stored() && (sha256.is_some() || parts.is_read_singly()) {
            let completed = parts.completed();
            return self.put_together(place, sha256, completed);
        }
        for order in parts.begin(lanes, now) {
            let recording = place.recording.clone();
            self.effects.push(Effect::SendPart { recording, order });
        }
        let kind = parts.kind();
        for part in parts.begin_reading(lanes) {
            self.effects.push(Effect::HashPart { part, kind });
        }
        let begins = parts.allowed() == 0;
        if let Some(up_to) = parts.allow(lanes) {
            if begins {
                let plan = parts.plan();
                self.effects.push(Effect::ReadParts { plan, kind });
            }
            self.effects.push(Effect::ReadOn(up_to));
        }
        let at_rest = parts.is_at_rest();
        let Some(until) = parts.wait(now) else {
            return;
        };
        let delay = Duration::try_from(until.duration_since(now)).unwrap_or_default();
        match self.state.tally.last_setback.clone() {
            Some(diagnosis) if at_rest => self.wait(WaitCause::BackOff, Some(delay), diagnosis),
            _ => self.effects.push(Effect::Wake(delay)),
        }
    }

    fn put_together(
        &mut self,
        place: Reservation,
        sha256: Option<String>,
        completed: Option<Vec<wire::CompletedPart>>,
    ) {
        if self.holds_for_review() {
            return;
        }
        self.moved();
        let Some(completed) = completed else {
            // An answer had no tag in it; the store's list has.
            let Some(parts) = self.state.parts_mut() else {
                return;
            };
            parts.begin_listing();
            let parts = Arc::new(parts.clone());
            return self.pursue(Goal::List(place, parts));
        };
        let frozen = self.freeze(&place, sha256, Some(completed));
        self.pursue(Goal::Complete(place, frozen));
    }

    /// The pass over the file has come further.
    pub(super) fn read_on(&mut self, event: Event) {
        let path = self.state.job.path.clone();
        let Some(parts) = self.state.parts_mut() else {
            return;
        };
        let differs = match event {
            Event::PartHashed { number, checksum } => match parts.hashed(number, checksum) {
                Ok(Hashing::Kept { etag }) => {
                    self.note_part(number, checksum, Some(etag));
                    false
                }
                Ok(Hashing::ToSend | Hashing::Known) => false,
                Err(_) => true,
            },
            Event::Hashed(sha256) => parts.whole(sha256).is_err(),
            Event::ReadFailed { trouble, diagnosis } => {
                return self.read_failed(trouble, diagnosis);
            }
            _ => false,
        };
        if differs {
            return self.fail(diagnosis::reads_differently(&path));
        }
        if self.is_sending_parts() {
            self.go_on();
        }
    }

    /// The first ticket of a part has come. Whatever the backend says later, also to the next program, the parts of one
    /// recording go to one place.
    pub(super) fn parts_led_to(&mut self, destination: Destination) {
        let Destination { recording, host } = destination.clone();
        self.effects
            .push(Effect::Note(Record::PartsLeadTo { recording, host }));
        self.state.destination = Some(destination);
    }

    /// Something happened to parts that were on their way.
    pub(super) fn part_event(&mut self, event: Event) {
        let now = self.at.time;
        let Some(parts) = self.state.parts_mut() else {
            return;
        };
        match event {
            Event::Progressed(in_flight_bytes) => {
                parts.progressed(in_flight_bytes);
                self.count_progress();
            }
            Event::PartStored { number, etag } => {
                let bytes = parts.plan().bytes_of(number);
                let Some(checksum) = parts.landed(number, etag.as_deref(), now) else {
                    return;
                };
                self.state.tally.bytes_sent += bytes;
                self.moved();
                self.note_part(number, checksum, etag);
                self.go_on();
            }
            Event::PartFailed {
                number,
                acknowledged_bytes,
                trouble,
                diagnosis,
            } => {
                self.state.tally.bytes_sent += acknowledged_bytes;
                if acknowledged_bytes > 0 {
                    self.state.tally.restarted_because = Some(diagnosis.clone());
                }
                self.part_failed(number, acknowledged_bytes, trouble, diagnosis);
            }
            _ => {}
        }
    }

    /// What has arrived by now. Once that is more than ever before, what failed on the way is forgiven, and nobody needs
    /// to know why some of it had to be sent again.
    pub(super) fn count_progress(&mut self) {
        let size_bytes = self.state.size_bytes();
        let Some(parts) = self.state.parts() else {
            return;
        };
        let (bytes, checking) = (parts.acknowledged_bytes(), parts.is_checking());
        let tally = &mut self.state.tally;
        // The last byte counts once everything is put together.
        tally.acknowledged_bytes = bytes.min(size_bytes.saturating_sub(1));
        if bytes > tally.furthest_byte {
            tally.furthest_byte = bytes;
            if !checking {
                tally.restarted_because = None;
            }
            self.moved();
        }
    }

    fn note_part(&mut self, number: u32, checksum: Checksum, etag: Option<String>) {
        let Some(parts) = self.state.parts() else {
            return;
        };
        if etag
            .as_deref()
            .is_some_and(|etag| parts.is_recorded(number, etag, checksum))
        {
            return;
        }
        let range = parts.plan().range(number);
        self.effects.push(Effect::Note(Record::PartStored {
            number,
            offset: range.start,
            size: range.end - range.start,
            checksum: checksum.digits(),
            etag,
        }));
    }
}

//! Sending in parts: which go next, what became of them, and when they are all there.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use wire::{MultipartUpload, UploadCapabilities, WholeChecksum};

use super::react::ACCIDENTS;
use super::{Contract, Effect, Event, Goal, Record, Stage, Ticket, Transition, Trouble};
use crate::engine::{Hashing, Listed, PartLimits, PartPlan, Parts};
use crate::journal::{Multipart, Reservation};
use crate::source::{Checksum, ChecksumKind};
use crate::{Code, Diagnosis, WaitCause, diagnosis};

impl Transition<'_> {
    /// Whether the recording goes in parts: where that is advertised, and it is larger than one. The answer stays the
    /// same however fast the line is, because a repeated initiate has to be the same request.
    pub(super) fn goes_in_parts(&self) -> bool {
        let Some(Contract::Extended(uploads)) = &self.state.contract else {
            return false;
        };
        let least = limits(uploads).least_bytes;
        let least = least.max(self.state.policy.part_sizes.least_bytes);
        uploads.multipart && self.state.size_bytes() > least
    }

    /// The backend has opened an upload in parts.
    pub(super) fn reserved_in_parts(&mut self, mut place: Reservation, upload: &MultipartUpload) {
        let lost = self.state.lost.take();
        if let Some(lost) = &lost
            && lost.is_offered_again(upload)
        {
            self.state.lost = Some(lost.clone());
            return self.begin_elsewhere();
        }
        let Some(Contract::Extended(uploads)) = &self.state.contract else {
            return self.fail(Diagnosis::of(Code::UnexpectedAnswer));
        };
        let kind = match uploads.checksum {
            Some(WholeChecksum::Crc64Nvme) => ChecksumKind::Crc64Nvme,
            _ => ChecksumKind::Sha256,
        };
        let limits = limits(uploads);
        let least_bytes = upload.part_size.max(limits.least_bytes);
        let known = lost
            .and_then(|lost| lost.parts)
            .filter(|known| known.kind() == kind && known.plan().part_bytes >= least_bytes);
        let parts = known.or_else(|| {
            let plan = PartPlan::choose(
                self.state.size_bytes(),
                PartLimits {
                    least_bytes,
                    ..limits
                },
                self.state.policy.part_sizes,
                self.state.line.bytes_per_second,
            );
            Parts::new(plan, kind).map(Arc::new)
        });
        let Some(parts) = parts else {
            return self.fail(diagnosis::too_many_parts());
        };
        place.multipart = Some(Multipart {
            upload_id: upload.upload_id.clone(),
            part_bytes: parts.plan().part_bytes,
            checksum: kind,
        });
        self.journal(Record::Reserved {
            reservation: place.clone(),
            expires_at: None,
        });
        self.begin_sending(place, parts);
    }

    /// What the store holds of an upload that was begun before.
    pub(super) fn look_what_arrived(&mut self, place: Reservation, multipart: &Multipart) {
        let plan = PartPlan {
            size_bytes: self.state.size_bytes(),
            part_bytes: multipart.part_bytes,
        };
        match Parts::new(plan, multipart.checksum) {
            Some(parts) => self.pursue(Goal::List(place, Arc::new(parts))),
            None => self.fail(Diagnosis::of(Code::UnexpectedAnswer)),
        }
    }

    /// A page of the store's list.
    pub(super) fn listed(&mut self, page: &wire::StoredParts) {
        let Goal::List(place, parts) = &mut self.state.goal else {
            return;
        };
        match Arc::make_mut(parts).list(page) {
            Ok(Listed::More(_)) => self.work(),
            Ok(Listed::All { lost }) => {
                let (place, parts) = (place.clone(), parts.clone());
                if lost > 0 {
                    // It takes parts and does not keep them: not for ever.
                    self.state.tally.missing_objects += 1;
                    if self.state.tally.missing_objects >= ACCIDENTS {
                        return self.fail(Diagnosis::of(Code::Integrity));
                    }
                }
                self.moved();
                self.begin_sending(place, parts);
            }
            Err(error) => self.fail(diagnosis::of_bad_list(error)),
        }
    }

    fn begin_sending(&mut self, place: Reservation, parts: Arc<Parts>) {
        let tally = &mut self.state.tally;
        tally.attempts += 1;
        tally.acknowledged_bytes = parts.acknowledged_bytes();
        let attempt = tally.attempts;
        if parts.is_checking() {
            tally.restarted_because = Some(diagnosis::checking());
        }
        self.journal(Record::Sending { attempt });
        self.pursue(Goal::Send(place, Ticket::Multipart(parts)));
    }

    /// Whether parts are on their way, or could be.
    pub(super) fn is_sending_parts(&self) -> bool {
        self.state.stage == Stage::Working
            && matches!(self.state.goal, Goal::Send(_, Ticket::Multipart(_)))
    }

    /// Does whatever can be done now: sends, reads on, waits, or has the parts put together.
    pub(super) fn go_on(&mut self) {
        let (lanes, now) = (self.state.line.lanes.max(1), self.at.time);
        let Goal::Send(place, Ticket::Multipart(parts)) = &mut self.state.goal else {
            return;
        };
        let place = place.clone();
        let parts = Arc::make_mut(parts);
        if parts.is_all_stored()
            && let Some(sha256) = parts.whole_sha256().map(str::to_owned)
        {
            let completed = parts.completed();
            return self.put_together(place, sha256, completed);
        }
        for order in parts.begin(lanes, now) {
            let recording = place.recording.clone();
            self.effects.push(Effect::SendPart { recording, order });
        }
        let begins = parts.allowed() == 0;
        if let Some(up_to) = parts.allow(lanes) {
            if begins {
                let (plan, kind) = (parts.plan(), parts.kind());
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
        sha256: String,
        completed: Option<Vec<wire::CompletedPart>>,
    ) {
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
            self.count_progress();
            self.go_on();
        }
    }

    /// A disk that says nothing is asked again later, from the file's beginning: what was read is compared then.
    fn read_failed(&mut self, trouble: Trouble, diagnosis: Diagnosis) {
        if trouble != Trouble::DiskSilent {
            return self.fail(diagnosis);
        }
        if let Some(parts) = self.state.parts_mut() {
            parts.begin_pass();
        }
        if self.is_sending_parts() {
            self.drop_parts();
            self.react(trouble, diagnosis);
        }
    }

    /// Something happened to parts that were on their way.
    pub(super) fn part_event(&mut self, event: Event) {
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
                let Some(checksum) = parts.landed(number, etag.as_deref()) else {
                    return;
                };
                self.state.tally.bytes_sent += bytes;
                self.moved();
                self.note_part(number, checksum, etag);
                self.count_progress();
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

    fn part_failed(&mut self, number: u32, bytes: u64, trouble: Trouble, diagnosis: Diagnosis) {
        let (now, policy, jitter) = (self.at.time, self.state.policy, self.at.jitter);
        let Some(parts) = self.state.parts_mut() else {
            return;
        };
        let Some(setback) = parts.fell_short(number, bytes) else {
            return;
        };
        if trouble != Trouble::TicketRefused {
            setback.refused_tickets = 0;
        }
        let (slow_down, retry_after) = match trouble {
            // These concern the whole upload.
            Trouble::NoWay
            | Trouble::SignedOut
            | Trouble::DiskSilent
            | Trouble::UploadLost
            | Trouble::Gone => {
                self.drop_parts();
                return self.react(trouble, diagnosis);
            }
            Trouble::Lasting => return self.fail(diagnosis),
            Trouble::TicketRefused => {
                setback.refused_tickets += 1;
                if setback.refused_tickets > 1 {
                    return self.fail(diagnosis);
                }
                // Every attempt has a ticket of its own: the next is a fresh one.
                return self.go_on();
            }
            Trouble::Mismatch => {
                setback.mismatches += 1;
                if setback.mismatches >= ACCIDENTS {
                    return self.fail(diagnosis::of_mismatch(&diagnosis));
                }
                return self.read_part_again(number);
            }
            Trouble::Passing {
                slow_down,
                retry_after,
            } => (slow_down, retry_after),
            _ => (false, None),
        };
        setback.tries = setback.tries.saturating_add(1);
        let delay = policy.delay(setback.tries, slow_down, retry_after, jitter);
        setback.retry_at = later(now, delay);
        if retry_after.is_some()
            && let Some(until) = setback.retry_at
        {
            parts.hold(until);
        }
        self.state.tally.last_setback = Some(diagnosis);
        self.go_on();
    }

    fn read_part_again(&mut self, number: u32) {
        let Some(parts) = self.state.parts_mut() else {
            return;
        };
        if let Some(order) = parts.rehash(number) {
            self.effects.push(Effect::HashPart { order });
        }
        self.go_on();
    }

    /// Nothing is on its way any more; what arrived stays.
    pub(super) fn drop_parts(&mut self) {
        let Some(parts) = self.state.parts_mut() else {
            return;
        };
        let bytes = parts.drop_in_flight();
        self.state.tally.bytes_sent += bytes;
        self.count_progress();
        self.effects.push(Effect::Abort);
    }

    /// The computer slept: connections are dead, and whoever asked to be left alone has been.
    pub(super) fn parts_woke_up(&mut self) {
        if !self.is_sending_parts() {
            return;
        }
        let Some(parts) = self.state.parts_mut() else {
            return;
        };
        let was_sending = parts.in_flight() > 0;
        let bytes = parts.drop_in_flight();
        self.state.tally.bytes_sent += bytes;
        self.count_progress();
        if was_sending {
            self.state.tally.restarted_because = Some(diagnosis::slept_in_parts());
        }
    }

    /// What has arrived by now. Once that is more than ever before, what failed on the way is forgiven, and nobody needs
    /// to know why some of it had to be sent again.
    fn count_progress(&mut self) {
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

fn limits(uploads: &UploadCapabilities) -> PartLimits {
    let usual = PartLimits::default();
    PartLimits {
        least_bytes: uploads.min_part_size.unwrap_or(usual.least_bytes),
        most_parts: uploads.max_parts.unwrap_or(usual.most_parts),
    }
}

fn later(now: jiff::Timestamp, delay: Duration) -> Option<jiff::Timestamp> {
    now.checked_add(SignedDuration::try_from(delay).ok()?).ok()
}

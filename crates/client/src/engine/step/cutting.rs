//! Where an upload in parts begins: whether there is one, how the recording is cut, and what the store has of it already.

use std::sync::Arc;

use wire::{MultipartUpload, UploadCapabilities, WholeChecksum};

use super::react::ACCIDENTS;
use super::{Contract, Goal, Record, Ticket, Transition};
use crate::engine::{BadList, Growth, Listed, PartLimits, PartPlan, Parts};
use crate::journal::{Multipart, Reservation};
use crate::source::ChecksumKind;
use crate::{Code, Diagnosis, diagnosis};

impl Transition<'_> {
    /// Whether the recording goes in parts: where that is advertised, and it is larger than one, or was not finished when its
    /// upload began. The answer stays the
    /// same however fast the line is, because a repeated initiate has to be the same request.
    pub(super) fn goes_in_parts(&self) -> bool {
        let grows = self.state.growth != Growth::Finished;
        let Some(Contract::Extended(uploads)) = &self.state.contract else {
            return false;
        };
        let least = limits(uploads).least_bytes;
        let least = least.max(self.state.policy.part_sizes.least_bytes);
        uploads.multipart && (grows || self.state.size_bytes() > least)
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
            if let Growth::Recording { final_bytes } = self.state.growth {
                let limits = PartLimits {
                    least_bytes,
                    ..limits
                };
                let part_bytes = PartPlan::bytes_of_growing(final_bytes, limits);
                let mut parts = Parts::growing(part_bytes, kind);
                // They hold twice what is there by now.
                let _ = parts.grow(final_bytes, limits.most_parts);
                return Some(Arc::new(parts));
            }
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
        // The pass over the file begins anew with it: half of one must not be taken for the whole later.
        self.state.lost = None;
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
            // The file lost its end in a crash, after that had been sent: another upload takes what is there.
            Err(BadList::OutOfRange(_)) if self.state.growth == Growth::Sealed => {
                let recording = place.recording.clone();
                self.leave(recording);
                self.pursue(Goal::Reserve);
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
}

fn limits(uploads: &UploadCapabilities) -> PartLimits {
    let usual = PartLimits::default();
    PartLimits {
        least_bytes: uploads.min_part_size.unwrap_or(usual.least_bytes),
        most_parts: uploads.max_parts.unwrap_or(usual.most_parts),
    }
}

//! Uploads in parts, as a store and a disk see them: what is read, what is on its way, what is kept. It checks whatever
//! it is asked.

use std::collections::{BTreeMap, BTreeSet};

use wire::{MultipartUpload, StoredPart, StoredParts};

use super::*;
use crate::engine::{PartOrder, PartPlan, PartToRead};
use crate::source::Checksum;

/// Parts on a page of its list.
const PAGE: usize = 3;

#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // each is a way to misbehave
pub(super) struct PartStore {
    plan: Option<PartPlan>,
    read: u32,
    in_flight: BTreeSet<u32>,
    pub(super) kept: BTreeMap<u32, StoredPart>,
    upload: u32,
    is_open: bool,
    /// A backend that offers an upload that is gone.
    pub(super) cannot_reopen: bool,
    /// What goes wrong with the part that is just being sent.
    pub(super) trouble: Option<Trouble>,
    /// What was on its way is not heard of any more.
    pub(super) aborted: bool,
    pub(super) sends: BTreeMap<u32, u32>,
    pub(super) hashed_again: u32,
    pub(super) most_in_flight: usize,
    pub(super) passes: u32,
    /// How far the pass was ever ahead of what had been sent.
    pub(super) furthest_ahead: u32,
    pub(super) answers_without_etag: bool,
}

/// What the bytes of a part add up to.
pub(super) fn checksum(number: u32) -> Checksum {
    Checksum::Crc64Nvme(0xABCD + u64::from(number))
}

impl PartStore {
    pub(super) fn open(&mut self) -> MultipartUpload {
        if !self.is_open && !self.cannot_reopen {
            self.upload += 1;
            self.is_open = true;
        }
        MultipartUpload {
            upload_id: format!("upload-{}", self.upload),
            part_size: 100_000,
        }
    }

    /// The place is another now: what was kept belongs to the one before.
    pub(super) fn give_up(&mut self) {
        self.sweep();
        self.upload += 1;
        self.is_open = true;
    }

    pub(super) fn sweep(&mut self) {
        self.is_open = false;
        self.kept.clear();
    }

    pub(super) fn restart(&mut self) {
        self.plan = None;
        self.abort();
        self.aborted = false;
    }

    pub(super) fn abort(&mut self) {
        self.in_flight.clear();
        self.aborted = true;
    }

    pub(super) fn begin_reading(&mut self, plan: PartPlan) {
        self.plan = Some(plan);
        self.read = 0;
        self.passes += 1;
    }

    pub(super) fn read_on(&mut self, up_to: u32) -> Vec<Event> {
        let count = self.plan.expect("reading has begun").count().unwrap();
        assert!(up_to <= count, "beyond the end");
        let mut events: Vec<Event> = (self.read + 1..=up_to)
            .map(|number| Event::PartHashed {
                number,
                checksum: checksum(number),
            })
            .collect();
        if self.read < count && up_to == count {
            events.push(Event::Hashed(SHA256.to_owned()));
        }
        self.read = self.read.max(up_to);
        let sent = u32::try_from(self.sends.len().max(self.kept.len())).unwrap();
        self.furthest_ahead = self.furthest_ahead.max(self.read.saturating_sub(sent));
        events
    }

    pub(super) fn hash(&mut self, part: &PartToRead) -> Event {
        self.hashed_again += 1;
        Event::PartHashed {
            number: part.number,
            checksum: checksum(part.number),
        }
    }

    pub(super) fn begin(&mut self, order: &PartOrder, lanes: u32) {
        let plan = self.plan.expect("nothing is sent that was not read");
        assert!((1..=plan.count().unwrap()).contains(&order.number));
        assert_eq!(order.range, plan.range(order.number));
        assert_eq!(order.checksum, checksum(order.number));
        assert!(self.in_flight.insert(order.number), "twice at a time");
        assert!(self.in_flight.len() <= usize::try_from(lanes).unwrap());
        self.most_in_flight = self.most_in_flight.max(self.in_flight.len());
        *self.sends.entry(order.number).or_default() += 1;
    }

    pub(super) fn take(&mut self, order: &PartOrder) -> Event {
        if !self.is_open {
            self.trouble = Some(Trouble::UploadLost);
            return self.failed(order);
        }
        let etag = format!("\"{}\"", order.checksum.digits());
        let part = StoredPart {
            part_number: order.number,
            size: order.range.end - order.range.start,
            etag: etag.clone(),
            checksum: Some(order.checksum.digits()),
        };
        self.kept.insert(order.number, part);
        Event::PartStored {
            number: order.number,
            etag: Some(etag).filter(|_| !self.answers_without_etag),
        }
    }

    pub(super) fn failed(&mut self, order: &PartOrder) -> Event {
        Event::PartFailed {
            number: order.number,
            acknowledged_bytes: 1000,
            trouble: self.trouble.take().unwrap(),
            diagnosis: Diagnosis::of(Code::StoreRefused),
        }
    }

    /// The engine is told of it now.
    pub(super) fn hear(&mut self, event: &Event) {
        if let Event::PartStored { number, .. } | Event::PartFailed { number, .. } = event {
            self.in_flight.remove(number);
        }
    }

    pub(super) fn list(&self, after: u32) -> Option<StoredParts> {
        if !self.is_open {
            return None;
        }
        let parts: Vec<_> = self.kept.range(after + 1..).take(PAGE).collect();
        let last = parts.last().map(|(number, _)| **number);
        let next = last.filter(|last| self.kept.range(last + 1..).next().is_some());
        Some(StoredParts {
            parts: parts.into_iter().map(|(_, part)| part.clone()).collect(),
            next,
        })
    }

    /// Whether these are all the parts, as they are kept.
    pub(super) fn are_these(&self, request: &wire::Complete) -> bool {
        let Some(parts) = &request.parts else {
            return false;
        };
        assert_eq!(parts.len(), 10);
        for (number, part) in (1..).zip(parts) {
            assert_eq!(part.part_number, number);
            assert_eq!(part.checksum, checksum(number).digits());
        }
        self.is_open
            && parts.iter().all(|part| {
                let kept = self.kept.get(&part.part_number);
                kept.is_some_and(|kept| kept.etag == part.etag)
            })
    }

    pub(super) fn what_is_wrong(&self) -> Trouble {
        if self.is_open {
            Trouble::Mismatch
        } else {
            Trouble::UploadLost
        }
    }
}

//! What may be done next: which parts to send, how far to read, how long to wait.

use jiff::Timestamp;

use super::{Part, PartOrder, Parts};

/// Parts that are read ahead of those that the lanes carry. Few: the page cache has to hold them until they are sent.
pub(super) const READ_AHEAD: u32 = 1;

impl Parts {
    /// Takes up as many parts as there are lanes for, the first ones first. What it returns is in flight.
    pub fn begin(&mut self, lanes: u32, now: Timestamp) -> Vec<PartOrder> {
        let hold_until = self.hold_until.max(self.rest_until());
        if hold_until.is_some_and(|until| until > now) {
            return Vec::new();
        }
        let lanes = usize::try_from(lanes).unwrap_or(usize::MAX);
        let free = lanes.saturating_sub(self.in_flight.len() + self.rehashing.len());
        let due: Vec<u32> = self
            .ready
            .iter()
            .filter(|number| self.retry_at(**number).is_none_or(|at| at <= now))
            .take(free)
            .copied()
            .collect();
        due.into_iter()
            .filter_map(|number| {
                let Some(Part::Hashed(checksum)) = self.part(number) else {
                    return None;
                };
                let checksum = *checksum;
                self.set(number, Part::InFlight(checksum));
                self.began(number, now);
                Some(PartOrder {
                    number,
                    range: self.plan.range(number),
                    checksum,
                })
            })
            .collect()
    }

    /// How far the pass over the file may go, where that is further than before.
    pub fn allow(&mut self, lanes: u32) -> Option<u32> {
        if self.is_read_singly() {
            return None;
        }
        let waiting = u32::try_from(self.ready.len()).unwrap_or(u32::MAX);
        let room = lanes.saturating_add(READ_AHEAD).saturating_sub(waiting);
        let up_to = self.read.saturating_add(room).min(self.count());
        if up_to <= self.allowed {
            return None;
        }
        self.allowed = up_to;
        Some(up_to)
    }

    /// How far the pass may go, as far as that was allowed already.
    pub fn allowed(&self) -> u32 {
        self.allowed
    }

    /// Whether nothing will happen by itself before time has passed.
    pub fn is_at_rest(&self) -> bool {
        let reads = !self.is_read_singly()
            && (self.read < self.allowed
                || self.whole_sha256.is_none() && self.read == self.count());
        let reads = reads || !self.reading().is_empty();
        !reads && self.in_flight.is_empty() && self.rehashing.is_empty()
    }

    /// When the next part that has to wait may go, where one has to.
    pub fn wait(&mut self, now: Timestamp) -> Option<Timestamp> {
        let held_until = self.hold_until.max(self.rest_until());
        let first = self
            .ready
            .iter()
            .map(|number| self.retry_at(*number).max(held_until))
            .filter_map(|until| until.filter(|until| *until > now))
            .min();
        self.waits_until = first;
        first
    }

    /// The wait is over. The clock may have been set back meanwhile: what was waited for is due all the same.
    pub fn end_wait(&mut self, now: Timestamp) {
        let until = self.waits_until.take().map_or(now, |until| until.max(now));
        self.end_waits_until(Some(until));
    }

    /// No part waits any more.
    pub fn end_all_waits(&mut self) {
        self.waits_until = None;
        self.end_waits_until(None);
    }

    /// No part is sent before then.
    pub fn hold(&mut self, until: Timestamp) {
        self.hold_until = self.hold_until.max(Some(until));
    }

    fn end_waits_until(&mut self, until: Option<Timestamp>) {
        let is_over = |at: Timestamp| until.is_none_or(|until| at <= until);
        self.hold_until = self.hold_until.filter(|at| !is_over(*at));
        self.end_rest(is_over);
        for setback in self.setbacks.values_mut() {
            setback.retry_at = setback.retry_at.filter(|at| !is_over(*at));
        }
    }

    fn retry_at(&self, number: u32) -> Option<Timestamp> {
        self.setbacks.get(&number)?.retry_at
    }
}

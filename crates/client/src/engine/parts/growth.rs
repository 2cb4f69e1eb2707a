//! Parts of a recording that is sent while it is made: there are more and more of them, each is read by itself once its
//! bytes are final, and the first one, whose header is written last, comes after the recording's end.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use wire::MAX_PARTS;

use super::schedule::READ_AHEAD;
use super::{Part, PartPlan, PartToRead, Parts, ReadsDifferently};
use crate::source::ChecksumKind;

/// While it records, a computer's line is left alone for three tenths of the time: each part of a rest is this much of the
/// time that a part took, so many sevenths.
const REST_SEVENTHS: i32 = 3;

/// The recording has become larger than its parts can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the recording has more parts than a store takes")]
pub struct TooManyParts;

/// How it is with the parts of a recording that was sent while it was made.
#[derive(Debug, Clone, Default)]
pub(super) struct Growth {
    /// Whether there will be more.
    goes_on: bool,
    /// Those that nobody has read.
    unread: BTreeSet<u32>,
    /// Those that are being read for the first time.
    reading: BTreeSet<u32>,
    /// When those in flight began.
    began_at: BTreeMap<u32, Timestamp>,
    /// Until when the line is left alone.
    rest_until: Option<Timestamp>,
}

impl Parts {
    /// Of a recording of which nothing is final yet.
    pub fn growing(part_bytes: u64, kind: ChecksumKind) -> Self {
        let plan = PartPlan {
            size_bytes: 0,
            part_bytes: part_bytes.max(1),
        };
        let growth = Growth {
            goes_on: true,
            ..Growth::default()
        };
        Self {
            growth: Some(growth),
            ..Self::of(plan, kind, 0)
        }
    }

    /// Whether there will be more parts.
    pub fn is_growing(&self) -> bool {
        self.growth.as_ref().is_some_and(|growth| growth.goes_on)
    }

    /// Whether its parts are read each by itself, and not in one pass.
    pub fn is_read_singly(&self) -> bool {
        self.growth.is_some()
    }

    /// So many bytes are final now: there are the parts that lie in them whole.
    pub fn grow(&mut self, final_bytes: u64, most_parts: u32) -> Result<(), TooManyParts> {
        if !self.is_growing() {
            return Ok(());
        }
        let part_bytes = self.plan.part_bytes;
        let most_parts = u64::from(most_parts.min(MAX_PARTS));
        self.reach(final_bytes / part_bytes.max(1), most_parts);
        self.plan.size_bytes = u64::from(self.count()) * part_bytes;
        if final_bytes > most_parts * part_bytes {
            return Err(TooManyParts);
        }
        Ok(())
    }

    /// The recording has ended with this size: the rest of the parts are there, and the first one is what it will be.
    pub fn seal(&mut self, size_bytes: u64) -> Result<Result<(), TooManyParts>, ReadsDifferently> {
        if !self.is_growing() {
            return Ok(Ok(()));
        }
        if size_bytes < self.plan.size_bytes {
            return Err(ReadsDifferently);
        }
        let plan = PartPlan {
            size_bytes,
            ..self.plan
        };
        let Some(count) = plan.count() else {
            return Ok(Err(TooManyParts));
        };
        self.plan = plan;
        self.reach(count.into(), count.into());
        if let Some(growth) = &mut self.growth {
            growth.goes_on = false;
            growth.rest_until = None;
            growth.began_at.clear();
        }
        Ok(Ok(()))
    }

    /// Takes up as many unread parts as may be read now, the first ones first.
    pub fn begin_reading(&mut self, lanes: u32) -> Vec<PartToRead> {
        let Some(growth) = &self.growth else {
            return Vec::new();
        };
        let most = usize::try_from(lanes.saturating_add(READ_AHEAD)).unwrap_or(usize::MAX);
        let room = most.saturating_sub(self.ready.len() + growth.reading.len());
        // The header of what is still recorded is not what it will be.
        let first = if growth.goes_on { 2 } else { 1 };
        let unread: Vec<u32> = growth.unread.range(first..).take(room).copied().collect();
        let begun = unread.into_iter().map(|number| {
            self.set(number, Part::Reading);
            PartToRead {
                number,
                range: self.plan.range(number),
            }
        });
        begun.collect()
    }

    /// What must never be: the header is read while it is not what it will be.
    #[cfg(test)]
    pub(in crate::engine) fn read_header_early(&mut self) -> Option<PartToRead> {
        let is_unread = self.growth.as_ref()?.unread.contains(&1);
        is_unread.then(|| {
            self.set(1, Part::Reading);
            PartToRead {
                number: 1,
                range: self.plan.range(1),
            }
        })
    }

    /// A part has arrived while the recording goes on: the line is left alone for a while.
    pub(super) fn rest(&mut self, number: u32, now: Timestamp) {
        let Some(growth) = &mut self.growth else {
            return;
        };
        let began_at = growth.began_at.remove(&number);
        if let Some(began_at) = began_at.filter(|_| growth.goes_on) {
            let took = now.duration_since(began_at).max(SignedDuration::ZERO);
            let until = now.checked_add(took * REST_SEVENTHS / 7).ok();
            growth.rest_until = growth.rest_until.max(until);
        }
    }

    pub(super) fn began(&mut self, number: u32, now: Timestamp) {
        if let Some(growth) = self.growth.as_mut().filter(|growth| growth.goes_on) {
            growth.began_at.insert(number, now);
        }
    }

    /// Until when the line is left alone.
    pub(super) fn rest_until(&self) -> Option<Timestamp> {
        self.growth.as_ref()?.rest_until
    }

    pub(super) fn end_rest(&mut self, is_over: impl Fn(Timestamp) -> bool) {
        if let Some(growth) = &mut self.growth {
            growth.rest_until = growth.rest_until.filter(|at| !is_over(*at));
        }
    }

    /// Those that are being read for the first time.
    pub(super) fn reading(&self) -> BTreeSet<u32> {
        let growth = self.growth.as_ref();
        growth
            .map(|growth| growth.reading.clone())
            .unwrap_or_default()
    }

    /// A part is not read yet, or is being read, or neither any more.
    pub(super) fn note(&mut self, number: u32, part: &Part) {
        let Some(growth) = &mut self.growth else {
            return;
        };
        growth.unread.remove(&number);
        growth.reading.remove(&number);
        match part {
            Part::Unread => drop(growth.unread.insert(number)),
            Part::Reading => drop(growth.reading.insert(number)),
            _ => {}
        }
    }

    /// Has so many parts, at most `most_parts`, if it has fewer.
    pub(super) fn reach(&mut self, parts: u64, most_parts: u64) {
        let wanted = u32::try_from(parts.min(most_parts)).unwrap_or(MAX_PARTS);
        while self.count() < wanted {
            self.all.push(Part::Unread);
            self.note(self.count(), &Part::Unread);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Checksum;
    use proptest::prelude::*;

    const PART_BYTES: u64 = 100;

    fn now() -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn sum(number: u32) -> Checksum {
        Checksum::Crc64Nvme(number.into())
    }

    #[derive(Debug, Clone)]
    enum Happening {
        Grow(u64),
        Read(u32),
        Begin(u32),
        Land,
        Drop,
        Anew,
    }

    fn happening() -> impl Strategy<Value = Happening> {
        prop_oneof![
            (0_u64..400).prop_map(Happening::Grow),
            (1_u32..4).prop_map(Happening::Read),
            (1_u32..4).prop_map(Happening::Begin),
            Just(Happening::Land),
            Just(Happening::Drop),
            Just(Happening::Anew),
        ]
    }

    fn read(parts: &mut Parts, lanes: u32) -> Vec<PartToRead> {
        let begun = parts.begin_reading(lanes);
        for part in &begun {
            parts.hashed(part.number, sum(part.number)).unwrap();
        }
        begun
    }

    proptest! {
        /// Whatever happens while it grows: nothing is read that is not final, and in the end every byte is there once.
        #[test]
        fn every_part_comes_once_it_is_final(
            happenings in prop::collection::vec(happening(), 0..60),
            tail in 1_u64..250,
        ) {
            let mut parts = Parts::growing(PART_BYTES, ChecksumKind::Crc64Nvme);
            let mut final_bytes = 0;
            for happening in happenings {
                match happening {
                    Happening::Grow(more) => {
                        final_bytes += more;
                        parts.grow(final_bytes, MAX_PARTS).unwrap();
                    }
                    Happening::Read(lanes) => {
                        for part in read(&mut parts, lanes) {
                            prop_assert!(part.number > 1 && part.range.end <= final_bytes);
                            prop_assert_eq!(part.range.end - part.range.start, PART_BYTES);
                        }
                    }
                    Happening::Begin(lanes) => drop(parts.begin(lanes, now())),
                    Happening::Land => {
                        if let Some(number) = parts.in_flight.first().copied() {
                            parts.landed(number, Some("e"), now());
                        }
                    }
                    Happening::Drop => drop(parts.drop_in_flight()),
                    Happening::Anew => parts.begin_anew(),
                }
                prop_assert!(!parts.is_all_stored());
                prop_assert!(parts.acknowledged_bytes() <= final_bytes);
            }
            let size_bytes = final_bytes + tail;
            prop_assert_eq!(parts.seal(size_bytes), Ok(Ok(())));
            for _ in 0..size_bytes {
                read(&mut parts, 3);
                parts.begin(2, now());
                for number in parts.in_flight.clone() {
                    parts.landed(number, Some("e"), now());
                }
            }
            prop_assert!(parts.is_all_stored() && !parts.is_growing());
            prop_assert_eq!(parts.acknowledged_bytes(), size_bytes);
            let sums: Vec<_> = parts.completed().unwrap().into_iter().map(|part| part.checksum).collect();
            let expected: Vec<_> = (1..=parts.count()).map(|number| sum(number).digits()).collect();
            prop_assert_eq!(sums, expected);
        }
    }

    #[test]
    fn what_is_too_much_is_said() {
        let mut parts = Parts::growing(PART_BYTES, ChecksumKind::Crc64Nvme);
        assert_eq!(parts.grow(300, 3), Ok(()));
        assert_eq!((parts.grow(301, 3), parts.count()), (Err(TooManyParts), 3));
        let beyond = u64::from(MAX_PARTS) * PART_BYTES;
        assert_eq!(parts.seal(beyond + 1), Ok(Err(TooManyParts)));
        assert_eq!(parts.seal(299), Err(ReadsDifferently));
        assert_eq!((parts.seal(beyond), parts.count()), (Ok(Ok(())), MAX_PARTS));
    }
}

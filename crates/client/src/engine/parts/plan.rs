//! How a recording is cut into parts: once, before the first is sent, and the same ever after.

use std::ops::Range;

use wire::MAX_PARTS;

/// Parts beyond which a plan does not go by itself, of each 10,000 that a store takes: the rest is room for error.
const PARTS_USED_OF_TEN_THOUSAND: u64 = 9_500;

/// Seconds that a part should take: long enough that asking for its ticket costs nothing, short enough that what an
/// accident costs is little.
const SECONDS_A_PART: u64 = 8;

/// A recording has at least so many parts, as far as the smallest part allows, so that several can be on their way until
/// its end.
const LEAST_PARTS: u64 = 8;

/// No more parts than about so many are wanted, as far as the largest part allows: each is a ticket and a connection, and
/// is kept in mind until the end. An accident then costs a thousandth of the recording, on a slow line too.
const ENOUGH_PARTS: u64 = 1_000;

/// The sizes that are chosen from, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartSizes {
    /// Smallest part, where the store's own limit is not higher.
    pub least_bytes: u64,
    /// Largest part, where the recording is not too large for it.
    pub most_bytes: u64,
    /// What every size is a multiple of.
    pub unit_bytes: u64,
}

impl Default for PartSizes {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            least_bytes: 8 * MIB,
            most_bytes: 64 * MIB,
            unit_bytes: MIB,
        }
    }
}

/// What a store takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartLimits {
    /// Smallest part but the last, in bytes.
    pub least_bytes: u64,
    /// Most parts of one upload.
    pub most_parts: u32,
}

/// Parts of equal size, but for the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartPlan {
    /// The recording's size, at least 1.
    pub size_bytes: u64,
    /// The size of every part but the last, at least 1.
    pub part_bytes: u64,
}

impl PartPlan {
    /// The plan for a recording of this size on a line that takes so many bytes a second, as far as that is known.
    pub fn choose(
        size_bytes: u64,
        limits: PartLimits,
        sizes: PartSizes,
        bytes_per_second: Option<u64>,
    ) -> Self {
        let unit = sizes.unit_bytes.max(1);
        let wanted = bytes_per_second
            .unwrap_or(0)
            .saturating_mul(SECONDS_A_PART)
            .min(size_bytes / LEAST_PARTS)
            .max(size_bytes.div_ceil(ENOUGH_PARTS))
            .clamp(sizes.least_bytes, sizes.most_bytes.max(sizes.least_bytes));
        let most_parts = u64::from(limits.most_parts.clamp(1, MAX_PARTS));
        let used_parts = (most_parts * PARTS_USED_OF_TEN_THOUSAND / 10_000).max(1);
        let part_bytes = wanted
            .max(size_bytes.div_ceil(used_parts))
            .max(limits.least_bytes)
            .max(1);
        Self {
            size_bytes,
            part_bytes: part_bytes.div_ceil(unit).saturating_mul(unit),
        }
    }

    /// The size of the parts of a recording that is still being made, of which so many bytes are final when its upload begins:
    /// at least half of the parts are left for what comes.
    pub fn bytes_of_growing(final_bytes: u64, limits: PartLimits) -> u64 {
        let most_parts = u64::from(limits.most_parts.clamp(1, MAX_PARTS));
        final_bytes
            .div_ceil((most_parts / 2).max(1))
            .max(limits.least_bytes)
            .max(1)
    }

    /// How many parts there are; `None` when they are more than any store takes, which no plan of ours has.
    pub fn count(&self) -> Option<u32> {
        let count = self.size_bytes.div_ceil(self.part_bytes.max(1));
        u32::try_from(count)
            .ok()
            .filter(|count| (1..=MAX_PARTS).contains(count))
    }

    /// Where a part lies in the recording; `number` counts from 1.
    pub fn range(&self, number: u32) -> Range<u64> {
        let start = u64::from(number.saturating_sub(1))
            .saturating_mul(self.part_bytes)
            .min(self.size_bytes);
        let end = start.saturating_add(self.part_bytes).min(self.size_bytes);
        start..end
    }

    /// Size of a part, in bytes.
    pub fn bytes_of(&self, number: u32) -> u64 {
        let range = self.range(number);
        range.end - range.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MIB: u64 = 1024 * 1024;
    const GIB: u64 = 1024 * MIB;

    fn limits() -> PartLimits {
        PartLimits {
            least_bytes: 5 * MIB,
            most_parts: MAX_PARTS,
        }
    }

    #[test]
    fn a_part_takes_eight_seconds_within_limits() {
        for (size_bytes, bytes_per_second, least_mib, expected_mib) in [
            (GIB, None, 5, 8),
            (GIB, Some(64_000 / 8), 5, 8),
            (GIB, Some(4 * MIB), 5, 32),
            (10 * GIB, Some(100 * MIB), 5, 64),
            // A few parts of a small recording: several are on their way.
            (100 * MIB, Some(100 * MIB), 5, 13),
            // The store's own limit.
            (GIB, None, 16, 16),
            (GIB, None, 100, 100),
            // A thousand parts are enough,
            (7 * GIB, None, 5, 8),
            (10 * GIB, Some(64_000 / 8), 5, 11),
            (50 * GIB, None, 5, 52),
            // as long as they do not become too large for that,
            (200 * GIB, None, 5, 64),
            // and never more than 9,500.
            (5 * 1024 * GIB, Some(MIB), 5, 552),
        ] {
            let limits = PartLimits {
                least_bytes: least_mib * MIB,
                ..limits()
            };
            let plan = PartPlan::choose(size_bytes, limits, PartSizes::default(), bytes_per_second);
            assert_eq!(plan.part_bytes, expected_mib * MIB, "{size_bytes}");
        }
    }

    #[test]
    fn a_recording_that_begins_to_be_sent_late_has_parts_for_twice_its_size() {
        for (final_bytes, most_parts, expected) in [
            (0, MAX_PARTS, 5 * MIB),
            (20 * GIB, MAX_PARTS, 5 * MIB),
            (60 * GIB, MAX_PARTS, (60 * GIB).div_ceil(5_000)),
            (20 * MIB, 4, 10 * MIB),
            (20 * MIB, 1, 20 * MIB),
        ] {
            let limits = PartLimits {
                most_parts,
                ..limits()
            };
            let part_bytes = PartPlan::bytes_of_growing(final_bytes, limits);
            assert_eq!(part_bytes, expected, "{final_bytes}");
            assert!(final_bytes <= part_bytes * u64::from(most_parts));
        }
    }

    proptest! {
        /// The parts are the recording: in order, without gap or overlap, equal but for the last, not too many.
        #[test]
        fn the_parts_are_the_recording(
            size_bytes in 1_u64..(60 * GIB),
            least_bytes in 1_u64..(64 * MIB),
            most_parts in 100_u32..=MAX_PARTS,
            bytes_per_second in prop::option::of(0_u64..(2 * GIB)),
        ) {
            let limits = PartLimits { least_bytes, most_parts };
            let plan = PartPlan::choose(size_bytes, limits, PartSizes::default(), bytes_per_second);
            let count = plan.count().unwrap();
            prop_assert!(count <= most_parts);
            prop_assert_eq!(plan.part_bytes % MIB, 0);
            let mut end = 0;
            for number in 1..=count {
                let range = plan.range(number);
                prop_assert_eq!(range.start, end);
                let is_last = number == count;
                prop_assert!(is_last || range.end - range.start == plan.part_bytes);
                prop_assert!(is_last || plan.part_bytes >= least_bytes);
                prop_assert_eq!(plan.bytes_of(number), range.end - range.start);
                prop_assert!(range.start < range.end);
                end = range.end;
            }
            prop_assert_eq!(end, size_bytes);
        }
    }
}

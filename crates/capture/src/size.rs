//! The size guard: what is sent while it is recorded must not become larger than it can be sent.

use crate::disk::{DiskGuard, Room};

/// What still comes after the word to stop (what nobody has looked at yet, and what is in the encoder), as so many seconds
/// of a recording.
const SECONDS_TO_COME: u64 = 5;
/// The index comes last: less than one byte for so many of the recording.
const BYTES_AN_INDEX_BYTE: u64 = 200;

/// Watches a file that may become so large and no larger.
#[derive(Debug, Clone)]
pub struct SizeGuard {
    most_bytes: u64,
    left: DiskGuard,
}

impl SizeGuard {
    /// One of a file of `most_bytes` at most, its end and its index among them, that is expected to grow by so many a second.
    pub fn new(most_bytes: u64, expected_bytes_per_second: u64) -> Self {
        let to_come = expected_bytes_per_second
            .saturating_mul(SECONDS_TO_COME)
            .saturating_add(most_bytes / BYTES_AN_INDEX_BYTE);
        Self {
            most_bytes,
            left: DiskGuard::new(to_come, expected_bytes_per_second),
        }
    }

    /// How it stands with so many bytes written, after a recording of this length.
    pub fn observe(&mut self, written_bytes: u64, elapsed_ms: u64) -> Room {
        let left_bytes = self.most_bytes.saturating_sub(written_bytes);
        self.left.observe(left_bytes, written_bytes, elapsed_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Bytes a second, as expected and as written.
    const RATE: u64 = 500_000;

    #[test]
    fn it_is_told_minutes_before_and_ends_before_it_is_too_large() {
        // 10,000 parts of 5 MiB.
        let most_bytes = 10_000 * 5 * 1024 * 1024;
        let mut guard = SizeGuard::new(most_bytes, RATE);
        let mut at = |second: u64| guard.observe(second * RATE, second * 1000);
        let ends_at = (most_bytes - most_bytes / 200 - 5 * RATE) / RATE;
        let minutes_left = (ends_at - 10) / 60;
        assert_eq!(at(10), Room::Enough { minutes_left });
        assert_eq!(at(ends_at - 301), Room::Enough { minutes_left: 5 });
        assert_eq!(at(ends_at - 290), Room::Low { minutes_left: 4 });
        assert_eq!(at(ends_at - 61), Room::Enough { minutes_left: 1 });
        assert_eq!(at(ends_at), Room::Enough { minutes_left: 0 });
        assert_eq!(at(ends_at + 1), Room::Out);
    }

    proptest! {
        /// Whatever comes in the seconds after the last look that was well: it is not too large.
        #[test]
        fn there_is_room_for_the_end(most: u64, rate in 1..u64::MAX / 10, written: u64, elapsed: u64) {
            let room = SizeGuard::new(most, rate).observe(written, elapsed);
            let end = u128::from(written) + 5 * u128::from(rate) + u128::from(most / 200);
            prop_assert_eq!(room == Room::Out, end > u128::from(most));
        }
    }
}

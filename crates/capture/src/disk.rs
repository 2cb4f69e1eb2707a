//! The disk guard: how long there is room for, and when to stop while the file can still be finished.

/// A warning is told when so many minutes are left, or fewer.
const WARN_MINUTES: u64 = 5;
/// And again only once there has been room for so many.
const CALM_MINUTES: u64 = 10;
/// Before this, a file is mostly its first picture, and says little of how fast it grows.
const MEASURED_AFTER_MS: u64 = 5_000;

/// Watches the disk that a recording goes to.
#[derive(Debug, Clone)]
pub struct DiskGuard {
    reserve_bytes: u64,
    expected_bytes_per_second: u64,
    warned: bool,
}

/// How a recording stands with its disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// There is enough.
    Enough {
        /// Minutes until only the reserve is left.
        minutes_left: u64,
    },
    /// There will not be for long; said once until there was more.
    Low {
        /// Minutes until only the reserve is left.
        minutes_left: u64,
    },
    /// Less than the reserve is left: stop.
    Out,
}

impl Room {
    /// Minutes until only the reserve is left.
    pub fn minutes_left(self) -> u64 {
        match self {
            Self::Enough { minutes_left } | Self::Low { minutes_left } => minutes_left,
            Self::Out => 0,
        }
    }
}

impl DiskGuard {
    /// One that leaves `reserve_bytes` free. Until the file has shown how fast it grows, `expected_bytes_per_second` are
    /// assumed.
    pub fn new(reserve_bytes: u64, expected_bytes_per_second: u64) -> Self {
        Self {
            reserve_bytes,
            expected_bytes_per_second: expected_bytes_per_second.max(1),
            warned: false,
        }
    }

    /// How it stands with so many bytes free, after a recording of this length has taken so many.
    pub fn observe(&mut self, free_bytes: u64, written_bytes: u64, elapsed_ms: u64) -> Room {
        if free_bytes < self.reserve_bytes {
            return Room::Out;
        }
        let per_second = if elapsed_ms < MEASURED_AFTER_MS {
            self.expected_bytes_per_second
        } else {
            (u128::from(written_bytes) * 1000 / u128::from(elapsed_ms))
                .try_into()
                .unwrap_or(u64::MAX)
                .max(1)
        };
        let minutes_left = (free_bytes - self.reserve_bytes) / per_second / 60;
        if minutes_left >= CALM_MINUTES {
            self.warned = false;
        }
        if minutes_left < WARN_MINUTES && !self.warned {
            self.warned = true;
            return Room::Low { minutes_left };
        }
        Room::Enough { minutes_left }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: u64 = 1000;

    #[test]
    fn a_warning_comes_once_and_then_the_end() {
        // 1 MB a second, as expected.
        let mut guard = DiskGuard::new(100_000_000, 1_000_000);
        let room = |guard: &mut DiskGuard, free, second| {
            guard.observe(free, second * 1_000_000, second * SECOND)
        };
        let enough = |minutes_left| Room::Enough { minutes_left };
        let low = |minutes_left| Room::Low { minutes_left };
        assert_eq!(room(&mut guard, 700_000_000, 0), enough(10));
        assert_eq!(room(&mut guard, 400_000_000, 300), enough(5));
        assert_eq!(room(&mut guard, 399_000_000, 301), low(4));
        assert_eq!(room(&mut guard, 340_000_000, 360), enough(4));
        assert_eq!(room(&mut guard, 400_000_000, 361), enough(5));
        assert_eq!(room(&mut guard, 341_000_000, 362), enough(4));
        assert_eq!(room(&mut guard, 100_000_000, 700), enough(0));
        assert_eq!(room(&mut guard, 99_999_999, 701), Room::Out);
    }

    #[test]
    fn whoever_made_room_is_warned_again() {
        let mut guard = DiskGuard::new(0, 1_000_000);
        let low = Room::Low { minutes_left: 1 };
        assert_eq!(guard.observe(60_000_000, 0, 0), low);
        guard.observe(600_000_000, 0, 0);
        assert_eq!(guard.observe(60_000_000, 0, 0), low);
    }

    #[test]
    fn what_was_measured_counts_more_than_what_was_expected() {
        let mut guard = DiskGuard::new(0, 1_000_000);
        let minutes = |guard: &mut DiskGuard, elapsed_ms| {
            guard
                .observe(600_000_000, 500_000, elapsed_ms)
                .minutes_left()
        };
        assert_eq!(minutes(&mut guard, 4_999), 10);
        assert_eq!(minutes(&mut guard, 5_000), 100);
    }

    proptest! {
        #[test]
        fn any_figures_have_an_answer(reserve: u64, rate: u64, free: u64, written: u64, elapsed: u64) {
            let room = DiskGuard::new(reserve, rate).observe(free, written, elapsed);
            prop_assert_eq!(room == Room::Out, free < reserve);
        }
    }
}

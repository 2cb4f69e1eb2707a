//! The alarm: a recording whose file does not grow is none.

use std::time::{Duration, Instant};

/// For how long a file may stay as it is.
const LONGEST_STANDSTILL: Duration = Duration::from_secs(5);

/// Watches a file grow.
#[derive(Debug)]
pub(crate) struct Growth {
    bytes: u64,
    since: Instant,
    resting: bool,
    told: bool,
}

impl Growth {
    /// From now on.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            bytes: 0,
            since: now,
            resting: false,
            told: false,
        }
    }

    /// The file is this large.
    pub(crate) fn observe(&mut self, bytes: u64, now: Instant) {
        if bytes != self.bytes {
            self.bytes = bytes;
            self.since = now;
            self.told = false;
        }
    }

    /// From now on it rests, and is not to grow, or it rests no more.
    pub(crate) fn rest(&mut self, resting: bool, now: Instant) {
        self.resting = resting;
        self.since = now;
        self.told = false;
    }

    /// When to raise the alarm if nothing changes; `None` while it rests, or after it was raised.
    pub(crate) fn alarm_at(&self) -> Option<Instant> {
        (!self.resting && !self.told).then(|| self.since + LONGEST_STANDSTILL)
    }

    /// Raises it; returns for how long nothing has grown.
    pub(crate) fn raise(&mut self, now: Instant) -> Duration {
        self.told = true;
        now.saturating_duration_since(self.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alarm_is_raised_once_until_it_grows_again() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut growth = Growth::new(start);
        growth.observe(100, at(1));
        growth.observe(100, at(3));
        assert_eq!(growth.alarm_at(), Some(at(6)), "a size is no growth");
        assert_eq!(growth.raise(at(6)), Duration::from_secs(5));
        assert_eq!(growth.alarm_at(), None);
        growth.observe(101, at(9));
        assert_eq!(growth.alarm_at(), Some(at(14)));
    }

    #[test]
    fn what_rests_need_not_grow() {
        let start = Instant::now();
        let mut growth = Growth::new(start);
        growth.rest(true, start);
        assert_eq!(growth.alarm_at(), None);
        let later = start + Duration::from_mins(10);
        growth.rest(false, later);
        assert_eq!(growth.alarm_at(), Some(later + LONGEST_STANDSTILL));
    }
}

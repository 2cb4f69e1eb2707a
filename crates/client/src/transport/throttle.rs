//! A limit on bytes a second, shared by everything that one upload sends, and changed while it does.

use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Bytes are given out in pieces of at most a quarter of a second: progress moves, and no stall is seen where there is
/// none.
const PIECES_A_SECOND: u64 = 4;

/// Largest piece while there is a limit, in bytes.
const LARGEST_PIECE_BYTES: u64 = 16 * 1024;

/// A bucket of tokens, one for each byte. Clones share it; it holds nobody back until it is given a limit.
#[derive(Debug, Clone, Default)]
pub struct Throttle(Arc<Mutex<Bucket>>);

#[derive(Debug, Default)]
struct Bucket {
    limit: Option<NonZeroU64>,
    /// Bytes that may go now.
    tokens: f64,
    filled_at: Option<Instant>,
}

/// What may go now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    /// So many bytes.
    Go(usize),
    /// None before this has passed.
    Wait(Duration),
}

impl Throttle {
    /// At most so many bytes a second from now on; `None` for as many as go.
    pub fn set(&self, limit: Option<NonZeroU64>) {
        let mut bucket = self.lock();
        bucket.limit = limit;
        bucket.tokens = 0.0;
        bucket.filled_at = None;
    }

    /// Takes leave for at most so many bytes.
    pub(super) fn take(&self, wanted: usize) -> Leave {
        self.lock().take(wanted, Instant::now())
    }

    fn lock(&self) -> MutexGuard<'_, Bucket> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bucket {
    #[allow(clippy::cast_precision_loss)] // a limit needs no 53 bits
    fn take(&mut self, wanted: usize, now: Instant) -> Leave {
        let Some(limit) = self.limit else {
            return Leave::Go(wanted);
        };
        let rate = limit.get() as f64;
        let largest = (limit.get() / PIECES_A_SECOND).clamp(1, LARGEST_PIECE_BYTES);
        let piece = usize::try_from(largest).unwrap_or(usize::MAX).min(wanted);
        let elapsed = self
            .filled_at
            .replace(now)
            .map_or(0.0, |at| now.saturating_duration_since(at).as_secs_f64());
        // What was not used for a quarter of a second is not made up for.
        let most = (rate / PIECES_A_SECOND as f64).max(largest as f64);
        self.tokens = (self.tokens + rate * elapsed).min(most);
        let missing = piece as f64 - self.tokens;
        if missing > 0.0 {
            return Leave::Wait(Duration::from_secs_f64(missing / rate));
        }
        self.tokens -= piece as f64;
        Leave::Go(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that go within so many seconds, asked for as soon as they may.
    fn gone(bucket: &mut Bucket, seconds: u64, from: Instant) -> u64 {
        let mut now = from;
        let mut bytes = 0;
        while now < from + Duration::from_secs(seconds) {
            match bucket.take(1 << 20, now) {
                Leave::Go(piece) => bytes += piece as u64,
                Leave::Wait(wait) => now += wait.max(Duration::from_micros(1)),
            }
        }
        bytes
    }

    #[test]
    fn a_limit_is_kept_at_any_size() {
        for rate in [1, 7, 1000, 65_536, 500_000, 100_000_000] {
            let mut bucket = Bucket {
                limit: NonZeroU64::new(rate),
                ..Bucket::default()
            };
            let bytes = gone(&mut bucket, 20, Instant::now());
            let expected = rate * 20;
            assert!(
                bytes.abs_diff(expected) <= rate + LARGEST_PIECE_BYTES,
                "{bytes} of {expected}"
            );
        }
    }

    #[test]
    fn rest_is_not_made_up_for() {
        let mut bucket = Bucket {
            limit: NonZeroU64::new(1000),
            ..Bucket::default()
        };
        let start = Instant::now();
        bucket.take(1, start);
        let later = start + Duration::from_hours(1);
        assert!(gone(&mut bucket, 1, later) < 1500);
    }

    #[test]
    fn without_a_limit_everything_goes() {
        let throttle = Throttle::default();
        assert_eq!(throttle.take(7_000_000), Leave::Go(7_000_000));
        throttle.set(NonZeroU64::new(1));
        assert!(matches!(throttle.take(7), Leave::Wait(_)));
        throttle.set(None);
        assert_eq!(throttle.take(7), Leave::Go(7));
    }
}

//! A link's speed.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// How much of what a late wake-up missed may be made up for. Without it a link would be slower than it says, by a
/// millisecond for each of its steps.
const CATCH_UP: Duration = Duration::from_millis(20);

/// Shared by everything that goes over the link.
#[derive(Debug)]
pub(crate) struct Pace {
    bytes_per_second: u64,
    free_at: Mutex<Option<Instant>>,
}

impl Pace {
    pub(crate) fn new(bytes_per_second: u64) -> Self {
        Self {
            bytes_per_second: bytes_per_second.max(1),
            free_at: Mutex::new(None),
        }
    }

    /// Most bytes to pass at once: ten milliseconds' worth.
    pub(crate) fn step_bytes(&self) -> usize {
        let bytes = (self.bytes_per_second / 100).clamp(256, 64 * 1024);
        usize::try_from(bytes).unwrap_or(256)
    }

    /// Ends when `bytes` more have had the time that they take on the link.
    pub(crate) async fn pass(&self, bytes: usize) {
        let passed_at = {
            let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
            let passed_at = passed_at(*free_at, Instant::now(), bytes, self.bytes_per_second);
            *free_at = Some(passed_at);
            passed_at
        };
        sleep_until(passed_at).await;
    }
}

/// When `bytes` have passed a link that is busy until `free_at`.
fn passed_at(free_at: Option<Instant>, now: Instant, bytes: usize, per_second: u64) -> Instant {
    let earliest = now.checked_sub(CATCH_UP).unwrap_or(now);
    let begin = free_at.map_or(now, |free_at| free_at.max(earliest));
    let nanoseconds = bytes as u128 * 1_000_000_000 / u128::from(per_second);
    begin + Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_take_their_time_one_after_the_other() {
        let begin = Instant::now();
        let at = |milliseconds| begin + Duration::from_millis(milliseconds);
        // 1000 bytes a second.
        let pass = |free_at, now| passed_at(free_at, now, 100, 1000);
        assert_eq!(pass(None, begin), at(100));
        assert_eq!(pass(Some(at(100)), begin), at(200), "a second one waits");
        assert_eq!(pass(Some(at(100)), at(105)), at(200), "a late one makes up");
        assert_eq!(
            pass(Some(at(100)), at(1000)),
            at(1080),
            "an idle link is not saved up"
        );
    }
}

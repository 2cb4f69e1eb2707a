//! The computer's two clocks, and what their difference tells: that it slept.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// The wall clock gets this far ahead of the monotonic one, which stands still meanwhile, where a computer slept. A
/// process that was merely held up (a slow disk, a signal) sees both go on: its sockets say what became of them.
const SLEPT: Duration = Duration::from_secs(5);

/// Where the monotonic clock goes on while the computer sleeps, it slept if nobody looked for so long.
const NOBODY_LOOKED: Duration = Duration::from_secs(30);

/// Windows counts the time asleep, too.
/// Source: <https://learn.microsoft.com/windows/win32/sysinfo/acquiring-high-resolution-time-stamps>
const GOES_ON_IN_SLEEP: bool = cfg!(windows);

/// What the wall clock and the monotonic clock say, together.
type Read = dyn Fn() -> (SystemTime, Instant) + Send + Sync;

/// The wall clock and the monotonic clock. Clones are the same ones.
#[derive(Clone)]
pub struct Clocks(Arc<Read>);

impl Clocks {
    /// This computer's.
    pub fn system() -> Self {
        Self::read_by(|| (SystemTime::now(), Instant::now()))
    }

    /// Those that are read so: a test puts a computer to sleep by them.
    pub fn read_by(read: impl Fn() -> (SystemTime, Instant) + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    fn read(&self) -> (SystemTime, Instant) {
        (self.0)()
    }
}

impl Default for Clocks {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clocks")
    }
}

/// Compares them again and again.
#[derive(Debug)]
pub(crate) struct SleepWatch {
    clocks: Clocks,
    looked_at: (SystemTime, Instant),
}

impl SleepWatch {
    pub(crate) fn new(clocks: Clocks) -> Self {
        let looked_at = clocks.read();
        Self { clocks, looked_at }
    }

    /// Whether the computer slept since this was asked last.
    pub(crate) fn has_slept(&mut self) -> bool {
        let now = self.clocks.read();
        let (wall, monotonic) = std::mem::replace(&mut self.looked_at, now);
        let wall = now.0.duration_since(wall).unwrap_or_default();
        let monotonic = now.1.saturating_duration_since(monotonic);
        slept(wall, monotonic, GOES_ON_IN_SLEEP)
    }
}

/// Whether the wall clock went on while the monotonic one stood still. A wall clock that was set back is no sleep.
fn slept(wall: Duration, monotonic: Duration, goes_on_in_sleep: bool) -> bool {
    wall.saturating_sub(monotonic) > SLEPT || goes_on_in_sleep && monotonic > NOBODY_LOOKED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_shows_in_the_wall_clock_alone() {
        for (wall_milliseconds, monotonic_milliseconds, expected) in [
            (250, 250, false),
            (5_250, 250, false),
            (6_000, 250, true),
            // The process was held up, and the computer was awake.
            (60_000, 60_000, false),
            // The wall clock was set back.
            (0, 250, false),
        ] {
            let wall = Duration::from_millis(wall_milliseconds);
            let monotonic = Duration::from_millis(monotonic_milliseconds);
            assert_eq!(slept(wall, monotonic, false), expected, "{wall:?}");
        }
    }

    #[test]
    fn a_clock_that_goes_on_in_a_sleep_shows_it_by_a_gap() {
        for (seconds, expected) in [(0, false), (6, false), (30, false), (31, true), (600, true)] {
            let gap = Duration::from_secs(seconds);
            assert_eq!(slept(gap, gap, true), expected, "{gap:?}");
        }
    }
}

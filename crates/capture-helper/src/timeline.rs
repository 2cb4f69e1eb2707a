//! What of the pipeline's time is in the recording: from the first picture to the end, for picture and sound alike.
//!
//! Times are the pipeline's running time, in nanoseconds: pauses are not in it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// One of the two streams of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Track {
    Picture,
    Sound,
}

/// Whether something is in the recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passage {
    /// It comes before.
    Before,
    /// It is the first picture.
    First,
    /// It is.
    Within,
    /// It comes after.
    After,
}

/// No time yet.
const NONE: u64 = u64::MAX;

/// Shared by the threads of both tracks.
#[derive(Debug)]
pub(crate) struct Timeline {
    limit: Option<u64>,
    first: AtomicU64,
    reached: AtomicU64,
    end: AtomicU64,
}

impl Timeline {
    /// One that ends by itself after `limit`.
    pub(crate) fn new(limit: Option<Duration>) -> Self {
        Self {
            limit: limit.map(|limit| u64::try_from(limit.as_nanos()).unwrap_or(NONE)),
            first: AtomicU64::new(NONE),
            reached: AtomicU64::new(0),
            end: AtomicU64::new(NONE),
        }
    }

    /// A picture that is shown from `start` on.
    pub(crate) fn picture(&self, start: u64, duration: u64) -> Passage {
        let is_first = self.first.load(Ordering::Relaxed) == NONE;
        if is_first {
            if let Some(limit) = self.limit {
                self.end
                    .store(start.saturating_add(limit), Ordering::Relaxed);
            }
            self.first.store(start, Ordering::Release);
        }
        // Thirds of a second are no whole nanoseconds: one that begins just before the end belongs behind it.
        if start + duration / 2 >= self.end.load(Ordering::Acquire) {
            return Passage::After;
        }
        self.reached.store(start + duration, Ordering::Release);
        if is_first {
            Passage::First
        } else {
            Passage::Within
        }
    }

    /// Sound from `start` on.
    pub(crate) fn sound(&self, start: u64) -> Passage {
        let first = self.first.load(Ordering::Acquire);
        if first == NONE || start < first {
            Passage::Before
        } else if start >= self.end.load(Ordering::Acquire) {
            Passage::After
        } else {
            Passage::Within
        }
    }

    /// The recording ends with the last picture that it has.
    pub(crate) fn end_here(&self) {
        let reached = self.reached.load(Ordering::Acquire);
        self.end.fetch_min(reached, Ordering::AcqRel);
    }

    /// How long it is.
    pub(crate) fn elapsed(&self) -> Duration {
        let first = self.first.load(Ordering::Acquire);
        let reached = self.reached.load(Ordering::Acquire);
        Duration::from_nanos(reached.saturating_sub(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 30 a second, as GStreamer rounds them.
    fn picture(timeline: &Timeline, number: u64) -> Passage {
        let at = |number: u64| number * 1_000_000_000 / 30;
        timeline.picture(at(number), at(number + 1) - at(number))
    }

    #[test]
    fn a_limit_is_kept_to_the_picture() {
        let timeline = Timeline::new(Some(Duration::from_secs(2)));
        assert_eq!(timeline.elapsed(), Duration::ZERO);
        assert_eq!(picture(&timeline, 7), Passage::First);
        for number in 8..67 {
            assert_eq!(picture(&timeline, number), Passage::Within, "{number}");
        }
        assert_eq!(picture(&timeline, 67), Passage::After);
        assert_eq!(timeline.elapsed().as_millis(), 2000);
    }

    #[test]
    fn sound_begins_and_ends_with_the_picture() {
        let timeline = Timeline::new(None);
        assert_eq!(timeline.sound(0), Passage::Before);
        timeline.picture(50, 10);
        assert_eq!(timeline.sound(49), Passage::Before);
        assert_eq!(timeline.sound(50), Passage::Within);
        timeline.picture(60, 10);
        timeline.end_here();
        assert_eq!(timeline.picture(70, 10), Passage::After);
        assert_eq!(timeline.sound(69), Passage::Within);
        assert_eq!(timeline.sound(70), Passage::After);
        assert_eq!(timeline.elapsed(), Duration::from_nanos(20));
    }

    #[test]
    fn stopping_late_does_not_move_the_limit() {
        let timeline = Timeline::new(Some(Duration::from_nanos(20)));
        timeline.picture(0, 10);
        timeline.picture(10, 10);
        timeline.end_here();
        assert_eq!(timeline.sound(20), Passage::After);
    }
}

//! How many requests are on their way at once, by what the line gives: a controller for all uploads of a client.
//!
//! It starts with two. As long as one more brings a twentieth more, there is one more, up to six; a store that asks to be
//! spared and a line that stands still halve them. Pure: it is told what arrived and when.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Event, Trouble};

/// Lanes at the beginning.
const FIRST: u32 = 2;

/// Most lanes.
const MOST: u32 = 6;

/// How long goodput is measured before it is judged.
const WINDOW: Duration = Duration::from_secs(2);

/// A setback within this time of the last is the same one, told by another lane.
const ONE_SETBACK: Duration = Duration::from_secs(5);

/// Without any bytes for so long, what was measured is forgotten: nobody was sending.
const IDLE: Duration = Duration::from_secs(5);

/// The least rise that is worth a lane.
const WORTHWHILE: f64 = 1.05;

/// How many lanes there are.
#[derive(Debug, Clone)]
pub struct Lanes {
    count: u32,
    /// Bytes a second when a lane was added last.
    baseline: Option<f64>,
    window: Option<Window>,
    bytes_per_second: Option<f64>,
    halved_at: Option<Instant>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    began: Instant,
    last: Instant,
    bytes: u64,
    /// Whether every lane was in use throughout: otherwise more lanes would not have been used either.
    is_full: bool,
}

impl Default for Lanes {
    fn default() -> Self {
        Self {
            count: FIRST,
            baseline: None,
            window: None,
            bytes_per_second: None,
            halved_at: None,
        }
    }
}

impl Lanes {
    /// How many requests may be on their way.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Bytes a second over all lanes, once that was measured.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // it is positive, and far from 2^64
    pub fn bytes_per_second(&self) -> Option<u64> {
        self.bytes_per_second.map(|speed| speed as u64)
    }

    /// So many bytes were acknowledged since this was called last, over so many lanes.
    #[allow(clippy::cast_precision_loss)] // a speed needs no 53 bits
    pub fn learn(&mut self, bytes: u64, in_use: u32, now: Instant) {
        let fresh = Window {
            began: now,
            last: now,
            bytes: 0,
            is_full: true,
        };
        let idle = |last| now.saturating_duration_since(last) > IDLE || (bytes == 0 && in_use == 0);
        let Some(mut window) = self.window.filter(|window| !idle(window.last)) else {
            // What came before it began is not its.
            self.window = Some(fresh);
            return;
        };
        window.last = now;
        window.bytes += bytes;
        window.is_full &= in_use >= self.count;
        let elapsed = now.saturating_duration_since(window.began);
        if elapsed < WINDOW {
            self.window = Some(window);
            return;
        }
        self.window = Some(fresh);
        let speed = window.bytes as f64 / elapsed.as_secs_f64();
        self.bytes_per_second = Some(speed);
        if window.is_full {
            self.judge(speed);
        }
    }

    /// Something happened to an upload: where the store asks to be spared, or the line stands still, less is asked of them.
    pub fn hear(&mut self, event: &Event, now: Instant) {
        if let Event::PartFailed { trouble, .. } | Event::Failed { trouble, .. } = event
            && let Trouble::Stalled
            | Trouble::Passing {
                slow_down: true, ..
            } = trouble
        {
            self.halve(now);
        }
    }

    fn halve(&mut self, now: Instant) {
        let again = self
            .halved_at
            .is_some_and(|at| now.saturating_duration_since(at) < ONE_SETBACK);
        if again {
            return;
        }
        self.halved_at = Some(now);
        self.count = (self.count / 2).max(1);
        // What comes next has to prove itself against what fewer lanes carry.
        self.baseline = None;
        self.window = None;
    }

    fn judge(&mut self, speed: f64) {
        let is_first = self.baseline.is_none() && self.halved_at.is_some();
        if is_first {
            self.baseline = Some(speed);
            return;
        }
        let rose = self
            .baseline
            .is_none_or(|baseline| speed >= baseline * WORTHWHILE);
        if rose && speed > 0.0 && self.count < MOST {
            self.baseline = Some(speed);
            self.count += 1;
        }
    }
}

/// The lanes of all uploads of a client. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct SharedLanes(Arc<Mutex<Lanes>>);

impl SharedLanes {
    /// They, for a moment.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Lanes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Code, Diagnosis};

    const TICK: Duration = Duration::from_millis(250);
    const MIB: u64 = 1024 * 1024;

    struct Line {
        lanes: Lanes,
        now: Instant,
    }

    impl Line {
        fn new() -> Self {
            Self {
                lanes: Lanes::default(),
                now: Instant::now(),
            }
        }

        /// So many seconds on a line of which each lane gets `a_lane` and all together at most `all`, in MiB a second.
        fn run(&mut self, seconds: u32, a_lane: u64, all: u64) -> u32 {
            for _ in 0..seconds * 4 {
                let count = self.lanes.count();
                let speed = (u64::from(count) * a_lane).min(all) * MIB;
                self.now += TICK;
                self.lanes.learn(speed / 4, count, self.now);
            }
            self.lanes.count()
        }
    }

    #[test]
    fn lanes_are_added_while_they_bring_something() {
        for (a_lane, all, expected) in [
            // The line is the limit, and one lane fills it: the third brings nothing.
            (10, 10, 3),
            // Each lane brings as much as the one before.
            (10, 1000, 6),
            // Four fill the line; the fifth shows that.
            (10, 40, 5),
            (0, 0, 2),
        ] {
            assert_eq!(Line::new().run(60, a_lane, all), expected, "{a_lane} {all}");
        }
    }

    #[test]
    fn lanes_that_are_not_used_bring_none() {
        let mut line = Line::new();
        for _ in 0..100 {
            line.now += TICK;
            line.lanes.learn(MIB, 1, line.now);
        }
        assert_eq!(line.lanes.count(), 2);
        assert_eq!(line.lanes.bytes_per_second(), Some(4 * MIB));
    }

    #[test]
    fn a_setback_halves_them_once_and_they_grow_again_only_if_that_helps() {
        let mut line = Line::new();
        assert_eq!(line.run(60, 10, 1000), 6);
        for expected in [3, 3, 3] {
            line.lanes.halve(line.now);
            assert_eq!(line.lanes.count(), expected);
            line.now += Duration::from_secs(1);
        }
        line.now += Duration::from_mins(1);
        line.lanes.halve(line.now);
        assert_eq!(line.lanes.count(), 1);
        line.now += Duration::from_mins(1);
        line.lanes.halve(line.now);
        assert_eq!(line.lanes.count(), 1, "one is left, always");

        assert_eq!(line.run(60, 10, 10), 1, "the line is no better");
        assert!(line.run(8, 11, 1000) > 1, "it is better now");
    }

    #[test]
    fn a_stall_and_a_store_that_asks_to_be_spared_halve_them_and_nothing_else_does() {
        let passing = |slow_down| Trouble::Passing {
            retry_after: None,
            slow_down,
        };
        let diagnosis = || Diagnosis::of(Code::StoreRefused);
        for (trouble, expected) in [
            (Trouble::Stalled, 1),
            (passing(true), 1),
            (passing(false), 2),
            (Trouble::NoWay, 2),
            (Trouble::BrokenBody, 2),
            (Trouble::DiskSilent, 2),
            (Trouble::TicketRefused, 2),
            (Trouble::Lasting, 2),
        ] {
            let of_a_part = Event::PartFailed {
                number: 1,
                acknowledged_bytes: 0,
                trouble,
                diagnosis: diagnosis(),
            };
            let of_all = Event::Failed {
                trouble,
                diagnosis: diagnosis(),
            };
            for event in [of_a_part, of_all] {
                let mut lanes = Lanes::default();
                lanes.hear(&event, Instant::now());
                assert_eq!(lanes.count(), expected, "{event:?}");
            }
        }
        let mut lanes = Lanes::default();
        for event in [Event::Progressed(0), Event::WokeUp, Event::PauseWanted] {
            lanes.hear(&event, Instant::now());
        }
        assert_eq!(lanes.count(), 2);
    }

    #[test]
    fn a_pause_is_no_slow_line() {
        let mut line = Line::new();
        line.run(4, 10, 1000);
        let before = line.lanes.bytes_per_second();
        line.now += Duration::from_mins(10);
        line.lanes.learn(0, 2, line.now);
        line.lanes.learn(0, 0, line.now);
        assert_eq!(line.lanes.bytes_per_second(), before);
    }
}

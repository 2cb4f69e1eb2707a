//! Looks at the socket now and then: publishes progress, and ends when nothing moves for too long.

use std::time::Duration;

use tokio::time::{Instant, interval};

use super::socket::{Look, WaitsFor, Wire};
use super::{Limits, Progress, SendError};
use crate::source::SourceError;

/// How often the socket is asked how much was acknowledged.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The slowest line that must do, in bytes a second: 64 kbit/s.
const SLOWEST: f64 = 8_000.0;

pub(super) struct Watch<'a> {
    pub(super) wire: Wire,
    pub(super) limits: Limits,
    pub(super) progress: &'a Progress,
}

impl Watch<'_> {
    pub(super) async fn run(&self) -> SendError {
        let shortest = self.limits.stall.min(self.limits.disk);
        let mut looks = interval(LOOK_EVERY.min(shortest / 4));
        let mut patience = Patience::new(self.limits, Instant::now());
        loop {
            looks.tick().await;
            let look = self.wire.look();
            // The last byte counts once the store has answered.
            self.progress
                .raise_to(look.body_bytes.min(self.wire.size_bytes.saturating_sub(1)));
            if let Some(error) = patience.after(look, Instant::now()) {
                return error;
            }
        }
    }
}

/// How long nothing has moved, and how long that is borne.
struct Patience {
    limits: Limits,
    began: Instant,
    moved_at: Instant,
    moved_bytes: u64,
    waits_for: WaitsFor,
}

impl Patience {
    fn new(limits: Limits, now: Instant) -> Self {
        Self {
            limits,
            began: now,
            moved_at: now,
            moved_bytes: 0,
            waits_for: WaitsFor::Taking,
        }
    }

    /// Whether this look is the last.
    fn after(&mut self, look: Look, now: Instant) -> Option<SendError> {
        if look.moved_bytes > self.moved_bytes || look.waits_for != self.waits_for {
            (self.moved_bytes, self.waits_for) = (look.moved_bytes, look.waits_for);
            self.moved_at = now;
        }
        let Limits {
            stall,
            answer,
            disk,
            ..
        } = self.limits;
        let (limit, error) = match self.waits_for {
            WaitsFor::Source => (disk, SendError::Source(SourceError::NotAnswering(disk))),
            WaitsFor::Taking => (stall, SendError::Stalled(stall)),
            WaitsFor::Answer => (answer, SendError::NoAnswer(answer)),
            WaitsFor::TakingOrAnswer(unseen_bytes) => {
                let limit = stall + self.time_for(unseen_bytes);
                (limit, SendError::Stalled(limit))
            }
        };
        (now.duration_since(self.moved_at) >= limit).then_some(error)
    }

    /// What so many bytes take that nobody sees, as fast as those went that came before them.
    #[allow(clippy::cast_precision_loss)] // a speed needs no 53 bits
    fn time_for(&self, unseen_bytes: u64) -> Duration {
        let seen_bytes = self.moved_bytes.saturating_sub(unseen_bytes);
        let seconds = self.moved_at.duration_since(self.began).as_secs_f64();
        let speed = (seen_bytes as f64 / seconds.max(f64::EPSILON)).max(SLOWEST);
        Duration::from_secs_f64(unseen_bytes as f64 / speed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNSEEN: u64 = 512 * 1024;

    /// Writes so many bytes in so many seconds, and then nothing moves any more; how it ends, and after how many seconds.
    fn ends(written: u64, seconds: u64, waits_for: WaitsFor) -> (SendError, u64) {
        let began = Instant::now();
        let mut patience = Patience::new(Limits::default(), began);
        for second in 0..seconds {
            let look = Look {
                moved_bytes: written * second / seconds,
                body_bytes: 0,
                waits_for: WaitsFor::Taking,
            };
            let now = began + Duration::from_secs(second);
            assert!(patience.after(look, now).is_none(), "it moves");
        }
        let stopped = began + Duration::from_secs(seconds);
        let look = Look {
            moved_bytes: written,
            body_bytes: 0,
            waits_for,
        };
        (0..)
            .find_map(|second| {
                let error = patience.after(look, stopped + Duration::from_secs(second))?;
                Some((error, second))
            })
            .unwrap()
    }

    #[test]
    fn each_silence_has_its_limit_and_its_name() {
        type Name = fn(&SendError) -> bool;
        let disk: Name = |error| matches!(error, SendError::Source(SourceError::NotAnswering(_)));
        let stalled: Name = |error| matches!(error, SendError::Stalled(_));
        let no_answer: Name = |error| matches!(error, SendError::NoAnswer(_));
        for (written, seconds, waits_for, name, expected) in [
            (10_000_000, 10, WaitsFor::Source, disk, 30),
            (10_000_000, 10, WaitsFor::Taking, stalled, 30),
            (10_000_000, 10, WaitsFor::Answer, no_answer, 120),
            // A line of 1 MB/s has half a second for what is not seen.
            (
                10_000_000,
                10,
                WaitsFor::TakingOrAnswer(UNSEEN),
                stalled,
                31,
            ),
            // One of 64 kbit/s has the minute that it takes.
            (1_000_000, 60, WaitsFor::TakingOrAnswer(UNSEEN), stalled, 96),
            // So has one whose speed was never seen: the buffer took everything at once.
            (UNSEEN, 0, WaitsFor::TakingOrAnswer(UNSEEN), stalled, 96),
            (1000, 0, WaitsFor::TakingOrAnswer(1000), stalled, 31),
        ] {
            let (error, after) = ends(written, seconds, waits_for);
            assert!(name(&error), "{waits_for:?}: {error:?}");
            assert_eq!(after, expected, "{waits_for:?} {written}");
        }
    }
}

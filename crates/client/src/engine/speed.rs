//! Smoothed speed, and the time that is left.

use std::time::Duration;

/// How far back the speed looks: what is older than this counts for little.
const MEMORY: Duration = Duration::from_secs(5);

/// Before this much time there is no speed worth showing.
const LEAST_KNOWN: Duration = Duration::from_millis(500);

/// An exponentially weighted average over about five seconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Speed {
    last_bytes: u64,
    watched: Duration,
    bytes_per_second: f64,
}

impl Speed {
    /// From so many bytes on.
    pub(crate) fn counting_from(bytes: u64) -> Self {
        Self {
            last_bytes: bytes,
            ..Self::default()
        }
    }

    /// So many bytes have arrived by now, this long after the last word.
    #[allow(clippy::cast_precision_loss)] // a speed needs no 53 bits
    pub(crate) fn learn(&mut self, bytes: u64, elapsed: Duration) {
        if elapsed.is_zero() {
            return;
        }
        let now = bytes.saturating_sub(self.last_bytes) as f64 / elapsed.as_secs_f64();
        self.last_bytes = bytes;
        self.watched += elapsed;
        // The first seconds are a plain average: an average over five seconds would start from zero.
        let memory = MEMORY.min(self.watched).as_secs_f64();
        let weight = 1.0 - (-elapsed.as_secs_f64() / memory).exp();
        let weight = if self.watched == elapsed { 1.0 } else { weight };
        self.bytes_per_second += (now - self.bytes_per_second) * weight;
    }

    /// In bytes a second, once known.
    pub(crate) fn bytes_per_second(&self) -> Option<f64> {
        (self.watched >= LEAST_KNOWN).then_some(self.bytes_per_second)
    }

    /// Seconds until so many more bytes have arrived, at this speed.
    #[allow(clippy::cast_precision_loss)]
    pub(crate) fn seconds_left(&self, left_bytes: u64) -> Option<u64> {
        let speed = self.bytes_per_second().filter(|speed| *speed >= 1.0)?;
        let left = left_bytes as f64 / speed;
        Some(Duration::try_from_secs_f64(left.ceil()).ok()?.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: Duration = Duration::from_millis(250);

    #[test]
    fn it_follows_the_line_within_seconds() {
        let mut speed = Speed::default();
        let mut bytes = 0;
        let mut run = |speed: &mut Speed, ticks: u32, per_tick: u64| {
            for _ in 0..ticks {
                bytes += per_tick;
                speed.learn(bytes, TICK);
            }
        };
        run(&mut speed, 1, 250_000);
        assert_eq!(speed.bytes_per_second(), None);
        run(&mut speed, 7, 250_000);
        let steady = speed.bytes_per_second().unwrap();
        assert!((steady - 1e6).abs() < 1e3, "{steady}");
        assert_eq!(speed.seconds_left(10_000_000), Some(10));

        run(&mut speed, 40, 25_000);
        let slower = speed.bytes_per_second().unwrap();
        assert!((1e5..3e5).contains(&slower), "{slower}");
        run(&mut speed, 400, 0);
        assert_eq!(
            speed.seconds_left(u64::MAX),
            None,
            "a standstill has no end"
        );
    }
}

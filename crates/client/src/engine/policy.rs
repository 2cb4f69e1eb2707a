//! The numbers: how long to wait after which failure.

use std::time::Duration;

use super::PartSizes;

/// Waiting times and limits of retrying. The defaults are for people; tests take shorter ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Longest wait after the first failure; doubled at each further one.
    pub first_delay: Duration,
    /// Longest wait after any.
    pub longest_delay: Duration,
    /// Longest wait after a store said `SlowDown`.
    pub longest_slow_down: Duration,
    /// Longest wait that a server can ask for by `Retry-After`.
    pub longest_retry_after: Duration,
    /// Failed tries without progress after which trying becomes probing. It never ends: a recording is not given up on
    /// for reasons that pass.
    pub tries: u32,
    /// Wait between the first probes; doubled at each further one.
    pub first_probe: Duration,
    /// Longest wait between probes.
    pub longest_probe: Duration,
    /// A wait longer than this lets other uploads go first.
    pub keeps_turn_within: Duration,
    /// Sizes of parts.
    pub part_sizes: PartSizes,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            first_delay: Duration::from_millis(250),
            longest_delay: Duration::from_secs(30),
            longest_slow_down: Duration::from_mins(1),
            longest_retry_after: Duration::from_mins(5),
            tries: 8,
            first_probe: Duration::from_secs(5),
            longest_probe: Duration::from_mins(1),
            keeps_turn_within: Duration::from_secs(2),
            part_sizes: PartSizes::default(),
        }
    }
}

impl Policy {
    /// The wait after the `tries`th failure without progress: full jitter, `jitter` being anywhere from 0 to 1.
    /// Source: <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>
    pub fn delay(
        &self,
        tries: u32,
        slow_down: bool,
        retry_after: Option<Duration>,
        jitter: f64,
    ) -> Duration {
        let longest = if slow_down {
            self.longest_slow_down
        } else {
            self.longest_delay
        };
        let asked = retry_after
            .unwrap_or_default()
            .min(self.longest_retry_after);
        let own = if tries <= self.tries {
            doubled(self.first_delay, tries.saturating_sub(1))
                .min(longest)
                .mul_f64(jitter.clamp(0.0, 1.0))
        } else {
            self.probe(tries - self.tries - 1)
        };
        own.max(asked)
    }

    /// The wait before a look whether there is a way again, after so many looks in vain.
    pub fn probe(&self, probes: u32) -> Duration {
        doubled(self.first_probe, probes).min(self.longest_probe)
    }
}

fn doubled(first: Duration, times: u32) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(times))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_their_limit_and_then_become_probes() {
        let policy = Policy::default();
        let longest = |tries, slow_down| policy.delay(tries, slow_down, None, 1.0).as_millis();
        for (tries, slow_down, expected) in [
            (1, false, 250),
            (2, false, 500),
            (7, false, 16_000),
            (8, false, 30_000),
            (8, true, 32_000),
            (9, false, 5_000),
            (10, false, 10_000),
            (13, false, 60_000),
            (u32::MAX, false, 60_000),
        ] {
            assert_eq!(longest(tries, slow_down), expected, "{tries}");
        }
        assert_eq!(policy.delay(3, false, None, 0.0), Duration::ZERO);
        assert_eq!(
            policy.delay(3, false, None, 0.5),
            Duration::from_millis(500)
        );
    }

    #[test]
    fn what_a_server_asks_for_is_honoured_within_reason() {
        let policy = Policy::default();
        for (asked, expected) in [(7, 7), (300, 300), (86_400, 300)] {
            let delay = policy.delay(1, false, Some(Duration::from_secs(asked)), 0.0);
            assert_eq!(delay, Duration::from_secs(expected));
        }
    }
}

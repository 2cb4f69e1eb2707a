//! How long a program goes on waiting: `--max-wait`.
//!
//! What counts is time spent *waiting* since the upload last got further than ever before. Sending does not count,
//! however slow; and a server that breaks every attempt at the same place does not buy new time by each of them.

use std::time::{Duration, Instant};

use client::{Phase, Snapshot};

/// Time left to wait in.
#[derive(Debug)]
pub(crate) struct Patience {
    limit: Option<Duration>,
    spent: Duration,
    waiting_since: Option<Instant>,
    furthest: u64,
}

impl Patience {
    /// At most `limit`; `None` waits for ever.
    pub(crate) fn new(limit: Option<Duration>) -> Self {
        Self {
            limit,
            spent: Duration::ZERO,
            waiting_since: None,
            furthest: 0,
        }
    }

    /// Takes note of where the upload stands at `now`.
    pub(crate) fn observe(&mut self, snapshot: &Snapshot, now: Instant) {
        if matches!(snapshot.phase, Phase::Waiting { .. }) {
            self.waiting_since.get_or_insert(now);
            return;
        }
        if let Some(since) = self.waiting_since.take() {
            self.spent += now.saturating_duration_since(since);
        }
        let reached = reached(snapshot);
        if reached > self.furthest {
            self.furthest = reached;
            self.spent = Duration::ZERO;
        }
    }

    /// When it runs out, if the upload goes on waiting; `None` while it moves, or without a limit.
    pub(crate) fn ends_at(&self) -> Option<Instant> {
        let left = self.limit?.saturating_sub(self.spent);
        self.waiting_since.map(|since| since + left)
    }
}

/// How far an upload has come, for comparison only.
fn reached(snapshot: &Snapshot) -> u64 {
    match snapshot.phase {
        Phase::Sending { .. } => snapshot.arrived_bytes,
        Phase::Completing => u64::MAX - 1,
        Phase::Verifying => u64::MAX,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{sending, waiting};

    #[test]
    fn waiting_adds_up_until_the_upload_gets_further() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut patience = Patience::new(Some(Duration::from_secs(10)));

        patience.observe(&sending(40, 1, None), at(0));
        assert_eq!(patience.ends_at(), None, "it moves");
        patience.observe(&waiting(), at(5));
        assert_eq!(patience.ends_at(), Some(at(15)));
        patience.observe(&waiting(), at(7));
        assert_eq!(patience.ends_at(), Some(at(15)), "still the same wait");

        patience.observe(&sending(40, 1, None), at(11));
        patience.observe(&waiting(), at(100));
        assert_eq!(
            patience.ends_at(),
            Some(at(104)),
            "6 s were spent, sending was free"
        );

        patience.observe(&sending(41, 1, None), at(101));
        patience.observe(&waiting(), at(110));
        assert_eq!(patience.ends_at(), Some(at(120)), "further than ever");
    }

    #[test]
    fn without_a_limit_it_never_ends() {
        let mut patience = Patience::new(None);
        patience.observe(&waiting(), Instant::now());
        assert_eq!(patience.ends_at(), None);
    }
}

//! What is shown of an upload: the latest for whoever draws, and every change of phase for whoever writes them down.

use std::collections::VecDeque;
use std::mem::discriminant;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::{Phase, Snapshot};

/// Changes of phase that are kept for a reader who is slow; of one who never reads, no more than these. The longest wait
/// between two attempts is a minute: these are hours of a network that comes and goes.
const KEPT_TURNS: usize = 256;

/// Where an upload shows itself.
pub(super) struct Showing {
    latest: watch::Sender<Snapshot>,
    turns: Turns,
}

/// An upload, watched.
#[derive(Debug)]
pub(crate) struct Shown {
    latest: watch::Receiver<Snapshot>,
    turns: Turns,
}

/// The first snapshots of phases that nobody has seen yet. Whoever holds the lock sees them and the latest as of one moment.
type Turns = Arc<Mutex<VecDeque<Snapshot>>>;

/// One that shows, and one that watches.
pub(super) fn showing(first: Snapshot) -> (Showing, Shown) {
    let turns = Turns::default();
    lock(&turns).push_back(first.clone());
    let (latest, receiver) = watch::channel(first);
    let showing = Showing {
        latest,
        turns: turns.clone(),
    };
    let shown = Shown {
        latest: receiver,
        turns,
    };
    (showing, shown)
}

impl Showing {
    /// The upload is like this now.
    pub(super) fn show(&self, now: Snapshot) {
        let mut turns = lock(&self.turns);
        self.latest.send_if_modified(|last| {
            let changed = *last != now;
            if is_turn(&last.phase, &now.phase) {
                if turns.len() == KEPT_TURNS {
                    turns.pop_front();
                }
                turns.push_back(now.clone());
            }
            *last = now;
            changed
        });
    }
}

impl Shown {
    /// How it stands now.
    pub(crate) fn now(&self) -> Snapshot {
        self.latest.borrow().clone()
    }

    /// A receiver of the latest alone.
    pub(crate) fn watch(&self) -> watch::Receiver<Snapshot> {
        self.latest.clone()
    }

    /// What comes next: no phase is passed over, however late this is asked. `None` once nothing more is shown.
    pub(crate) async fn next(&mut self) -> Option<Snapshot> {
        if let Some(turn) = self.next_turn() {
            return Some(turn);
        }
        let closed = self.latest.changed().await.is_err();
        if let Some(turn) = self.next_turn() {
            return Some(turn);
        }
        (!closed).then(|| self.latest.borrow_and_update().clone())
    }

    fn next_turn(&mut self) -> Option<Snapshot> {
        let mut turns = lock(&self.turns);
        let turn = turns.pop_front()?;
        if turns.is_empty() && *self.latest.borrow() == turn {
            // It is the latest besides, and need not be told twice.
            self.latest.mark_unchanged();
        }
        Some(turn)
    }
}

fn is_turn(last: &Phase, now: &Phase) -> bool {
    match (last, now) {
        (Phase::Sending { attempt: last, .. }, Phase::Sending { attempt: now, .. }) => last != now,
        _ => discriminant(last) != discriminant(now),
    }
}

fn lock(turns: &Turns) -> MutexGuard<'_, VecDeque<Snapshot>> {
    turns.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::JobId;

    fn snapshot(phase: Phase, arrived_bytes: u64) -> Snapshot {
        Snapshot {
            job: JobId::new(),
            file_name: "demo.webm".to_owned(),
            path: "/films/demo.webm".into(),
            task: "onboarding".parse().unwrap(),
            size_bytes: 100,
            duration_seconds: None,
            created_at: "2026-11-24T10:00:00Z".parse().unwrap(),
            arrived_bytes,
            keeps_what_arrived: false,
            limit_bytes_per_second: None,
            most_bytes: None,
            mended: None,
            awaits_word: false,
            phase,
        }
    }

    fn sending(attempt: u32, arrived_bytes: u64) -> Snapshot {
        let phase = Phase::Sending {
            attempt,
            bytes_per_second: None,
            seconds_left: None,
            restarted_because: None,
        };
        snapshot(phase, arrived_bytes)
    }

    #[tokio::test]
    async fn a_late_reader_is_told_every_phase_and_the_latest() {
        let (showing, mut shown) = showing(snapshot(Phase::Queued { ahead: 0 }, 0));
        for now in [
            snapshot(Phase::Initiating, 0),
            sending(1, 0),
            sending(1, 30),
            sending(2, 0),
            snapshot(Phase::Completing, 100),
            snapshot(Phase::Stopped, 100),
        ] {
            showing.show(now);
        }
        drop(showing);
        let mut told = Vec::new();
        while let Some(snapshot) = shown.next().await {
            told.push((snapshot.phase.clone(), snapshot.arrived_bytes));
        }
        let expected = [
            (Phase::Queued { ahead: 0 }, 0),
            (Phase::Initiating, 0),
            (sending(1, 0).phase, 0),
            (sending(2, 0).phase, 0),
            (Phase::Completing, 100),
            (Phase::Stopped, 100),
        ];
        assert_eq!(told, expected);
    }

    #[tokio::test]
    async fn progress_within_a_phase_is_told_as_it_is_now() {
        let (showing, mut shown) = showing(sending(1, 0));
        assert_eq!(shown.next().await.unwrap().arrived_bytes, 0);
        for arrived_bytes in [10, 20, 30] {
            showing.show(sending(1, arrived_bytes));
        }
        assert_eq!(shown.next().await.unwrap().arrived_bytes, 30);
        showing.show(snapshot(Phase::Completing, 100));
        showing.show(snapshot(Phase::Verifying, 100));
        assert_eq!(shown.next().await.unwrap().phase, Phase::Completing);
        assert_eq!(shown.next().await.unwrap().phase, Phase::Verifying);
    }

    #[test]
    fn whoever_never_reads_costs_little() {
        let (showing, shown) = showing(sending(1, 0));
        for attempt in 2..10_000 {
            showing.show(sending(attempt, 0));
        }
        assert_eq!(lock(&shown.turns).len(), KEPT_TURNS);
        assert!(matches!(
            shown.now().phase,
            Phase::Sending { attempt: 9_999, .. }
        ));
    }
}

//! One upload at a time: whose turn it is, and how many go first.

use std::collections::{BTreeSet, HashMap};

use tokio::sync::watch;

use crate::JobId;

/// The line. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Queue(watch::Sender<Line>);

#[derive(Debug, Default)]
struct Line {
    active: Option<JobId>,
    /// By rank and age: an older job goes first, also after it had to wait, unless somebody moved it.
    waiting: BTreeSet<(i64, JobId)>,
    /// Of jobs that were moved; the others have zero.
    ranks: HashMap<JobId, i64>,
}

/// Where to a job is moved in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Move {
    /// Before all others that wait.
    ToFront,
    /// Before the one that goes before it.
    Up,
    /// Behind the one that comes after it.
    Down,
}

impl Line {
    fn key(&self, job: &JobId) -> (i64, JobId) {
        (self.ranks.get(job).copied().unwrap_or(0), job.clone())
    }

    fn move_job(&mut self, job: &JobId, how: Move) {
        let mut order: Vec<JobId> = self.waiting.iter().map(|(_, job)| job.clone()).collect();
        let Some(at) = order.iter().position(|waiting| waiting == job) else {
            // It does not wait now: it will be the first of those that do.
            let first = self.waiting.first().map_or(0, |(rank, _)| *rank);
            if how == Move::ToFront {
                self.ranks.insert(job.clone(), first - 1);
            }
            return;
        };
        let to = match how {
            Move::ToFront => 0,
            Move::Up => at.saturating_sub(1),
            Move::Down => (at + 1).min(order.len() - 1),
        };
        let moved = order.remove(at);
        order.insert(to, moved);
        // Whoever joins later goes behind all of these, being younger.
        let ranks = (-i64::try_from(order.len()).unwrap_or(i64::MAX)..0).zip(order);
        self.waiting.clear();
        for (rank, job) in ranks {
            self.ranks.insert(job.clone(), rank);
            self.waiting.insert((rank, job));
        }
    }
}

/// A job's place in the line. Dropping it leaves the line.
#[derive(Debug)]
pub(crate) struct Place {
    job: JobId,
    queue: Queue,
    changes: watch::Receiver<Line>,
}

/// The turn. Dropping it gives it to the next.
#[derive(Debug)]
pub(crate) struct Turn {
    queue: Queue,
}

impl Default for Queue {
    fn default() -> Self {
        Self(watch::Sender::new(Line::default()))
    }
}

impl Queue {
    /// Lines up.
    pub(crate) fn join(&self, job: &JobId) -> Place {
        self.0.send_modify(|line| {
            let key = line.key(job);
            line.waiting.insert(key);
        });
        let mut changes = self.0.subscribe();
        changes.mark_changed();
        Place {
            job: job.clone(),
            queue: self.clone(),
            changes,
        }
    }
}

impl Queue {
    /// Moves a job among those that wait.
    pub(crate) fn move_job(&self, job: &JobId, how: Move) {
        self.0.send_modify(|line| line.move_job(job, how));
    }
}

impl Place {
    /// How many go first, the one whose turn it is among them.
    pub(crate) fn ahead(&self) -> usize {
        let line = self.changes.borrow();
        line.waiting.range(..line.key(&self.job)).count() + usize::from(line.active.is_some())
    }

    /// Takes the turn, if it is this job's.
    pub(crate) fn try_take(&self) -> Option<Turn> {
        let taken = self.queue.0.send_if_modified(|line| {
            let key = line.key(&self.job);
            let first = line.active.is_none() && line.waiting.first() == Some(&key);
            if first {
                line.waiting.remove(&key);
                line.active = Some(self.job.clone());
            }
            first
        });
        taken.then(|| Turn {
            queue: self.queue.clone(),
        })
    }

    /// Returns when the line has changed since it was looked at last.
    pub(crate) async fn changed(&mut self) {
        if self.changes.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.queue
            .0
            .send_if_modified(|line| line.waiting.remove(&line.key(&self.job)));
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.queue.0.send_modify(|line| line.active = None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_at_a_time_and_the_oldest_first() {
        let queue = Queue::default();
        let [first, second, third] = ["1", "2", "3"].map(|name| JobId(name.to_owned()));
        let mut late = queue.join(&third);
        let early = queue.join(&first);
        let middle = queue.join(&second);
        assert_eq!((early.ahead(), middle.ahead(), late.ahead()), (0, 1, 2));
        assert!(late.try_take().is_none());

        let turn = early.try_take().unwrap();
        drop(early);
        assert!(middle.try_take().is_none());
        assert_eq!((middle.ahead(), late.ahead()), (1, 2));

        drop(middle);
        assert_eq!(late.ahead(), 1);
        late.changed().await;
        drop(turn);
        late.changed().await;
        assert!(late.try_take().is_some());
    }

    #[test]
    fn a_job_is_moved_among_those_that_wait() {
        let queue = Queue::default();
        let jobs = ["1", "2", "3", "4"].map(|name| JobId(name.to_owned()));
        let places = jobs.clone().map(|job| queue.join(&job));
        let order = || {
            let mut ahead: Vec<_> = places
                .iter()
                .map(|place| (place.ahead(), &place.job))
                .collect();
            ahead.sort();
            ahead
                .into_iter()
                .map(|(_, job)| job.as_str())
                .collect::<String>()
        };
        for (job, how, expected) in [
            (3, Move::ToFront, "4123"),
            (2, Move::Up, "4132"),
            (3, Move::Down, "1432"),
            (3, Move::Up, "4132"),
            (3, Move::Up, "4132"),
            (1, Move::Down, "4132"),
            (0, Move::ToFront, "1432"),
        ] {
            queue.move_job(&jobs[job], how);
            assert_eq!(order(), expected);
        }
        let late = queue.join(&JobId("5".to_owned()));
        assert_eq!(late.ahead(), 4, "who comes later goes last");
    }
}

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
    /// Of jobs that were moved, in this program or in one before it; the others have zero. Each job's journal has its own.
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
    fn rank(&self, job: &JobId) -> i64 {
        self.ranks.get(job).copied().unwrap_or(0)
    }

    fn key(&self, job: &JobId) -> (i64, JobId) {
        (self.rank(job), job.clone())
    }

    fn move_job(&mut self, job: &JobId, how: Move) {
        let mut order: Vec<JobId> = self.waiting.iter().map(|(_, job)| job.clone()).collect();
        let has_turn = self.active.as_ref() == Some(job);
        match (order.iter().position(|waiting| waiting == job), how) {
            (Some(at), how) => {
                let to = match how {
                    Move::ToFront => 0,
                    Move::Up => at.saturating_sub(1),
                    Move::Down => (at + 1).min(order.len() - 1),
                };
                let moved = order.remove(at);
                order.insert(to, moved);
            }
            // It does not wait now: it will be the first of those that do.
            (None, Move::ToFront) if !has_turn => order.insert(0, job.clone()),
            (None, _) => return,
        }
        // Whoever has the turn stays before them, also where all of them line up anew.
        if let Some(active) = &self.active {
            order.insert(0, active.clone());
        }
        self.rank_by(order);
    }

    /// Gives jobs the ranks that this order needs, and as few others than before as it can: each is written down. None is
    /// above zero, so that whoever joins later, being younger, goes behind all of these.
    fn rank_by(&mut self, order: Vec<JobId>) {
        let mut next: Option<(i64, JobId)> = None;
        for job in order.into_iter().rev() {
            let mut key = self.key(&job);
            if let Some(next) = &next
                && key >= *next
            {
                key.0 = next.0.saturating_sub(i64::from(job > next.1));
                self.ranks.insert(job, key.0);
            }
            next = Some(key);
        }
        let waiting = std::mem::take(&mut self.waiting).into_iter();
        self.waiting = waiting.map(|(_, job)| self.key(&job)).collect();
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

    /// Where a job goes, by its journal. It must not be waiting.
    pub(crate) fn recall(&self, job: &JobId, rank: i64) {
        self.0.send_modify(|line| {
            line.ranks.insert(job.clone(), rank);
        });
    }

    /// Where a job goes, lower ones first; of those that are equal, the older one.
    pub(crate) fn rank(&self, job: &JobId) -> i64 {
        self.0.borrow().rank(job)
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
    use proptest::prelude::*;

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

    /// The names of these, in the order in which they wait.
    fn order(places: &[Place]) -> String {
        let mut ahead: Vec<_> = places
            .iter()
            .map(|place| (place.ahead(), place.job.as_str()))
            .collect();
        ahead.sort_unstable();
        ahead.into_iter().map(|(_, job)| job).collect()
    }

    #[test]
    fn a_job_is_moved_among_those_that_wait() {
        let queue = Queue::default();
        let jobs = ["1", "2", "3", "4"].map(|name| JobId(name.to_owned()));
        let places = jobs.clone().map(|job| queue.join(&job));
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
            assert_eq!(order(&places), expected);
        }
        let late = queue.join(&JobId("5".to_owned()));
        assert_eq!(late.ahead(), 4, "who comes later goes last");
    }

    #[test]
    fn only_those_get_another_rank_that_need_one() {
        let queue = Queue::default();
        let jobs = ["1", "2", "3", "4"].map(|name| JobId(name.to_owned()));
        let _places = jobs.clone().map(|job| queue.join(&job));
        let ranks = || jobs.each_ref().map(|job| queue.rank(job));
        assert_eq!(ranks(), [0; 4]);
        queue.move_job(&jobs[3], Move::ToFront);
        assert_eq!(ranks(), [0, 0, 0, -1]);
        queue.move_job(&jobs[0], Move::Up);
        assert_eq!(ranks(), [-1, 0, 0, -1]);
    }

    #[test]
    fn whoever_has_the_turn_stays_before_those_that_are_moved() {
        let queue = Queue::default();
        let [first, second, third] = ["1", "2", "3"].map(|name| JobId(name.to_owned()));
        let turn = queue.join(&first).try_take().unwrap();
        let places = [queue.join(&second), queue.join(&third)];
        queue.move_job(&third, Move::ToFront);
        // Moving it changes nothing: it goes already.
        queue.move_job(&first, Move::ToFront);
        drop(turn);
        let back = queue.join(&first);
        assert_eq!((back.ahead(), order(&places).as_str()), (0, "32"));
    }

    proptest! {
        #[test]
        fn the_order_is_the_one_that_was_wanted_also_in_the_next_program(
            moves in prop::collection::vec((0..6_usize, 0..3_usize), 0..30),
            joins in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let queue = Queue::default();
            let jobs: Vec<_> = ('a'..='f').map(|name| JobId(name.to_string())).collect();
            let places: Vec<_> = jobs.iter().map(|job| queue.join(job)).collect();
            let mut wanted: Vec<_> = jobs.iter().map(JobId::as_str).collect();
            for (job, how) in moves {
                let how = [Move::ToFront, Move::Up, Move::Down][how];
                queue.move_job(&jobs[job], how);
                let at = wanted.iter().position(|name| *name == jobs[job].as_str()).unwrap();
                let moved = wanted.remove(at);
                let to = match how {
                    Move::ToFront => 0,
                    Move::Up => at.saturating_sub(1),
                    Move::Down => (at + 1).min(wanted.len()),
                };
                wanted.insert(to, moved);
            }
            prop_assert_eq!(order(&places), wanted.concat());

            // Whoever comes back first, whatever was written down of each decides.
            let next = Queue::default();
            let mut places = Vec::new();
            for at in joins {
                next.recall(&jobs[at], queue.rank(&jobs[at]));
                places.push(next.join(&jobs[at]));
            }
            prop_assert_eq!(order(&places), wanted.concat());
        }
    }
}

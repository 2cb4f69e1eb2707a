//! One upload at a time: whose turn it is, and how many go first.

use std::collections::BTreeSet;

use tokio::sync::watch;

use crate::JobId;

/// The line. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Queue(watch::Sender<Line>);

#[derive(Debug, Default)]
struct Line {
    active: Option<JobId>,
    /// By age: an older job goes first, also after it had to wait.
    waiting: BTreeSet<JobId>,
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
            line.waiting.insert(job.clone());
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

impl Place {
    /// How many go first, the one whose turn it is among them.
    pub(crate) fn ahead(&self) -> usize {
        let line = self.changes.borrow();
        line.waiting.range(..self.job.clone()).count() + usize::from(line.active.is_some())
    }

    /// Takes the turn, if it is this job's.
    pub(crate) fn try_take(&self) -> Option<Turn> {
        let taken = self.queue.0.send_if_modified(|line| {
            let first = line.active.is_none() && line.waiting.first() == Some(&self.job);
            if first {
                line.waiting.remove(&self.job);
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
            .send_if_modified(|line| line.waiting.remove(&self.job));
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
}

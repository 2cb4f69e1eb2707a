//! How long the database takes, measured where it is asked.

use std::sync::Arc;
use std::time::Instant;

use super::metrics::Metrics;

/// A statement, or a transaction from its beginning to its end. One that is dropped before its end has failed.
#[derive(Debug)]
#[must_use]
pub(crate) struct DatabaseCall {
    metrics: Arc<Metrics>,
    purpose: &'static str,
    outcome: &'static str,
    began: Instant,
}

impl DatabaseCall {
    /// It begins now, and is for this.
    pub(crate) fn begin(metrics: &Arc<Metrics>, purpose: &'static str) -> Self {
        Self {
            metrics: Arc::clone(metrics),
            purpose,
            outcome: "failed",
            began: Instant::now(),
        }
    }

    /// It has ended so.
    pub(crate) fn end<T, E>(mut self, answer: Result<T, E>) -> Result<T, E> {
        if answer.is_ok() {
            self.outcome = "done";
        }
        answer
    }
}

impl Drop for DatabaseCall {
    fn drop(&mut self) {
        self.metrics
            .asked_database(self.purpose, self.outcome, self.began.elapsed());
    }
}

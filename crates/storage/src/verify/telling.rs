//! How checks are told, one after the other, as they are done.

use std::pin::Pin;
use std::time::Instant;

use super::{Check, Outcome, Verdict};

/// A check that has not been done yet. Boxed: what it waits for is large.
pub(super) type Checking<'a> = Pin<Box<dyn Future<Output = Verdict> + Send + 'a>>;

/// Who is told, and what failed that all others need.
pub(super) struct Telling<'a> {
    pub(super) tell: &'a mut (dyn FnMut(Check) + Send),
    pub(super) failed: Option<&'static str>,
}

impl Telling<'_> {
    /// Does one check. Whether it passed, or nearly.
    pub(super) async fn on(&mut self, id: &'static str, wanted: &str, check: Checking<'_>) -> bool {
        let begun = Instant::now();
        let verdict = check.await;
        let took = begun.elapsed().as_millis();
        let (outcome, found, trouble) = match verdict {
            Verdict::Passed(found) => (Outcome::Passed, found, None),
            Verdict::Skipped(found) => (Outcome::Skipped, found, None),
            Verdict::Warned(trouble) => (Outcome::Warned, trouble.found.clone(), Some(trouble)),
            Verdict::Failed(trouble) => (Outcome::Failed, trouble.found.clone(), Some(trouble)),
        };
        let (why, mend) = trouble.map(|trouble| (trouble.why, trouble.mend)).unzip();
        (self.tell)(Check {
            id,
            wanted: wanted.to_owned(),
            outcome,
            found,
            why,
            mend,
            milliseconds: u64::try_from(took).unwrap_or(u64::MAX),
        });
        outcome != Outcome::Failed
    }

    /// Does one that all others need, unless such a one has failed already.
    pub(super) async fn need(&mut self, id: &'static str, wanted: &str, check: Checking<'_>) {
        if self.failed.is_none() && !self.on(id, wanted, check).await {
            self.failed = Some(id);
        }
    }

    pub(super) fn skip(&mut self, ids: &[&'static str], found: &str) {
        for id in ids {
            (self.tell)(Check {
                id,
                wanted: String::new(),
                outcome: Outcome::Skipped,
                found: found.to_owned(),
                why: None,
                mend: None,
                milliseconds: 0,
            });
        }
    }

    pub(super) fn stop(&mut self, failed: &'static str) {
        self.skip(
            &["everything-else"],
            &format!("not tried: it needs `{failed}`"),
        );
    }
}

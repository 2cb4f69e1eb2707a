//! How long a sweep bears with a bucket that only fails.
//!
//! What fails at once keeps nobody waiting, and is tried to the last: one object that may not be deleted says nothing of the
//! next. What fails after half a minute does keep others waiting, and a bucket that is away fails so each time.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Done;
use crate::connecting::Whose;
use crate::refusal::Refusal;

/// What each bucket has cost in vain since it last did something.
#[derive(Debug)]
pub(super) struct Patience {
    most: Duration,
    lost: Mutex<HashMap<Whose, Duration>>,
}

impl Patience {
    /// No bucket may cost more than this.
    pub(super) fn of(most: Duration) -> Self {
        Self {
            most,
            lost: Mutex::default(),
        }
    }

    /// Whether it is to be left to the next sweep.
    pub(super) fn is_over(&self, bucket: &Whose) -> bool {
        self.lost()
            .get(bucket)
            .is_some_and(|lost| *lost > self.most)
    }

    /// Notes how an attempt ended, and how long it took.
    pub(super) fn note(&self, bucket: &Whose, outcome: &Result<Done, Refusal>, took: Duration) {
        match outcome {
            // The bucket may not have been asked.
            Ok(Done::Nothing | Done::Left) | Err(Refusal::NotFound) => {}
            Ok(_) => {
                self.lost().remove(bucket);
            }
            Err(_) => {
                let mut all = self.lost();
                let lost = all.entry(bucket.clone()).or_default();
                let was_over = *lost > self.most;
                *lost += took;
                if *lost > self.most && !was_over {
                    tracing::warn!(%bucket, "it only fails: the next sweep tries it again");
                }
            }
        }
    }

    /// Sums stay right whatever panicked while they were held.
    fn lost(&self) -> MutexGuard<'_, HashMap<Whose, Duration>> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use wire::TenantId;

    use super::*;

    #[test]
    fn a_bucket_is_left_when_it_has_only_failed_for_long_and_others_are_not() {
        let patience = Patience::of(Duration::from_mins(2));
        let (shared, own) = (Whose::AllOthers, Whose::Tenants(TenantId::from("acme")));
        let minute = Duration::from_mins(1);
        let failed = Err(Refusal::StoreNotConfigured(String::new()));
        for (outcome, took, over) in [
            (&failed, minute, false),
            (&failed, minute, false),
            (&Ok(Done::Nothing), minute, false),
            (&Ok(Done::Emptied), minute, false),
            (&failed, 2 * minute, false),
            (&failed, Duration::from_millis(1), true),
            (&Err(Refusal::NotFound), minute, true),
        ] {
            patience.note(&own, outcome, took);
            assert_eq!(patience.is_over(&own), over, "{outcome:?}");
            assert!(!patience.is_over(&shared));
        }
    }
}

//! One at a time for each name: what must not happen to one object, or one upload, at the same moment.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// More than a machine has threads that write to a disk at once.
const LANES: usize = 64;

/// Locks by name. Two names may share a lock: nobody may hold one and ask for another of the same set.
pub(super) struct Turns {
    hasher: RandomState,
    lanes: [Mutex<()>; LANES],
}

impl std::fmt::Debug for Turns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Turns")
    }
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            lanes: std::array::from_fn(|_| Mutex::new(())),
        }
    }
}

impl Turns {
    /// Waits for the turn of `name`, which ends with the returned value.
    pub(super) fn take(&self, name: &str) -> MutexGuard<'_, ()> {
        let lane = self.hasher.hash_one(name) % LANES as u64;
        // The remainder is below the number of lanes.
        let lane = usize::try_from(lane).unwrap_or_default();
        self.lanes[lane]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

//! The backend's clock, in a test's hand.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use server::Clock;

/// Time as the backend sees it: the machine's, unless it is stopped or moved on.
#[derive(Clone, Default)]
pub(crate) struct Time {
    stopped_at: Arc<Mutex<Option<Timestamp>>>,
    ahead_milliseconds: Arc<AtomicI64>,
}

impl Time {
    pub(crate) fn stop(&self) {
        *self.stopped_at.lock().unwrap() = Some(Timestamp::now());
    }

    pub(crate) fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap();
        self.ahead_milliseconds.fetch_add(by, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock().now()
    }

    pub(crate) fn clock(&self) -> Clock {
        let time = self.clone();
        Clock::new(move || {
            let base = time
                .stopped_at
                .lock()
                .unwrap()
                .unwrap_or_else(Timestamp::now);
            let ahead = time.ahead_milliseconds.load(Ordering::SeqCst);
            Timestamp::from_millisecond(base.as_millisecond() + ahead).unwrap()
        })
    }
}

//! What time it is, passed in: expiry is tested without sleeping.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

/// A source of the current time. Clones tell the same time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::new(Timestamp::now)
    }

    /// A clock of the caller's own.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }

    /// Now, as the standard library and the storage room have it.
    pub(crate) fn system_time(&self) -> SystemTime {
        system_time(self.now())
    }
}

/// A time as the standard library and the storage room have it, to the millisecond.
pub(crate) fn system_time(at: Timestamp) -> SystemTime {
    let since_epoch = u64::try_from(at.as_millisecond()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_millis(since_epoch)
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

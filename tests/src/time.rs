//! Patience, with an end.

use std::future::Future;
use std::time::Duration;

/// Longest that anything in a journey may take. Two cores may be busy with a dozen other journeys.
const LONGEST: Duration = Duration::from_mins(3);

/// What `future` returns; a failed test if it does not return.
pub async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONGEST, future)
        .await
        .unwrap_or_else(|_| panic!("{what}: nothing came of it within {} s", LONGEST.as_secs()))
}

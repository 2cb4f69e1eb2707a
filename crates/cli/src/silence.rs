//! Nobody is to wonder whether a command does anything: one that waits says so before a second is over.

use std::future::Future;
use std::pin::pin;
use std::sync::Once;
use std::time::Duration;

use tokio::time::timeout;

use crate::output;

/// Longer than a server that is well takes; with what this program took to start, shorter than the second after which
/// people doubt.
const LONGEST: Duration = Duration::from_millis(500);

/// Once is enough, however many answers are waited for.
static SAID: Once = Once::new();

/// What `answer` brings. When it takes long, that is said on standard error.
pub(crate) async fn awaited<T>(answer: impl Future<Output = T>) -> T {
    let mut answer = pin!(answer);
    if let Ok(answer) = timeout(LONGEST, &mut answer).await {
        return answer;
    }
    SAID.call_once(|| output::explain("Waiting for an answer …"));
    answer.await
}

/// Programs read what comes, and don't wonder: it is never said.
pub(crate) fn is_fine() {
    SAID.call_once(|| {});
}

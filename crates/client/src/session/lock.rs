//! One process at a time renews a session: a refresh token is good once, and the window and the command line share one.
//! Access tokens they do not share, so whoever waited renews as well, with the successor that the keychain has by then.

use std::fs::{File, TryLockError};
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::Home;

/// Longest wait for the other process. A renewal takes less, even with lost answers; whoever holds the lock longer is
/// stuck, and the server's grace for a token used twice has to do.
const PATIENCE: Duration = Duration::from_secs(40);

/// Pause between two looks at the lock.
const PAUSE: Duration = Duration::from_millis(50);

/// The lock; dropping it lets the next process in.
#[derive(Debug)]
pub(super) struct SessionLock {
    _file: File,
}

/// Waits for the lock, within bounds; `None` where it cannot be had, which is logged and no reason to fail.
pub(super) async fn take(home: &Home) -> Option<SessionLock> {
    let place = home.path().join("session.lock");
    let taken = tokio::task::spawn_blocking(move || take_blocking(place, PATIENCE)).await;
    match taken {
        Ok(Ok(lock)) => Some(lock),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the session is renewed without its lock");
            None
        }
        Err(error) => {
            tracing::warn!(%error, "the session is renewed without its lock");
            None
        }
    }
}

fn take_blocking(place: PathBuf, patience: Duration) -> io::Result<SessionLock> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(place)?;
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(SessionLock { _file: file }),
            Err(TryLockError::WouldBlock) if began.elapsed() < patience => {
                std::thread::sleep(PAUSE);
            }
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::TimedOut.into()),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_waits_for_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("session.lock");
        let first = take_blocking(place.clone(), Duration::ZERO).unwrap();
        let refused = take_blocking(place.clone(), Duration::ZERO).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::TimedOut);
        let second = std::thread::spawn({
            let place = place.clone();
            move || take_blocking(place, PATIENCE).map(drop)
        });
        drop(first);
        second.join().unwrap().unwrap();
    }
}

//! Recordings that a program before this one has left: killed together with its recorder, or ended before anybody had decided
//! about them. Each is mended, and named at every start until it is uploaded, moved or removed.

use std::time::Duration;

use client::{Client, Left, Undecided};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, timeout_at};

use crate::failure;
use crate::output::left::Found;

/// Longest wait before the command does what it was asked: a file is watched for two seconds before it is mended. What takes
/// longer goes on beside it.
const AT_FIRST: Duration = Duration::from_secs(4);

/// Those of one home folder. Dropping it leaves those that it has not named to the next start.
pub(super) struct LeftBehind(UnboundedReceiver<Found>);

impl LeftBehind {
    /// Begins to look for them.
    pub(super) fn of(client: Client) -> Self {
        let (named, found) = mpsc::unbounded_channel();
        tokio::spawn(look(client, named));
        Self(found)
    }

    /// The next one; `None` once each is named. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Option<Found> {
        self.0.recv().await
    }

    /// Those that are whole within a moment.
    pub(super) async fn at_first(&mut self) -> Vec<Found> {
        let until = Instant::now() + AT_FIRST;
        let mut found = Vec::new();
        while let Ok(Some(next)) = timeout_at(until, self.next()).await {
            found.push(next);
        }
        found
    }
}

async fn look(client: Client, named: UnboundedSender<Found>) {
    match client.undecided().await {
        // Side by side: one that somebody still finishes keeps none of the others waiting.
        Ok(left) => {
            for recording in left {
                tokio::spawn(finish(client.clone(), recording, named.clone()));
            }
        }
        Err(error) => failure::log_causes(&error),
    }
}

async fn finish(client: Client, recording: Undecided, named: UnboundedSender<Found>) {
    let left = match client.finish_left(&recording).await {
        Ok(Left::Nothing) => return,
        Ok(left) => Ok(left),
        Err(error) => {
            failure::log_causes(&error);
            Err(error.diagnosis())
        }
    };
    let file = recording.path().to_owned();
    // Nobody listens any more where the command is over: then the next start names it.
    let _ = named.send(Found { file, left });
}

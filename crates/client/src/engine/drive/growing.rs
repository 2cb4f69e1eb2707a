//! Following a file while it is recorded. Its writer is never waited for, and never made to wait.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};

use super::super::{Event, Trouble};
use super::{Drive, TICK};
use crate::diagnosis;
use crate::source::{Follower, GrowingFile, Source, SourceError, ask};

/// What came of a look at the file, and whoever looked.
type Looked = Result<(Follower, Result<u64, SourceError>), SourceError>;

/// A look under way.
type Look = Pin<Box<dyn Future<Output = Looked> + Send>>;

/// A file being followed.
pub(super) struct Following {
    file: GrowingFile,
    limit: Duration,
    /// `None` while it looks, and after a disk kept it.
    follower: Option<Follower>,
    look: Option<Look>,
    ticks: Interval,
    seen_bytes: u64,
}

impl Following {
    fn new(follower: Follower, limit: Duration) -> Self {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            file: follower.source().clone(),
            limit,
            follower: Some(follower),
            look: None,
            ticks,
            seen_bytes: 0,
        }
    }

    /// What becomes of the file next. May be dropped and called again at any time.
    async fn next(&mut self) -> Event {
        loop {
            if self.look.is_none() {
                self.ticks.tick().await;
                let (follower, file) = (self.follower.take(), self.file.clone());
                let look = ask(self.limit, move |pulse| -> Looked {
                    let mut follower = follower.map_or_else(|| Follower::anew(file), Ok)?;
                    let looked = follower.look(pulse);
                    Ok((follower, looked))
                });
                self.look = Some(Box::pin(async move { look.await? }));
            }
            let Some(look) = &mut self.look else { continue };
            let looked = look.await;
            self.look = None;
            let looked = looked.and_then(|(follower, looked)| {
                self.follower = Some(follower);
                looked
            });
            match looked {
                Ok(final_bytes) if final_bytes != self.seen_bytes => {
                    self.seen_bytes = final_bytes;
                    return Event::Grew(final_bytes);
                }
                // A disk that says nothing is asked again, from the file's beginning.
                Ok(_) | Err(SourceError::NotAnswering(_)) => {}
                Err(error) => {
                    tracing::info!(source = ?error, "the recording cannot be followed");
                    return Event::ReadFailed {
                        trouble: Trouble::of_source(&error),
                        diagnosis: diagnosis::of_source(&error, self.file.path()),
                    };
                }
            }
        }
    }
}

/// What becomes of the file next; nothing, if it is finished.
pub(super) async fn followed(following: &mut Option<Following>) -> Event {
    match following {
        Some(following) => following.next().await,
        None => std::future::pending().await,
    }
}

impl Drive {
    /// The same for a file that is still being recorded.
    pub(crate) fn following(mut self, follower: Follower) -> Self {
        self.source = Source::Growing(follower.source().clone());
        self.following = Some(Following::new(follower, self.limits.disk));
        self
    }

    /// The file is finished: it is held to what it is now.
    pub(super) fn seal(&mut self) {
        let job = &self.state.job;
        self.source = Source::fixed(job.path.clone(), job.identity.clone());
        self.following = None;
    }
}

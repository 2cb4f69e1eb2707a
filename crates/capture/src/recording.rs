//! One recording, as whoever asked for it follows it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::failure::{Failure, FailureCode};
use crate::growth::Growth;
use crate::helper::Helper;
use crate::protocol::{Command, Event};

/// A recording that was asked for. Dropping it finishes its file: the helper notices that nobody listens any more.
#[derive(Debug)]
#[must_use]
pub struct Recording {
    helper: Helper,
    path: PathBuf,
    growth: Growth,
    most_bytes: Option<u64>,
    over: bool,
}

impl Recording {
    pub(crate) fn new(helper: Helper, path: PathBuf) -> Self {
        Self {
            helper,
            path,
            growth: Growth::new(Instant::now()),
            most_bytes: None,
            over: false,
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What happens next; `None` after its end, which is told by [`Event::Stopped`], [`Event::Discarded`] or
    /// [`Event::Failed`], also where the helper was killed. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Event> {
        if self.over {
            return None;
        }
        let alarm_at = self.growth.alarm_at();
        let told = tokio::select! {
            biased;
            event = self.helper.next() => event,
            () = until(alarm_at) => Some(self.stalled()),
        };
        let event = match told {
            Some(event) => event,
            None => self.broken_off().await,
        };
        self.observe(&event);
        Some(event)
    }

    /// Lets it rest. Followed by [`Event::Paused`].
    pub async fn pause(&mut self) {
        self.tell(&Command::Pause).await;
    }

    /// Goes on. Followed by [`Event::Resumed`].
    pub async fn resume(&mut self) {
        self.tell(&Command::Resume).await;
    }

    /// Finishes the file before it comes to so many bytes, if to any. Followed by [`Event::SizeNear`] minutes before, where
    /// there are minutes. It is told once, however often it is said.
    pub async fn limit_size(&mut self, most_bytes: Option<u64>) {
        if self.most_bytes != most_bytes {
            self.most_bytes = most_bytes;
            self.tell(&Command::LimitSize { bytes: most_bytes }).await;
        }
    }

    /// Finishes the file. Followed by [`Event::Stopped`].
    pub async fn stop(&mut self) {
        self.tell(&Command::Stop).await;
    }

    /// Stops, and removes the file. Followed by [`Event::Discarded`].
    pub async fn discard(&mut self) {
        self.tell(&Command::Discard).await;
    }

    /// A helper that cannot be told has ended, which [`Self::next`] tells.
    async fn tell(&mut self, command: &Command) {
        if let Err(error) = self.helper.write(command).await {
            tracing::debug!(%error, "the helper is not there to be told");
        }
    }

    fn observe(&mut self, event: &Event) {
        let now = Instant::now();
        match event {
            Event::Started { .. } | Event::Resumed { .. } => self.growth.rest(false, now),
            // Nothing is written while a dialog stands there, either.
            Event::Asking | Event::Paused { .. } => self.growth.rest(true, now),
            Event::Progress { bytes, .. } => self.growth.observe(*bytes, now),
            event => self.over = event.is_last(),
        }
        if let Event::Failed { path: None, .. } = event {
            self.remove_empty();
        }
    }

    /// The file was made before there was anything to write to it.
    fn remove_empty(&self) {
        let is_empty = self.path.metadata().is_ok_and(|file| file.len() == 0);
        if is_empty && let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(%error, "an empty file stays");
        }
    }

    fn stalled(&mut self) -> Event {
        let standstill = self.growth.raise(Instant::now());
        Event::Stalled {
            for_ms: u64::try_from(standstill.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// The helper was killed, or crashed: what it had written until then is in the file.
    async fn broken_off(&mut self) -> Event {
        let end = self.helper.end().await;
        let kept = self.path.metadata().is_ok_and(|file| file.len() > 0);
        let hint = if kept {
            "What it had recorded until then is in the file, which plays but cannot be searched."
        } else {
            "Nothing had been recorded. Try again."
        };
        Event::Failed {
            failure: Failure::new(
                FailureCode::RecorderEnded,
                end.after("The program that records ended in the middle of the recording"),
                hint,
            ),
            path: kept.then(|| self.path.clone()),
        }
    }
}

/// Until then; for ever, if there is no then.
async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

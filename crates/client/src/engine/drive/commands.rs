//! What its holder wants of an upload, and what other programs do.

use std::num::NonZeroU64;

use super::super::Event;
use super::super::queue::Move;
use super::Drive;
use crate::Mended;
use crate::source::Identity;
use crate::wishes::Wish;

/// What the holder of an upload wants.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    /// Try now.
    Retry,
    /// Rest.
    Pause,
    /// Go on.
    Resume,
    /// Send at most so many bytes a second, or as many as go.
    Limit(Option<NonZeroU64>),
    /// Go before or after others that wait.
    Move(Move),
    /// The recording has ended.
    Seal {
        /// What the file is now.
        identity: Identity,
        /// Its length in seconds, where it tells.
        duration_seconds: Option<f64>,
        /// What had to be mended first, where its recorder had not finished it.
        mended: Option<Mended>,
    },
    /// Complete it: its user has looked at it.
    Approve,
    /// Give it up.
    Cancel,
    /// Stop, resumable.
    Stop,
}

impl From<Wish> for Command {
    fn from(wish: Wish) -> Self {
        match wish {
            Wish::Pause => Self::Pause,
            Wish::Resume => Self::Resume,
            Wish::Cancel => Self::Cancel,
            Wish::Limit { bytes_per_second } => Self::Limit(bytes_per_second),
            Wish::MoveToFront => Self::Move(Move::ToFront),
        }
    }
}

impl Drive {
    /// What its holder wants.
    pub(super) fn obey(&mut self, command: Command) -> Option<Event> {
        Some(match command {
            Command::Retry => Event::RetryWanted,
            Command::Pause => Event::PauseWanted,
            Command::Resume => Event::ResumeWanted,
            Command::Limit(limit) => Event::LimitWanted(limit),
            Command::Move(how) => {
                self.queue.move_job(&self.state.job.id, how);
                return None;
            }
            Command::Seal {
                identity,
                duration_seconds,
                mended,
            } => Event::Sealed {
                identity,
                duration_seconds,
                mended,
            },
            Command::Approve => Event::ApproveWanted,
            Command::Cancel => Event::CancelWanted,
            Command::Stop => Event::StopWanted,
        })
    }

    /// What other programs want.
    pub(super) async fn grant(&mut self, wishes: Vec<Wish>) -> Option<Event> {
        for wish in wishes {
            if let Some(event) = self.obey(wish.into()) {
                self.happen(event).await;
            }
        }
        None
    }
}

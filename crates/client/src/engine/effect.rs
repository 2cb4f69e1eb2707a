//! What an upload wants done.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use wire::{Complete, DownloadUrl, Initiate, RecordingId};

use super::{PartOrder, PartPlan, PartToRead};
use crate::journal::Record;
use crate::source::ChecksumKind;
use crate::ticket::SignedRequest;

/// Something to be done, in the order given. At most one of [`Effect::Ask`], [`Effect::Send`] and [`Effect::Hash`] runs
/// at a time; of [`Effect::SendPart`] and [`Effect::HashPart`] at most one for each part. Their outcomes come back as
/// events.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Make this durable before anything that follows.
    Journal(Record),
    /// Write this down; it is durable once the next transition is.
    Note(Record),
    /// Line up for a turn.
    TakeTurn,
    /// Let others have their turn, and leave the line.
    YieldTurn,
    /// Send at most so many bytes a second, or as many as go.
    Limit(Option<NonZeroU64>),
    /// Ask the backend, or open the link.
    Ask(Call),
    /// Check the file, and send it.
    Send(Box<SignedRequest>),
    /// Read the file for its hash.
    Hash,
    /// Begin to read the file from its beginning, for the checksum of each part and the hash of the whole.
    ReadParts {
        /// How it is cut.
        plan: PartPlan,
        /// Which checksum the parts have.
        kind: ChecksumKind,
    },
    /// Read on, to the end of this part.
    ReadOn(u32),
    /// Read a part by itself, for its checksum alone.
    HashPart {
        /// Which, and where it lies.
        part: PartToRead,
        /// Which checksum.
        kind: ChecksumKind,
    },
    /// From now on the file is finished: it is held to what it is.
    Seal,
    /// Get a ticket for a part, and send it.
    SendPart {
        /// Of which recording.
        recording: RecordingId,
        /// Which, and where it lies.
        order: PartOrder,
    },
    /// End what runs, without waiting for it; but not the pass over the file.
    Abort,
    /// End the wait after this long.
    Wake(Duration),
    /// Tell the backend, as far as it listens, that a place will not be used. Nothing depends on it.
    GiveUp(RecordingId),
    /// Say in the log that the backend keeps a place that nobody will use.
    ReportOrphan(RecordingId),
}

/// A question to the backend.
#[derive(Debug, Clone)]
pub enum Call {
    /// What do you understand?
    Capabilities,
    /// Keep a place.
    Initiate(Box<Initiate>),
    /// Give out a fresh ticket.
    Renew(RecordingId),
    /// The bytes are there.
    Complete(RecordingId, Arc<Complete>),
    /// How does the recording stand?
    Look(RecordingId),
    /// Which parts does the store hold, after this one?
    ListParts(RecordingId, Option<u32>),
    /// Does the link open, and does a recording of so many bytes lie behind it? (A question to the store.)
    Prove(DownloadUrl, u64),
}

//! What an upload wants done.

use std::time::Duration;

use wire::{Complete, DownloadUrl, Initiate, RecordingId};

use crate::journal::Record;
use crate::ticket::SignedRequest;

/// Something to be done, in the order given. At most one of [`Effect::Ask`], [`Effect::Send`] and [`Effect::Hash`] runs
/// at a time; its outcome comes back as an event.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Make this durable before anything that follows.
    Journal(Record),
    /// Line up for a turn.
    TakeTurn,
    /// Let others have their turn.
    YieldTurn,
    /// Ask the backend, or open the link.
    Ask(Call),
    /// Check the file, and send it.
    Send(SignedRequest),
    /// Read the file for its hash.
    Hash,
    /// End what runs, without waiting for it.
    Abort,
    /// End the wait after this long.
    Wake(Duration),
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
    Complete(RecordingId, Complete),
    /// How does the recording stand?
    Look(RecordingId),
    /// Does the link open, and does a recording of so many bytes lie behind it? (A question to the store.)
    Prove(DownloadUrl, u64),
}

//! What can happen to an upload.

use std::num::NonZeroU64;

use jiff::{SignedDuration, Timestamp};
use wire::{
    CompletedRecording, DownloadUrl, Initiated, Recording, RenewedTicket, StoredParts,
    UploadCapabilities,
};

use super::{Destination, Line, Trouble};
use crate::journal::Account;
use crate::source::{Checksum, Identity};
use crate::transport::Stored;
use crate::{Diagnosis, Mended};

/// When something happened, and a number drawn for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// The time, by this computer's clock.
    pub time: Timestamp,
    /// Anywhere from 0 to 1, for full jitter.
    pub jitter: f64,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// The program took the job up.
    Begun,
    /// It is this upload's turn.
    TurnCame,
    /// The network was measured.
    Measured(Line),
    /// The backend said what it understands.
    Learned(Option<UploadCapabilities>),
    /// The backend keeps a place.
    Initiated {
        /// Its answer.
        answer: Box<Initiated>,
        /// How far its clock is ahead of ours, where known.
        clock_offset: Option<SignedDuration>,
    },
    /// The backend gave out a fresh ticket.
    Renewed {
        /// Its answer.
        answer: Box<RenewedTicket>,
        /// How far its clock is ahead of ours, where known.
        clock_offset: Option<SignedDuration>,
    },
    /// So many bytes of the running attempt, or of the parts that are on their way, are acknowledged.
    Progressed(u64),
    /// The store took the recording.
    Stored(Stored),
    /// The file was hashed.
    Hashed(String),
    /// A page of what the store holds of an upload in parts.
    Listed(Box<StoredParts>),
    /// A part of the file was read.
    PartHashed {
        /// Which, from 1.
        number: u32,
        /// What its bytes add up to.
        checksum: Checksum,
    },
    /// The store took a part.
    PartStored {
        /// Which.
        number: u32,
        /// The store's tag for it, where the answer had one.
        etag: Option<String>,
    },
    /// A part did not arrive.
    PartFailed {
        /// Which.
        number: u32,
        /// How much of it had been acknowledged, in bytes.
        acknowledged_bytes: u64,
        /// What that means.
        trouble: Trouble,
        /// For the user.
        diagnosis: Diagnosis,
    },
    /// The file cannot be read to its end, or is another by now, or its disk says nothing.
    ReadFailed {
        /// What that means.
        trouble: Trouble,
        /// For the user.
        diagnosis: Diagnosis,
    },
    /// The backend said that the recording is complete.
    Completed(Box<CompletedRecording>),
    /// The backend said how the recording stands.
    Found(Box<Recording>),
    /// The link was opened.
    Proven(DownloadUrl),
    /// What was being done came to nothing.
    Failed {
        /// What that means.
        trouble: Trouble,
        /// For the user.
        diagnosis: Diagnosis,
    },
    /// The wait is over.
    WaitEnded,
    /// So many bytes of a file that is being recorded are final by now.
    Grew(u64),
    /// The recording has ended.
    Sealed {
        /// What the file is now.
        identity: Identity,
        /// Its length in seconds, where it tells.
        duration_seconds: Option<f64>,
        /// What had to be mended first, where its recorder had not finished it.
        mended: Option<Mended>,
    },
    /// The user has looked at the recording, and wants it uploaded.
    ApproveWanted,
    /// The user wants it tried now.
    RetryWanted,
    /// The user wants it to rest.
    PauseWanted,
    /// The user wants it to go on.
    ResumeWanted,
    /// The user wants it to send at most so many bytes a second, or as many as go.
    LimitWanted(Option<NonZeroU64>),
    /// It has another place in the line.
    Moved(i64),
    /// The first ticket of a part has come, and leads there.
    PartsLedTo(Destination),
    /// Somebody is signed in.
    SignedIn(Account),
    /// There is a network that was not there before.
    NetworkChanged,
    /// The computer slept: connections are dead, and nobody is to blame.
    WokeUp,
    /// The user gives it up.
    CancelWanted,
    /// The user, or the end of the program, stops it.
    StopWanted,
    /// A transition could not be made durable.
    JournalFailed(Diagnosis),
}

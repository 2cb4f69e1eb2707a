//! How an upload stands.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use wire::{Complete, RecordingId, UploadCapabilities};

use super::{Parts, Policy};
use crate::journal::{Account, Job, Reservation};
use crate::ticket::SignedRequest;
use crate::{Diagnosis, Done, Mended, WaitCause};

/// An upload at one moment: everything that a decision depends on.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // each is a fact of its own
pub struct State {
    /// What stays the same.
    pub job: Job,
    /// Whose upload it is; `None` until somebody signs in.
    pub account: Option<Account>,
    /// What the backend understands; `None` until it was asked.
    pub contract: Option<Contract>,
    /// What is to be achieved next.
    pub goal: Goal,
    /// What is happening about it.
    pub stage: Stage,
    /// What has happened so far.
    pub tally: Tally,
    /// Whether its link was proven before, by a program that ended before its user had it.
    pub was_done: bool,
    /// Whether it is this upload's turn to use the network.
    pub holds_turn: bool,
    /// Whether its user has paused it.
    pub paused: bool,
    /// Most bytes a second, where its user set a limit.
    pub limit: Option<NonZeroU64>,
    /// Where it goes in the line: lower ones first. Zero where nobody has moved it.
    pub rank: i64,
    /// Where its parts go, once the first ticket of one has come.
    pub destination: Option<Destination>,
    /// Whether the file is still being recorded.
    pub growth: Growth,
    /// What had to be mended of it, where its recorder had not finished it.
    pub mended: Option<Mended>,
    /// Whether its completion waits for its user's word.
    pub awaits_word: bool,
    /// Whether it is sent while it is recorded, or right after that: it does not wait for others, and they not for it.
    pub is_live: bool,
    /// What the network gives.
    pub line: Line,
    /// An upload in parts that the store has lost, and what is to become of it.
    pub lost: Option<Lost>,
    /// The numbers.
    pub policy: Policy,
}

/// Whether a file is still being recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Growth {
    /// It was finished when it was chosen.
    #[default]
    Finished,
    /// It is being recorded.
    Recording {
        /// So many bytes from its beginning are final, but for those before its first Cluster.
        final_bytes: u64,
    },
    /// Its recording has ended: the file is what it will be.
    Sealed,
}

/// What the network gives, as it was measured last over all uploads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Parts that may be on their way at once, at least 1.
    pub lanes: u32,
    /// Bytes a second, once that was measured.
    pub bytes_per_second: Option<u64>,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            lanes: 2,
            bytes_per_second: None,
        }
    }
}

/// An upload in parts that the store does not know any more.
#[derive(Debug, Clone)]
pub struct Lost {
    /// Its place. Its own upload is worth nothing now.
    pub place: Reservation,
    /// What is known of the file, where its parts were being sent: it need not be read again.
    pub parts: Option<Arc<Parts>>,
}

/// Where the parts of a recording go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Which recording.
    pub recording: RecordingId,
    /// Host and port of the store.
    pub host: String,
}

/// Permission to put bytes into the store.
#[derive(Debug, Clone)]
pub enum Ticket {
    /// One request for the whole recording.
    Single(Box<SignedRequest>),
    /// Parts, each with a ticket of its own that is asked for when its turn has come; and how they all stand.
    Multipart(Arc<Parts>),
}

/// What a backend understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contract {
    /// The base contract alone.
    Base,
    /// With these extensions.
    Extended(UploadCapabilities),
}

/// Largest object that S3 keeps, in bytes: 5 TiB.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const MOST_IN_PARTS_BYTES: u64 = 5 * 1024 * 1024 * 1024 * 1024;

impl Contract {
    /// Largest recording that it takes, in bytes.
    pub fn most_bytes(&self) -> u64 {
        match self {
            Self::Base => wire::MAX_SINGLE_PUT_BYTES,
            Self::Extended(uploads) => {
                let most = if uploads.multipart {
                    MOST_IN_PARTS_BYTES
                } else {
                    wire::MAX_SINGLE_PUT_BYTES
                };
                uploads
                    .max_file_size
                    .map_or(most, |stated| stated.min(most))
            }
        }
    }
}

/// The next thing to achieve.
#[derive(Debug, Clone)]
pub enum Goal {
    /// A place at the backend.
    Reserve,
    /// A fresh ticket for a place.
    Renew(Reservation),
    /// Certainty about which parts the store holds.
    List(Reservation, Arc<Parts>),
    /// The bytes in the store.
    Send(Reservation, Ticket),
    /// Certainty about a recording whose upload in parts the store has lost; with SHA-256 of the file, where it is known.
    Recover(Reservation, Option<String>),
    /// The file's hash: the store has an object already, and only that proves that it is this file.
    Hash(Reservation),
    /// Certainty about how the recording stands at the backend.
    Reconcile(Reservation, Frozen),
    /// The backend's word that the recording is complete.
    Complete(Reservation, Frozen),
    /// A link that opens; with SHA-256 of the file, where it is known by then.
    Verify(Reservation, Option<String>),
}

impl Goal {
    /// The place at the backend, where there is one.
    pub fn reservation(&self) -> Option<&Reservation> {
        match self {
            Self::Reserve => None,
            Self::Renew(reservation)
            | Self::List(reservation, _)
            | Self::Send(reservation, _)
            | Self::Recover(reservation, _)
            | Self::Hash(reservation)
            | Self::Reconcile(reservation, _)
            | Self::Complete(reservation, _)
            | Self::Verify(reservation, _) => Some(reservation),
        }
    }
}

/// A request for completion that is repeated as it is or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// The request, shared by whoever holds it: of a large recording it names thousands of parts.
    pub request: Arc<Complete>,
    /// SHA-256 of what was sent, where it is known by then: not every backend takes it in the request.
    pub sha256: Option<String>,
}

/// What is happening.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// Other uploads go first.
    Queued,
    /// The goal is being worked on.
    Working,
    /// Nothing, for now.
    Waiting(Wait),
    /// The link has been proven to open.
    Done(Box<Done>),
    /// It will not go on by itself.
    Failed(Diagnosis),
    /// Given up by its user; with the recording that the backend is to be told of.
    Cancelled(Option<RecordingId>),
    /// Stopped in this program.
    Stopped,
}

impl Stage {
    /// Whether nothing more will happen.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Done(_) | Self::Failed(_) | Self::Cancelled(_) | Self::Stopped
        )
    }
}

/// A wait.
#[derive(Debug, Clone, PartialEq)]
pub struct Wait {
    /// For what.
    pub cause: WaitCause,
    /// When it ends by itself.
    pub next_try: Option<Timestamp>,
    /// Why.
    pub diagnosis: Diagnosis,
}

/// Counts of what has happened.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    /// Attempts at sending.
    pub attempts: u32,
    /// Bytes put on the wire by the attempts that ended.
    pub bytes_sent: u64,
    /// Bytes that this attempt, or the last one, got acknowledged.
    pub acknowledged_bytes: u64,
    /// The furthest byte that any attempt got acknowledged.
    pub furthest_byte: u64,
    /// Failures since the last progress.
    pub tries: u32,
    /// Looks in vain whether there is a network.
    pub probes: u32,
    /// Refusals of tickets in a row.
    pub refused_tickets: u32,
    /// Connections that broke in the midst of a body.
    pub broken_bodies: u32,
    /// Times that the store had something else than what was sent.
    pub mismatches: u32,
    /// Times that the store had nothing of what was sent.
    pub missing_objects: u32,
    /// Times that the link did not open.
    pub refused_links: u32,
    /// Times that the backend's word and its record of the recording disagreed.
    pub contradictions: u32,
    /// Failures of a base backend at a task id that it may not understand.
    pub task_failures: u32,
    /// Uploads in parts that the store has lost.
    pub lost_uploads: u32,
    /// Places that were abandoned: part of the idempotency key of the next.
    pub generation: u32,
    /// What kept a part from arriving, the last time that something did.
    pub last_setback: Option<Diagnosis>,
    /// Why bytes are sent again, or looked at again, where they are.
    pub restarted_because: Option<Diagnosis>,
}

impl State {
    /// A job that has just been journaled.
    pub fn new(job: Job, policy: Policy) -> Self {
        Self {
            account: job.account.clone(),
            job,
            contract: None,
            goal: Goal::Reserve,
            stage: Stage::Queued,
            tally: Tally::default(),
            was_done: false,
            holds_turn: false,
            paused: false,
            limit: None,
            rank: 0,
            destination: None,
            growth: Growth::Finished,
            mended: None,
            awaits_word: false,
            is_live: false,
            line: Line::default(),
            lost: None,
            policy,
        }
    }

    /// A job for a file that is still being recorded, just journaled.
    pub fn recording(job: Job, awaits_word: bool, policy: Policy) -> Self {
        Self {
            growth: Growth::Recording { final_bytes: 0 },
            awaits_word,
            is_live: true,
            ..Self::new(job, policy)
        }
    }

    /// Most parts that the backend's store takes.
    pub(super) fn most_parts(&self) -> u32 {
        let stated = match &self.contract {
            Some(Contract::Extended(uploads)) => uploads.max_parts,
            _ => None,
        };
        stated.unwrap_or(wire::MAX_PARTS)
    }

    /// What a file that is still being recorded must not come to, as far as that is known: a recording that its backend does
    /// not take, or one with more parts than the store takes.
    pub(super) fn most_bytes(&self) -> Option<u64> {
        if !self.is_recording() || self.stage.is_final() {
            return None;
        }
        let taken = self.contract.as_ref()?.most_bytes();
        let parts = self.parts().filter(|parts| parts.is_growing());
        let most_parts = u64::from(self.most_parts().min(wire::MAX_PARTS));
        let held = parts.map(|parts| parts.plan().part_bytes.saturating_mul(most_parts));
        Some(held.map_or(taken, |held| held.min(taken)))
    }

    /// Whether the file is still being recorded.
    pub fn is_recording(&self) -> bool {
        matches!(self.growth, Growth::Recording { .. })
    }

    /// How the parts stand, of an upload in parts whose file is being read.
    pub fn parts(&self) -> Option<&Parts> {
        match &self.goal {
            Goal::List(_, parts) | Goal::Send(_, Ticket::Multipart(parts)) => Some(parts),
            Goal::Recover(..) | Goal::Reserve => self.lost.as_ref()?.parts.as_deref(),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub(in crate::engine) fn parts_mut(&mut self) -> Option<&mut Parts> {
        match &mut self.goal {
            Goal::List(_, parts) | Goal::Send(_, Ticket::Multipart(parts)) => {
                Some(Arc::make_mut(parts))
            }
            Goal::Recover(..) | Goal::Reserve => {
                self.lost.as_mut()?.parts.as_mut().map(Arc::make_mut)
            }
            _ => None,
        }
    }

    /// The recording's size, in bytes; while it is being recorded, what of it is final.
    pub fn size_bytes(&self) -> u64 {
        match self.growth {
            Growth::Recording { final_bytes } => final_bytes,
            Growth::Finished | Growth::Sealed => self.job.identity.size_bytes,
        }
    }

    /// Whole seconds for the backend: rounded, at least 1.
    pub(super) fn whole_seconds(&self) -> Option<u32> {
        let seconds = self.job.duration_seconds.filter(|seconds| *seconds > 0.0)?;
        let rounded = Duration::try_from_secs_f64(seconds.round()).ok()?.as_secs();
        Some(u32::try_from(rounded).ok()?.max(1))
    }
}

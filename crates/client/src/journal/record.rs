//! What a job's log says: each transition, once it is decided and before it is acted on.
//!
//! No address of an upload and no token is among it. Kinds that this version does not know are kept where they lie.

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wire::{Complete, RecordingId, TaskId, UserId};

use crate::source::{ChecksumKind, Identity};
use crate::{Diagnosis, JobId, Mended, ServerOrigin, WaitCause};

/// The version of what we write.
const VERSION: u32 = 1;

/// Whose upload it is: jobs go on only in the session that they were made in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// At which server.
    pub server: ServerOrigin,
    /// By which user of it.
    pub user: UserId,
}

/// What stays the same throughout a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Its name.
    pub id: JobId,
    /// Where the file is.
    pub path: PathBuf,
    /// The file's name as people know it, and as the backend is told.
    pub file_name: String,
    /// What the file was when it was chosen.
    pub identity: Identity,
    /// Its length in seconds, where it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<f64>,
    /// `video/webm` or `audio/webm`.
    pub content_type: String,
    /// What the recording is for.
    pub task: TaskId,
    /// Whose it is; `None` when nobody was signed in: then whoever signs in next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A place that the backend keeps for a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reservation {
    /// The recording at the backend.
    pub recording: RecordingId,
    /// The key of its object.
    pub s3_key: String,
    /// Whether it was asked for with extension fields: its ticket is write-once, and an owner can give it up.
    pub extended: bool,
    /// The upload in parts that the store has opened for it, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multipart: Option<Multipart>,
}

/// An upload in parts, as it was begun: none of this changes while it lasts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Multipart {
    /// The store's name for it.
    pub upload_id: String,
    /// Size of every part but the last, in bytes.
    pub part_bytes: u64,
    /// Which checksum proves a part.
    pub checksum: ChecksumKind,
}

/// A transition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
pub enum Record {
    /// The job was made.
    Queued {
        /// It.
        job: Box<Job>,
    },
    /// The file is still being recorded.
    Growing {
        /// Whether its completion waits for its user's word.
        awaits_word: bool,
    },
    /// The recording has ended: the file is what it will be.
    Sealed {
        /// What it is now.
        identity: Identity,
        /// Its length in seconds, where it tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        duration_seconds: Option<f64>,
        /// What had to be mended first, where its recorder had not finished it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mended: Option<Mended>,
    },
    /// Its user has given the word for which its completion waited.
    Approved,
    /// A place is about to be asked for.
    Initiating {
        /// In whose name.
        account: Account,
        /// How many places were abandoned before: part of the idempotency key.
        generation: u32,
    },
    /// The backend keeps a place.
    Reserved {
        /// Which.
        reservation: Reservation,
        /// When its ticket dies, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
    },
    /// The place is not used any more; the backend may still list it.
    Abandoned {
        /// Which, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recording: Option<RecordingId>,
    },
    /// The bytes are about to be sent.
    Sending {
        /// The attempt, from 1.
        attempt: u32,
    },
    /// The store has taken a part, or holds it and it was compared with the file. Its loss costs a look at the store's
    /// list: it need not be on the disk before anything else is done.
    PartStored {
        /// Which, from 1.
        number: u32,
        /// Where it begins, in bytes.
        offset: u64,
        /// How long it is, in bytes.
        size: u64,
        /// Its checksum, in hexadecimal digits.
        checksum: String,
        /// The store's tag for it, where the answer had one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        etag: Option<String>,
    },
    /// Complete is about to be called, with this request and no other.
    Completing {
        /// The request, frozen.
        #[serde(with = "shared")]
        request: Arc<Complete>,
        /// SHA-256 of what was sent, where it is known by then: not every backend takes it in the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sha256: Option<String>,
    },
    /// The backend has said COMPLETE; the link is about to be opened.
    Verifying {
        /// SHA-256 of what was sent, where it is known by then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sha256: Option<String>,
    },
    /// The link was opened.
    Done {
        /// Attempts at sending, in all.
        attempts: u32,
        /// Bytes put on the wire over all attempts.
        bytes_sent: u64,
    },
    /// Not moving for now.
    Waiting {
        /// What it waits for.
        cause: WaitCause,
        /// Why.
        diagnosis: Diagnosis,
    },
    /// Paused by its user: it stays so, also after a restart.
    Paused,
    /// Its user has it go on.
    Resumed,
    /// Its user limited how fast it goes, or lifted the limit.
    Limited {
        /// Most bytes a second.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes_per_second: Option<NonZeroU64>,
    },
    /// Its user moved it in the line of those that wait, or moved another past it.
    Moved {
        /// Its place there: lower ones go first, and zero have those that were never moved.
        rank: i64,
    },
    /// The first ticket of a part led there: those of all others have to.
    PartsLeadTo {
        /// Of which recording.
        recording: RecordingId,
        /// Host and port, and nothing else of the ticket's address.
        host: String,
    },
    /// It will not go on by itself.
    Failed {
        /// Why.
        diagnosis: Diagnosis,
    },
    /// Given up by its user.
    Cancelled {
        /// The recording that the backend has still to be told of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        give_up: Option<RecordingId>,
    },
    /// Stopped by its user or by the end of the program.
    Stopped,
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When it was written.
    pub at: Timestamp,
    /// What it says.
    pub what: What,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A transition of this version's.
    Known(Record),
    /// One of a later version's, kept as it is.
    Unknown(Value),
}

#[derive(Serialize, Deserialize)]
struct Envelope<T> {
    #[serde(rename = "v")]
    version: u32,
    at: Timestamp,
    #[serde(flatten)]
    what: T,
}

impl Record {
    /// Appends it as the payload of a log's line. It goes straight to where it is needed: of a large recording the frozen
    /// request alone is a megabyte.
    pub(super) fn write_payload(&self, at: Timestamp, to: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(
            to,
            &Envelope {
                version: VERSION,
                at,
                what: self,
            },
        )
    }
}

/// A request that others hold too is written as if it were there alone.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};
    use wire::Complete;

    pub(super) fn serialize<S: Serializer>(
        request: &Arc<Complete>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        Complete::serialize(request, serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<Complete>, D::Error> {
        Complete::deserialize(deserializer).map(Arc::new)
    }
}

impl Entry {
    /// Reads a payload; `None` when it is no entry at all, of whatever version.
    pub(super) fn from_payload(payload: &[u8]) -> Option<Self> {
        let Envelope { at, what, version } =
            serde_json::from_slice::<Envelope<Value>>(payload).ok()?;
        let known = (version == VERSION)
            .then(|| Record::deserialize(&what).ok())
            .flatten();
        Some(Self {
            at,
            what: known.map_or(What::Unknown(what), What::Known),
        })
    }
}

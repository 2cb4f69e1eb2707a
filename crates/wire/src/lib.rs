//! The HTTP contract between the uploader and a recordings backend: the shapes of every request and answer, the
//! identifiers, and the error codes, each listed once and used by both sides.
//!
//! This room imports nothing of ours, does no I/O and knows no policy. Shapes that a base backend sends are read
//! leniently (a size as a number or as a decimal string, a success bare or wrapped in `{"data": …}`); what we send is
//! exact, because a strict backend refuses any field that it does not know.
//!
//! ```
//! use wire::{Health, TaskId};
//!
//! let health = Health::from_json(br#"{"s3":{"configured":true,"message":"S3 service configured successfully"}}"#)?;
//! assert!(health.configured && health.uploads.is_none());
//! assert!(TaskId::parse("../etc").is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod account;
mod audit;
mod check;
mod envelope;
mod error;
mod health;
mod hold;
mod id;
mod part;
mod provider;
mod recording;
mod secret;
mod size;
mod support;

pub use account::{
    Login, LoginWithCookie, Refresh, Role, Task, TaskList, TokenPair, UnknownRole, User,
};
pub use audit::{ActorKind, AuditActor, AuditEvent, AuditOutcome, AuditPage};
pub use check::{Availability, Difference, ObjectCheck, RecordingCheck};
pub use envelope::read_success;
pub use error::{ErrorBody, ErrorCode, Messages};
pub use health::{Health, NotARecordingsBackend, UploadCapabilities, WholeChecksum};
pub use hold::{Hold, MAX_REASON_CHARACTERS, PlaceHold};
pub use id::{IdempotencyKey, InvalidTaskId, RecordingId, TaskId, TenantId, UserId};
pub use part::{
    CompletedPart, MAX_PARTS, MAX_PARTS_SIGNED_AT_ONCE, MIN_PART_BYTES, MultipartUpload,
    PartToSign, SignParts, SignedPart, SignedParts, StoredPart, StoredParts, WholeSha256,
};
pub use provider::{SignInProvider, SignInProviders};
pub use recording::{
    Complete, CompletedRecording, DownloadUrl, Initiate, Initiated, Message, Recording,
    RecordingPage, RenewedTicket, UploadStatus,
};
pub use secret::Secret;
pub use size::{ByteSize, size_serde};
pub use support::{
    AskSupport, GrantSupport, MAX_SUPPORT_HOURS, SUPPORT_REQUEST_DAYS, SupportGrant, SupportGrants,
    SupportRequest, SupportRequests,
};

/// Largest object that S3 takes in one PUT: 5 GiB.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html>
pub const MAX_SINGLE_PUT_BYTES: u64 = 5 * 1024 * 1024 * 1024;

/// Longest lifetime of a SigV4 presigned URL, in seconds: seven days.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html>
pub const MAX_TICKET_SECONDS: u32 = 604_800;

/// Lifetime of a ticket when the request names none, in seconds.
pub const DEFAULT_TICKET_SECONDS: u32 = 3_600;

/// The content type of a recording with a picture.
pub const VIDEO_WEBM: &str = "video/webm";

/// The content type of a recording with sound alone.
pub const AUDIO_WEBM: &str = "audio/webm";

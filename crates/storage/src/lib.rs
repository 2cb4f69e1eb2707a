//! The bucket, as the backend needs it: names for objects, presigned tickets to put and to get them, and the few
//! questions and orders that the backend has for the store itself. It is the only room with the AWS SDK.
//!
//! It must never know what a recording, a user or an HTTP handler is, and it imports nothing of ours. A ticket is as good
//! as the bytes that it opens: [`SignedRequest`] and [`SecretText`] show nothing of themselves in a log, and no error here
//! carries a URL or a key of an account. The SDK is less careful: below `info`, its own log lines (targets `aws_*`) hold
//! whole signed requests, so keep them off.
//!
//! ```no_run
//! use std::time::{Duration, SystemTime};
//! use storage::{Bucket, BucketConfig, Credentials, Encryption, PartChecksum, PutTicket};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let bucket = Bucket::connect(BucketConfig {
//!     region: "us-east-1".to_owned(),
//!     bucket: "revui-recordings".to_owned(),
//!     endpoint_url: None,
//!     credentials: Credentials::Chain,
//!     encryption: Encryption::BucketDefault,
//!     part_checksum: PartChecksum::Crc64Nvme,
//!     tagging: true,
//!     signing_role: None,
//! })
//! .await?;
//!
//! let key = storage::keys::object_key("tenant", "task", "user", 1_764_000_000_000, "Demo.webm");
//! let ticket = bucket
//!     .put_ticket(
//!         PutTicket {
//!             key: &key,
//!             content_type: "video/webm",
//!             content_length: None,
//!             sha256_hex: None,
//!             write_once: false,
//!             sign_encryption: false,
//!             tags: None,
//!             expires_in: Duration::from_secs(3600),
//!         },
//!         SystemTime::now(),
//!     )
//!     .await?;
//! println!("PUT it to {}", ticket.url.expose());
//! # Ok(())
//! # }
//! ```

mod advice;
pub mod apply;
mod archive;
mod bucket;
pub mod cloud;
mod combinations;
mod config;
mod connect;
pub mod desired;
pub mod difference;
mod digest;
mod disposition;
mod error;
pub mod export;
mod identity;
pub mod keys;
mod multipart;
pub mod observed;
mod observing;
pub mod plan;
mod reasons;
mod remote;
pub mod restore;
pub mod rotate;
mod secret;
mod sessions;
mod tags;
mod ticket;
pub mod verify;
mod versions;

pub use archive::Place;
pub use bucket::{Bucket, ObjectFacts};
pub use config::{BucketConfig, Credentials, Encryption, PartChecksum};
pub use connect::ConnectError;
pub use digest::composite;
pub use error::{Refusal, StoreError};
pub use multipart::{
    BegunUpload, CompleteError, CompleteMultipart, CompletedPart, CreateMultipart, MAX_PARTS,
    MIN_PART_BYTES, PartsPage, StoredPart, UploadsMarker, UploadsPage,
};
pub use observing::{StoreCall, StoreObserver, StoreOutcome};
pub use secret::SecretText;
pub use sessions::{MAX_SESSION_LIFE, MIN_SESSION_LIFE, SessionError, SigningRole};
pub use tags::{DEFAULT_RETENTION, RETENTION_TAG, Tags};
pub use ticket::{GetTicket, PartTicket, PutTicket, SignedRequest, TicketError};

/// Longest life of a SigV4 presigned URL: seven days.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html>
pub const MAX_TICKET_LIFE: std::time::Duration = std::time::Duration::from_hours(7 * 24);

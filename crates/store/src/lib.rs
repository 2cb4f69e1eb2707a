//! An S3 store for one machine: the S3 protocol (by the `s3s` crate) over a folder of ours.
//!
//! It refuses what S3 refuses: a wrong signature, an expired ticket, a signed header that is missing or different, an
//! `x-amz-*` header that nobody signed, a body of another size or checksum. What it does not do it does not pretend to do:
//! the answer is `501 NotImplemented`.
//!
//! Its promises about bytes:
//! - A body is staged, verified and fsynced before it has a name. A refused or interrupted one leaves nothing.
//! - An object and its metadata are one file and appear by one rename: `kill -9` at any instruction leaves either the whole
//!   object or none.
//! - A part of an upload in parts is kept to the same: acknowledged, it survives; refused, it leaves nothing; sent again, it
//!   is replaced whole. Completing moves no bytes: the object's file lists its parts. Asked for again after a crash or a
//!   lost answer, a completion answers as the first time; a part that comes later is refused (`NoSuchUpload`).
//! - Tags come with an object in one step, or are replaced as a whole; they go with it.
//! - Every object is encrypted at rest (SSE-S3, as S3 itself does since 2023); see `disk::sealing`.
//! - Memory does not grow with an object's size.
//!
//! It gives sessions as STS does (`AssumeRole`), which may do what their policy allows; see `protocol::sessions`.
//!
//! In the log, `s3s` calls every refusal an error and, at `debug`, writes the signatures that it expected: keep its target
//! (`s3s`) off. What the store itself has to say comes under its own name.
//!
//! It must never know what a recording is, and it imports nothing of ours.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let store = store::EmbeddedStore::open("data/store", "recordings", "an-access-key-id", "a-secret")?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:3001").await?;
//! store.serve(listener, std::future::pending()).await;
//! # Ok(())
//! # }
//! ```

mod disk;
mod front;
mod protocol;
mod serve;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use s3s::auth::SecretKey;

pub use disk::OpenError;

/// Largest body of one PUT: 5 GiB.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html>
pub const MAX_PUT_BYTES: u64 = 5 * 1024 * 1024 * 1024;

/// How long a body may idle before it is refused with `RequestTimeout`, as S3 does after about this time.
const BODY_IDLE_LIMIT: Duration = Duration::from_secs(20);

/// An opened folder with one account. Clones are the same store.
///
/// The folder stays locked against other processes until the last clone is dropped.
#[derive(Debug, Clone)]
pub struct EmbeddedStore {
    folder: Arc<disk::Folder>,
    account: protocol::Account,
    body_idle_limit: Duration,
}

impl EmbeddedStore {
    /// Opens the store in `folder`, makes what is missing (the folder, its master key, the bucket) and sweeps away what
    /// an interrupted upload left behind. Blocks while it does.
    pub fn open(
        folder: impl AsRef<Path>,
        bucket: &str,
        access_key_id: &str,
        secret_access_key: &str,
    ) -> Result<Self, OpenError> {
        if !s3s::path::check_bucket_name(bucket) {
            return Err(OpenError::BucketName {
                name: bucket.to_owned(),
            });
        }
        let folder = disk::Folder::open(folder.as_ref())?;
        folder
            .create_bucket(bucket)
            .map_err(|source| OpenError::Bucket {
                name: bucket.to_owned(),
                source,
            })?;
        Ok(Self {
            folder: Arc::new(folder),
            account: protocol::Account::new(access_key_id, SecretKey::from(secret_access_key)),
            body_idle_limit: BODY_IDLE_LIMIT,
        })
    }

    /// Another patience with bodies that stop coming; 20 s unless told.
    #[must_use]
    pub fn with_body_idle_limit(mut self, limit: Duration) -> Self {
        self.body_idle_limit = limit;
        self
    }
}

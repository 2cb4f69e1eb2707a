//! What can go wrong with the folder.

use std::io;
use std::path::PathBuf;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The bucket's name is none that S3 would take.
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
    #[error("`{name}` is no name for a bucket: 3 to 63 of a-z, 0-9, `.` and `-`")]
    BucketName {
        /// The name.
        name: String,
    },
    /// A folder or file of the store could not be made or read.
    #[error("could not prepare {}", path.display())]
    Prepare {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another process has the store open.
    #[error("{} is in use by another process", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The master key is there and is not one.
    #[error("{} is damaged: the objects beside it cannot be read without it", path.display())]
    MasterKeyDamaged {
        /// Its file.
        path: PathBuf,
    },
    /// Objects are there, and the key that they are encrypted with isn't.
    #[error("{} is missing: put it back, the objects beside it cannot be read without it", path.display())]
    MasterKeyMissing {
        /// Its file.
        path: PathBuf,
    },
    /// The bucket could not be made.
    #[error("could not make the bucket `{name}`")]
    Bucket {
        /// Its name.
        name: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Why a staged body did not become an object. Nothing is left of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommitError {
    /// There is an object of that key, and it was not to be replaced.
    #[error("the object exists already")]
    Exists,
    /// The disk refused.
    #[error("could not write the object")]
    Io(#[from] io::Error),
}

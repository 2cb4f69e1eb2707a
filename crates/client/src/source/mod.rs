//! The bytes of a recording: which file they come from, whether it is still the file that was chosen, and a reader that
//! hands them over in fixed buffers while it hashes them.
//!
//! It knows no network and no journal. Whatever it hands over belongs to the file whose [`Identity`] was taken: the last
//! piece is held back until the file has been looked at once more, so that a file that changed underneath never becomes
//! a whole object in the store.

mod checksum;
mod disk;
mod growing;
mod guard;
mod identity;
mod parts;
mod pass;
mod reading;

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use checksum::{Checksum, ChecksumKind};
pub use growing::GrowingFile;
pub use identity::{FileId, Identity};
pub use parts::{PartRead, PartReading};
pub use pass::{Hashed, Pass, Unhashed};
pub use reading::{CHUNK_BYTES, Chunks, Reading};

pub(crate) use disk::{Beating, Disk, Pulse, ask};
pub(crate) use growing::Follower;

use guard::Guard;

/// Where the bytes come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// A file that is finished.
    Fixed(FixedFile),
    /// A file that is still being recorded.
    Growing(GrowingFile),
}

/// A finished file, as it was when it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedFile {
    path: PathBuf,
    identity: Identity,
}

/// Why the bytes cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// There is nothing at the path any more.
    #[error("the file is gone")]
    Gone,
    /// A folder, a device or a pipe.
    #[error("it is not a file")]
    NotAFile,
    /// It is another file than the one that was chosen, or its content is another.
    #[error("the file changed: {0}")]
    Changed(Change),
    /// The disk that it is on says nothing.
    #[error("the disk did not answer for {} s", .0.as_secs_f32())]
    NotAnswering(Duration),
    /// The system does not let us read it.
    #[error("the file cannot be read")]
    Unreadable(#[source] io::Error),
}

/// In what a file differs from the one that was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// It has another size.
    Size,
    /// It was written to.
    Modified,
    /// Another file lies at the path.
    Replaced,
    /// Its first or last bytes are others.
    Content,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Size => "it has another size",
            Self::Modified => "it was written to",
            Self::Replaced => "another file lies in its place",
            Self::Content => "its content is another",
        })
    }
}

impl From<io::Error> for SourceError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Gone,
            io::ErrorKind::IsADirectory => Self::NotAFile,
            _ => Self::Unreadable(error),
        }
    }
}

impl Source {
    /// A file at this path that had this identity when it was chosen.
    pub fn fixed(path: PathBuf, identity: Identity) -> Self {
        Self::Fixed(FixedFile { path, identity })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        match self {
            Self::Fixed(file) => &file.path,
            Self::Growing(file) => &file.path,
        }
    }

    /// What it was when it was chosen.
    pub fn identity(&self) -> &Identity {
        match self {
            Self::Fixed(file) => &file.identity,
            Self::Growing(file) => &file.identity,
        }
    }

    /// How many bytes from its beginning are final. All of them, for a finished file; of one that is still recorded, the
    /// first few hundred are not among them.
    pub fn durable(&self) -> u64 {
        match self {
            Self::Fixed(file) => file.identity.size_bytes,
            Self::Growing(file) => file.durable(),
        }
    }

    /// Whether nothing more will be added.
    pub fn sealed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }

    /// What has to stay true of it while it is read.
    fn guard(&self) -> Guard {
        match self {
            Self::Fixed(file) => Guard::Finished(file.identity.clone()),
            Self::Growing(file) => file.guard(),
        }
    }

    /// Whether it still is the file that was chosen. Reads its first and last bytes.
    pub fn check(&self) -> Result<(), SourceError> {
        self.identity().check(self.path())
    }

    /// Starts to read a range of it on a thread of its own, and makes this of the bytes on their way.
    pub fn read<P: Pass>(&self, range: Range<u64>) -> Result<Reading<P>, SourceError> {
        reading::start(self.path(), self.guard(), range)
    }

    /// Starts to read all of it on a thread of its own, for the checksum of each part of this size and the hash of the
    /// whole. It waits for [`PartReading::allow`]. A disk that gives nothing for as long as `limit` is given up on.
    pub fn read_parts(
        &self,
        part_bytes: u64,
        kind: ChecksumKind,
        limit: Duration,
    ) -> Result<PartReading, SourceError> {
        parts::start(self.path(), self.identity(), part_bytes, kind, limit)
    }

    /// Reads a range of it again, for its checksum alone. A disk that gives nothing for as long as `limit` is given up on.
    pub async fn checksum(
        &self,
        range: Range<u64>,
        kind: ChecksumKind,
        limit: Duration,
    ) -> Result<Checksum, SourceError> {
        let source = self.clone();
        disk::ask(limit, move |pulse| {
            parts::checksum(source.path(), &source.guard(), &range, kind, pulse)
        })
        .await?
    }
}

//! What has to stay true of a file while it is read.

use std::fs::{File, Metadata};
use std::path::Path;

use super::identity::file_id;
use super::{Change, FileId, Identity, SourceError};

/// What has to stay true of a file while it is read: otherwise what is read is worth nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Guard {
    /// It is what it was when it was chosen.
    Finished(Identity),
    /// It is the same file, and has not become shorter than this.
    Growing {
        /// Its number, as long as it is open.
        number: Option<FileId>,
        /// Bytes that it had.
        least_bytes: u64,
    },
}

impl Guard {
    /// The file, if it is the right one, and what has to stay true of it for as long as it is open.
    pub(super) fn open(&self, path: &Path) -> Result<(File, Self), SourceError> {
        // By its path first: opening a pipe would wait for a writer.
        self.check_outside(&std::fs::metadata(path)?)?;
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        self.check_outside(&metadata)?;
        let opened = match self {
            Self::Finished(identity) => Self::Finished(identity.opened(&metadata)),
            Self::Growing { .. } => self.clone(),
        };
        Ok((file, opened))
    }

    /// The open file may have been written to; its path may lead to another file by now, or to none.
    pub(super) fn look_again(&self, path: &Path, file: &File) -> Result<(), SourceError> {
        self.check_opened(&file.metadata()?)?;
        self.check_opened(&std::fs::metadata(path)?)
    }

    fn check_outside(&self, metadata: &Metadata) -> Result<(), SourceError> {
        match self {
            Self::Finished(identity) => identity.check_outside(metadata),
            Self::Growing { .. } => self.check_opened(metadata),
        }
    }

    fn check_opened(&self, metadata: &Metadata) -> Result<(), SourceError> {
        let (number, least_bytes) = match self {
            Self::Finished(identity) => return identity.check_opened(metadata),
            Self::Growing {
                number,
                least_bytes,
            } => (number, least_bytes),
        };
        if !metadata.is_file() {
            return Err(SourceError::NotAFile);
        }
        if *number != file_id(metadata) {
            return Err(SourceError::Changed(Change::Replaced));
        }
        if metadata.len() < *least_bytes {
            return Err(SourceError::Changed(Change::Size));
        }
        Ok(())
    }
}

//! What tells a file from another, and from itself after a change.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Change, SourceError};
use crate::sum::{Sha256, hexadecimal};

/// How much of the file's beginning and of its end goes into its identity, in bytes.
const END_BYTES: u64 = 64 * 1024;

/// A file as it was at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// Its size in bytes.
    pub size_bytes: u64,
    /// When it was last written to, where the file system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_at: Option<Timestamp>,
    /// Which file it is, whatever it is called; where the standard library tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_id: Option<FileId>,
    /// SHA-256 of its first and its last 64 KiB, as hexadecimal digits.
    pub ends_sha256: String,
}

/// The number of a file on its volume: the inode, on systems that have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FileId(pub u64);

impl Identity {
    /// Looks at the file at this path.
    pub fn take(path: &Path) -> Result<Self, SourceError> {
        let metadata = std::fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(SourceError::NotAFile);
        }
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        Ok(Self {
            size_bytes: metadata.len(),
            modified_at: modified_at(&metadata),
            file_id: file_id(&metadata),
            ends_sha256: ends_sha256(&mut file, metadata.len())?,
        })
    }

    /// Whether the file at this path is the same still, as far as its outside and its ends tell.
    pub fn check(&self, path: &Path) -> Result<(), SourceError> {
        self.check_outside(&std::fs::metadata(path)?)?;
        let mut file = File::open(path)?;
        if ends_sha256(&mut file, self.size_bytes)? == self.ends_sha256 {
            Ok(())
        } else {
            Err(SourceError::Changed(Change::Content))
        }
    }

    /// Whether size and time are the same still. The number alone says nothing: vfat, exfat and file systems in user
    /// space invent another for the same file, from mount to mount and when they forgot it.
    pub(super) fn check_outside(&self, metadata: &Metadata) -> Result<(), SourceError> {
        if !metadata.is_file() {
            return Err(SourceError::NotAFile);
        }
        let change = if self.size_bytes != metadata.len() {
            Change::Size
        } else if self.modified_at.is_some() && self.modified_at != modified_at(metadata) {
            Change::Modified
        } else {
            return Ok(());
        };
        let is_other_file = self.file_id.is_some() && self.file_id != file_id(metadata);
        Err(SourceError::Changed(if is_other_file {
            Change::Replaced
        } else {
            change
        }))
    }

    /// The same file with the number that it has while it is open; as long as it is, a number holds.
    pub(super) fn opened(&self, metadata: &Metadata) -> Self {
        Self {
            file_id: file_id(metadata),
            ..self.clone()
        }
    }

    /// Whether size, time and number are the same still, the number being one of a file that is open.
    pub(super) fn check_opened(&self, metadata: &Metadata) -> Result<(), SourceError> {
        self.check_outside(metadata)?;
        if self.file_id == file_id(metadata) {
            Ok(())
        } else {
            Err(SourceError::Changed(Change::Replaced))
        }
    }
}

fn modified_at(metadata: &Metadata) -> Option<Timestamp> {
    Timestamp::try_from(metadata.modified().ok()?).ok()
}

/// The inode without its device: device numbers of removable and network drives change from mount to mount.
#[cfg(unix)]
#[allow(clippy::unnecessary_wraps)] // elsewhere there is none
pub(super) fn file_id(metadata: &Metadata) -> Option<FileId> {
    Some(FileId(std::os::unix::fs::MetadataExt::ino(metadata)))
}

#[cfg(not(unix))]
pub(super) fn file_id(_metadata: &Metadata) -> Option<FileId> {
    None
}

fn ends_sha256(file: &mut File, size_bytes: u64) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut end = Vec::new();
    for start in [0, size_bytes.saturating_sub(END_BYTES)] {
        file.seek(SeekFrom::Start(start))?;
        end.clear();
        file.take(END_BYTES).read_to_end(&mut end)?;
        hash.update(&end);
    }
    Ok(hexadecimal(&hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::time::{Duration, SystemTime};

    fn kept_time(path: &Path, change: impl FnOnce()) {
        let time = fs::metadata(path).unwrap().modified().unwrap();
        change();
        File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_modified(time)
            .unwrap();
    }

    #[test]
    fn every_change_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.webm");
        let content = vec![7; 200_000];
        fs::write(&path, &content).unwrap();
        let identity = Identity::take(&path).unwrap();
        identity.check(&path).unwrap();

        let changed = |expected: Change| {
            let error = identity.check(&path).unwrap_err();
            assert!(
                matches!(error, SourceError::Changed(change) if change == expected),
                "{error}"
            );
        };
        kept_time(&path, || {
            let mut other = content.clone();
            other[199_999] = 8;
            fs::write(&path, other).unwrap();
        });
        changed(Change::Content);

        fs::write(&path, &content[1..]).unwrap();
        changed(Change::Size);

        fs::write(&path, &content).unwrap();
        let later = SystemTime::now() + Duration::from_secs(5);
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(later)
            .unwrap();
        changed(Change::Modified);

        fs::remove_file(&path).unwrap();
        assert!(matches!(identity.check(&path), Err(SourceError::Gone)));
        fs::create_dir(&path).unwrap();
        assert!(matches!(identity.check(&path), Err(SourceError::NotAFile)));
    }

    #[cfg(unix)]
    #[test]
    fn a_copy_in_its_place_is_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.webm");
        fs::write(&path, b"recording").unwrap();
        let identity = Identity::take(&path).unwrap();
        let copy = folder.path().join("b.webm");
        fs::copy(&path, &copy).unwrap();
        fs::rename(&copy, &path).unwrap();
        let later = SystemTime::now() + Duration::from_secs(5);
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(later).unwrap();
        assert!(matches!(
            identity.check(&path),
            Err(SourceError::Changed(Change::Replaced))
        ));
    }

    #[cfg(unix)]
    #[test]
    fn another_number_alone_is_no_change() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.webm");
        fs::write(&path, b"recording").unwrap();
        let mut identity = Identity::take(&path).unwrap();
        identity.file_id = identity.file_id.map(|FileId(number)| FileId(number + 1));
        identity.check(&path).unwrap();

        let metadata = fs::metadata(&path).unwrap();
        assert!(identity.check_opened(&metadata).is_err());
        let opened = identity.opened(&metadata);
        opened.check_opened(&metadata).unwrap();
    }

    #[test]
    fn it_outlives_the_journal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.webm");
        fs::write(&path, b"recording").unwrap();
        let identity = Identity::take(&path).unwrap();
        let text = serde_json::to_string(&identity).unwrap();
        assert_eq!(serde_json::from_str::<Identity>(&text).unwrap(), identity);
    }
}

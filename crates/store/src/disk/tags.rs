//! Tags of objects. Those that an object came with are in its record; new ones are a file of their own beside it, for the
//! object's file is written once. It says which object it is about: one that was put under the same key later has not its
//! tags.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};

use serde::{Deserialize, Serialize};

use super::folder::{file_name, sync_folder};
use super::opening::private_folder;
use super::staging::{new_name, private_file};
use super::{Folder, Record, sealing, trailer};

/// An object's tags by name.
pub(crate) type Tags = BTreeMap<String, String>;

/// Tags that were set after the object had come.
#[derive(Debug, Serialize, Deserialize)]
struct LaterTags {
    key: String,
    /// Of the object.
    sha256: String,
    /// Of the object: milliseconds since the epoch.
    modified_at_ms: u64,
    tags: Tags,
}

impl LaterTags {
    fn are_of(&self, record: &Record) -> bool {
        self.key == record.key
            && self.sha256 == record.sha256
            && self.modified_at_ms == record.modified_at_ms
    }
}

impl Folder {
    /// Those of an object; `None` when there is none of that key.
    pub(crate) fn tags(&self, bucket: &str, key: &str) -> io::Result<Option<Tags>> {
        let Some(record) = self.record(bucket, key)? else {
            return Ok(None);
        };
        let later = match File::open(self.tags_folder(bucket).join(file_name(key))) {
            Ok(mut file) => Some(trailer::read::<LaterTags>(&mut file, &self.master)?.record),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let later = later.filter(|later| later.are_of(&record));
        Ok(Some(
            later.map_or(record.described.tags, |later| later.tags),
        ))
    }

    /// Replaces those of an object, durably. Whether there is one of that key.
    pub(crate) fn set_tags(&self, bucket: &str, key: &str, tags: Tags) -> io::Result<bool> {
        let folder = self.tags_folder(bucket);
        if !folder.is_dir() {
            match private_folder(&folder) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            if let Some(bucket) = folder.parent() {
                sync_folder(bucket)?;
            }
        }
        let name = file_name(key);
        let _turn = self.names.take(&name);
        let Some(record) = self.record(bucket, key)? else {
            return Ok(false);
        };
        let later = LaterTags {
            key: record.key,
            sha256: record.sha256,
            modified_at_ms: record.modified_at_ms,
            tags,
        };
        let unfinished = self.staging().join(new_name()?);
        let mut file = private_file(&unfinished)?;
        file.write_all(&trailer::write(&later, &self.master, &sealing::new_key()?)?)?;
        file.sync_all()?;
        fs::rename(unfinished, folder.join(name))?;
        sync_folder(&folder)?;
        Ok(true)
    }

    /// Tags of an object that is gone. What fails is told apart by what it says of its object.
    pub(super) fn forget_tags(&self, bucket: &str, name: &str) {
        match fs::remove_file(self.tags_folder(bucket).join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, "tags of an object that is gone stay");
            }
            _ => {}
        }
    }
}

//! What is known about an upload in parts, and about one of its parts.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::record::{etag, time};
use super::{Algorithm, Described};

/// An upload that was begun: what its object will be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UploadRecord {
    pub(crate) key: String,
    /// Milliseconds since the epoch.
    pub(crate) begun_at_ms: u64,
    pub(crate) described: Described,
    /// The checksum that every part must claim.
    pub(crate) checksum: Option<PartsChecksum>,
}

/// The checksum that an upload was begun with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartsChecksum {
    pub(crate) algorithm: Algorithm,
    /// Of the whole object; otherwise of the parts' checksums.
    pub(crate) full_object: bool,
}

/// A part that was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartRecord {
    pub(crate) upload_id: String,
    pub(crate) number: u32,
    pub(crate) size_bytes: u64,
    /// Of the part, 64 lower-case hexadecimal digits. Verified: it is what arrived.
    pub(crate) sha256: String,
    /// Milliseconds since the epoch.
    pub(crate) modified_at_ms: u64,
    /// What was claimed and verified, in Base64.
    pub(crate) checksums: BTreeMap<Algorithm, String>,
}

impl UploadRecord {
    pub(crate) fn begun_at(&self) -> SystemTime {
        time(self.begun_at_ms)
    }
}

impl PartRecord {
    /// The entity tag, without quotes; made like an object's.
    pub(crate) fn etag(&self) -> String {
        etag(&self.sha256, 1)
    }

    pub(crate) fn modified_at(&self) -> SystemTime {
        time(self.modified_at_ms)
    }
}

/// The name of a part's file.
pub(super) fn part_file(number: u32) -> String {
    format!("{number:05}")
}

/// The number of a part, by the name of its file.
pub(super) fn part_number(file: &str) -> Option<u32> {
    file.parse()
        .ok()
        .filter(|number| part_file(*number) == file)
}

//! What is known about an object.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::manifest;

/// The headers that S3 keeps with an object and returns with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Described {
    pub(crate) content_type: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_language: Option<String>,
    pub(crate) cache_control: Option<String>,
    /// `x-amz-meta-*`, by the rest of the name.
    pub(crate) metadata: BTreeMap<String, String>,
    /// Those that it came with; later ones are kept beside it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: BTreeMap<String, String>,
}

/// Everything about an object but its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) key: String,
    pub(crate) size_bytes: u64,
    /// 64 lower-case hexadecimal digits. Verified: of what arrived. Of the whole object, or, where it came in parts, of
    /// its parts' digests one after the other.
    pub(crate) sha256: String,
    /// Milliseconds since the epoch.
    pub(crate) modified_at_ms: u64,
    pub(crate) described: Described,
    /// How it came, if in parts: the bytes are then in the upload's folder, and this file has their list only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) parts: Option<PartsOf>,
}

/// The upload that an object was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartsOf {
    pub(crate) upload_id: String,
    pub(crate) count: u32,
    /// CRC-64/NVME of the whole object in Base64, made of those of its parts, each of them verified: of an upload that was
    /// begun with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) crc64nvme: Option<String>,
}

impl Record {
    /// The entity tag, without quotes: half of the SHA-256, so that it changes with the bytes. MD5 would cost four times
    /// the CPU of everything else together. The suffix is that of a multipart upload, its number of parts: clients know by
    /// it that the tag is no MD5 that they could check.
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html>
    pub(crate) fn etag(&self) -> String {
        etag(&self.sha256, self.parts.as_ref().map_or(1, |of| of.count))
    }

    pub(crate) fn modified_at(&self) -> SystemTime {
        time(self.modified_at_ms)
    }

    /// Clear bytes that this object's own file holds.
    pub(super) fn filed_bytes(&self) -> u64 {
        match &self.parts {
            None => self.size_bytes,
            Some(of) => manifest::length(of.count),
        }
    }
}

pub(super) fn etag(sha256: &str, parts: u32) -> String {
    format!("{}-{parts}", sha256.get(..32).unwrap_or(sha256))
}

pub(super) fn time(milliseconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(milliseconds)
}

pub(super) fn milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

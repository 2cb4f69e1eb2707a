//! `GET /recordings/{id}/check`: what the store has of a recording, beside what the backend's row says.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ByteSize, Hold, Recording};

/// Whether the store can hand an object's bytes out now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// It can.
    Available,
    /// It lies in an archive (`GLACIER`, `DEEP_ARCHIVE`, or an archive tier of Intelligent-Tiering): somebody has to ask
    /// the store to restore it first.
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html>
    Archived,
    /// It is being brought back from the archive; that takes minutes to days.
    Restoring,
    /// It was kept until its date, and is gone.
    Expired,
    /// The store has nothing under the key, though it should.
    Missing,
    /// A state of a later version.
    #[serde(other)]
    Unknown,
}

/// The whole answer. `ADMIN` and `SUPER_ADMIN` of the tenant may ask; the question is in the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordingCheck {
    /// The row, as `GET /recordings/{id}` shows it; without a link.
    pub recording: Recording,
    /// The hold that keeps it, whatever its date says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// What the store has under the key; absent when it has nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectCheck>,
    /// Whether the bytes can be had now; absent while the upload is not complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability: Option<Availability>,
    /// Whether row and object agree: `differences` is empty.
    pub agrees: bool,
    /// What differs.
    pub differences: Vec<Difference>,
    /// When the store was asked.
    pub checked_at: Timestamp,
}

/// What the store says about the object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObjectCheck {
    /// Its size in bytes.
    pub size: ByteSize,
    /// Its entity tag, with the quotes that S3 puts around it.
    pub etag: String,
    /// Its version, where the bucket keeps versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// Its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// SHA-256 of the whole object, 64 lower-case hexadecimal digits, where the store has verified one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// S3's checksum of an object that came in parts, where the store keeps one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub composite_sha256: Option<String>,
    /// Its storage class, `STANDARD` where the store names none.
    pub storage_class: String,
    /// When it was put.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_at: Option<Timestamp>,
    /// When the bucket's own lifecycle rules will delete it, where the store says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Its tags; absent where the store keeps none or does not let the backend read them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<BTreeMap<String, String>>,
}

/// One thing in which row and object differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// The recording is complete, and the store has nothing.
    Missing,
    /// Other sizes.
    Size,
    /// Other checksums.
    Checksum,
    /// Another entity tag or version: the object was replaced after it was completed.
    Replaced,
    /// The object's tag `retention`, by which the bucket's lifecycle goes, does not say what the row does: held, or kept
    /// longer than the bucket's rule would. Placing or lifting the hold again mends it.
    HoldTag,
    /// A difference of a later version.
    #[serde(other)]
    Unknown,
}

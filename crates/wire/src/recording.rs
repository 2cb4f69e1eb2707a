//! A recording's life on the wire: initiate, (renew,) complete, get, list.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Availability, ByteSize, CompletedPart, IdempotencyKey, MultipartUpload, RecordingId, Secret,
    UserId, size_serde,
};

/// `POST /recordings/initiate`.
///
/// The last four fields are extensions: leave them out unless health advertised `uploads`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Initiate {
    /// What the recording is for. A string here: the server tells a bad one from a bad body.
    #[schema(pattern = "^[A-Za-z0-9_-]{1,128}$")]
    pub task_id: String,
    /// The name that people gave it.
    #[schema(
        min_length = 1,
        max_length = 1024,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub filename: String,
    /// `video/webm` or `audio/webm`, with or without a codecs parameter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Wanted life of the ticket, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 604_800)]
    pub url_expires_in: Option<u32>,
    /// The job's id: a repeated initiate with the same body is the same recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 128, pattern = "^[!-~]+$")]
    pub idempotency_key: Option<IdempotencyKey>,
    /// Size in bytes; signed, so that the store takes no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = crate::size::optional_size)]
    pub file_size: Option<u64>,
    /// SHA-256 of the whole file, 64 lower-case hexadecimal digits; signed when given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[0-9a-fA-F]{64}$")]
    pub sha256: Option<String>,
    /// Whether the bytes will come in parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multipart: Option<bool>,
}

/// The answer to an initiate: where to put the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Initiated {
    /// The new recording.
    pub recording_id: RecordingId,
    /// The presigned URL; absent for an upload in parts, and once the recording is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload_url: Option<Secret>,
    /// The object's key, to be repeated at complete.
    pub s3_key: String,
    /// Life of the ticket, in seconds.
    pub expires_in: u32,
    /// `PENDING`; `COMPLETE` when an idempotency key names a finished recording.
    pub upload_status: UploadStatus,
    /// Every header that the PUT must carry, beside `host` and `content-length`. `None` from a base backend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload_headers: Option<BTreeMap<String, String>>,
    /// When the ticket dies. `None` from a base backend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The upload in parts, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multipart: Option<MultipartUpload>,
}

/// `POST /recordings/{id}/renew`: a fresh ticket for the same pending recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RenewedTicket {
    /// The presigned URL.
    pub upload_url: Secret,
    /// Every header that the PUT must carry.
    pub upload_headers: BTreeMap<String, String>,
    /// When the ticket dies.
    pub expires_at: Timestamp,
}

/// `POST /recordings/{id}/complete`. `sha256` and `parts` are extensions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Complete {
    /// The key from initiate.
    pub s3_key: String,
    /// Bytes sent; at least 1. A number here, a string in answers.
    #[serde(with = "size_serde")]
    #[schema(schema_with = crate::size::requested_size, required = true)]
    pub file_size: u64,
    /// Whole seconds, rounded, at least 1; left out when unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub duration: Option<u32>,
    /// SHA-256 of what was sent, 64 lower-case hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[0-9a-fA-F]{64}$")]
    pub sha256: Option<String>,
    /// Every part, by number; of an upload in parts alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1, max_items = 10_000)]
    pub parts: Option<Vec<CompletedPart>>,
}

/// The answer to complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompletedRecording {
    /// The recording.
    pub id: RecordingId,
    /// Its key.
    pub s3_key: String,
    /// Its size in bytes.
    pub file_size: ByteSize,
    /// Its length in whole seconds.
    #[serde(default)]
    pub duration: Option<u32>,
    /// `COMPLETE`.
    pub upload_status: UploadStatus,
    /// When the server was satisfied.
    #[serde(default)]
    pub completed_at: Option<Timestamp>,
}

/// How far a recording's upload has come, as the backend sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UploadStatus {
    /// A place is reserved; the bytes are not proven yet.
    Pending,
    /// The store has every byte.
    Complete,
    /// Some deployments mark an upload as failed.
    Failed,
    /// A status of a later version.
    #[serde(other)]
    Unknown,
}

/// `GET /recordings/{id}`, and an entry of the lists (there without `download_url`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Recording {
    /// The recording.
    pub id: RecordingId,
    /// What it is for.
    pub task_id: String,
    /// Who uploaded it.
    pub user_id: UserId,
    /// Its key.
    pub s3_key: String,
    /// Its size in bytes, once known.
    #[serde(default)]
    pub file_size: Option<ByteSize>,
    /// Its length in whole seconds, when known.
    #[serde(default)]
    pub duration: Option<u32>,
    /// Its type.
    #[serde(default)]
    pub mime_type: Option<String>,
    /// How far it has come.
    pub upload_status: UploadStatus,
    /// When its place was reserved.
    pub created_at: Timestamp,
    /// When the server was satisfied.
    #[serde(default)]
    pub completed_at: Option<Timestamp>,
    /// The name it was given (extension).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// SHA-256 as its uploader claimed it (extension).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Until when it is kept (extension); absent while it is not complete, where nobody has set an end, and while it is
    /// held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_until: Option<Timestamp>,
    /// Whether the store can hand the bytes out now (extension); asked of the store by `GET /recordings/{id}` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability: Option<Availability>,
    /// A link that opens for an hour; only when complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub download_url: Option<DownloadUrl>,
}

/// The link to a recording: the product. It is shown and printed on purpose ([`DownloadUrl::reveal`]) and by no accident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct DownloadUrl(Secret);

impl DownloadUrl {
    /// The link, to show it to its user or to open it.
    pub fn reveal(&self) -> &str {
        self.0.expose()
    }
}

impl From<String> for DownloadUrl {
    fn from(url: String) -> Self {
        Self(Secret::from(url))
    }
}

/// `GET /recordings`: one keyset page, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RecordingPage {
    /// The entries.
    pub recordings: Vec<Recording>,
    /// The cursor of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// `DELETE /recordings/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Message {
    /// What was done.
    pub message: String,
}

//! `GET /recordings/health`: how a client knows that it speaks to a recordings backend, and what that backend can do.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What health says, reduced to what a client needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Whether the backend's store is configured.
    pub configured: bool,
    /// The backend's own words.
    pub message: Option<String>,
    /// The extensions it advertises; `None` means the base contract alone.
    pub uploads: Option<UploadCapabilities>,
}

/// The extensions that a backend advertises under `uploads`.
///
/// That it is there at all means: `idempotencyKey`, `fileSize`, `sha256`, `uploadHeaders` and paging.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UploadCapabilities {
    /// Whether uploads in parts are offered.
    #[serde(default)]
    pub multipart: bool,
    /// Whether `renew` gives a fresh ticket for a pending recording.
    #[serde(default)]
    pub renew: bool,
    /// Whether `GET /tasks` lists the tasks to choose from.
    #[serde(default)]
    pub tasks: bool,
    /// The checksum that the store verifies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<WholeChecksum>,
    /// Smallest part but the last, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_part_size: Option<u64>,
    /// Most parts of one upload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_parts: Option<u32>,
    /// Largest recording, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_file_size: Option<u64>,
}

/// The checksum by which a store verifies what it was sent.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum WholeChecksum {
    /// SHA-256; of a multipart object, the composite of the parts' sums.
    #[serde(rename = "SHA256")]
    Sha256,
    /// CRC-64/NVME, of the full object even in parts.
    #[serde(rename = "CRC64NVME")]
    Crc64Nvme,
}

/// The answer is not that of a recordings backend.
#[derive(Debug, thiserror::Error)]
pub enum NotARecordingsBackend {
    /// HTML, empty, or something else that is no JSON.
    #[error("the health answer is not JSON")]
    NotJson(#[from] serde_json::Error),
    /// JSON, but nothing in it says `configured`.
    #[error("the health answer names no configured store")]
    NothingConfigured,
}

impl Health {
    /// Reads any JSON answer with `configured` under one of its keys, wrapped in `data` or not.
    pub fn from_json(body: &[u8]) -> Result<Self, NotARecordingsBackend> {
        let value: Value = serde_json::from_slice(body)?;
        let value = value.get("data").unwrap_or(&value);
        let store = value
            .as_object()
            .into_iter()
            .flat_map(|fields| fields.values())
            .find(|field| field.get("configured").is_some_and(Value::is_boolean))
            .ok_or(NotARecordingsBackend::NothingConfigured)?;
        Ok(Self {
            configured: store["configured"] == Value::Bool(true),
            message: store
                .get("message")
                .and_then(Value::as_str)
                .map(str::to_owned),
            uploads: value
                .get("uploads")
                .and_then(|uploads| UploadCapabilities::deserialize(uploads).ok()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guides_the_deployed_and_ours_are_all_backends() {
        let deployed = Health::from_json(
            br#"{"data":{"status":"healthy","r2":{"configured":true},"timestamp":"2026-11-24T10:00:00Z"}}"#,
        )
        .unwrap();
        assert!(deployed.configured && deployed.uploads.is_none());

        let ours = Health::from_json(
            br#"{"s3":{"configured":false,"message":"missing AWS_REGION"},"uploads":{"multipart":false,"renew":true,"tasks":true}}"#,
        )
        .unwrap();
        assert!(!ours.configured);
        assert_eq!(ours.message.as_deref(), Some("missing AWS_REGION"));
        assert!(ours.uploads.unwrap().renew);
    }

    #[test]
    fn another_server_is_none() {
        for answer in [
            &b"<!doctype html>"[..],
            b"",
            b"{}",
            b"[]",
            b"\"ok\"",
            br#"{"status":"ok"}"#,
        ] {
            assert!(Health::from_json(answer).is_err());
        }
    }
}

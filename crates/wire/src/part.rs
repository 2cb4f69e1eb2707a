//! An upload in parts on the wire: place, tickets, what the store holds, and what is put together in the end.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Secret, size_serde};

/// Most parts that one call signs.
pub const MAX_PARTS_SIGNED_AT_ONCE: usize = 100;

/// Smallest part of an upload but its last, in bytes: 5 MiB.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
pub const MIN_PART_BYTES: u64 = 5 * 1024 * 1024;

/// Most parts of one upload.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
pub const MAX_PARTS: u32 = 10_000;

/// In the answer to an initiate that asked for `multipart`: the upload that the store has opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MultipartUpload {
    /// The store's name for it.
    pub upload_id: String,
    /// The least size of each part but the last, in bytes. The client picks one size for all of them, this or larger.
    pub part_size: u64,
}

/// `POST /recordings/{id}/parts`: tickets for parts whose bytes are known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignParts {
    /// Which; at most [`MAX_PARTS_SIGNED_AT_ONCE`].
    #[schema(min_items = 1, max_items = 100)]
    pub parts: Vec<PartToSign>,
}

/// A part that wants a ticket. It carries the one checksum that the backend advertised when the upload was
/// begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartToSign {
    /// From 1 to [`MAX_PARTS`].
    #[schema(minimum = 1, maximum = 10_000)]
    pub part_number: u32,
    /// Its size in bytes.
    #[schema(schema_with = crate::size::requested_size, required = true)]
    pub size: u64,
    /// SHA-256 of its bytes, 64 lower-case hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[0-9a-fA-F]{64}$")]
    pub sha256: Option<String>,
    /// CRC-64/NVME of its bytes, 16 lower-case hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[0-9a-fA-F]{16}$")]
    pub crc64nvme: Option<String>,
}

/// The answer to [`SignParts`]: a ticket for each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedParts {
    /// The tickets.
    pub parts: Vec<SignedPart>,
    /// When all of them die.
    pub expires_at: Timestamp,
}

/// A ticket for one part: the store takes these bytes and no others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedPart {
    /// Which part.
    pub part_number: u32,
    /// The presigned URL.
    pub url: Secret,
    /// Every header that the PUT must carry, beside `host` and `content-length`.
    pub headers: BTreeMap<String, String>,
}

/// `GET /recordings/{id}/parts?after=`: one page of what the store holds, by number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StoredParts {
    /// The parts.
    pub parts: Vec<StoredPart>,
    /// What `after` has to be for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
}

/// A part that the store holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StoredPart {
    /// Which.
    pub part_number: u32,
    /// Its size in bytes.
    #[serde(with = "size_serde")]
    #[schema(value_type = u64)]
    pub size: u64,
    /// Its entity tag, as the store gave it out.
    pub etag: String,
    /// Its checksum, in hexadecimal digits as in [`PartToSign`]; `None` from a store that keeps none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
}

/// A part of the finished whole, in `POST /recordings/{id}/complete`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CompletedPart {
    /// Which.
    #[schema(minimum = 1, maximum = 10_000)]
    pub part_number: u32,
    /// The entity tag that the store answered.
    #[schema(min_length = 1, max_length = 128)]
    pub etag: String,
    /// Its checksum, in hexadecimal digits as in [`PartToSign`].
    #[schema(pattern = "^([0-9a-fA-F]{16}|[0-9a-fA-F]{64})$")]
    pub checksum: String,
}

/// `POST /recordings/{id}/sha256`: the hash of a whole file that was still growing when its upload was completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WholeSha256 {
    /// 64 lower-case hexadecimal digits.
    #[schema(pattern = "^[0-9a-fA-F]{64}$")]
    pub sha256: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_whatever_form_its_sizes_have() {
        let page: StoredParts = serde_json::from_str(
            r#"{"parts":[{"partNumber":1,"size":"5242880","etag":"\"a\""},{"partNumber":2,"size":7,"etag":"\"b\"","checksum":"00"}],"next":2}"#,
        )
        .unwrap();
        assert_eq!(page.parts[0].size, MIN_PART_BYTES);
        assert_eq!(
            (page.parts[1].size, page.parts[1].checksum.as_deref()),
            (7, Some("00"))
        );
        assert_eq!(page.next, Some(2));
    }

    #[test]
    fn a_ticket_does_not_show_its_url() {
        let ticket: SignedPart = serde_json::from_str(
            r#"{"partNumber":1,"url":"https://store.example/k?X-Amz-Signature=canary","headers":{}}"#,
        )
        .unwrap();
        assert!(!format!("{ticket:?}").contains("canary"));
    }
}

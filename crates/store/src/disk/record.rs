//! What is known about an object, and how it is written behind the object's bytes.
//!
//! ```text
//! sealed chunks │ record (JSON) │ wrapped data key (60) │ length of the record (4, little-endian) │ magic (8)
//! ```
//!
//! The record is the associated data of the wrapped key: a changed record is a key that doesn't open.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::sealing::{self, KeyBytes, MasterKey, WRAPPED_BYTES, damaged};

const MAGIC: &[u8; 8] = b"REVUOBJ1";
const TRAILER_BYTES: usize = WRAPPED_BYTES + 4 + MAGIC.len();

/// A record longer than this is none: S3 limits keys to 1 KiB and user metadata to 2 KiB.
const MAX_RECORD_BYTES: usize = 64 * 1024;

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
}

/// Everything about an object but its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) key: String,
    pub(crate) size_bytes: u64,
    /// Of the whole object, 64 lower-case hexadecimal digits. Verified: it is what arrived.
    pub(crate) sha256: String,
    /// Milliseconds since the epoch.
    pub(crate) modified_at_ms: u64,
    pub(crate) described: Described,
}

impl Record {
    /// The entity tag, without quotes: half of the SHA-256, so that it changes with the bytes. MD5 would cost four times
    /// the CPU of everything else together. The suffix is that of a multipart upload: clients know by it that the tag is
    /// no MD5 that they could check.
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html>
    pub(crate) fn etag(&self) -> String {
        format!("{}-1", self.sha256.get(..32).unwrap_or(&self.sha256))
    }

    pub(crate) fn modified_at(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.modified_at_ms)
    }

    /// Record and trailer, to be written behind the sealed chunks.
    pub(crate) fn to_bytes(&self, master: &MasterKey, data_key: &KeyBytes) -> io::Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec(self)?;
        let length = u32::try_from(bytes.len()).map_err(|_| damaged("record"))?;
        let wrapped = master.wrap(data_key, &bytes)?;
        bytes.extend_from_slice(&wrapped);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(MAGIC);
        Ok(bytes)
    }

    /// Reads the end of an object's file. Fails if anything about it isn't as it was written.
    pub(crate) fn read(file: &mut File, master: &MasterKey) -> io::Result<(Self, KeyBytes)> {
        let file_length = file.metadata()?.len();
        let trailer_begin = file_length
            .checked_sub(TRAILER_BYTES as u64)
            .ok_or_else(|| damaged("object file"))?;
        file.seek(SeekFrom::Start(trailer_begin))?;
        let mut trailer = [0; TRAILER_BYTES];
        file.read_exact(&mut trailer)?;
        let (wrapped, length) = parse_trailer(&trailer)?;

        let record_begin = trailer_begin
            .checked_sub(length as u64)
            .ok_or_else(|| damaged("object file"))?;
        file.seek(SeekFrom::Start(record_begin))?;
        let mut json = vec![0; length];
        file.read_exact(&mut json)?;
        let data_key = master.unwrap(&wrapped, &json)?;
        let record: Self = serde_json::from_slice(&json)?;
        if sealing::sealed_length(record.size_bytes) != record_begin {
            return Err(damaged("object file"));
        }
        Ok((record, data_key))
    }
}

fn parse_trailer(trailer: &[u8; TRAILER_BYTES]) -> io::Result<([u8; WRAPPED_BYTES], usize)> {
    let (wrapped, rest) = trailer
        .split_first_chunk::<WRAPPED_BYTES>()
        .ok_or_else(|| damaged("object file"))?;
    let (length, magic) = rest
        .split_first_chunk::<4>()
        .ok_or_else(|| damaged("object file"))?;
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    if magic != MAGIC || length > MAX_RECORD_BYTES {
        return Err(damaged("object file"));
    }
    Ok((*wrapped, length))
}

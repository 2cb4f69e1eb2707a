//! What is known about a file, written behind the file's sealed bytes.
//!
//! ```text
//! sealed chunks │ record (JSON) │ wrapped data key (60) │ length of the record (4, little-endian) │ magic (8)
//! ```
//!
//! The record is the associated data of the wrapped key: a changed record is a key that doesn't open.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::sealing::{KeyBytes, MasterKey, WRAPPED_BYTES, damaged};

const MAGIC: &[u8; 8] = b"REVUOBJ1";
const TRAILER_BYTES: usize = WRAPPED_BYTES + 4 + MAGIC.len();

/// A record longer than this is none: S3 limits keys to 1 KiB and user metadata to 2 KiB.
const MAX_RECORD_BYTES: usize = 64 * 1024;

/// What the end of a file says.
pub(super) struct End<T> {
    pub(super) record: T,
    pub(super) data_key: KeyBytes,
    /// Length of the sealed chunks before it.
    pub(super) sealed_bytes: u64,
}

/// Record and trailer, to be written behind the sealed chunks.
pub(super) fn write<T: Serialize>(
    record: &T,
    master: &MasterKey,
    data_key: &KeyBytes,
) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(record)?;
    let length = u32::try_from(bytes.len()).map_err(|_| damaged("record"))?;
    let wrapped = master.wrap(data_key, &bytes)?;
    bytes.extend_from_slice(&wrapped);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(MAGIC);
    Ok(bytes)
}

/// Reads the end of a file. Fails if anything about it isn't as it was written.
pub(super) fn read<T: DeserializeOwned>(file: &mut File, master: &MasterKey) -> io::Result<End<T>> {
    let file_length = file.metadata()?.len();
    let trailer_begin = file_length
        .checked_sub(TRAILER_BYTES as u64)
        .ok_or_else(|| damaged("object file"))?;
    file.seek(SeekFrom::Start(trailer_begin))?;
    let mut trailer = [0; TRAILER_BYTES];
    file.read_exact(&mut trailer)?;
    let (wrapped, length) = parse(&trailer)?;

    let sealed_bytes = trailer_begin
        .checked_sub(length as u64)
        .ok_or_else(|| damaged("object file"))?;
    file.seek(SeekFrom::Start(sealed_bytes))?;
    let mut json = vec![0; length];
    file.read_exact(&mut json)?;
    let data_key = master.unwrap(&wrapped, &json)?;
    Ok(End {
        record: serde_json::from_slice(&json)?,
        data_key,
        sealed_bytes,
    })
}

fn parse(trailer: &[u8; TRAILER_BYTES]) -> io::Result<([u8; WRAPPED_BYTES], usize)> {
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

//! Making one object of an upload's parts, without touching their bytes.
//!
//! The object's file holds the list of the parts; giving it its name is the one step in which the object appears. The
//! upload is marked completed after that, and a `kill -9` in between is mended when the store is next opened.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::time::SystemTime;

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use crc_fast::{CrcAlgorithm, checksum_combine};

use super::manifest::{self, Entry};
use super::record::{PartsOf, etag, milliseconds};
use super::sums::{from_hex, hex};
use super::upload::{PartsChecksum, part_file};
use super::{Algorithm, CommitError, Folder, PartRecord, Record, UploadRecord};

/// Least size in bytes of every part but the last.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
pub(crate) const MIN_PART_BYTES: u64 = 5 * 1024 * 1024;

/// A part that an object is to be made of, as the client names it.
#[derive(Debug, Clone)]
pub(crate) struct WantedPart {
    pub(crate) number: u32,
    /// Without quotes.
    pub(crate) etag: String,
    pub(crate) checksums: BTreeMap<Algorithm, String>,
}

/// What a client asks for.
#[derive(Debug)]
pub(crate) struct Completion {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) upload_id: String,
    /// By number, ascending; at least one.
    pub(crate) parts: Vec<WantedPart>,
    /// What the client says the object's size is.
    pub(crate) size_bytes: Option<u64>,
    pub(crate) write_once: bool,
}

/// Why an upload did not become an object. It is as it was before.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CompleteError {
    #[error("no such upload is pending")]
    NoSuchUpload,
    #[error("the object exists already")]
    Exists,
    #[error("part {number} is not there, or is another one")]
    InvalidPart { number: u32 },
    #[error("part {number} was named without the checksum that the upload asks for")]
    ChecksumMissing { number: u32, algorithm: Algorithm },
    #[error("part {number} is too small")]
    TooSmall { number: u32, size_bytes: u64 },
    #[error("the parts have {size_bytes} bytes")]
    OtherSize { size_bytes: u64 },
    #[error("could not write the object")]
    Io(#[from] io::Error),
}

impl From<CommitError> for CompleteError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Exists => Self::Exists,
            CommitError::Io(error) => Self::Io(error),
        }
    }
}

impl Folder {
    /// Makes the object. Asking again for what was done already answers as the first time.
    pub(crate) fn complete(&self, wanted: &Completion) -> Result<Record, CompleteError> {
        let (bucket, key, upload_id) = (&wanted.bucket, &wanted.key, &wanted.upload_id);
        let _turn = self.uploads.take(upload_id);
        let pending = self.upload(bucket, key, upload_id)?;
        if let Some(record) = self.completed_before(wanted)? {
            if pending.is_some() {
                self.mark_completed(bucket, upload_id)?;
            }
            return Ok(record);
        }
        let upload = pending.ok_or(CompleteError::NoSuchUpload)?;
        let stored: io::Result<Vec<_>> = wanted
            .parts
            .iter()
            .map(|part| self.part(bucket, upload_id, part.number))
            .collect();
        let stored = stored?;
        let entries = agree(&wanted.parts, &stored, upload.checksum)?;
        let crc64nvme = whole_crc64nvme(upload.checksum, &stored);
        let size_bytes = entries.iter().map(|entry| entry.size_bytes).sum();
        if wanted.size_bytes.is_some_and(|said| said != size_bytes) {
            return Err(CompleteError::OtherSize { size_bytes });
        }
        let record = record(upload, upload_id, &entries, size_bytes, crc64nvme);
        let mut staging = self.stage(&[])?;
        staging.append(&[Bytes::from(manifest::write(&entries))])?;
        self.publish(bucket, &record, staging.finish()?, wanted.write_once)?;
        self.mark_completed(bucket, upload_id)?;
        self.remove_others(bucket, upload_id, &entries);
        Ok(record)
    }

    /// The object, if it was made of this upload already. Of other parts of it is an error: they are no more.
    fn completed_before(&self, wanted: &Completion) -> Result<Option<Record>, CompleteError> {
        let object = match self.record(&wanted.bucket, &wanted.key)? {
            Some(Record {
                parts: Some(of), ..
            }) if of.upload_id == wanted.upload_id => self.object(&wanted.bucket, &wanted.key)?,
            _ => None,
        };
        let Some(object) = object else {
            return Ok(None);
        };
        let made_of = object.entries();
        let same = made_of.len() == wanted.parts.len()
            && made_of.iter().zip(&wanted.parts).all(|(entry, part)| {
                entry.number == part.number && etag(&hex(&entry.sha256), 1) == part.etag
            });
        if !same {
            return Err(CompleteError::NoSuchUpload);
        }
        Ok(Some(object.record))
    }

    /// Parts that the client left out of the object. What fails now takes room until the object goes.
    fn remove_others(&self, bucket: &str, upload_id: &str, entries: &[Entry]) {
        let folder = self.upload_folder(bucket, upload_id);
        let named = |number| {
            entries
                .binary_search_by_key(&number, |entry| entry.number)
                .is_ok()
        };
        let numbers = self.part_numbers(bucket, upload_id).unwrap_or_default();
        for number in numbers.into_iter().filter(|number| !named(*number)) {
            if let Err(error) = fs::remove_file(folder.join(part_file(number))) {
                tracing::warn!(upload_id, number, %error, "a part that nobody wants stays");
            }
        }
    }
}

/// Whether what the client names is what is there, part by part.
fn agree(
    wanted: &[WantedPart],
    stored: &[Option<PartRecord>],
    checksum: Option<PartsChecksum>,
) -> Result<Vec<Entry>, CompleteError> {
    let mut entries = Vec::with_capacity(wanted.len());
    let last = wanted.last().map(|part| part.number);
    for (wanted, stored) in wanted.iter().zip(stored) {
        let number = wanted.number;
        let part = stored
            .as_ref()
            .filter(|part| part.etag() == wanted.etag)
            .ok_or(CompleteError::InvalidPart { number })?;
        check_checksums(wanted, part, checksum)?;
        let size_bytes = part.size_bytes;
        if Some(number) != last && size_bytes < MIN_PART_BYTES {
            return Err(CompleteError::TooSmall { number, size_bytes });
        }
        let sha256 = from_hex(&part.sha256).ok_or(CompleteError::InvalidPart { number })?;
        entries.push(Entry {
            number,
            size_bytes,
            sha256,
        });
    }
    Ok(entries)
}

/// A checksum that is named must be the verified one; one that the upload asks for must be named, unless it is of the whole
/// object.
fn check_checksums(
    wanted: &WantedPart,
    part: &PartRecord,
    checksum: Option<PartsChecksum>,
) -> Result<(), CompleteError> {
    let number = wanted.number;
    for (algorithm, value) in &wanted.checksums {
        let same = match algorithm {
            Algorithm::Sha256 => base64_hex(value).as_ref() == Some(&part.sha256),
            other => part.checksums.get(other) == Some(value),
        };
        if !same {
            return Err(CompleteError::InvalidPart { number });
        }
    }
    match checksum {
        Some(asked) if !asked.full_object && !wanted.checksums.contains_key(&asked.algorithm) => {
            let algorithm = asked.algorithm;
            Err(CompleteError::ChecksumMissing { number, algorithm })
        }
        _ => Ok(()),
    }
}

fn base64_hex(value: &str) -> Option<String> {
    BASE64_STANDARD
        .decode(value)
        .ok()
        .map(|digest| hex(&digest))
}

/// The checksum of the whole, of those of its parts: a CRC can be put together without the bytes.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>
fn whole_crc64nvme(asked: Option<PartsChecksum>, parts: &[Option<PartRecord>]) -> Option<String> {
    asked.filter(|asked| asked.full_object && asked.algorithm == Algorithm::Crc64Nvme)?;
    let mut whole: Option<u64> = None;
    for part in parts {
        let part = part.as_ref()?;
        let sum = BASE64_STANDARD
            .decode(part.checksums.get(&Algorithm::Crc64Nvme)?)
            .ok()?;
        let sum = u64::from_be_bytes(sum.try_into().ok()?);
        whole = Some(match whole {
            None => sum,
            Some(before) => checksum_combine(CrcAlgorithm::Crc64Nvme, before, sum, part.size_bytes),
        });
    }
    whole.map(|sum| BASE64_STANDARD.encode(sum.to_be_bytes()))
}

fn record(
    upload: UploadRecord,
    upload_id: &str,
    entries: &[Entry],
    size_bytes: u64,
    crc64nvme: Option<String>,
) -> Record {
    let mut composite = Context::new(&SHA256);
    for entry in entries {
        composite.update(&entry.sha256);
    }
    Record {
        key: upload.key,
        size_bytes,
        sha256: hex(composite.finish().as_ref()),
        modified_at_ms: milliseconds(SystemTime::now()),
        described: upload.described,
        parts: Some(PartsOf {
            upload_id: upload_id.to_owned(),
            // At most ten thousand.
            count: u32::try_from(entries.len()).unwrap_or(u32::MAX),
            crc64nvme,
        }),
    }
}

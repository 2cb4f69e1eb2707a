//! Making one object of the parts.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::operation::complete_multipart_upload::builders::CompleteMultipartUploadFluentBuilder;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart as SdkPart};

use super::is_no_such_upload;
use crate::{Bucket, ObjectFacts, PartChecksum, Refusal, StoreError, digest};

/// How long S3 may take to put an upload of many parts together: it says "several minutes", and keeps the connection
/// alive with blanks meanwhile.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>
const ATTEMPT_LIMIT: Duration = Duration::from_mins(4);

/// All attempts together: below the ten minutes that a client waits for the backend.
const TIME_LIMIT: Duration = Duration::from_mins(9);

/// A part of the object to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletedPart {
    /// Its number, from 1.
    pub part_number: u32,
    /// The entity tag that the store gave it.
    pub etag: String,
    /// Its checksum, of the kind that [`Bucket::part_checksum`] names, in hexadecimal digits.
    pub checksum_hex: String,
}

/// An upload whose parts are all there.
#[derive(Debug, Clone)]
pub struct CompleteMultipart<'a> {
    /// The object's key.
    pub key: &'a str,
    /// The upload's id.
    pub upload_id: &'a str,
    /// Every part of the object, by number. Parts of the upload that aren't named are thrown away by the store.
    pub parts: Vec<CompletedPart>,
    /// Refuse to replace an object (`If-None-Match: *`).
    pub write_once: bool,
}

/// Why an upload did not become an object.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompleteError {
    /// It was completed, given up or never begun. The first is likely when an earlier answer was lost: what
    /// [`Bucket::object`] finds under the key tells which.
    #[error("there is no such upload for `{key}`")]
    NoSuchUpload {
        /// The object's key.
        key: String,
    },
    /// There is an object of that key, and it was not to be replaced.
    #[error("`{key}` exists already")]
    AlreadyExists {
        /// The object's key.
        key: String,
    },
    /// Another write of the key is running (409 `ConditionalRequestConflict`): the upload is still there, ask again.
    #[error("`{key}` is being written by somebody else")]
    Conflict {
        /// The object's key.
        key: String,
    },
    /// A part is missing, was replaced, is out of order, or is not what its checksum says.
    #[error("the parts of `{key}` are not those of the upload")]
    InvalidPart {
        /// The object's key.
        key: String,
        /// What the store said, which may name the part.
        #[source]
        source: Refusal,
    },
    /// A part other than the last is smaller than [`crate::MIN_PART_BYTES`].
    #[error("a part of `{key}` is too small")]
    EntityTooSmall {
        /// The object's key.
        key: String,
        /// What the store said, which may name the part.
        #[source]
        source: Refusal,
    },
    /// A checksum has not the hexadecimal digits of its kind. Nothing was asked of the store.
    #[error("part {part_number} has no {kind} of {} hexadecimal digits", kind.digits())]
    Checksum {
        /// The part.
        part_number: u32,
        /// What parts are held to.
        kind: PartChecksum,
    },
    /// The store began to answer 200 and then failed (`<Error>` in its body): the upload is still there, ask again.
    #[error("the store could not put `{key}` together")]
    Unfinished {
        /// The object's key.
        key: String,
        /// What the body said.
        #[source]
        source: Refusal,
    },
    /// The store refused otherwise or did not answer: the object may be there or not.
    #[error("could not complete the upload of `{key}`")]
    Store {
        /// The object's key.
        key: String,
        /// Why.
        #[source]
        source: Refusal,
    },
    /// The store completed the upload, and what it made could not be looked at.
    #[error("the upload of `{key}` was completed and could not be looked at")]
    Look {
        /// The object's key.
        key: String,
        /// Why; absent when nothing was under the key.
        #[source]
        source: Option<StoreError>,
    },
}

impl CompleteError {
    /// Whether asking again, unchanged, may succeed.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Conflict { .. } | Self::Unfinished { .. } | Self::Look { .. } => true,
            Self::Store { source, .. } => source
                .status()
                .is_none_or(|status| matches!(status, 200 | 408 | 429 | 500..)),
            Self::NoSuchUpload { .. }
            | Self::AlreadyExists { .. }
            | Self::InvalidPart { .. }
            | Self::EntityTooSmall { .. }
            | Self::Checksum { .. } => false,
        }
    }
}

impl Bucket {
    /// Makes one object of an upload's parts and returns what the store then says of it. The object appears whole or not
    /// at all. May take minutes.
    pub async fn complete_multipart(
        &self,
        complete: CompleteMultipart<'_>,
    ) -> Result<ObjectFacts, CompleteError> {
        let key = complete.key;
        let kind = self.part_checksum;
        let request = request(&self.client, complete, kind)
            .map_err(|part_number| CompleteError::Checksum { part_number, kind })?
            .bucket(&self.name);
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .operation_attempt_timeout(ATTEMPT_LIMIT)
            .operation_timeout(TIME_LIMIT)
            .build();
        request
            .customize()
            .config_override(Builder::new().timeout_config(timeouts))
            .send()
            .await
            .map_err(|error| refused(key, Refusal::read(error)))?;
        let looked = |source| CompleteError::Look {
            key: key.to_owned(),
            source,
        };
        let facts = self
            .object(key)
            .await
            .map_err(|error| looked(Some(error)))?;
        facts.ok_or_else(|| looked(None))
    }
}

/// The error is the number of a part without a checksum.
fn request(
    client: &Client,
    complete: CompleteMultipart<'_>,
    kind: PartChecksum,
) -> Result<CompleteMultipartUploadFluentBuilder, u32> {
    let parts = complete.parts.into_iter();
    let parts: Result<Vec<_>, _> = parts.map(|part| sdk_part(part, kind)).collect();
    let upload = CompletedMultipartUpload::builder()
        .set_parts(Some(parts?))
        .build();
    Ok(client
        .complete_multipart_upload()
        .key(complete.key)
        .upload_id(complete.upload_id)
        .multipart_upload(upload)
        .set_if_none_match(complete.write_once.then(|| "*".to_owned())))
}

fn sdk_part(part: CompletedPart, kind: PartChecksum) -> Result<SdkPart, u32> {
    let number = part.part_number;
    let checksum = digest::to_base64(kind, &part.checksum_hex).ok_or(number)?;
    let builder = SdkPart::builder()
        .part_number(i32::try_from(number).unwrap_or(i32::MAX))
        .e_tag(part.etag);
    let builder = match kind {
        PartChecksum::Sha256 => builder.checksum_sha256(checksum),
        PartChecksum::Crc64Nvme => builder.checksum_crc64_nvme(checksum),
    };
    Ok(builder.build())
}

/// S3 answers a failure that it finds late with 200, and the error in the body: its code says what happened all the same.
fn refused(key: &str, source: Refusal) -> CompleteError {
    let key = key.to_owned();
    match (source.status(), source.code()) {
        _ if is_no_such_upload(&source) => CompleteError::NoSuchUpload { key },
        (Some(412), _) | (_, Some("PreconditionFailed")) => CompleteError::AlreadyExists { key },
        (_, Some("ConditionalRequestConflict")) => CompleteError::Conflict { key },
        (_, Some("InvalidPart" | "InvalidPartOrder" | "BadDigest")) => {
            CompleteError::InvalidPart { key, source }
        }
        (_, Some("EntityTooSmall")) => CompleteError::EntityTooSmall { key, source },
        (Some(200), Some(_)) => CompleteError::Unfinished { key, source },
        _ => CompleteError::Store { key, source },
    }
}

//! Reading objects and their headers.

use std::collections::HashMap;
use std::io;
use std::ops::Range;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use futures_util::{Stream, stream};
use http::HeaderMap;
use http::header::{CONTENT_RANGE, ETAG};
use s3s::dto::{
    self, ChecksumMode, ChecksumType, ETag, GetObjectInput, GetObjectOutput, HeadObjectInput,
    HeadObjectOutput, ServerSideEncryption, StreamingBlob, Timestamp,
};
use s3s::{S3Response, S3Result, s3_error};

use super::alike::{answer, conditions};
use super::conditions::{Conditions, Verdict};
use super::{Protocol, check_version};
use crate::disk::{Folder, Record, StoredObject, from_hex};

pub(super) async fn get(
    protocol: &Protocol,
    input: GetObjectInput,
) -> S3Result<S3Response<GetObjectOutput>> {
    refuse_parts(input.part_number)?;
    let object = found(protocol, &input.bucket, &input.key, Folder::object).await?;
    check_version(input.version_id.as_deref())?;
    judge(&conditions!(input), &object.record)?;
    let facts = Facts::of(&object.record, input.range, input.checksum_mode.as_ref())?;
    let described = object.record.described.clone();
    let body = StreamingBlob::wrap(bytes_of(object, facts.range));
    Ok(S3Response::new(GetObjectOutput {
        body: Some(body),
        ..answer!(GetObjectOutput, facts, described)
    }))
}

pub(super) async fn head(
    protocol: &Protocol,
    input: HeadObjectInput,
) -> S3Result<S3Response<HeadObjectOutput>> {
    refuse_parts(input.part_number)?;
    let record = found(protocol, &input.bucket, &input.key, Folder::record).await?;
    check_version(input.version_id.as_deref())?;
    judge(&conditions!(input), &record)?;
    let facts = Facts::of(&record, input.range, input.checksum_mode.as_ref())?;
    let described = record.described;
    Ok(S3Response::new(answer!(HeadObjectOutput, facts, described)))
}

/// How every object here is encrypted.
pub(super) fn sse_s3() -> ServerSideEncryption {
    ServerSideEncryption::from_static(ServerSideEncryption::AES256)
}

/// What GET and HEAD say about an object, or about a range of it.
struct Facts {
    range: Range<u64>,
    length: i64,
    content_range: Option<String>,
    etag: ETag,
    modified_at: Timestamp,
    checksum_crc64nvme: Option<String>,
    checksum_sha256: Option<String>,
    checksum_type: Option<ChecksumType>,
    metadata: Option<dto::Metadata>,
}

impl Facts {
    fn of(
        record: &Record,
        asked: Option<dto::Range>,
        checksum_mode: Option<&ChecksumMode>,
    ) -> S3Result<Self> {
        let size = record.size_bytes;
        let range = match &asked {
            Some(asked) => asked.check(size).map_err(|_| unsatisfiable(size))?,
            None => 0..size,
        };
        let content_range = asked.is_some().then(|| {
            format!(
                "bytes {}-{}/{size}",
                range.start,
                range.end.saturating_sub(1)
            )
        });
        // A checksum of the whole says nothing about a part.
        let wants_checksum = content_range.is_none()
            && checksum_mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED);
        let metadata: HashMap<_, _> = record.described.metadata.clone().into_iter().collect();
        Ok(Self {
            length: i64::try_from(range.end - range.start).unwrap_or(i64::MAX),
            range,
            content_range,
            etag: ETag::Strong(record.etag()),
            modified_at: Timestamp::from(record.modified_at()),
            checksum_crc64nvme: wants_checksum.then(|| checksum_crc64nvme(record)).flatten(),
            checksum_sha256: wants_checksum.then(|| checksum_sha256(record)).flatten(),
            checksum_type: wants_checksum.then(|| checksum_type(record)),
            metadata: (!metadata.is_empty()).then_some(metadata),
        })
    }
}

/// What `find` finds under the key.
async fn found<T: Send + 'static>(
    protocol: &Protocol,
    bucket: &str,
    key: &str,
    find: fn(&Folder, &str, &str) -> io::Result<Option<T>>,
) -> S3Result<T> {
    let (in_bucket, of_key) = (bucket.to_owned(), key.to_owned());
    let found = protocol
        .in_bucket(bucket, move |folder| find(folder, &in_bucket, &of_key))
        .await?;
    found.ok_or_else(|| s3_error!(NoSuchKey, "The specified key does not exist."))
}

fn refuse_parts(part_number: Option<i32>) -> S3Result<()> {
    match part_number {
        None => Ok(()),
        Some(_) => Err(s3_error!(
            NotImplemented,
            "Reading by part is not implemented"
        )),
    }
}

fn judge(conditions: &Conditions, record: &Record) -> S3Result<()> {
    let etag = ETag::Strong(record.etag());
    match conditions.judge(&etag, record.modified_at()) {
        Verdict::Proceed => Ok(()),
        Verdict::Failed => Err(s3_error!(
            PreconditionFailed,
            "At least one of the pre-conditions you specified did not hold"
        )),
        Verdict::NotModified => {
            let mut error = s3_error!(NotModified);
            if let Ok(etag) = etag.to_http_header() {
                error.set_headers(HeaderMap::from_iter([(ETAG, etag)]));
            }
            Err(error)
        }
    }
}

fn unsatisfiable(size: u64) -> s3s::S3Error {
    let mut error = s3_error!(InvalidRange, "The requested range is not satisfiable");
    if let Ok(content_range) = format!("bytes */{size}").parse() {
        error.set_headers(HeaderMap::from_iter([(CONTENT_RANGE, content_range)]));
    }
    error
}

/// Reads as fast as it is sent, 256 KiB ahead of nothing; between two reads no thread is held.
fn bytes_of(
    object: StoredObject,
    range: Range<u64>,
) -> impl Stream<Item = Result<Bytes, io::Error>> + Send + Sync + 'static {
    stream::try_unfold((object, range), |(mut object, mut range)| async move {
        if range.is_empty() {
            return Ok(None);
        }
        let reading = tokio::task::spawn_blocking(move || {
            let bytes = object.read(&range)?;
            range.start += bytes.len() as u64;
            Ok::<_, io::Error>((bytes, (object, range)))
        });
        match reading.await.map_err(io::Error::other).flatten() {
            Ok(read) => Ok(Some(read)),
            Err(error) => {
                // The answer has begun: all that is left is to cut it short.
                tracing::error!(%error, "an object could not be read to its end");
                Err(error)
            }
        }
    })
}

/// In Base64; of an object that came in parts, of its parts' digests, and their number behind it.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>
pub(super) fn checksum_sha256(record: &Record) -> Option<String> {
    if checksum_crc64nvme(record).is_some() {
        // An object has the one checksum that its upload was begun with.
        return None;
    }
    let value = BASE64_STANDARD.encode(from_hex(&record.sha256)?);
    Some(match &record.parts {
        None => value,
        Some(of) => format!("{value}-{}", of.count),
    })
}

/// In Base64, of the whole object; of one that came in parts and was begun with it.
pub(super) fn checksum_crc64nvme(record: &Record) -> Option<String> {
    record.parts.as_ref()?.crc64nvme.clone()
}

pub(super) fn checksum_type(record: &Record) -> ChecksumType {
    ChecksumType::from_static(match &record.parts {
        None => ChecksumType::FULL_OBJECT,
        Some(of) if of.crc64nvme.is_some() => ChecksumType::FULL_OBJECT,
        Some(_) => ChecksumType::COMPOSITE,
    })
}

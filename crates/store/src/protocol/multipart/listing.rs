//! Listing the parts of an upload, and the uploads that are pending.

use s3s::dto::{
    ETag, ListMultipartUploadsInput, ListMultipartUploadsOutput, ListPartsInput, ListPartsOutput,
    MultipartUpload, Part, StorageClass, Timestamp,
};
use s3s::{S3Response, S3Result, s3_error};

use super::super::Protocol;
use super::super::list::Names;
use super::super::unknown::refuse;
use super::{checksum_algorithm, checksum_type, no_such_upload};
use crate::disk::{Algorithm, BegunUpload, PartRecord};

/// Most parts, or uploads, of a page.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html>
const MAX_ENTRIES: i32 = 1000;

pub(crate) async fn list_parts(
    protocol: &Protocol,
    input: ListPartsInput,
) -> S3Result<S3Response<ListPartsOutput>> {
    let (max_parts, most) = maximum("max-parts", input.max_parts)?;
    let after = u32::try_from(input.part_number_marker.unwrap_or(0)).map_err(|_| {
        s3_error!(
            InvalidArgument,
            "Argument part-number-marker must be an integer between 0 and 2147483647"
        )
    })?;
    let place = (
        input.bucket.clone(),
        input.key.clone(),
        input.upload_id.clone(),
    );
    let page = protocol
        .in_bucket(&input.bucket, move |folder| {
            folder.parts(&place.0, &place.1, &place.2, after, most)
        })
        .await?
        .ok_or_else(no_such_upload)?;
    let last = page.parts.last();
    let next = last.map_or(Some(0), |part| i32::try_from(part.number).ok());
    Ok(S3Response::new(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        checksum_algorithm: page.upload.checksum.and_then(checksum_algorithm),
        checksum_type: page.upload.checksum.map(checksum_type),
        is_truncated: Some(page.more),
        max_parts: Some(max_parts),
        part_number_marker: input.part_number_marker.or(Some(0)),
        next_part_number_marker: next,
        parts: Some(page.parts.iter().map(listed).collect()),
        storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
        ..ListPartsOutput::default()
    }))
}

fn listed(part: &PartRecord) -> Part {
    let verified = |algorithm| part.checksums.get(&algorithm).cloned();
    Part {
        checksum_crc32: verified(Algorithm::Crc32),
        checksum_crc32c: verified(Algorithm::Crc32c),
        checksum_crc64nvme: verified(Algorithm::Crc64Nvme),
        checksum_sha1: verified(Algorithm::Sha1),
        checksum_sha256: verified(Algorithm::Sha256),
        e_tag: Some(ETag::Strong(part.etag())),
        last_modified: Some(Timestamp::from(part.modified_at())),
        part_number: i32::try_from(part.number).ok(),
        size: i64::try_from(part.size_bytes).ok(),
    }
}

pub(crate) async fn list_uploads(
    protocol: &Protocol,
    input: ListMultipartUploadsInput,
) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
    refuse(&[(
        input
            .delimiter
            .as_ref()
            .is_some_and(|delimiter| !delimiter.is_empty()),
        "Grouping uploads by a delimiter",
    )])?;
    let names = Names::of(input.encoding_type.as_ref())?;
    let (max_uploads, most) = maximum("max-uploads", input.max_uploads)?;
    let (bucket, prefix) = (
        input.bucket.clone(),
        input.prefix.clone().unwrap_or_default(),
    );
    let mut uploads = protocol
        .in_bucket(&input.bucket, move |folder| {
            folder.uploads(&bucket, &prefix)
        })
        .await?;
    skip(
        &mut uploads,
        input.key_marker.as_deref().unwrap_or_default(),
        input.upload_id_marker.as_deref().unwrap_or_default(),
    );
    let more = uploads.len() > most;
    uploads.truncate(most);
    let last = uploads.last().filter(|_| more);
    Ok(S3Response::new(ListMultipartUploadsOutput {
        next_key_marker: last.map(|upload| names.write(&upload.record.key)),
        next_upload_id_marker: last.map(|upload| upload.upload_id.clone()),
        bucket: Some(input.bucket),
        encoding_type: input.encoding_type,
        is_truncated: Some(more),
        key_marker: input.key_marker.map(|marker| names.write(&marker)),
        max_uploads: Some(max_uploads),
        prefix: input.prefix.map(|prefix| names.write(&prefix)),
        upload_id_marker: input.upload_id_marker,
        uploads: Some(uploads.iter().map(|upload| begun(upload, names)).collect()),
        ..ListMultipartUploadsOutput::default()
    }))
}

/// Leaves what is behind the markers: later keys and, where an upload is named, the later uploads of its key.
fn skip(uploads: &mut Vec<BegunUpload>, key: &str, upload_id: &str) {
    if key.is_empty() {
        return;
    }
    let mut behind = false;
    uploads.retain(|upload| {
        if upload.record.key != key {
            return upload.record.key.as_str() > key;
        }
        let now = behind;
        behind |= upload.upload_id == upload_id;
        now
    });
}

fn begun(upload: &BegunUpload, names: Names) -> MultipartUpload {
    MultipartUpload {
        checksum_algorithm: upload.record.checksum.and_then(checksum_algorithm),
        checksum_type: upload.record.checksum.map(checksum_type),
        initiated: Some(Timestamp::from(upload.record.begun_at())),
        key: Some(names.write(&upload.record.key)),
        storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
        upload_id: Some(upload.upload_id.clone()),
        ..MultipartUpload::default()
    }
}

/// How many entries a page may have: as answered, and as counted.
fn maximum(argument: &str, asked: Option<i32>) -> S3Result<(i32, usize)> {
    let maximum = asked.unwrap_or(MAX_ENTRIES).min(MAX_ENTRIES);
    let most = usize::try_from(maximum)
        .map_err(|_| s3_error!(InvalidArgument, "Argument {argument} must not be negative"))?;
    Ok((maximum, most))
}

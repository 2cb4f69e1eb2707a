//! Making one object of the parts that the client names.

use std::collections::BTreeMap;
use std::sync::Arc;

use s3s::dto::{
    self, CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart, ETag,
};
use s3s::{S3Error, S3Response, S3Result, s3_error};

use super::super::get::{checksum_crc64nvme, checksum_sha256, checksum_type, sse_s3};
use super::super::unknown::{exists, refuse, refuse_other_conditions};
use super::super::{Protocol, blocking, failed};
use super::no_such_upload;
use crate::disk::{Algorithm, CompleteError, Completion, MIN_PART_BYTES, WantedPart};

pub(crate) async fn complete(
    protocol: &Protocol,
    input: CompleteMultipartUploadInput,
) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
    refuse_unknown(&input)?;
    protocol.in_bucket(&input.bucket, |_folder| Ok(())).await?;
    let named = input.multipart_upload.and_then(|upload| upload.parts);
    let wanted = Completion {
        bucket: input.bucket,
        key: input.key,
        upload_id: input.upload_id,
        parts: wanted_parts(named.unwrap_or_default())?,
        size_bytes: input
            .mpu_object_size
            .map(|size| u64::try_from(size).unwrap_or(u64::MAX)),
        write_once: input.if_none_match.is_some(),
    };
    let folder = Arc::clone(&protocol.folder);
    let (outcome, wanted) = blocking(move || Ok((folder.complete(&wanted), wanted))).await?;
    let record = outcome.map_err(refused)?;
    Ok(S3Response::new(CompleteMultipartUploadOutput {
        location: Some(format!("/{}/{}", wanted.bucket, wanted.key)),
        bucket: Some(wanted.bucket),
        key: Some(wanted.key),
        e_tag: Some(ETag::Strong(record.etag())),
        checksum_crc64nvme: checksum_crc64nvme(&record),
        checksum_sha256: checksum_sha256(&record),
        checksum_type: Some(checksum_type(&record)),
        server_side_encryption: Some(sse_s3()),
        ..CompleteMultipartUploadOutput::default()
    }))
}

fn refuse_unknown(input: &CompleteMultipartUploadInput) -> S3Result<()> {
    refuse_other_conditions(input.if_match.is_some(), input.if_none_match.as_ref())?;
    refuse(&[
        (
            input.sse_customer_algorithm.is_some(),
            "Encryption with a customer's key",
        ),
        (
            input.checksum_crc32.is_some()
                || input.checksum_crc32c.is_some()
                || input.checksum_crc64nvme.is_some()
                || input.checksum_sha1.is_some()
                || input.checksum_sha256.is_some(),
            "A checksum of the whole object",
        ),
    ])
}

/// In the order of their numbers, or refused.
fn wanted_parts(named: dto::CompletedPartList) -> S3Result<Vec<WantedPart>> {
    if named.is_empty() {
        return Err(s3_error!(
            MalformedXML,
            "You must specify at least one part"
        ));
    }
    let parts: Option<Vec<_>> = named.into_iter().map(wanted_part).collect();
    let parts = parts.ok_or_else(|| {
        s3_error!(
            MalformedXML,
            "The XML you provided was not well-formed or did not validate against our published schema"
        )
    })?;
    if !parts.is_sorted_by(|one, other| one.number < other.number) {
        return Err(s3_error!(
            InvalidPartOrder,
            "The list of parts was not in ascending order. Parts must be ordered by part number."
        ));
    }
    Ok(parts)
}

/// `None` without a number or an entity tag.
fn wanted_part(part: CompletedPart) -> Option<WantedPart> {
    let named = [
        (Algorithm::Crc32, part.checksum_crc32),
        (Algorithm::Crc32c, part.checksum_crc32c),
        (Algorithm::Crc64Nvme, part.checksum_crc64nvme),
        (Algorithm::Sha1, part.checksum_sha1),
        (Algorithm::Sha256, part.checksum_sha256),
    ];
    let checksums: BTreeMap<_, _> = named
        .into_iter()
        .filter_map(|(algorithm, value)| Some((algorithm, value?)))
        .collect();
    Some(WantedPart {
        number: u32::try_from(part.part_number?).ok()?,
        etag: part.e_tag?.value().to_owned(),
        checksums,
    })
}

fn refused(error: CompleteError) -> S3Error {
    match error {
        CompleteError::NoSuchUpload => no_such_upload(),
        CompleteError::Exists => exists(),
        CompleteError::InvalidPart { number } => s3_error!(
            InvalidPart,
            "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag or checksum may not match the part's. (PartNumber {number})"
        ),
        CompleteError::ChecksumMissing { number, algorithm } => {
            let header = algorithm.header();
            s3_error!(
                InvalidRequest,
                "The complete request must include the checksum for each part: {header} was missing for part {number}."
            )
        }
        CompleteError::TooSmall { number, size_bytes } => s3_error!(
            EntityTooSmall,
            "Your proposed upload is smaller than the minimum allowed size: part {number} has {size_bytes} bytes, not {MIN_PART_BYTES}"
        ),
        CompleteError::OtherSize { size_bytes } => s3_error!(
            InvalidRequest,
            "The x-amz-mp-object-size that you specified is not the parts' size of {size_bytes} bytes"
        ),
        CompleteError::Io(error) => failed(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(number: i32, etag: Option<&str>) -> CompletedPart {
        CompletedPart {
            part_number: Some(number),
            e_tag: etag.map(|etag| ETag::Strong(etag.to_owned())),
            ..CompletedPart::default()
        }
    }

    #[test]
    fn parts_are_named_once_in_order_with_their_tags() {
        for (parts, expected) in [
            (vec![named(1, Some("a")), named(4, Some("b"))], "fine"),
            (vec![], "MalformedXML"),
            (vec![named(1, None)], "MalformedXML"),
            (vec![named(-1, Some("a"))], "MalformedXML"),
            (vec![CompletedPart::default()], "MalformedXML"),
            (
                vec![named(2, Some("a")), named(1, Some("b"))],
                "InvalidPartOrder",
            ),
            (
                vec![named(1, Some("a")), named(1, Some("a"))],
                "InvalidPartOrder",
            ),
        ] {
            let read = wanted_parts(parts.clone());
            let said = read.map_or_else(
                |error| error.code().as_str().to_owned(),
                |_| "fine".to_owned(),
            );
            assert_eq!(said, expected, "{parts:?}");
        }
    }
}

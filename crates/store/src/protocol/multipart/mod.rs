//! Uploads in parts: beginning one and giving it up here, the rest in the modules below.

mod completing;
mod listing;
mod part;

use std::time::{SystemTime, UNIX_EPOCH};

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumAlgorithm, ChecksumType,
    CreateMultipartUploadInput, CreateMultipartUploadOutput,
};
use s3s::{S3Error, S3Response, S3Result, s3_error};

pub(super) use completing::complete;
pub(super) use listing::{list_parts, list_uploads};
pub(super) use part::put_part;

use super::alike::{described, refuse_unknown_of};
use super::get::sse_s3;
use super::unknown::refuse;
use super::{Protocol, tags};
use crate::disk::{Algorithm, PartsChecksum, UploadRecord};

pub(super) async fn create(
    protocol: &Protocol,
    input: CreateMultipartUploadInput,
) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
    refuse_unknown_of!(input)?;
    let checksum = checksum(
        input.checksum_algorithm.as_ref(),
        input.checksum_type.as_ref(),
    )?;
    let begun_at = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let record = UploadRecord {
        key: input.key.clone(),
        begun_at_ms: u64::try_from(begun_at.as_millis()).unwrap_or(u64::MAX),
        described: described!(input, tags::of_header(input.tagging.as_deref())?),
        checksum,
    };
    let in_bucket = input.bucket.clone();
    let upload_id = protocol
        .in_bucket(&input.bucket, move |folder| {
            folder.begin_upload(&in_bucket, &record)
        })
        .await?;
    Ok(S3Response::new(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(upload_id),
        checksum_algorithm: input.checksum_algorithm,
        checksum_type: checksum.map(checksum_type),
        server_side_encryption: Some(sse_s3()),
        ..CreateMultipartUploadOutput::default()
    }))
}

pub(super) async fn abort(
    protocol: &Protocol,
    input: AbortMultipartUploadInput,
) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
    refuse(&[(
        input.if_match_initiated_time.is_some(),
        "Giving up an upload on a condition",
    )])?;
    let bucket = input.bucket.clone();
    let there_was = protocol
        .in_bucket(&bucket, move |folder| {
            folder.abort_upload(&input.bucket, &input.key, &input.upload_id)
        })
        .await?;
    if !there_was {
        return Err(no_such_upload());
    }
    Ok(S3Response::new(AbortMultipartUploadOutput::default()))
}

/// Which checksum of the parts the upload asks for. S3 knows of each algorithm whether its values can be put together to
/// one of the whole object.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>
fn checksum(
    algorithm: Option<&ChecksumAlgorithm>,
    kind: Option<&ChecksumType>,
) -> S3Result<Option<PartsChecksum>> {
    let Some(name) = algorithm.map(ChecksumAlgorithm::as_str) else {
        return match kind {
            None => Ok(None),
            Some(_) => Err(s3_error!(
                InvalidRequest,
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
            )),
        };
    };
    let algorithm = match name {
        ChecksumAlgorithm::CRC32 => Algorithm::Crc32,
        ChecksumAlgorithm::CRC32C => Algorithm::Crc32c,
        ChecksumAlgorithm::CRC64NVME => Algorithm::Crc64Nvme,
        ChecksumAlgorithm::SHA1 => Algorithm::Sha1,
        ChecksumAlgorithm::SHA256 => Algorithm::Sha256,
        _ => {
            return Err(s3_error!(
                InvalidRequest,
                "Checksum algorithm provided is unsupported."
            ));
        }
    };
    let full_object = match kind.map(ChecksumType::as_str) {
        None => algorithm == Algorithm::Crc64Nvme,
        Some(ChecksumType::COMPOSITE) => false,
        Some(_) => true,
    };
    let possible = match algorithm {
        Algorithm::Crc64Nvme => full_object,
        Algorithm::Sha1 | Algorithm::Sha256 => !full_object,
        _ => true,
    };
    if !possible {
        return Err(s3_error!(
            InvalidRequest,
            "The checksum type cannot be used with the {name} checksum algorithm."
        ));
    }
    Ok(Some(PartsChecksum {
        algorithm,
        full_object,
    }))
}

fn checksum_type(checksum: PartsChecksum) -> ChecksumType {
    ChecksumType::from_static(if checksum.full_object {
        ChecksumType::FULL_OBJECT
    } else {
        ChecksumType::COMPOSITE
    })
}

fn checksum_algorithm(checksum: PartsChecksum) -> Option<ChecksumAlgorithm> {
    Some(ChecksumAlgorithm::from_static(match checksum.algorithm {
        Algorithm::Crc32 => ChecksumAlgorithm::CRC32,
        Algorithm::Crc32c => ChecksumAlgorithm::CRC32C,
        Algorithm::Crc64Nvme => ChecksumAlgorithm::CRC64NVME,
        Algorithm::Sha1 => ChecksumAlgorithm::SHA1,
        Algorithm::Sha256 => ChecksumAlgorithm::SHA256,
        Algorithm::Md5 => return None,
    }))
}

fn no_such_upload() -> S3Error {
    s3_error!(
        NoSuchUpload,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_checksums_that_s3_knows_begin_an_upload() {
        for (algorithm, kind, expected) in [
            (None, None, Ok(None)),
            (None, Some("COMPOSITE"), Err("InvalidRequest")),
            (Some("SHA256"), None, Ok(Some((Algorithm::Sha256, false)))),
            (
                Some("SHA256"),
                Some("COMPOSITE"),
                Ok(Some((Algorithm::Sha256, false))),
            ),
            (Some("SHA256"), Some("FULL_OBJECT"), Err("InvalidRequest")),
            (
                Some("CRC64NVME"),
                None,
                Ok(Some((Algorithm::Crc64Nvme, true))),
            ),
            (Some("CRC64NVME"), Some("COMPOSITE"), Err("InvalidRequest")),
            (
                Some("CRC32"),
                Some("FULL_OBJECT"),
                Ok(Some((Algorithm::Crc32, true))),
            ),
            (Some("CRC32C"), None, Ok(Some((Algorithm::Crc32c, false)))),
            (Some("MD5"), None, Err("InvalidRequest")),
        ] {
            let asked = checksum(
                algorithm
                    .map(|name| ChecksumAlgorithm::from(name.to_owned()))
                    .as_ref(),
                kind.map(|name| ChecksumType::from(name.to_owned()))
                    .as_ref(),
            );
            let asked = asked
                .map(|asked| asked.map(|asked| (asked.algorithm, asked.full_object)))
                .map_err(|error| error.code().as_str().to_owned());
            assert_eq!(
                asked,
                expected.map_err(str::to_owned),
                "{algorithm:?} {kind:?}"
            );
        }
    }
}

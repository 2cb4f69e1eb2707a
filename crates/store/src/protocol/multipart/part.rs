//! Taking one part: stage, verify, commit, as an object is taken.

use std::collections::BTreeMap;
use std::sync::Arc;

use s3s::dto::{ETag, UploadPartInput, UploadPartOutput};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::super::claims::Claims;
use super::super::get::sse_s3;
use super::super::receive::{declared_size, receive};
use super::super::unknown::refuse;
use super::super::{Protocol, blocking};
use super::no_such_upload;
use crate::disk::{Algorithm, PartRecord, PartsChecksum};

/// Highest part number. Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const MAX_PART_NUMBER: i32 = 10_000;

pub(crate) async fn put_part(
    protocol: &Protocol,
    mut request: S3Request<UploadPartInput>,
) -> S3Result<S3Response<UploadPartOutput>> {
    let input = &mut request.input;
    refuse(&[(
        input.sse_customer_algorithm.is_some(),
        "Encryption with a customer's key",
    )])?;
    let number = part_number(input.part_number)?;
    let size_bytes = declared_size(input.content_length)?;
    let mut claims = Claims::read(&request.uri, &request.headers)?;
    let body = input.body.take();
    let (bucket, key, upload_id) = place(input);
    let wanted = claims.wanted();
    let begun = protocol
        .in_bucket(&input.bucket, move |folder| {
            match folder.upload(&bucket, &key, &upload_id)? {
                Some(upload) => Ok(Some((upload.checksum, folder.stage(&wanted)?))),
                None => Ok(None),
            }
        })
        .await?;
    let (checksum, staging) = begun.ok_or_else(no_such_upload)?;
    check_claimed(&claims, checksum)?;
    let staged = receive(
        protocol,
        &mut request,
        body,
        size_bytes,
        &mut claims,
        staging,
    )
    .await?;

    let checksums: BTreeMap<_, _> = Algorithm::ALL
        .into_iter()
        .filter(|algorithm| claims.contains(*algorithm))
        .filter_map(|algorithm| Some((algorithm, staged.digests.base64(algorithm)?)))
        .collect();
    let folder = Arc::clone(&protocol.folder);
    let (bucket, key, upload_id) = place(&request.input);
    let committed =
        blocking(move || folder.commit_part(&bucket, &key, &upload_id, number, staged, checksums))
            .await?;
    let record = committed.ok_or_else(no_such_upload)?;
    Ok(S3Response::new(answer(&record)))
}

fn place(input: &UploadPartInput) -> (String, String, String) {
    (
        input.bucket.clone(),
        input.key.clone(),
        input.upload_id.clone(),
    )
}

fn part_number(number: i32) -> S3Result<u32> {
    u32::try_from(number)
        .ok()
        .filter(|_| (1..=MAX_PART_NUMBER).contains(&number))
        .ok_or_else(|| {
            s3_error!(
                InvalidArgument,
                "Part number must be an integer between 1 and {MAX_PART_NUMBER}, inclusive"
            )
        })
}

/// Whether the part comes with the checksum that its upload was begun with.
fn check_claimed(claims: &Claims, checksum: Option<PartsChecksum>) -> S3Result<()> {
    match checksum {
        Some(asked) if !claims.contains(asked.algorithm) => {
            let header = asked.algorithm.header();
            Err(s3_error!(
                InvalidRequest,
                "Checksum Type mismatch occurred, the upload was begun with another than was sent: {header} is missing"
            ))
        }
        _ => Ok(()),
    }
}

/// Checksums are repeated as claimed: they were verified.
fn answer(record: &PartRecord) -> UploadPartOutput {
    let verified = |algorithm| record.checksums.get(&algorithm).cloned();
    UploadPartOutput {
        checksum_crc32: verified(Algorithm::Crc32),
        checksum_crc32c: verified(Algorithm::Crc32c),
        checksum_crc64nvme: verified(Algorithm::Crc64Nvme),
        checksum_sha1: verified(Algorithm::Sha1),
        checksum_sha256: verified(Algorithm::Sha256),
        e_tag: Some(ETag::Strong(record.etag())),
        server_side_encryption: Some(sse_s3()),
        ..UploadPartOutput::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_numbered_from_one_to_ten_thousand() {
        for (number, allowed) in [
            (0, false),
            (1, true),
            (10_000, true),
            (10_001, false),
            (-1, false),
        ] {
            assert_eq!(part_number(number).is_ok(), allowed, "{number}");
        }
    }
}

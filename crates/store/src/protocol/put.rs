//! Taking an object: stage, verify, commit.

use std::sync::Arc;

use s3s::dto::{ChecksumType, ETag, PutObjectInput, PutObjectOutput};
use s3s::{S3Request, S3Response, S3Result};

use super::alike::{described, refuse_unknown_of};
use super::claims::Claims;
use super::get::sse_s3;
use super::receive::{declared_size, receive};
use super::unknown::{exists, refuse, refuse_other_conditions};
use super::{Protocol, blocking, tags};
use crate::disk::{Algorithm, CommitError, Record, Staged, Staging, Tags};

pub(super) async fn put(
    protocol: &Protocol,
    mut request: S3Request<PutObjectInput>,
) -> S3Result<S3Response<PutObjectOutput>> {
    let input = &mut request.input;
    refuse_unknown(input)?;
    let write_once = input.if_none_match.is_some();
    let size_bytes = declared_size(input.content_length)?;
    let tags = tags::of_header(input.tagging.as_deref())?;
    let mut claims = Claims::read(&request.uri, &request.headers)?;
    let body = input.body.take();
    let staging = begin(protocol, input, claims.wanted(), write_once).await?;
    let staged = receive(
        protocol,
        &mut request,
        body,
        size_bytes,
        &mut claims,
        staging,
    )
    .await?;
    let answer = answer(&claims, &staged);
    let record = commit(protocol, request.input, tags, staged, write_once).await?;
    Ok(S3Response::new(PutObjectOutput {
        e_tag: Some(ETag::Strong(record.etag())),
        ..answer
    }))
}

fn refuse_unknown(input: &PutObjectInput) -> S3Result<()> {
    refuse_other_conditions(input.if_match.is_some(), input.if_none_match.as_ref())?;
    refuse(&[(input.write_offset_bytes.is_some(), "Appending")])?;
    refuse_unknown_of!(input)
}

/// Room for the body, unless it can be told already that it would be refused.
async fn begin(
    protocol: &Protocol,
    input: &PutObjectInput,
    wanted: Vec<Algorithm>,
    write_once: bool,
) -> S3Result<Staging> {
    let (bucket, key) = (input.bucket.clone(), input.key.clone());
    let staging = protocol
        .in_bucket(&input.bucket, move |folder| {
            if write_once && folder.record(&bucket, &key)?.is_some() {
                return Ok(None);
            }
            folder.stage(&wanted).map(Some)
        })
        .await?;
    staging.ok_or_else(exists)
}

async fn commit(
    protocol: &Protocol,
    input: PutObjectInput,
    tags: Tags,
    staged: Staged,
    write_once: bool,
) -> S3Result<Record> {
    let folder = Arc::clone(&protocol.folder);
    let committed = blocking(move || {
        let described = described!(input, tags);
        match folder.commit(&input.bucket, &input.key, described, staged, write_once) {
            Ok(record) => Ok(Some(record)),
            Err(CommitError::Exists) => Ok(None),
            Err(CommitError::Io(error)) => Err(error),
        }
    })
    .await?;
    committed.ok_or_else(exists)
}

/// Everything but the entity tag. Checksums are repeated as claimed: they were verified.
fn answer(claims: &Claims, staged: &Staged) -> PutObjectOutput {
    let verified = |algorithm| {
        let claimed = claims.contains(algorithm);
        claimed.then(|| staged.digests.base64(algorithm)).flatten()
    };
    PutObjectOutput {
        checksum_crc32: verified(Algorithm::Crc32),
        checksum_crc32c: verified(Algorithm::Crc32c),
        checksum_crc64nvme: verified(Algorithm::Crc64Nvme),
        checksum_sha1: verified(Algorithm::Sha1),
        checksum_sha256: verified(Algorithm::Sha256),
        checksum_type: Some(ChecksumType::from_static(ChecksumType::FULL_OBJECT)),
        server_side_encryption: Some(sse_s3()),
        ..PutObjectOutput::default()
    }
}

//! Taking an object: stage, verify, commit.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use s3s::dto::{
    ChecksumType, ETag, PutObjectInput, PutObjectOutput, ServerSideEncryption, StreamingBlob,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::claims::Claims;
use super::get::sse_s3;
use super::{BodyCut, Protocol, blocking};
use crate::MAX_PUT_BYTES;
use crate::disk::{Algorithm, CommitError, Described, Record, Staged, Staging};

/// Body bytes gathered before they are handed to the disk; as many again may be on their way there.
const BATCH_BYTES: usize = 512 * 1024;

pub(super) async fn put(
    protocol: &Protocol,
    request: S3Request<PutObjectInput>,
) -> S3Result<S3Response<PutObjectOutput>> {
    let mut input = request.input;
    refuse_unknown(&input)?;
    let write_once = input.if_none_match.is_some();
    let size_bytes = declared_size(input.content_length)?;
    let mut claims = Claims::read(&request.headers)?;
    let staging = begin(protocol, &input, claims.wanted(), write_once).await?;

    let body = input
        .body
        .take()
        .unwrap_or_else(|| s3s::Body::empty().into());
    let wire = Wire {
        idle_limit: protocol.body_idle_limit,
        cut: request
            .extensions
            .get::<BodyCut>()
            .cloned()
            .unwrap_or_default(),
        chunk_signed: is_chunk_signed(&request.headers),
    };
    let staged = wire.receive(body, staging).await?;

    if let Some(trailers) = request
        .trailing_headers
        .and_then(|trailers| trailers.take())
    {
        claims.take(&trailers)?;
    }
    if staged.size_bytes != size_bytes {
        return Err(incomplete());
    }
    claims.verify(&staged.digests)?;
    let answer = answer(&claims, &staged);
    let record = commit(protocol, input, staged, write_once).await?;
    Ok(S3Response::new(PutObjectOutput {
        e_tag: Some(ETag::Strong(record.etag())),
        ..answer
    }))
}

/// What would change an object's meaning and isn't done here is refused, not ignored.
fn refuse_unknown(input: &PutObjectInput) -> S3Result<()> {
    let other_encryption = input
        .server_side_encryption
        .as_ref()
        .is_some_and(|encryption| encryption.as_str() != ServerSideEncryption::AES256);
    let other_class = input
        .storage_class
        .as_ref()
        .is_some_and(|class| class.as_str() != "STANDARD");
    let conditional = match &input.if_none_match {
        Some(condition) => !condition.is_any(),
        None => false,
    };
    for (present, what) in [
        (other_encryption, "Encryption other than AES256"),
        (
            input.sse_customer_algorithm.is_some(),
            "Encryption with a customer's key",
        ),
        (input.ssekms_key_id.is_some(), "Encryption by KMS"),
        (
            input.ssekms_encryption_context.is_some(),
            "Encryption by KMS",
        ),
        (other_class, "A storage class other than STANDARD"),
        (input.if_match.is_some(), "If-Match on a PUT"),
        (conditional, "If-None-Match with an entity tag"),
        (input.tagging.is_some(), "Tagging"),
        (input.object_lock_mode.is_some(), "Object Lock"),
        (input.object_lock_legal_hold_status.is_some(), "Object Lock"),
        (
            input.website_redirect_location.is_some(),
            "A website redirect",
        ),
        (input.write_offset_bytes.is_some(), "Appending"),
        (input.expires.is_some(), "Expires"),
    ] {
        if present {
            return Err(s3_error!(NotImplemented, "{what} is not implemented"));
        }
    }
    let owner_alone = |acl: &str| matches!(acl, "private" | "bucket-owner-full-control");
    if input
        .acl
        .as_ref()
        .is_some_and(|acl| !owner_alone(acl.as_str()))
        || input.grant_full_control.is_some()
        || input.grant_read.is_some()
        || input.grant_read_acp.is_some()
        || input.grant_write_acp.is_some()
    {
        return Err(s3_error!(
            AccessControlListNotSupported,
            "The bucket does not allow ACLs"
        ));
    }
    Ok(())
}

fn declared_size(content_length: Option<i64>) -> S3Result<u64> {
    let size_bytes = content_length
        .and_then(|length| u64::try_from(length).ok())
        .ok_or_else(|| {
            s3_error!(
                MissingContentLength,
                "You must provide the Content-Length HTTP header."
            )
        })?;
    if size_bytes > MAX_PUT_BYTES {
        return Err(s3_error!(
            EntityTooLarge,
            "Your proposed upload exceeds the maximum allowed object size of {MAX_PUT_BYTES} bytes."
        ));
    }
    Ok(size_bytes)
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
            if write_once && folder.object(&bucket, &key)?.is_some() {
                return Ok(None);
            }
            folder.stage(&wanted).map(Some)
        })
        .await?;
    staging.ok_or_else(exists)
}

/// How the body comes, to tell why it didn't.
struct Wire {
    idle_limit: Duration,
    cut: BodyCut,
    chunk_signed: bool,
}

impl Wire {
    /// Gathers a batch while the one before is hashed, sealed and written. Returning early drops what was staged.
    async fn receive(&self, mut body: StreamingBlob, staging: Staging) -> S3Result<Staged> {
        let mut writing: JoinHandle<io::Result<Staging>> =
            tokio::task::spawn_blocking(move || Ok(staging));
        loop {
            let batch = self.gather(&mut body).await;
            let mut staging = blocking_end(writing).await?;
            let batch = batch?;
            if batch.is_empty() {
                return blocking(move || staging.finish()).await;
            }
            writing = tokio::task::spawn_blocking(move || {
                staging.append(&batch)?;
                Ok(staging)
            });
        }
    }

    /// At least [`BATCH_BYTES`], or what is left; nothing at the end.
    async fn gather(&self, body: &mut StreamingBlob) -> S3Result<Vec<Bytes>> {
        let mut batch = Vec::new();
        let mut gathered = 0;
        while gathered < BATCH_BYTES {
            match timeout(self.idle_limit, body.next()).await {
                Ok(Some(Ok(bytes))) => {
                    gathered += bytes.len();
                    batch.push(bytes);
                }
                Ok(Some(Err(_reason))) => return Err(self.broken()),
                Ok(None) => break,
                Err(_elapsed) => {
                    return Err(s3_error!(
                        RequestTimeout,
                        "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed."
                    ));
                }
            }
        }
        Ok(batch)
    }

    /// Either the client went, or `s3s` found that the body isn't what was signed.
    fn broken(&self) -> S3Error {
        if self.cut.is_set() {
            return incomplete();
        }
        if self.chunk_signed {
            return s3_error!(SignatureDoesNotMatch, "A chunk's signature does not match");
        }
        let mut error = S3Error::with_message(
            S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into()),
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        );
        error.set_status_code(http::StatusCode::BAD_REQUEST);
        error
    }
}

async fn blocking_end(writing: JoinHandle<io::Result<Staging>>) -> S3Result<Staging> {
    let ended = writing.await.map_err(io::Error::other).flatten();
    ended.map_err(|error| {
        tracing::error!(%error, "a body could not be written");
        s3_error!(error, InternalError, "The store could not write its disk")
    })
}

fn is_chunk_signed(headers: &http::HeaderMap) -> bool {
    headers
        .get("x-amz-content-sha256")
        .is_some_and(|value| value.as_bytes().starts_with(b"STREAMING-"))
}

async fn commit(
    protocol: &Protocol,
    input: PutObjectInput,
    staged: Staged,
    write_once: bool,
) -> S3Result<Record> {
    let folder = Arc::clone(&protocol.folder);
    let committed = blocking(move || {
        let described = Described {
            content_type: input
                .content_type
                .or_else(|| Some("binary/octet-stream".to_owned())),
            content_disposition: input.content_disposition,
            content_encoding: input
                .content_encoding
                .and_then(|encoding| without_chunking(&encoding)),
            content_language: input.content_language,
            cache_control: input.cache_control,
            metadata: input.metadata.unwrap_or_default().into_iter().collect(),
        };
        match folder.commit(&input.bucket, &input.key, described, staged, write_once) {
            Ok(record) => Ok(Some(record)),
            Err(CommitError::Exists) => Ok(None),
            Err(CommitError::Io(error)) => Err(error),
        }
    })
    .await?;
    committed.ok_or_else(exists)
}

/// `aws-chunked` is how the body came, not what it is.
fn without_chunking(encoding: &str) -> Option<String> {
    let kept: Vec<_> = encoding
        .split(',')
        .map(str::trim)
        .filter(|coding| !coding.is_empty() && *coding != "aws-chunked")
        .collect();
    (!kept.is_empty()).then(|| kept.join(", "))
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

fn exists() -> S3Error {
    s3_error!(
        PreconditionFailed,
        "At least one of the pre-conditions you specified did not hold"
    )
}

fn incomplete() -> S3Error {
    s3_error!(
        IncompleteBody,
        "You did not provide the number of bytes specified by the Content-Length HTTP header"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_of_transport_is_no_encoding() {
        for (sent, kept) in [
            ("aws-chunked", None),
            ("gzip", Some("gzip")),
            ("aws-chunked,gzip", Some("gzip")),
            ("", None),
        ] {
            assert_eq!(without_chunking(sent).as_deref(), kept, "{sent}");
        }
    }

    #[test]
    fn a_size_is_stated_and_within_five_gibibytes() {
        assert_eq!(declared_size(Some(0)).unwrap(), 0);
        assert_eq!(declared_size(Some(5_368_709_120)).unwrap(), MAX_PUT_BYTES);
        for (length, code) in [
            (None, "MissingContentLength"),
            (Some(-1), "MissingContentLength"),
            (Some(5_368_709_121), "EntityTooLarge"),
        ] {
            assert_eq!(declared_size(length).unwrap_err().code().as_str(), code);
        }
    }
}

//! Receiving the body of a PUT: an object's, or a part's.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3ErrorCode, S3Request, S3Result, s3_error};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::claims::Claims;
use super::{BodyCut, Protocol, blocking};
use crate::MAX_PUT_BYTES;
use crate::disk::{Staged, Staging};

/// Body bytes gathered before they are handed to the disk; as many again may be on their way there.
const BATCH_BYTES: usize = 512 * 1024;

/// Writes the body into `staging` and verifies it: its size, and every checksum that was claimed before or behind it.
/// Returning an error drops what was staged.
pub(super) async fn receive<T>(
    protocol: &Protocol,
    request: &mut S3Request<T>,
    body: Option<StreamingBlob>,
    size_bytes: u64,
    claims: &mut Claims,
    staging: Staging,
) -> S3Result<Staged> {
    let body = body.unwrap_or_else(|| s3s::Body::empty().into());
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
    let trailers = request.trailing_headers.take();
    if let Some(trailers) = trailers.and_then(|trailers| trailers.take()) {
        claims.take(&trailers)?;
    }
    if staged.size_bytes != size_bytes {
        return Err(incomplete());
    }
    claims.verify(&staged.digests)?;
    Ok(staged)
}

/// What the body must have, told before it comes.
pub(super) fn declared_size(content_length: Option<i64>) -> S3Result<u64> {
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

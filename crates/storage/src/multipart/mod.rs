//! Uploads in parts, as the backend orders them: begun, looked at, completed, given up. The bytes of the parts come from
//! whoever holds a part's ticket ([`crate::PartTicket`]), never through here.
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>

mod completing;
mod parts;
mod uploads;

use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumType, ServerSideEncryption};

pub use completing::{CompleteError, CompleteMultipart, CompletedPart};
pub use parts::{PartsPage, StoredPart};
pub use uploads::{BegunUpload, UploadsMarker, UploadsPage};

use crate::{Bucket, Encryption, PartChecksum, Refusal, StoreError, Tags};

/// S3's code for an upload that was completed, given up, or never begun.
const NO_SUCH_UPLOAD: &str = "NoSuchUpload";

/// Most parts of an upload, and the highest part number.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
pub const MAX_PARTS: u32 = 10_000;

/// Least size in bytes of every part but the last. Source: as for [`MAX_PARTS`].
pub const MIN_PART_BYTES: u64 = 5 * 1024 * 1024;

/// What an upload in parts will become. Encryption is asked for here, as [`crate::BucketConfig`] names it: S3 takes it
/// from the upload and refuses it on a part.
#[derive(Debug, Clone, Copy)]
pub struct CreateMultipart<'a> {
    /// The object's key.
    pub key: &'a str,
    /// `Content-Type` of the object.
    pub content_type: &'a str,
    /// The object's tags; left out where the bucket's configuration says that uploads are not tagged.
    pub tags: Option<&'a Tags>,
}

impl Bucket {
    /// Begins an upload whose parts are held to their checksums, and returns its id. Nothing is visible under the key until
    /// it is completed; it lives until it is completed or given up. Doing this twice begins two.
    pub async fn create_multipart(
        &self,
        create: CreateMultipart<'_>,
    ) -> Result<String, StoreError> {
        let failed = |source| StoreError::CreateMultipart {
            key: create.key.to_owned(),
            source,
        };
        let encryption =
            (self.encryption == Encryption::Aes256).then_some(ServerSideEncryption::Aes256);
        // S3 combines CRCs to that of the whole object; of SHA-256 it can make a checksum of checksums only.
        let (algorithm, of_the_whole) = match self.part_checksum {
            PartChecksum::Sha256 => (ChecksumAlgorithm::Sha256, ChecksumType::Composite),
            PartChecksum::Crc64Nvme => (ChecksumAlgorithm::Crc64Nvme, ChecksumType::FullObject),
        };
        let begun = self
            .client
            .create_multipart_upload()
            .bucket(&self.name)
            .key(create.key)
            .content_type(create.content_type)
            .set_server_side_encryption(encryption)
            .set_tagging(create.tags.filter(|_| self.tagging).map(Tags::header))
            .checksum_algorithm(algorithm)
            .checksum_type(of_the_whole)
            .send()
            .await
            .map_err(|error| failed(Refusal::read(error)))?;
        begun
            .upload_id
            .filter(|id| !id.is_empty())
            .ok_or_else(|| failed(Refusal::Unreadable("no upload id")))
    }

    /// Gives an upload up; its parts are removed. One that isn't there (any more) is no error.
    ///
    /// A part that is being sent at this moment may still be stored by S3: an upload whose tickets were alive is to be
    /// given up once more after they ran out.
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html>
    pub async fn abort_multipart(&self, key: &str, upload_id: &str) -> Result<(), StoreError> {
        let answer = self
            .client
            .abort_multipart_upload()
            .bucket(&self.name)
            .key(key)
            .upload_id(upload_id)
            .send()
            .await;
        match answer.map_err(Refusal::read) {
            Ok(_) => Ok(()),
            Err(source) if is_no_such_upload(&source) => Ok(()),
            Err(source) => Err(StoreError::AbortMultipart {
                key: key.to_owned(),
                source,
            }),
        }
    }
}

/// By its code: a 404 alone may be a missing bucket.
fn is_no_such_upload(refusal: &Refusal) -> bool {
    refusal.code() == Some(NO_SUCH_UPLOAD)
}

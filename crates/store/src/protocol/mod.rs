//! The S3 operations, over the folder. What is not here is answered `501 NotImplemented` by `s3s`.

mod account;
mod alike;
mod buckets;
mod claims;
mod conditions;
mod get;
mod list;
mod multipart;
mod put;
mod receive;
mod sessions;
mod tags;
mod unknown;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CreateBucketInput, CreateBucketOutput,
    CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteObjectInput, DeleteObjectOutput,
    GetBucketLocationInput, GetBucketLocationOutput, GetObjectInput, GetObjectOutput,
    GetObjectTaggingInput, GetObjectTaggingOutput, HeadBucketInput, HeadBucketOutput,
    HeadObjectInput, HeadObjectOutput, ListBucketsInput, ListBucketsOutput,
    ListMultipartUploadsInput, ListMultipartUploadsOutput, ListObjectVersionsInput,
    ListObjectVersionsOutput, ListObjectsV2Input, ListObjectsV2Output, ListPartsInput,
    ListPartsOutput, PutObjectInput, PutObjectOutput, PutObjectTaggingInput,
    PutObjectTaggingOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Error, S3Request, S3Response, S3Result, s3_error};

use crate::disk::Folder;

pub(crate) use account::Account;
pub(crate) use sessions::Sessions;

/// The id of the only version that an object of an unversioned bucket has.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html>
const NULL_VERSION: &str = "null";

/// Set by the front when the client stopped sending, so that a cut body is told from a wrong one.
#[derive(Debug, Clone, Default)]
pub(crate) struct BodyCut(Arc<AtomicBool>);

impl BodyCut {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// The store as `s3s` sees it.
#[derive(Debug)]
pub(crate) struct Protocol {
    folder: Arc<Folder>,
    body_idle_limit: Duration,
}

impl Protocol {
    pub(crate) fn new(folder: Arc<Folder>, body_idle_limit: Duration) -> Self {
        Self {
            folder,
            body_idle_limit,
        }
    }

    /// Runs what touches the disk off the async threads. The bucket is checked first: every operation needs one.
    async fn in_bucket<T: Send + 'static>(
        &self,
        bucket: &str,
        work: impl FnOnce(&Folder) -> io::Result<T> + Send + 'static,
    ) -> S3Result<T> {
        let folder = Arc::clone(&self.folder);
        let bucket = bucket.to_owned();
        let outcome = blocking(move || {
            if !folder.has_bucket(&bucket) {
                return Ok(None);
            }
            work(&folder).map(Some)
        })
        .await?;
        outcome.ok_or_else(|| s3_error!(NoSuchBucket, "The specified bucket does not exist"))
    }
}

/// Runs `work` where it may block. The disk's own error goes to the log, the client is told that it is ours.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> S3Result<T> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.map_err(io::Error::other).flatten().map_err(failed)
}

fn failed(error: io::Error) -> S3Error {
    tracing::error!(%error, "the store's folder failed");
    s3_error!(
        error,
        InternalError,
        "The store could not read or write its disk"
    )
}

/// Unversioned: `null` is the one version there is.
fn check_version(version_id: Option<&str>) -> S3Result<()> {
    match version_id {
        None | Some(NULL_VERSION) => Ok(()),
        Some(_) => Err(s3_error!(
            NoSuchVersion,
            "The specified version does not exist."
        )),
    }
}

#[async_trait::async_trait]
impl S3 for Protocol {
    async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        put::put(self, request).await
    }

    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        get::get(self, request.input).await
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        get::head(self, request.input).await
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let input = request.input;
        check_version(input.version_id.as_deref())?;
        if input.if_match.is_some() {
            return Err(s3_error!(
                NotImplemented,
                "A deletion cannot be conditional here"
            ));
        }
        let (bucket, key) = (input.bucket.clone(), input.key);
        self.in_bucket(&input.bucket, move |folder| folder.delete(&bucket, &key))
            .await?;
        Ok(S3Response::new(DeleteObjectOutput {
            version_id: input.version_id,
            ..DeleteObjectOutput::default()
        }))
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        multipart::create(self, request.input).await
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        multipart::put_part(self, request).await
    }

    async fn list_parts(
        &self,
        request: S3Request<ListPartsInput>,
    ) -> S3Result<S3Response<ListPartsOutput>> {
        multipart::list_parts(self, request.input).await
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        multipart::complete(self, request.input).await
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        multipart::abort(self, request.input).await
    }

    async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        multipart::list_uploads(self, request.input).await
    }

    async fn put_object_tagging(
        &self,
        request: S3Request<PutObjectTaggingInput>,
    ) -> S3Result<S3Response<PutObjectTaggingOutput>> {
        tags::put(self, request.input).await
    }

    async fn get_object_tagging(
        &self,
        request: S3Request<GetObjectTaggingInput>,
    ) -> S3Result<S3Response<GetObjectTaggingOutput>> {
        tags::get(self, request.input).await
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        list::objects(self, request.input).await
    }

    async fn list_object_versions(
        &self,
        request: S3Request<ListObjectVersionsInput>,
    ) -> S3Result<S3Response<ListObjectVersionsOutput>> {
        list::versions(self, request.input).await
    }

    async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        buckets::head(self, &request.input).await
    }

    async fn create_bucket(
        &self,
        request: S3Request<CreateBucketInput>,
    ) -> S3Result<S3Response<CreateBucketOutput>> {
        buckets::create(self, request.input).await
    }

    async fn get_bucket_location(
        &self,
        request: S3Request<GetBucketLocationInput>,
    ) -> S3Result<S3Response<GetBucketLocationOutput>> {
        buckets::location(self, &request.input).await
    }

    async fn list_buckets(
        &self,
        _request: S3Request<ListBucketsInput>,
    ) -> S3Result<S3Response<ListBucketsOutput>> {
        buckets::list(self).await
    }
}

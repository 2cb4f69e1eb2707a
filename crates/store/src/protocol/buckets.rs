//! Buckets: is it there, make one, which are there.

use s3s::dto::{
    Bucket, CreateBucketInput, CreateBucketOutput, GetBucketLocationInput, GetBucketLocationOutput,
    HeadBucketInput, HeadBucketOutput, ListBucketsOutput, Timestamp,
};
use s3s::{S3Response, S3Result, s3_error};

use super::{Protocol, blocking};

/// The store is in no region; this is the one whose name S3 leaves out.
const REGION: &str = "us-east-1";

pub(super) async fn head(
    protocol: &Protocol,
    input: &HeadBucketInput,
) -> S3Result<S3Response<HeadBucketOutput>> {
    protocol.in_bucket(&input.bucket, |_folder| Ok(())).await?;
    Ok(S3Response::new(HeadBucketOutput {
        bucket_region: Some(REGION.to_owned()),
        ..HeadBucketOutput::default()
    }))
}

pub(super) async fn create(
    protocol: &Protocol,
    input: CreateBucketInput,
) -> S3Result<S3Response<CreateBucketOutput>> {
    if input.object_lock_enabled_for_bucket == Some(true) {
        return Err(s3_error!(NotImplemented, "Object Lock is not implemented"));
    }
    let folder = protocol.folder.clone();
    let name = input.bucket.clone();
    if !blocking(move || folder.create_bucket(&name)).await? {
        return Err(s3_error!(
            BucketAlreadyOwnedByYou,
            "Your previous request to create the named bucket succeeded and you already own it."
        ));
    }
    Ok(S3Response::new(CreateBucketOutput {
        location: Some(format!("/{}", input.bucket)),
    }))
}

pub(super) async fn location(
    protocol: &Protocol,
    input: &GetBucketLocationInput,
) -> S3Result<S3Response<GetBucketLocationOutput>> {
    protocol.in_bucket(&input.bucket, |_folder| Ok(())).await?;
    Ok(S3Response::new(GetBucketLocationOutput::default()))
}

pub(super) async fn list(protocol: &Protocol) -> S3Result<S3Response<ListBucketsOutput>> {
    let folder = protocol.folder.clone();
    let entries = blocking(move || folder.buckets()).await?;
    let buckets = entries
        .into_iter()
        .map(|entry| Bucket {
            bucket_region: None,
            creation_date: Some(Timestamp::from(entry.created_at)),
            name: Some(entry.name),
        })
        .collect();
    Ok(S3Response::new(ListBucketsOutput {
        buckets: Some(buckets),
        ..ListBucketsOutput::default()
    }))
}

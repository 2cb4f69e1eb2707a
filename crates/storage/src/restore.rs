//! Whether what is deleted by mistake can be brought back, tried and timed: "test restore procedures regularly".
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/RestoringPreviousVersions.html>

use std::time::{Duration, Instant};

use aws_sdk_s3::primitives::ByteStream;

use crate::cloud::Cloud;
use crate::{Bucket, Refusal, StoreError};

/// Bytes of the object that is deleted and brought back.
const PROBE_BYTES: usize = 1024 * 1024;

/// Where it is: a tenant's prefix that no tenant has.
pub const RESTORE_PREFIX: &str = "revui-restore-test/";

/// How a bucket keeps what is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versioning {
    /// Every version is kept.
    Enabled,
    /// Versions of before are kept, new ones replace each other.
    Suspended,
    /// Nothing is.
    Never,
}

/// An object that was brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Its size in bytes.
    pub size_bytes: u64,
    /// From the order to bring it back until its bytes were read again and found the same.
    pub took: Duration,
    /// What could not be taken away afterwards: its key.
    pub left: Option<String>,
}

/// Why nothing was brought back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The bucket keeps no versions, so that a deletion is final.
    #[error("{}", not_kept(*.versioning))]
    NotKept {
        /// How it is.
        versioning: Versioning,
    },
    /// A step failed.
    #[error("could not {step}")]
    Step {
        /// What.
        step: &'static str,
        /// Why.
        #[source]
        source: Box<Refusal>,
    },
    /// Other bytes came back than were put.
    #[error("what came back has {came} bytes, and not those {put} that were put")]
    Different {
        /// How many came.
        came: usize,
        /// How many were put.
        put: usize,
    },
    /// The object could still be read after it was deleted.
    #[error("the object was deleted and is there all the same")]
    NotDeleted,
}

fn not_kept(versioning: Versioning) -> &'static str {
    match versioning {
        Versioning::Never => {
            "the bucket keeps no versions: what is deleted is gone. Turn versioning on (`versioning` in storage.toml, then `revui-server storage apply`)"
        }
        _ => {
            "the bucket's versioning is suspended: what is deleted now is gone. Turn it on again (`versioning` in storage.toml, then `revui-server storage apply`)"
        }
    }
}

/// One test. Dropping it leaves its object: see [`RestoreTest::clean_up`].
#[derive(Debug)]
#[must_use]
pub struct RestoreTest {
    cloud: Cloud,
    bucket: Bucket,
    key: String,
}

impl RestoreTest {
    /// `run` tells its key from another's.
    pub fn new(cloud: Cloud, bucket: Bucket, run: &str) -> Self {
        let key = format!("{RESTORE_PREFIX}{run}.webm");
        Self { cloud, bucket, key }
    }

    /// Puts an object, deletes it as the backend's mistake would, brings it back, and reads it again.
    pub async fn run(&self) -> Result<Restored, RestoreError> {
        let bytes = probe();
        // What the bucket does with an object says more than what it says of itself.
        let versioning = self.put(&bytes).await?;
        if versioning != Versioning::Enabled {
            let _ = self.clean_up().await;
            return Err(RestoreError::NotKept { versioning });
        }
        let marker = self.delete(None).await?;
        if self.read().await.is_ok() {
            return Err(RestoreError::NotDeleted);
        }
        let begun = Instant::now();
        // A deletion puts a marker over the versions; without the marker the last one shows again.
        self.delete(marker.as_deref()).await?;
        let came = self
            .read()
            .await
            .map_err(step("read what was brought back"))?;
        let took = begun.elapsed();
        if came != bytes {
            return Err(RestoreError::Different {
                came: came.len(),
                put: bytes.len(),
            });
        }
        let left = self.clean_up().await.err().map(|_| self.key.clone());
        Ok(Restored {
            size_bytes: bytes.len() as u64,
            took,
            left,
        })
    }

    /// Takes the object away with all its versions, whatever came of the test. Doing it twice does nothing more.
    pub async fn clean_up(&self) -> Result<(), StoreError> {
        self.bucket.delete_all_versions(&self.key).await
    }

    /// The key of its object.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// An object that is put gets a version where versions are kept, and the version `null` where they were.
    async fn put(&self, bytes: &[u8]) -> Result<Versioning, RestoreError> {
        let request = self.cloud.s3.put_object().bucket(self.bucket.name());
        let request = request
            .key(&self.key)
            .body(ByteStream::from(bytes.to_vec()));
        let answer = request.send().await.map_err(Refusal::read);
        let answer = answer.map_err(step("put an object"))?;
        Ok(match answer.version_id() {
            None => Versioning::Never,
            Some("null") => Versioning::Suspended,
            Some(_) => Versioning::Enabled,
        })
    }

    /// The version of the marker that a deletion leaves.
    async fn delete(&self, version_id: Option<&str>) -> Result<Option<String>, RestoreError> {
        let request = self.cloud.s3.delete_object().bucket(self.bucket.name());
        let request = request.key(&self.key);
        let request = request.set_version_id(version_id.map(str::to_owned));
        let answer = request.send().await.map_err(Refusal::read);
        let what = match version_id {
            None => "delete the object",
            Some(_) => "take the deletion back (s3:DeleteObjectVersion)",
        };
        answer.map(|deleted| deleted.version_id).map_err(step(what))
    }

    async fn read(&self) -> Result<Vec<u8>, Refusal> {
        let request = self.cloud.s3.get_object().bucket(self.bucket.name());
        let answer = request.key(&self.key).send().await.map_err(Refusal::read)?;
        let body = answer.body.collect().await;
        let body = body.map_err(|error| Refusal::Unanswered(error.into()))?;
        Ok(body.into_bytes().to_vec())
    }
}

fn step(step: &'static str) -> impl FnOnce(Refusal) -> RestoreError {
    move |source| RestoreError::Step {
        step,
        source: Box::new(source),
    }
}

/// Bytes in which a shift or a swap would show.
fn probe() -> Vec<u8> {
    let steps = (0_u32..).map(|step| step.wrapping_mul(2_654_435_761).to_be_bytes()[0]);
    steps.take(PROBE_BYTES).collect()
}

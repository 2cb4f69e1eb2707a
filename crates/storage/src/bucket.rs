//! Questions and orders for the store: is it there, what is under this key, away with it.

use std::fmt;
use std::time::SystemTime;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::create_bucket::CreateBucketError;
use aws_sdk_s3::types::{
    BucketLocationConstraint, ChecksumMode, ChecksumType, CreateBucketConfiguration,
};

use crate::archive::{Place, expiry_date};
use crate::identity::Identity;
use crate::sessions::Sessions;
use crate::{BucketConfig, Encryption, PartChecksum, Refusal, StoreError, TicketError, digest};

/// What S3 calls the version of an object that was put while the bucket kept none. It is said only once versioning has
/// been enabled, of the very object that had no version before.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html>
const UNVERSIONED: &str = "null";

/// One bucket, spoken to with one set of credentials. Clones share connections and credentials; dropping one stops
/// nothing.
#[derive(Clone)]
pub struct Bucket {
    pub(crate) client: Client,
    pub(crate) identity: Identity,
    pub(crate) name: String,
    pub(crate) encryption: Encryption,
    pub(crate) part_checksum: PartChecksum,
    pub(crate) tagging: bool,
    /// Who signs tickets, where it is not the account itself.
    pub(crate) sessions: Option<Sessions>,
    /// Whose tickets are signed.
    pub(crate) tenant: Option<String>,
    region: String,
    custom_endpoint: bool,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket")
            .field("name", &self.name)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// What the store says about one object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectFacts {
    /// Its size in bytes.
    pub size_bytes: u64,
    /// Its entity tag, with the quotes that S3 puts around it.
    pub etag: String,
    /// Its version, where the bucket keeps versions; none for what was put while it kept none.
    pub version_id: Option<String>,
    /// SHA-256 of the whole object in lower-case hexadecimal, where the store has verified one.
    pub sha256_hex: Option<String>,
    /// S3's checksum of an object that came in parts: [`crate::composite`] of its parts' SHA-256. Absent for what
    /// came in one piece, and where the store keeps none.
    pub composite_sha256: Option<String>,
    /// Its type.
    pub content_type: Option<String>,
    /// When it was put.
    pub modified_at: Option<SystemTime>,
    /// Its storage class; none for `STANDARD`, which S3 leaves out.
    pub storage_class: Option<String>,
    /// Where its bytes are; read from class, archive tier and restoring.
    pub place: Place,
    /// When the bucket's lifecycle rules will delete it, where the store says so (`x-amz-expiration`).
    pub expires_at: Option<SystemTime>,
}

impl Bucket {
    pub(crate) fn new(client: Client, identity: Identity, config: BucketConfig) -> Self {
        let role = config.signing_role.clone();
        let sessions = role.map(|role| Sessions::new(role, &config, identity.clone()));
        Self {
            client,
            identity,
            name: config.bucket,
            encryption: config.encryption,
            part_checksum: config.part_checksum,
            tagging: config.tagging,
            sessions,
            tenant: None,
            region: config.region,
            custom_endpoint: config.endpoint_url.is_some(),
        }
    }

    /// The same bucket for one tenant, whose id begins its keys. Where there is a signing role, tickets are signed by keys
    /// that open nothing else; without a tenant none are signed then.
    #[must_use]
    pub fn of_tenant(&self, tenant: &str) -> Self {
        Self {
            tenant: Some(tenant.to_owned()),
            ..self.clone()
        }
    }

    /// The same bucket, which holds the parts of uploads to another checksum than the one that is configured: an upload
    /// keeps the one that it was begun with.
    #[must_use]
    pub fn holding_parts_to(&self, part_checksum: PartChecksum) -> Self {
        Self {
            part_checksum,
            ..self.clone()
        }
    }

    /// The bucket's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of the access key that it is spoken to with.
    pub async fn access_key_id(&self, now: SystemTime) -> Result<String, TicketError> {
        let keys = self.identity.keys(now).await;
        let keys = keys.map_err(|source| TicketError::Credentials {
            source: Some(source),
        })?;
        Ok(keys.access_key_id().to_owned())
    }

    /// What it holds the parts of an upload to.
    pub fn part_checksum(&self) -> PartChecksum {
        self.part_checksum
    }

    /// Asks the store whether the bucket is there and open to these credentials (`HeadBucket`).
    pub async fn reachable(&self) -> Result<(), StoreError> {
        match self.client.head_bucket().bucket(&self.name).send().await {
            Ok(_) => Ok(()),
            Err(error) => match Refusal::read(error) {
                refusal if refusal.status() == Some(404) => Err(StoreError::NoBucket {
                    bucket: self.name.clone(),
                }),
                source => Err(StoreError::Reach {
                    bucket: self.name.clone(),
                    source,
                }),
            },
        }
    }

    /// Makes the bucket unless it is there. A bucket that another process made in between is welcome.
    pub async fn create_if_missing(&self) -> Result<(), StoreError> {
        match self.reachable().await {
            Err(StoreError::NoBucket { .. }) => {}
            answered => return answered,
        }
        let mut request = self.client.create_bucket().bucket(&self.name);
        // AWS refuses the name of its oldest region here, and compatible stores may refuse any name.
        // Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html
        if self.region != "us-east-1" && !self.custom_endpoint {
            let region = BucketLocationConstraint::from(self.region.as_str());
            request = request.create_bucket_configuration(
                CreateBucketConfiguration::builder()
                    .location_constraint(region)
                    .build(),
            );
        }
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if matches!(
                    error.as_service_error(),
                    Some(CreateBucketError::BucketAlreadyOwnedByYou(_))
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(StoreError::Create {
                bucket: self.name.clone(),
                source: Refusal::read(error),
            }),
        }
    }

    /// What is under `key`; `None` when nothing is. A 403 counts as nothing too: S3 answers it for a missing key to an
    /// account that may not list the bucket.
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>
    pub async fn object(&self, key: &str) -> Result<Option<ObjectFacts>, StoreError> {
        let answer = self
            .client
            .head_object()
            .bucket(&self.name)
            .key(key)
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await;
        let head = match answer {
            Ok(head) => head,
            Err(error) => {
                let source = Refusal::read(error);
                return match source.status() {
                    Some(404) => Ok(None),
                    Some(403) => {
                        tracing::warn!(key, %source, "HEAD refused: the object counts as missing");
                        Ok(None)
                    }
                    _ => Err(StoreError::Look {
                        key: key.to_owned(),
                        source,
                    }),
                };
            }
        };
        // Stores older than the header tell a composite by its shape alone.
        let composite = head.checksum_type() == Some(&ChecksumType::Composite)
            || head.checksum_sha256().is_some_and(|sum| sum.contains('-'));
        Ok(Some(ObjectFacts {
            size_bytes: head
                .content_length()
                .and_then(|length| u64::try_from(length).ok())
                .unwrap_or(0),
            sha256_hex: head
                .checksum_sha256()
                .filter(|_| !composite)
                .and_then(|sum| digest::to_hex(PartChecksum::Sha256, sum)),
            composite_sha256: head
                .checksum_sha256()
                .filter(|_| composite)
                .map(str::to_owned),
            place: Place::of(&head),
            expires_at: head.expiration().and_then(expiry_date),
            modified_at: head
                .last_modified()
                .and_then(|at| SystemTime::try_from(*at).ok()),
            storage_class: head.storage_class().map(|class| class.as_str().to_owned()),
            etag: head.e_tag.unwrap_or_default(),
            version_id: head.version_id.filter(|id| id != UNVERSIONED),
            content_type: head.content_type,
        }))
    }
}

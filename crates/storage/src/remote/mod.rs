//! Settings read from where they are, and written there: between AWS's own words and the SDK's types.

mod bucket;
mod delivery;
mod identity;
mod lifecycle;
mod words;

use serde_json::Value;

use crate::cloud::Cloud;
use crate::desired::{Item, Setting};
use crate::{Refusal, SecretText};

pub(crate) use self::bucket::has_object_lock;

/// A key that was just made. Nobody can ask for the secret half again.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// `AWS_ACCESS_KEY_ID`.
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: SecretText,
}

/// A setting could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The store, or IAM, said no.
    #[error("it was refused")]
    Refused {
        /// Why.
        #[from]
        source: Refusal,
    },
    /// The document is not one that this setting takes: somebody else's rule, in words that are newer than this program.
    #[error("`{what}` cannot be written by this program")]
    Untranslatable {
        /// The part of the document.
        what: &'static str,
    },
    /// This store has no IAM that is known.
    #[error("no IAM is known for this store; set AWS_ENDPOINT_URL_IAM")]
    NoIam,
}

/// What is set now: none where nothing is.
pub(crate) async fn read(cloud: &Cloud, item: &Item) -> Result<Option<Value>, Refusal> {
    let (s3, name) = (&cloud.s3, item.name.as_str());
    let found = match item.setting {
        Setting::Existence if item.place.is_identity() => identity::read_user(cloud, name).await,
        Setting::Existence => bucket::read_existence(s3, name, &cloud.region).await,
        Setting::Trust => identity::read_role(cloud, name).await,
        Setting::Permissions => identity::read_permissions(cloud, item).await,
        Setting::AccessKey => identity::read_active_keys(cloud, name).await,
        Setting::Ownership => bucket::read_ownership(s3, name).await,
        Setting::PublicAccess => bucket::read_public_access(s3, name).await,
        Setting::Encryption => bucket::read_encryption(s3, name).await,
        Setting::Versioning => bucket::read_versioning(s3, name).await,
        Setting::ObjectLock => bucket::read_object_lock(s3, name).await,
        Setting::Tags => bucket::read_tags(s3, name).await,
        Setting::Policy => bucket::read_policy(s3, name).await,
        Setting::Cors => delivery::read_cors(s3, name).await,
        Setting::Lifecycle => lifecycle::read(s3, name).await,
        Setting::Logging => delivery::read_logging(s3, name).await,
        Setting::Metrics => delivery::read_metrics(s3, name).await,
        Setting::Tiering => delivery::read_tiering(s3, name).await,
        Setting::Replication => delivery::read_replication(s3, name).await,
    };
    match found {
        Err(refusal) if is_absent(&refusal) => Ok(None),
        found => found,
    }
}

/// Sets it. The key, where one was made.
pub(crate) async fn write(
    cloud: &Cloud,
    item: &Item,
    document: &Value,
    is_new: bool,
) -> Result<Option<NewKey>, WriteError> {
    let (s3, name) = (&cloud.s3, item.name.as_str());
    match item.setting {
        Setting::Existence if item.place.is_identity() => {
            identity::create_user(cloud, name).await?;
        }
        Setting::Existence => bucket::create(cloud, name).await?,
        Setting::Trust => identity::write_role(cloud, name, document, is_new).await?,
        Setting::Permissions => identity::write_permissions(cloud, item, document).await?,
        Setting::AccessKey => return identity::create_key(cloud, name).await.map(Some),
        Setting::Ownership => bucket::write_ownership(s3, name, document).await?,
        Setting::PublicAccess => bucket::write_public_access(s3, name, document).await?,
        Setting::Encryption => bucket::write_encryption(s3, name, document).await?,
        Setting::Versioning => bucket::write_versioning(s3, name, document).await?,
        Setting::ObjectLock => bucket::write_object_lock(s3, name, document).await?,
        Setting::Tags => bucket::write_tags(s3, name, document).await?,
        Setting::Policy => bucket::write_policy(s3, name, document).await?,
        Setting::Cors => delivery::write_cors(s3, name, document).await?,
        Setting::Lifecycle => lifecycle::write(s3, name, document).await?,
        Setting::Logging => delivery::write_logging(s3, name, document).await?,
        Setting::Metrics => delivery::write_metrics(s3, name, document).await?,
        Setting::Tiering => delivery::write_tiering(s3, name, document).await?,
        Setting::Replication => delivery::write_replication(s3, name, document).await?,
    }
    Ok(None)
}

/// Each setting has an error of its own for "nothing is set"; all are a 404.
fn is_absent(refusal: &Refusal) -> bool {
    refusal.status() == Some(404)
}

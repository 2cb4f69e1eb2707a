//! What the storage is to be, as data: `storage.toml` gives [`Settings`], and those give [`Desired`]: one [`Item`] for each
//! thing that can be set, its value written in AWS's own words (the JSON that its command line takes), so that what is
//! shown, applied and exported is one and the same.

mod checking;
mod documents;
mod identities;
pub(crate) mod policies;
mod reading;
mod settings;

use serde::Serialize;
use serde_json::Value;

pub(crate) use self::documents::{METRICS_ID, OUR_RULES, TIERING_ID};
pub use self::reading::{InvalidSettings, PRODUCTION_TOML, Surroundings};
pub use self::settings::{
    AccessSettings, Algorithm, ArchiveClass, BucketSettings, CorsSettings, EncryptionSettings,
    LifecycleSettings, LockMode, LoggingSettings, MetricsSettings, ObjectLockSettings, Profile,
    ReplicationSettings, Settings, TieringSettings,
};

/// What a setting belongs to. In the order in which they are made: a policy's principal must exist before the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The backend's IAM user.
    User,
    /// The role that the backend runs under instead: the machine's, made and trusted by whoever gave it one.
    BackendRole,
    /// The role that tickets of one tenant are signed with.
    SigningRole,
    /// The bucket that access logs are delivered to.
    Logs,
    /// The bucket of the recordings.
    Recordings,
    /// The role that S3 makes copies with.
    ReplicationRole,
}

impl Place {
    /// Its name in findings: `recordings`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::BackendRole => "backend-role",
            Self::SigningRole => "signing-role",
            Self::Logs => "logs",
            Self::Recordings => "recordings",
            Self::ReplicationRole => "replication-role",
        }
    }

    /// Whether it is IAM's and not the store's.
    pub fn is_identity(self) -> bool {
        !matches!(self, Self::Logs | Self::Recordings)
    }
}

/// One thing that can be set. In the order in which they are applied within their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// That the bucket or the user is there, and in which region.
    Existence,
    /// That the role is there, and who may assume it.
    Trust,
    /// The inline policy of a user or a role.
    Permissions,
    /// An access key of the user's.
    AccessKey,
    /// Access control lists.
    Ownership,
    /// Block Public Access.
    PublicAccess,
    /// Default encryption.
    Encryption,
    /// Old versions.
    Versioning,
    /// Object Lock.
    ObjectLock,
    /// Tags of the bucket.
    Tags,
    /// The bucket policy.
    Policy,
    /// Cross-origin requests.
    Cors,
    /// Lifecycle rules.
    Lifecycle,
    /// Server access logging.
    Logging,
    /// Request metrics.
    Metrics,
    /// Archive tiers of Intelligent-Tiering.
    Tiering,
    /// Copies in another bucket.
    Replication,
}

impl Setting {
    /// Its name in findings: `public-access`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Existence => "existence",
            Self::Trust => "trust",
            Self::Permissions => "permissions",
            Self::AccessKey => "access-key",
            Self::Ownership => "ownership",
            Self::PublicAccess => "public-access",
            Self::Encryption => "encryption",
            Self::Versioning => "versioning",
            Self::ObjectLock => "object-lock",
            Self::Tags => "tags",
            Self::Policy => "policy",
            Self::Cors => "cors",
            Self::Lifecycle => "lifecycle",
            Self::Logging => "logging",
            Self::Metrics => "metrics",
            Self::Tiering => "tiering",
            Self::Replication => "replication",
        }
    }
}

/// One thing that is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What it belongs to.
    pub place: Place,
    /// The name of that bucket, user or role.
    pub name: String,
    /// What is set.
    pub setting: Setting,
    /// The name of the inline policy, of a user's or a role's permissions; empty otherwise.
    pub policy_name: String,
    /// To what, in AWS's own words.
    pub wanted: Value,
}

impl Item {
    /// Its name in findings: `recordings.encryption`.
    pub fn id(&self) -> String {
        format!("{}.{}", self.place.as_str(), self.setting.as_str())
    }
}

/// What ARNs name: the account and the region's partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: &'static str,
}

impl Account {
    /// The account `id`, spoken to in `region`.
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
    pub fn new(id: &str, region: &str) -> Self {
        Self {
            id: id.to_owned(),
            partition: partition(region),
        }
    }

    /// `arn:aws:iam::123456789012:{kind}/{name}`
    pub fn iam(&self, kind: &str, name: &str) -> String {
        format!("arn:{}:iam::{}:{kind}/{name}", self.partition, self.id)
    }
}

pub(crate) fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

/// Everything that is to be, in the order in which it is applied, and what had to be left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Desired {
    /// What is to be.
    pub items: Vec<Item>,
    /// What is left out, and why.
    pub left_out: Vec<String>,
}

impl Desired {
    /// What these settings come to. Without an account, what names one is left out; over plain HTTP, the statement that
    /// would lock everybody out.
    pub fn of(settings: &Settings, account: Option<&Account>, is_https: bool) -> Self {
        let mut desired = Self {
            items: Vec::new(),
            left_out: Vec::new(),
        };
        identities::add(settings, account, &mut desired);
        if !settings.logging.bucket.is_empty() {
            documents::logs(settings, account, is_https, &mut desired);
        }
        documents::recordings(settings, account, is_https, &mut desired);
        desired
            .items
            .sort_by_key(|item| order(item.place, item.setting));
        desired
    }

    /// The item of this place and setting.
    pub fn item(&self, place: Place, setting: Setting) -> Option<&Item> {
        let mut items = self.items.iter();
        items.find(|item| item.place == place && item.setting == setting)
    }

    pub(crate) fn add(&mut self, place: Place, name: &str, setting: Setting, wanted: Value) {
        self.items.push(Item {
            place,
            name: name.to_owned(),
            setting,
            policy_name: String::new(),
            wanted,
        });
    }

    pub(crate) fn permit(&mut self, place: Place, name: &str, policy_name: &str, wanted: Value) {
        self.items.push(Item {
            place,
            name: name.to_owned(),
            setting: Setting::Permissions,
            policy_name: policy_name.to_owned(),
            wanted,
        });
    }
}

/// The replication role must be there before the rule that names it, and its permissions need no bucket.
fn order(place: Place, setting: Setting) -> (u8, Place, Setting) {
    let stage = match (place, setting) {
        (Place::Recordings, Setting::Replication) => 2,
        (Place::ReplicationRole, _) => 1,
        _ => 0,
    };
    (stage, place, setting)
}

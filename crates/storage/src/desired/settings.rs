//! `storage.toml` as a type: what somebody decided about the storage. Its keys are explained in `production.toml`.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Which values hold for keys that are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// One developer's bucket: nothing that is billed by itself.
    Development,
    /// Recordings of real people.
    Production,
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Development => "development",
            Self::Production => "production",
        })
    }
}

/// Everything that was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Which values hold for keys that are left out.
    pub profile: Profile,
    /// The bucket itself.
    pub bucket: BucketSettings,
    /// Default encryption.
    pub encryption: EncryptionSettings,
    /// Protection against deletion.
    pub object_lock: ObjectLockSettings,
    /// Who may do what.
    pub access: AccessSettings,
    /// Which pages may send.
    pub cors: CorsSettings,
    /// What happens to recordings with time.
    pub lifecycle: LifecycleSettings,
    /// Access logs.
    pub logging: LoggingSettings,
    /// What is counted.
    pub metrics: MetricsSettings,
    /// Tiers by use.
    pub intelligent_tiering: TieringSettings,
    /// Copies elsewhere.
    pub replication: ReplicationSettings,
}

/// `[bucket]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BucketSettings {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub region: String,
    /// Twelve digits; empty when STS is to be asked.
    pub account_id: String,
    /// Whether old versions are kept.
    pub versioning: bool,
    /// Whether deleting versions needs a second factor.
    pub mfa_delete: bool,
    /// Tags for the bill.
    pub tags: BTreeMap<String, String>,
}

/// An encryption that S3 does by itself.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// SSE-S3.
    #[serde(rename = "AES256")]
    Aes256,
    /// SSE-KMS.
    #[serde(rename = "aws:kms")]
    Kms,
}

impl Algorithm {
    /// S3's name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aes256 => "AES256",
            Self::Kms => "aws:kms",
        }
    }
}

/// `[encryption]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncryptionSettings {
    /// What with.
    pub algorithm: Algorithm,
    /// ARN, id or alias of the KMS key; empty for AWS's own.
    pub kms_key: String,
    /// Whether one KMS request serves many objects.
    pub bucket_key: bool,
    /// Whether a PUT that names another encryption is refused.
    pub refuse_other: bool,
}

/// How firmly an object is locked.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LockMode {
    /// Not by default.
    #[serde(rename = "none")]
    None,
    /// Those with a special permission may still delete it.
    #[serde(rename = "GOVERNANCE")]
    Governance,
    /// Nobody may.
    #[serde(rename = "COMPLIANCE")]
    Compliance,
}

/// `[object_lock]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectLockSettings {
    /// Whether objects can be locked.
    pub enabled: bool,
    /// What new objects are locked with.
    pub default_mode: LockMode,
    /// For how many days.
    pub default_days: u32,
}

/// `[access]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessSettings {
    /// The backend's IAM user; empty where there is none.
    pub user: String,
    /// The name of its inline policy.
    pub user_policy: String,
    /// Whether an access key is made when the user has none.
    pub access_key: bool,
    /// The ARN of the role that the backend runs under, instead of a user.
    pub principal: String,
    /// The role for sessions narrowed to a tenant; empty for none.
    pub signing_role: String,
    /// How long such a session lives at most, in minutes.
    pub session_minutes: u32,
    /// Whether plain HTTP is refused.
    pub tls_only: bool,
}

/// `[cors]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorsSettings {
    /// Origins, `https://app.example.com`.
    pub origins: Vec<String>,
    /// HTTP methods.
    pub methods: Vec<String>,
    /// Headers of requests.
    pub allowed_headers: Vec<String>,
    /// Headers of answers.
    pub exposed_headers: Vec<String>,
    /// How long the answer to a preflight holds, in seconds.
    pub max_age_seconds: u32,
}

/// An archive.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ArchiveClass {
    /// Opens at once.
    #[serde(rename = "GLACIER_IR")]
    InstantRetrieval,
    /// Opens after minutes or hours.
    #[serde(rename = "GLACIER")]
    Flexible,
    /// Opens after twelve hours.
    #[serde(rename = "DEEP_ARCHIVE")]
    Deep,
}

impl ArchiveClass {
    /// S3's name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InstantRetrieval => "GLACIER_IR",
            Self::Flexible => "GLACIER",
            Self::Deep => "DEEP_ARCHIVE",
        }
    }
}

/// `[lifecycle]`; 0 days mean never.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LifecycleSettings {
    /// Recordings are deleted.
    pub delete_after_days: u32,
    /// Only those tagged `retention=default` are.
    pub only_tagged: bool,
    /// They move to `STANDARD_IA`.
    pub infrequent_access_after_days: u32,
    /// They move to an archive.
    pub archive_after_days: u32,
    /// Which archive.
    pub archive_class: ArchiveClass,
    /// Parts of uploads that were never completed are removed.
    pub abort_multipart_after_days: u32,
    /// Old versions are deleted.
    pub delete_old_versions_after_days: u32,
}

/// `[logging]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoggingSettings {
    /// Where logs are delivered; empty for nowhere.
    pub bucket: String,
    /// What their keys begin with.
    pub prefix: String,
    /// They are deleted after so many days; 0 for never.
    pub keep_days: u32,
}

/// `[metrics]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricsSettings {
    /// Whether requests and transferred bytes are counted.
    pub requests: bool,
}

/// `[intelligent_tiering]`; 0 days mean never.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TieringSettings {
    /// Whether S3 moves what is not opened.
    pub enabled: bool,
    /// To the Archive Access tier.
    pub archive_access_after_days: u32,
    /// To the Deep Archive Access tier.
    pub deep_archive_access_after_days: u32,
}

/// `[replication]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplicationSettings {
    /// Where copies go; empty for none.
    pub bucket: String,
    /// Their storage class.
    pub storage_class: String,
    /// The role that S3 copies with.
    pub role: String,
}

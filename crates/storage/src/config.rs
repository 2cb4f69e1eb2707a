//! Which bucket, and as whom.

use url::Url;

use crate::{SecretText, SigningRole};

/// Everything needed to reach one bucket.
#[derive(Debug, Clone)]
pub struct BucketConfig {
    /// The bucket's region, `us-east-1`; a compatible store usually takes any.
    pub region: String,
    /// The bucket's name.
    pub bucket: String,
    /// Another store than AWS's own, as an origin. Its requests are path-style: `{endpoint}/{bucket}/{key}`.
    pub endpoint_url: Option<Url>,
    /// As whom.
    pub credentials: Credentials,
    /// What tickets that sign an encryption ask for.
    pub encryption: Encryption,
    /// What the parts of an upload are held to.
    pub part_checksum: PartChecksum,
    /// Whether tickets sign an object's tags. It takes `s3:PutObjectTagging`, which the setup guide's own policy lacks.
    pub tagging: bool,
    /// Who signs tickets; without one, the account itself.
    pub signing_role: Option<SigningRole>,
}

/// Where the account's keys come from.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// Named by the configuration.
    Static {
        /// `AWS_ACCESS_KEY_ID`.
        access_key_id: String,
        /// `AWS_SECRET_ACCESS_KEY`.
        secret_access_key: SecretText,
        /// `AWS_SESSION_TOKEN`, for temporary keys.
        session_token: Option<SecretText>,
    },
    /// Those of a profile in `~/.aws`, also where the environment names others.
    Profile {
        /// Its name.
        name: String,
    },
    /// The SDK's chain: environment, profile, web identity, container role, instance role.
    /// Source: <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>
    Chain,
}

/// The checksum that a store holds the parts of an upload to.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartChecksum {
    /// SHA-256. The object gets a checksum of the parts' checksums. Most compatible stores know it; where a whole
    /// recording's SHA-256 is wanted besides, its bytes are hashed twice.
    Sha256,
    /// CRC-64/NVME, which costs next to nothing to compute, and which the store combines to that of the whole object. AWS
    /// knows it since December 2024.
    Crc64Nvme,
}

impl PartChecksum {
    /// How many hexadecimal digits one has.
    pub fn digits(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Crc64Nvme => 16,
        }
    }
}

impl std::fmt::Display for PartChecksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sha256 => "SHA-256",
            Self::Crc64Nvme => "CRC-64/NVME",
        })
    }
}

/// Server-side encryption, as tickets ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// Nothing is asked for: the bucket's own default encrypts.
    BucketDefault,
    /// SSE-S3: `x-amz-server-side-encryption: AES256`.
    Aes256,
}

//! From a configuration to a bucket that can be spoken to.

use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials as Keys;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    Builder, IdentityCache, Region, RequestChecksumCalculation, ResponseChecksumValidation,
};
use url::Url;

use crate::identity::Identity;
use crate::{Bucket, BucketConfig, Credentials};

/// How long the chain may look for keys: off AWS, the instance role alone is given up only after some seconds.
const CHAIN_TIME_LIMIT: Duration = Duration::from_secs(20);

/// Why there is no bucket to speak to. Nothing has been asked of the store at this point.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// A value is empty; `variable` is the setup guide's name for it.
    #[error("{variable} is not set")]
    Missing {
        /// `AWS_REGION`, `AWS_S3_BUCKET_NAME`, `AWS_ACCESS_KEY_ID` or `AWS_SECRET_ACCESS_KEY`.
        variable: &'static str,
    },
    /// The endpoint is no web address.
    #[error(
        "AWS_ENDPOINT_URL_S3 must be an http or https address without a query, not `{scheme}:`"
    )]
    Endpoint {
        /// What it begins with.
        scheme: String,
    },
    /// No source of the chain has keys.
    #[error(
        "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile, or run under a role"
    )]
    NoCredentials {
        /// What the chain said.
        #[source]
        source: CredentialsError,
    },
    /// A source of the chain should have keys and failed.
    #[error("the configured source of AWS credentials failed")]
    CredentialsFailed {
        /// What the source said.
        #[source]
        source: CredentialsError,
    },
    /// The chain did not end.
    #[error("no AWS credentials were found within {} s", CHAIN_TIME_LIMIT.as_secs())]
    CredentialsTimedOut,
}

impl ConnectError {
    /// The variables that would mend it, by the setup guide's names.
    pub fn missing(&self) -> &'static [&'static str] {
        match self {
            Self::Missing { variable } => match *variable {
                "AWS_REGION" => &["AWS_REGION"],
                "AWS_S3_BUCKET_NAME" => &["AWS_S3_BUCKET_NAME"],
                "AWS_ACCESS_KEY_ID" => &["AWS_ACCESS_KEY_ID"],
                _ => &["AWS_SECRET_ACCESS_KEY"],
            },
            Self::NoCredentials { .. } | Self::CredentialsTimedOut => {
                &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
            }
            Self::Endpoint { .. } | Self::CredentialsFailed { .. } => &[],
        }
    }
}

impl Bucket {
    /// Checks the configuration and resolves the credentials once, so that missing ones are known now. The store itself
    /// is not asked: see [`Bucket::reachable`].
    pub async fn connect(config: BucketConfig) -> Result<Self, ConnectError> {
        require("AWS_REGION", &config.region)?;
        require("AWS_S3_BUCKET_NAME", &config.bucket)?;
        if let Some(endpoint) = &config.endpoint_url {
            check_endpoint(endpoint)?;
        }
        let identity = identity(&config).await?;
        let client = aws_sdk_s3::Client::from_conf(client_config(&config, identity.clone()));
        Ok(Self::new(client, identity, config))
    }
}

/// How long a service may take for one attempt, and for all of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) attempt: Duration,
    pub(crate) operation: Duration,
}

/// What IAM and STS have in common. AWS's own are meant where no endpoint is named.
pub(crate) fn service_config(
    region: &str,
    endpoint: Option<&Url>,
    identity: Identity,
    patience: Patience,
) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(patience.attempt)
        .operation_timeout(patience.operation)
        .build();
    let mut builder = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(identity))
        .identity_cache(IdentityCache::no_cache())
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(3));
    builder.set_endpoint_url(
        endpoint.map(|endpoint| endpoint.as_str().trim_end_matches('/').to_owned()),
    );
    builder.build()
}

/// Resolves the credentials once, within a time limit.
pub(crate) async fn identity(config: &BucketConfig) -> Result<Identity, ConnectError> {
    let provider = provider(config).await?;
    match tokio::time::timeout(CHAIN_TIME_LIMIT, Identity::resolve(provider)).await {
        Ok(Ok(identity)) => Ok(identity),
        Ok(Err(source @ CredentialsError::CredentialsNotLoaded(_))) => {
            Err(ConnectError::NoCredentials { source })
        }
        Ok(Err(source)) => Err(ConnectError::CredentialsFailed { source }),
        Err(_elapsed) => Err(ConnectError::CredentialsTimedOut),
    }
}

fn require(variable: &'static str, value: &str) -> Result<(), ConnectError> {
    if value.trim().is_empty() {
        return Err(ConnectError::Missing { variable });
    }
    Ok(())
}

fn check_endpoint(endpoint: &Url) -> Result<(), ConnectError> {
    let plain = endpoint.query().is_none() && endpoint.fragment().is_none();
    if plain && endpoint.has_host() && matches!(endpoint.scheme(), "http" | "https") {
        return Ok(());
    }
    let scheme = endpoint.scheme().to_owned();
    Err(ConnectError::Endpoint { scheme })
}

async fn provider(config: &BucketConfig) -> Result<SharedCredentialsProvider, ConnectError> {
    match &config.credentials {
        Credentials::Static {
            access_key_id,
            secret_access_key,
            session_token,
        } => {
            require("AWS_ACCESS_KEY_ID", access_key_id)?;
            require("AWS_SECRET_ACCESS_KEY", secret_access_key.expose())?;
            let session_token = session_token
                .as_ref()
                .map(|token| token.expose().to_owned());
            Ok(SharedCredentialsProvider::new(Keys::new(
                access_key_id,
                secret_access_key.expose(),
                session_token,
                None,
                "configuration",
            )))
        }
        Credentials::Profile { name } => {
            let region = Some(Region::new(config.region.clone()));
            let provider = ProfileFileCredentialsProvider::builder()
                .configure(&ProviderConfig::without_region().with_region(region))
                .profile_name(name)
                .build();
            Ok(SharedCredentialsProvider::new(provider))
        }
        Credentials::Chain => {
            let loaded = aws_config::defaults(BehaviorVersion::latest())
                .region(Region::new(config.region.clone()))
                .load()
                .await;
            loaded
                .credentials_provider()
                .ok_or_else(|| ConnectError::NoCredentials {
                    source: CredentialsError::not_loaded_no_source(),
                })
        }
    }
}

pub(crate) fn client_config(config: &BucketConfig, identity: Identity) -> aws_sdk_s3::Config {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(15))
        .operation_timeout(Duration::from_secs(40))
        .build();
    let mut builder = Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(config.region.clone()))
        .credentials_provider(identity)
        // `Identity` keeps the keys; the SDK's own cache would keep a second copy for every ticket signed.
        .identity_cache(IdentityCache::no_cache())
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        // Nothing is signed that was not asked for, and compatible stores know no newer checksums.
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
    if let Some(endpoint) = &config.endpoint_url {
        builder = builder
            .endpoint_url(endpoint.as_str().trim_end_matches('/'))
            .force_path_style(true);
    }
    builder.build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Encryption, PartChecksum};

    fn config() -> BucketConfig {
        BucketConfig {
            region: "us-east-1".to_owned(),
            bucket: "recordings".to_owned(),
            endpoint_url: None,
            credentials: Credentials::Static {
                access_key_id: "AKIDEXAMPLE".to_owned(),
                secret_access_key: "secret".into(),
                session_token: None,
            },
            encryption: Encryption::BucketDefault,
            part_checksum: PartChecksum::Sha256,
            tagging: false,
            signing_role: None,
        }
    }

    fn keys(access_key_id: &str, secret_access_key: &str) -> Credentials {
        Credentials::Static {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: secret_access_key.into(),
            session_token: None,
        }
    }

    #[tokio::test]
    async fn what_is_missing_is_named() {
        let cases = [
            (
                "AWS_REGION",
                BucketConfig {
                    region: " ".to_owned(),
                    ..config()
                },
            ),
            (
                "AWS_S3_BUCKET_NAME",
                BucketConfig {
                    bucket: String::new(),
                    ..config()
                },
            ),
            (
                "AWS_ACCESS_KEY_ID",
                BucketConfig {
                    credentials: keys("", "secret"),
                    ..config()
                },
            ),
            (
                "AWS_SECRET_ACCESS_KEY",
                BucketConfig {
                    credentials: keys("id", ""),
                    ..config()
                },
            ),
        ];
        for (variable, config) in cases {
            let error = Bucket::connect(config).await.unwrap_err();
            assert_eq!(error.missing(), [variable]);
            assert!(error.to_string().contains(variable), "{error}");
        }
    }

    #[tokio::test]
    async fn an_endpoint_is_a_web_address() {
        for bad in ["ftp://127.0.0.1/", "data:,x", "http://127.0.0.1:1/?x=1"] {
            let endpoint_url = Some(bad.parse().unwrap());
            let error = Bucket::connect(BucketConfig {
                endpoint_url,
                ..config()
            })
            .await
            .unwrap_err();
            assert!(
                matches!(error, ConnectError::Endpoint { .. }),
                "{bad}: {error}"
            );
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        let printed = format!("{:?}", config());
        assert!(!printed.contains("\"secret\""), "{printed}");
    }
}

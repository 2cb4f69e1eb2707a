//! The account in which storage is set up: the store, and IAM and STS where there are any.

use std::fmt;
use std::time::Duration;

use url::Url;

use crate::connect::Patience;
use crate::desired::Settings;
use crate::{BucketConfig, ConnectError, Credentials, Encryption, PartChecksum, Refusal, connect};

/// Somebody sets storage up and looks on.
const PATIENCE: Patience = Patience {
    attempt: Duration::from_secs(15),
    operation: Duration::from_secs(40),
};

/// As whom, and where what is.
#[derive(Debug, Clone)]
pub struct CloudConfig {
    /// As whom.
    pub credentials: Credentials,
    /// Another store than AWS's own.
    pub s3_endpoint: Option<Url>,
    /// Its IAM. Without it, a store of another's is taken to have none: keys are not sent to AWS that are not AWS's.
    pub iam_endpoint: Option<Url>,
    /// Its STS, likewise.
    pub sts_endpoint: Option<Url>,
}

/// The account, spoken to with one set of credentials. Clones share connections; dropping one stops nothing.
#[derive(Clone)]
pub struct Cloud {
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) iam: Option<aws_sdk_iam::Client>,
    pub(crate) sts: Option<aws_sdk_sts::Client>,
    pub(crate) region: String,
    is_https: bool,
    is_compatible: bool,
}

impl fmt::Debug for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cloud")
            .field("region", &self.region)
            .field("is_compatible", &self.is_compatible)
            .finish_non_exhaustive()
    }
}

/// Whose keys these are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account's twelve digits.
    pub account_id: String,
    /// The user's or the session's ARN.
    pub arn: String,
}

/// Whose keys these are could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallerError {
    /// This store has no STS that is known.
    #[error(
        "whose keys these are cannot be asked: no STS is known for this store; set AWS_ENDPOINT_URL_STS, or `bucket.account_id`"
    )]
    NoSts,
    /// STS said no, or nothing.
    #[error("could not ask STS whose keys these are")]
    Ask {
        /// Why.
        #[source]
        source: Refusal,
    },
}

impl Cloud {
    /// Resolves the credentials once. Nothing is asked of the store yet.
    pub async fn connect(config: CloudConfig, settings: &Settings) -> Result<Self, ConnectError> {
        let region = settings.bucket.region.clone();
        let bucket = BucketConfig {
            region: region.clone(),
            bucket: settings.bucket.name.clone(),
            endpoint_url: config.s3_endpoint.clone(),
            credentials: config.credentials,
            encryption: Encryption::BucketDefault,
            part_checksum: PartChecksum::Crc64Nvme,
            tagging: false,
            signing_role: None,
        };
        let identity = connect::identity(&bucket).await?;
        let is_compatible = bucket.endpoint_url.is_some();
        let is_https = bucket
            .endpoint_url
            .as_ref()
            .is_none_or(|endpoint| endpoint.scheme() == "https");
        let has_iam = !is_compatible || config.iam_endpoint.is_some();
        let has_sts = !is_compatible || config.sts_endpoint.is_some();
        let service = |endpoint: Option<&Url>| {
            connect::service_config(&region, endpoint, identity.clone(), PATIENCE)
        };
        Ok(Self {
            iam: has_iam.then(|| aws_sdk_iam::Client::new(&service(config.iam_endpoint.as_ref()))),
            sts: has_sts.then(|| aws_sdk_sts::Client::new(&service(config.sts_endpoint.as_ref()))),
            s3: aws_sdk_s3::Client::from_conf(connect::client_config(&bucket, identity.clone())),
            region: region.clone(),
            is_https,
            is_compatible,
        })
    }

    /// Whether the store is reached by https.
    pub fn is_https(&self) -> bool {
        self.is_https
    }

    /// Whether it is another store than AWS's own.
    pub fn is_compatible(&self) -> bool {
        self.is_compatible
    }

    /// Whether it has IAM.
    pub fn has_iam(&self) -> bool {
        self.iam.is_some()
    }

    /// Whose keys these are (`sts get-caller-identity`).
    pub async fn caller(&self) -> Result<Caller, CallerError> {
        let sts = self.sts.as_ref().ok_or(CallerError::NoSts)?;
        let answer = sts.get_caller_identity().send().await;
        let source = match answer {
            Ok(answer) => match (answer.account, answer.arn) {
                (Some(account_id), Some(arn)) => return Ok(Caller { account_id, arn }),
                _ => Refusal::Unreadable("it names neither account nor ARN"),
            },
            Err(error) => Refusal::read(error),
        };
        Err(CallerError::Ask { source })
    }
}

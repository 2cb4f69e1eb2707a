//! What the orders of `revui-server storage` are told by the environment: as whom, and where the store and IAM are. The
//! rest is in `storage.toml`.

use storage::Credentials;
use storage::desired::Surroundings;
use url::Url;

use super::Problem;
use super::reader::Reader;

/// The environment's part of provisioning.
#[derive(Debug)]
pub struct Provisioning {
    /// As whom.
    pub credentials: Credentials,
    /// `AWS_ENDPOINT_URL_S3`, another store than AWS's own.
    pub s3_endpoint: Option<Url>,
    /// `AWS_ENDPOINT_URL_IAM`, where such a store has IAM.
    pub iam_endpoint: Option<Url>,
    /// `AWS_ENDPOINT_URL_STS`, likewise.
    pub sts_endpoint: Option<Url>,
    /// What holds where `storage.toml` says nothing.
    pub surroundings: Surroundings,
}

/// Reads the variables that `lookup` finds. An empty variable counts as left out.
pub fn provisioning(lookup: impl Fn(&str) -> Option<String>) -> Result<Provisioning, Vec<Problem>> {
    let mut reader = Reader {
        lookup: &|name| lookup(name).filter(|value| !value.trim().is_empty()),
        problems: Vec::new(),
    };
    let origins = reader.cors_origins();
    let mut missing = Vec::new();
    let read = Provisioning {
        credentials: reader.credentials(&mut missing),
        s3_endpoint: reader.endpoint_url(),
        iam_endpoint: reader.web_address("AWS_ENDPOINT_URL_IAM"),
        sts_endpoint: reader.web_address("AWS_ENDPOINT_URL_STS"),
        surroundings: Surroundings {
            bucket: reader.get("AWS_S3_BUCKET_NAME"),
            region: reader.get("AWS_REGION"),
            origins: origins
                .iter()
                .filter_map(|origin| origin.to_str().ok().map(str::to_owned))
                .collect(),
            profile: None,
        },
    };
    for name in missing {
        reader.problem(name, "it is missing, and the other half of the key is set");
    }
    if reader.problems.is_empty() {
        Ok(read)
    } else {
        Err(reader.problems)
    }
}

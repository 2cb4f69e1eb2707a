//! The bucket as it is configured: there, ours, where it should be, listed, encrypting.

use std::collections::BTreeMap;

use aws_sdk_s3::types::ServerSideEncryptionConfiguration;
use reqwest::Method;

use super::causes::{Tried, answered, is_lacking, refusal};
use super::{PROBES_PREFIX, Trouble, Verdict, Verification, causes};
use crate::{Refusal, StoreError};

impl Verification {
    pub(super) async fn is_there(&self) -> Verdict {
        let name = self.bucket.name();
        match self.bucket.reachable().await {
            Ok(()) => Verdict::Passed(format!("`{name}` is there")),
            Err(StoreError::Reach { source, .. }) if source.status() == Some(403) => {
                Verdict::Failed(Trouble::new(
                    format!("`{name}`: {source}"),
                    "the bucket is somebody else's, or these credentials may not list it",
                    "grant s3:ListBucket on the bucket; names are shared by all of AWS: if it isn't yours, choose another name in AWS_S3_BUCKET_NAME",
                ))
            }
            Err(StoreError::Reach { source, .. }) => {
                Verdict::Failed(refusal(&source, Tried::Bucket))
            }
            Err(StoreError::NoBucket { bucket }) => Verdict::Failed(Trouble::new(
                format!("there is no bucket `{bucket}`"),
                "there is nowhere to put recordings",
                "make it with `revui-server storage apply`, and check AWS_S3_BUCKET_NAME",
            )),
            Err(error) => Verdict::Failed(Trouble::new(
                error.to_string(),
                "it could not be asked",
                "try again",
            )),
        }
    }

    /// S3 says the region to anybody who asks; other stores to their account, if at all.
    pub(super) async fn region(&self) -> Verdict {
        let wanted = &self.config.region;
        let told = match self.bucket_url().await {
            Ok(url) => {
                self.send(Method::HEAD, &url, &BTreeMap::new(), Vec::new())
                    .await
            }
            Err(trouble) => return Verdict::Failed(trouble),
        };
        let told = told.ok().and_then(|answer| {
            let region = answer.header("x-amz-bucket-region");
            region.map(str::to_owned)
        });
        let found = match told {
            Some(found) => found,
            None => match self.location().await {
                Ok(Some(found)) => found,
                Ok(None) => return Verdict::Skipped("the store knows no regions".to_owned()),
                Err(source) if is_lacking(&source) => {
                    return Verdict::Skipped(format!("the store knows no regions: {source}"));
                }
                Err(source) if source.status() == Some(403) => {
                    return Verdict::Skipped(format!(
                        "it may not be asked (s3:GetBucketLocation): {source}"
                    ));
                }
                Err(source) => return Verdict::Failed(refusal(&source, Tried::Bucket)),
            },
        };
        if found == *wanted {
            return Verdict::Passed(found);
        }
        if self.cloud.is_compatible() && !is_aws_region(&found) {
            return Verdict::Passed(format!("the store calls its own `{found}`, and takes any"));
        }
        Verdict::Failed(Trouble::new(
            format!("the bucket is in {found}, and {wanted} is configured"),
            "URLs are signed for a region: S3 answers those of another one with 301 or 400, which browsers and clients cannot follow",
            format!("set AWS_REGION={found}"),
        ))
    }

    /// `None` from stores that have none. AWS's oldest region is an empty answer.
    async fn location(&self) -> Result<Option<String>, Refusal> {
        let request = self
            .cloud
            .s3
            .get_bucket_location()
            .bucket(self.bucket.name());
        let answer = request.send().await.map_err(Refusal::read)?;
        let named = answer
            .location_constraint
            .map(|region| region.as_str().to_owned());
        Ok(match named.filter(|region| !region.is_empty()) {
            Some(region) => Some(if region == "EU" {
                "eu-west-1".to_owned()
            } else {
                region
            }),
            None if self.cloud.is_compatible() => None,
            None => Some("us-east-1".to_owned()),
        })
    }

    /// `aws s3 ls`, and what earlier runs left behind.
    pub(super) async fn list(&self) -> Verdict {
        let request = self.cloud.s3.list_objects_v2().bucket(self.bucket.name());
        let answer = request.prefix(PROBES_PREFIX).send().await;
        let listed = match answer.map_err(Refusal::read) {
            Ok(listed) => listed,
            Err(source) => return Verdict::Failed(refusal(&source, Tried::List)),
        };
        let left: Vec<_> = listed
            .contents()
            .iter()
            .filter_map(|object| object.key())
            .collect();
        let Some(first) = left.first() else {
            return Verdict::Passed("it can".to_owned());
        };
        Verdict::Warned(Trouble::new(
            format!(
                "{} objects under {PROBES_PREFIX}, `{first}` among them",
                left.len()
            ),
            "a run that was killed left them behind, or another one is running",
            format!(
                "when none runs: aws s3 rm s3://{}/{PROBES_PREFIX} --recursive",
                self.bucket.name()
            ),
        ))
    }

    /// `aws s3api get-bucket-encryption`.
    pub(super) async fn encryption(&self) -> Verdict {
        let request = self
            .cloud
            .s3
            .get_bucket_encryption()
            .bucket(self.bucket.name());
        let answer = match request.send().await.map_err(Refusal::read) {
            Ok(answer) => answer,
            // Ceph's gateway answers 200 to it, and something else than S3 would.
            Err(source) if is_lacking(&source) || source.status() == Some(200) => {
                return Verdict::Skipped(format!("the store has no such setting: {source}"));
            }
            Err(source)
                if source.code() == Some("ServerSideEncryptionConfigurationNotFoundError") =>
            {
                return Verdict::Failed(Trouble::new(
                    "the bucket has no default encryption",
                    "the guide's tickets sign no encryption: what they put would be kept in the clear",
                    "`revui-server storage apply` sets it, or: aws s3api put-bucket-encryption with SSEAlgorithm AES256",
                ));
            }
            Err(source) => return Verdict::Failed(refusal(&source, Tried::Encryption)),
        };
        let rules = answer.server_side_encryption_configuration();
        let rules = rules
            .map(ServerSideEncryptionConfiguration::rules)
            .unwrap_or_default();
        let mut algorithms = rules.iter().filter_map(|rule| {
            let default = rule.apply_server_side_encryption_by_default()?;
            Some(default.sse_algorithm().as_str().to_owned())
        });
        match algorithms.next() {
            Some(algorithm) => Verdict::Passed(algorithm),
            None => Verdict::Failed(Trouble::new(
                "its encryption names no algorithm",
                "what tickets put may be kept in the clear",
                "`revui-server storage apply` sets it",
            )),
        }
    }

    /// Whatever is configured: what the store says of an object.
    pub(super) async fn is_encrypted(&self) -> Verdict {
        let request = self.cloud.s3.head_object().bucket(self.bucket.name());
        match request
            .key(self.key("first"))
            .send()
            .await
            .map_err(Refusal::read)
        {
            Ok(head) => match head.server_side_encryption() {
                Some(algorithm) => Verdict::Passed(algorithm.as_str().to_owned()),
                None => Verdict::Warned(Trouble::new(
                    "the store does not say that the object is encrypted",
                    "it may lie in the clear on the store's disks",
                    "turn on the bucket's default encryption, or the disks' own where the store has none",
                )),
            },
            Err(source) => Verdict::Failed(refusal(&source, Tried::Get)),
        }
    }

    /// The address of the bucket itself, or a place in it.
    pub(super) async fn bucket_url(&self) -> Result<String, Trouble> {
        let probe = self.key("origin");
        let url = self.origin().await?;
        let path = url.path();
        let base = path.strip_suffix(&*probe).unwrap_or(path);
        Ok(format!("{}{base}", url.origin().ascii_serialization()))
    }

    /// Sends what nobody has signed.
    pub(super) async fn unsigned(
        &self,
        method: Method,
        url: &str,
        body: &[u8],
    ) -> Result<super::answer::Answer, Trouble> {
        let sent = self
            .send(method, url, &BTreeMap::new(), body.to_vec())
            .await;
        sent.map_err(|error| causes::unanswered(&error))
    }
}

/// `eu-central-1`, `us-gov-west-1`: stores of other makes have one region, by a name of their own.
fn is_aws_region(name: &str) -> bool {
    let mut parts = name.split('-');
    let country = parts.next().is_some_and(|part| part.len() == 2);
    let number = name
        .rsplit('-')
        .next()
        .is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    country && number && name.matches('-').count() >= 2
}

/// What is said of an answer to a ticket that should have been taken.
pub(super) fn taken(answer: &super::answer::Answer, tried: Tried) -> Result<(), Trouble> {
    if answer.status.is_success() {
        return Ok(());
    }
    Err(answered(answer, tried))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_of_awss_is_told_from_a_name() {
        for (name, expected) in [
            ("eu-central-1", true),
            ("us-gov-west-1", true),
            ("default", false),
            ("garage", false),
            ("auto", false),
            ("", false),
            ("eu-1", false),
        ] {
            assert_eq!(is_aws_region(name), expected, "{name}");
        }
    }
}

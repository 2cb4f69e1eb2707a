//! The bucket itself: that it is there, and what is one value.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, DefaultRetention,
    ObjectLockConfiguration, ObjectLockEnabled, ObjectLockRetentionMode, ObjectLockRule,
    ObjectOwnership, OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration,
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule, Tag, Tagging, VersioningConfiguration,
};
use serde_json::{Value, json};

use super::WriteError;
use super::words::{flag, list, number, object, required, text, untranslatable};
use crate::Refusal;
use crate::cloud::Cloud;

type Read = Result<Option<Value>, Refusal>;
type Written = Result<(), WriteError>;

/// A bucket in another region answers with a redirect that names it.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>
pub(super) async fn read_existence(s3: &Client, name: &str, region: &str) -> Read {
    match s3.head_bucket().bucket(name).send().await {
        // A store that names no region has one.
        Ok(head) => Ok(Some(json!({
            "Bucket": name,
            "Region": head.bucket_region.as_deref().unwrap_or(region),
        }))),
        Err(error) => {
            let elsewhere = error
                .raw_response()
                .and_then(|answer| answer.headers().get("x-amz-bucket-region"))
                .filter(|found| *found != region)
                .map(str::to_owned);
            match elsewhere {
                Some(found) => Ok(Some(json!({ "Bucket": name, "Region": found }))),
                None => Err(Refusal::read(error)),
            }
        }
    }
}

/// AWS refuses the name of its oldest region here, and compatible stores may refuse any name.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html>
pub(super) async fn create(cloud: &Cloud, name: &str) -> Written {
    let request = cloud.s3.create_bucket().bucket(name);
    let region = BucketLocationConstraint::from(cloud.region.as_str());
    let constraint = CreateBucketConfiguration::builder()
        .location_constraint(region)
        .build();
    let constraint = (cloud.region != "us-east-1").then_some(constraint);
    let is_constrained = constraint.is_some();
    let named = request.clone().set_create_bucket_configuration(constraint);
    match named.send().await.map_err(Refusal::read) {
        Err(refusal)
            if cloud.is_compatible() && is_constrained && refusal.status() == Some(400) =>
        {
            request.send().await.map_err(Refusal::read)?;
        }
        answered => {
            answered?;
        }
    }
    Ok(())
}

pub(super) async fn read_ownership(s3: &Client, name: &str) -> Read {
    let answer = s3.get_bucket_ownership_controls().bucket(name).send().await;
    let controls = answer.map_err(Refusal::read)?.ownership_controls;
    Ok(controls.map(|controls| {
        let rules = controls.rules.iter();
        let rules: Vec<Value> = rules
            .map(|rule| json!({ "ObjectOwnership": rule.object_ownership.as_str() }))
            .collect();
        json!({ "Rules": rules })
    }))
}

pub(super) async fn write_ownership(s3: &Client, name: &str, document: &Value) -> Written {
    let mut controls = OwnershipControls::builder();
    for rule in list(document, "Rules") {
        let ownership = required(rule, "ObjectOwnership")?;
        let rule = OwnershipControlsRule::builder()
            .object_ownership(ObjectOwnership::from(ownership.as_str()))
            .build()
            .map_err(untranslatable("Rules"))?;
        controls = controls.rules(rule);
    }
    s3.put_bucket_ownership_controls()
        .bucket(name)
        .ownership_controls(controls.build().map_err(untranslatable("Rules"))?)
        .send()
        .await
        .map_err(Refusal::read)?;
    Ok(())
}

pub(super) async fn read_public_access(s3: &Client, name: &str) -> Read {
    let answer = s3.get_public_access_block().bucket(name).send().await;
    let block = answer.map_err(Refusal::read)?;
    Ok(block.public_access_block_configuration.map(|block| {
        json!({
            "BlockPublicAcls": block.block_public_acls.unwrap_or(false),
            "IgnorePublicAcls": block.ignore_public_acls.unwrap_or(false),
            "BlockPublicPolicy": block.block_public_policy.unwrap_or(false),
            "RestrictPublicBuckets": block.restrict_public_buckets.unwrap_or(false),
        })
    }))
}

pub(super) async fn write_public_access(s3: &Client, name: &str, document: &Value) -> Written {
    let block = PublicAccessBlockConfiguration::builder()
        .set_block_public_acls(flag(document, "BlockPublicAcls"))
        .set_ignore_public_acls(flag(document, "IgnorePublicAcls"))
        .set_block_public_policy(flag(document, "BlockPublicPolicy"))
        .set_restrict_public_buckets(flag(document, "RestrictPublicBuckets"))
        .build();
    s3.put_public_access_block()
        .bucket(name)
        .public_access_block_configuration(block)
        .send()
        .await
        .map_err(Refusal::read)?;
    Ok(())
}

pub(super) async fn read_encryption(s3: &Client, name: &str) -> Read {
    let answer = s3.get_bucket_encryption().bucket(name).send().await;
    let found = answer.map_err(Refusal::read)?;
    Ok(found.server_side_encryption_configuration.map(|found| {
        let rules: Vec<Value> = found
            .rules
            .iter()
            .map(|rule| {
                let default = rule.apply_server_side_encryption_by_default.as_ref();
                json!({
                    "ApplyServerSideEncryptionByDefault": default.map(|default| object([
                        ("SSEAlgorithm", Some(default.sse_algorithm.as_str().into())),
                        ("KMSMasterKeyID", default.kms_master_key_id.clone().map(Value::from)),
                    ])),
                    "BucketKeyEnabled": rule.bucket_key_enabled.unwrap_or(false),
                })
            })
            .collect();
        json!({ "Rules": rules })
    }))
}

pub(super) async fn write_encryption(s3: &Client, name: &str, document: &Value) -> Written {
    let mut configuration = ServerSideEncryptionConfiguration::builder();
    for rule in list(document, "Rules") {
        let default = &rule["ApplyServerSideEncryptionByDefault"];
        let algorithm = required(default, "SSEAlgorithm")?;
        let default = ServerSideEncryptionByDefault::builder()
            .sse_algorithm(ServerSideEncryption::from(algorithm.as_str()))
            .set_kms_master_key_id(text(default, "KMSMasterKeyID"))
            .build()
            .map_err(untranslatable("SSEAlgorithm"))?;
        let rule = ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(default)
            .set_bucket_key_enabled(flag(rule, "BucketKeyEnabled"))
            .build();
        configuration = configuration.rules(rule);
    }
    s3.put_bucket_encryption()
        .bucket(name)
        .server_side_encryption_configuration(
            configuration.build().map_err(untranslatable("Rules"))?,
        )
        .send()
        .await
        .map_err(Refusal::read)?;
    Ok(())
}

/// Nothing is set until versioning was enabled for the first time.
pub(super) async fn read_versioning(s3: &Client, name: &str) -> Read {
    let answer = s3.get_bucket_versioning().bucket(name).send().await;
    let found = answer.map_err(Refusal::read)?;
    let mfa_delete = found.mfa_delete.filter(|found| found.as_str() == "Enabled");
    Ok(found.status.map(|status| {
        object([
            ("Status", Some(status.as_str().into())),
            ("MFADelete", mfa_delete.map(|found| found.as_str().into())),
        ])
    }))
}

pub(super) async fn write_versioning(s3: &Client, name: &str, document: &Value) -> Written {
    let status = required(document, "Status")?;
    let versioning = VersioningConfiguration::builder()
        .status(BucketVersioningStatus::from(status.as_str()))
        .build();
    s3.put_bucket_versioning()
        .bucket(name)
        .versioning_configuration(versioning)
        .send()
        .await
        .map_err(Refusal::read)?;
    Ok(())
}

pub(super) async fn read_object_lock(s3: &Client, name: &str) -> Read {
    let answer = s3.get_object_lock_configuration().bucket(name).send().await;
    let found = answer.map_err(Refusal::read)?.object_lock_configuration;
    Ok(found.map(|found| {
        let retention = found.rule.and_then(|rule| rule.default_retention);
        let rule = retention.map(|retention| {
            json!({ "DefaultRetention": object([
                ("Mode", retention.mode.map(|mode| mode.as_str().into())),
                ("Days", retention.days.map(Value::from)),
                ("Years", retention.years.map(Value::from)),
            ])})
        });
        let enabled = found.object_lock_enabled;
        object([
            (
                "ObjectLockEnabled",
                enabled.map(|enabled| enabled.as_str().into()),
            ),
            ("Rule", rule),
        ])
    }))
}

pub(super) async fn write_object_lock(s3: &Client, name: &str, document: &Value) -> Written {
    let retention = &document["Rule"]["DefaultRetention"];
    let rule = text(retention, "Mode").map(|mode| {
        let retention = DefaultRetention::builder()
            .mode(ObjectLockRetentionMode::from(mode.as_str()))
            .set_days(number(retention, "Days"))
            .set_years(number(retention, "Years"))
            .build();
        ObjectLockRule::builder()
            .default_retention(retention)
            .build()
    });
    let lock = ObjectLockConfiguration::builder()
        .object_lock_enabled(ObjectLockEnabled::Enabled)
        .set_rule(rule)
        .build();
    s3.put_object_lock_configuration()
        .bucket(name)
        .object_lock_configuration(lock)
        .send()
        .await
        .map_err(Refusal::read)?;
    Ok(())
}

/// Whether a bucket locks what comes into it; `false` also where the store knows no such thing.
pub(crate) async fn has_object_lock(cloud: &Cloud, name: &str) -> bool {
    read_object_lock(&cloud.s3, name)
        .await
        .is_ok_and(|found| found.is_some_and(|found| found["Rule"].is_object()))
}

pub(super) async fn read_tags(s3: &Client, name: &str) -> Read {
    let answer = s3.get_bucket_tagging().bucket(name).send().await;
    let found = answer.map_err(Refusal::read)?;
    let tags = found.tag_set.iter();
    let tags: Vec<Value> = tags
        .map(|tag| json!({ "Key": tag.key, "Value": tag.value }))
        .collect();
    Ok((!tags.is_empty()).then(|| json!({ "TagSet": tags })))
}

pub(super) async fn write_tags(s3: &Client, name: &str, document: &Value) -> Written {
    let mut tagging = Tagging::builder();
    for tag in list(document, "TagSet") {
        tagging = tagging.tag_set(translate_tag(tag)?);
    }
    s3.put_bucket_tagging()
        .bucket(name)
        .tagging(tagging.build().map_err(untranslatable("TagSet"))?)
        .send()
        .await
        .map_err(Refusal::read)?;
    Ok(())
}

pub(super) fn translate_tag(tag: &Value) -> Result<Tag, WriteError> {
    Tag::builder()
        .key(required(tag, "Key")?)
        .value(required(tag, "Value")?)
        .build()
        .map_err(untranslatable("Tag"))
}

pub(super) async fn read_policy(s3: &Client, name: &str) -> Read {
    let answer = s3.get_bucket_policy().bucket(name).send().await;
    let policy = answer.map_err(Refusal::read)?.policy;
    match policy.filter(|policy| !policy.is_empty()) {
        None => Ok(None),
        Some(policy) => match serde_json::from_str(&policy) {
            Ok(policy) => Ok(Some(policy)),
            Err(_) => Err(Refusal::Unreadable("the bucket policy is no JSON")),
        },
    }
}

pub(super) async fn write_policy(s3: &Client, name: &str, document: &Value) -> Written {
    s3.put_bucket_policy()
        .bucket(name)
        .policy(document.to_string())
        .send()
        .await
        .map_err(Refusal::read)?;
    Ok(())
}

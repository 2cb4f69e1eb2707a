//! Things broken on purpose, each found and mended; and what is stricter than wanted, left alone.

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketLoggingStatus, BucketVersioningStatus, ExpirationStatus,
    LifecycleExpiration, LifecycleRule, LifecycleRuleFilter, PublicAccessBlockConfiguration,
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule, VersioningConfiguration,
};
use storage::difference::Verdict;

use super::{World, everything, iam, open, s3};

fn sorted(mut open: Vec<(String, Verdict)>) -> Vec<(String, Verdict)> {
    open.sort_by(|one, other| one.0.cmp(&other.0));
    open
}

/// As somebody in a hurry leaves it.
async fn break_the_bucket(name: &str) {
    let s3 = s3("us-east-1");
    s3.delete_public_access_block()
        .bucket(name)
        .send()
        .await
        .unwrap();
    let open = PublicAccessBlockConfiguration::builder()
        .block_public_acls(true)
        .build();
    let request = s3.put_public_access_block().bucket(name);
    request
        .public_access_block_configuration(open)
        .send()
        .await
        .unwrap();
    s3.delete_bucket_encryption()
        .bucket(name)
        .send()
        .await
        .unwrap();
    s3.delete_bucket_cors().bucket(name).send().await.unwrap();
    s3.delete_bucket_tagging()
        .bucket(name)
        .send()
        .await
        .unwrap();
    let suspended = VersioningConfiguration::builder()
        .status(BucketVersioningStatus::Suspended)
        .build();
    let request = s3.put_bucket_versioning().bucket(name);
    request
        .versioning_configuration(suspended)
        .send()
        .await
        .unwrap();
    let request = s3.put_bucket_logging().bucket(name);
    let none = BucketLoggingStatus::builder().build();
    request.bucket_logging_status(none).send().await.unwrap();
    let public = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Public","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::{name}/*"}}]}}"#
    );
    s3.put_bucket_policy()
        .bucket(name)
        .policy(public)
        .send()
        .await
        .unwrap();
    s3.delete_bucket_lifecycle()
        .bucket(name)
        .send()
        .await
        .unwrap();
}

async fn widen_the_rights(name: &str) {
    let iam = iam();
    let all =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let request = iam.put_user_policy().user_name(format!("{name}-backend"));
    let request = request
        .policy_name("RevuiS3RecordingsPolicy")
        .policy_document(all);
    request.send().await.unwrap();
    let everybody = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;
    let request = iam
        .update_assume_role_policy()
        .role_name(format!("{name}-signing"));
    request.policy_document(everybody).send().await.unwrap();
}

#[tokio::test]
async fn whatever_is_broken_is_named_and_mended() {
    let world = World::start(&everything("broken")).await;
    world.apply().await.unwrap();
    break_the_bucket(world.bucket()).await;
    widen_the_rights("broken").await;

    let plan = world.plan().await;
    let expected = [
        ("recordings.cors", Verdict::Missing),
        ("recordings.encryption", Verdict::Missing),
        ("recordings.lifecycle", Verdict::Missing),
        ("recordings.logging", Verdict::Missing),
        ("recordings.policy", Verdict::Differs),
        ("recordings.public-access", Verdict::Differs),
        ("recordings.tags", Verdict::Missing),
        ("recordings.versioning", Verdict::Differs),
        ("signing-role.trust", Verdict::Differs),
        ("user.permissions", Verdict::Differs),
    ];
    let expected: Vec<(String, Verdict)> = expected
        .map(|(id, verdict)| (id.to_owned(), verdict))
        .into();
    assert_eq!(sorted(open(&plan)), expected);
    for finding in plan.to_be_written() {
        assert!(
            !finding.why.is_empty() && !finding.mend.is_empty(),
            "{}",
            finding.id
        );
    }

    world.apply().await.unwrap();
    world.expect_settled().await;
    let policy = s3("us-east-1")
        .get_bucket_policy()
        .bucket(world.bucket())
        .send()
        .await
        .unwrap();
    assert!(
        !policy.policy.unwrap().contains("\"Public\""),
        "what lets everybody in is gone"
    );
}

/// Stricter than the production profile in four ways, and one rule of somebody else's.
async fn tighten(name: &str) {
    let s3 = s3("us-east-1");
    let kms = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(ServerSideEncryption::AwsKms)
        .build()
        .unwrap();
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(kms)
        .build();
    let configuration = ServerSideEncryptionConfiguration::builder()
        .rules(rule)
        .build()
        .unwrap();
    let request = s3.put_bucket_encryption().bucket(name);
    request
        .server_side_encryption_configuration(configuration)
        .send()
        .await
        .unwrap();

    let policy = s3
        .get_bucket_policy()
        .bucket(name)
        .send()
        .await
        .unwrap()
        .policy
        .unwrap();
    let mut policy: serde_json::Value = serde_json::from_str(&policy).unwrap();
    policy["Statement"]
        .as_array_mut()
        .unwrap()
        .push(serde_json::json!({
            "Sid": "NobodyFromThere", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": format!("arn:aws:s3:::{name}/*"),
            "Condition": { "IpAddress": { "aws:SourceIp": "192.0.2.0/24" } },
        }));
    s3.put_bucket_policy()
        .bucket(name)
        .policy(policy.to_string())
        .send()
        .await
        .unwrap();

    let found = s3
        .get_bucket_lifecycle_configuration()
        .bucket(name)
        .send()
        .await
        .unwrap();
    let mut rules = found.rules.unwrap();
    for rule in &mut rules {
        if rule.id.as_deref() == Some("DeleteOldRecordings") {
            rule.expiration = Some(LifecycleExpiration::builder().days(365).build());
        }
    }
    let filter = LifecycleRuleFilter::builder().prefix("exports/").build();
    let marker = LifecycleExpiration::builder()
        .expired_object_delete_marker(true)
        .build();
    rules.push(
        LifecycleRule::builder()
            .id("theirs")
            .status(ExpirationStatus::Enabled)
            .filter(filter)
            .expiration(marker)
            .build()
            .unwrap(),
    );
    let configuration = BucketLifecycleConfiguration::builder()
        .set_rules(Some(rules))
        .build()
        .unwrap();
    let request = s3.put_bucket_lifecycle_configuration().bucket(name);
    request
        .lifecycle_configuration(configuration)
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_stricter_stays_until_it_may_be_weakened() {
    let world = World::start(&everything("strict")).await;
    world.apply().await.unwrap();
    tighten(world.bucket()).await;
    world.gate.forget();

    let plan = world.plan().await;
    let stricter = [
        "recordings.encryption",
        "recordings.policy",
        "recordings.lifecycle",
    ];
    assert_eq!(
        open(&plan),
        stricter.map(|id| (id.to_owned(), Verdict::Stricter))
    );
    assert!(world.apply().await.unwrap().is_empty());
    assert_eq!(world.gate.writes().len(), 0);

    let steps = world.apply_with(true).await.unwrap();
    let ids: Vec<&str> = steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, stricter);
    let found = s3("us-east-1")
        .get_bucket_lifecycle_configuration()
        .bucket(world.bucket())
        .send()
        .await
        .unwrap();
    let names: Vec<_> = found
        .rules
        .unwrap()
        .into_iter()
        .filter_map(|rule| rule.id)
        .collect();
    assert!(
        names.contains(&"theirs".to_owned()),
        "somebody else's rule stays: {names:?}"
    );
}

#[tokio::test]
async fn a_rule_that_deletes_what_is_held_is_refused() {
    let mut world = World::start(&everything("held")).await;
    world.apply().await.unwrap();
    let s3 = s3("us-east-1");
    let filter = LifecycleRuleFilter::builder().prefix("").build();
    let rule = LifecycleRule::builder()
        .id("cleaning")
        .status(ExpirationStatus::Enabled)
        .filter(filter)
        .expiration(LifecycleExpiration::builder().days(7).build())
        .build()
        .unwrap();
    let configuration = BucketLifecycleConfiguration::builder()
        .rules(rule)
        .build()
        .unwrap();
    let request = s3
        .put_bucket_lifecycle_configuration()
        .bucket(world.bucket());
    request
        .lifecycle_configuration(configuration)
        .send()
        .await
        .unwrap();
    let plan = world.plan().await;
    assert!(plan.is_barred());
    assert_eq!(plan.conflicts[0].code, "lifecycle-deletes-held-recordings");
    assert!(plan.conflicts[0].what.contains("cleaning"));

    // The same, where it is wished for.
    world
        .wish(&(everything("held") + "[lifecycle]\nonly_tagged = false\n"))
        .await;
    assert!(world.plan().await.is_barred());
}

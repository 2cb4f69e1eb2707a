//! From nothing to everything, and then to nothing more.

use storage::apply::Outcome;
use storage::difference::Verdict;

use super::{World, everything, iam, open, s3};

#[tokio::test]
async fn everything_is_set_once_and_nothing_is_written_twice() {
    let world = World::start(&everything("whole")).await;
    let plan = world.plan().await;
    for finding in &plan.findings {
        assert_eq!(finding.verdict, Verdict::Missing, "{finding:?}");
    }
    assert!(world.gate.writes().is_empty(), "a plan writes nothing");
    // Over plain HTTP, the statement that refuses plain HTTP is left out and said.
    assert!(
        plan.left_out
            .iter()
            .any(|left_out| left_out.contains("plain HTTP"))
    );

    let steps = world.apply().await.unwrap();
    assert_eq!(steps.len(), plan.findings.len());
    for step in &steps {
        let is_right = match &step.outcome {
            Outcome::Written => true,
            Outcome::KeyMade(key) => {
                let printed = format!("{key:?}");
                step.id == "user.access-key" && !printed.contains(key.secret_access_key.expose())
            }
            // moto knows no metrics, and passes over them.
            Outcome::Lacking(_) => step.id == "recordings.metrics",
            _ => false,
        };
        assert!(is_right, "{step:?}");
    }
    let writes = world.gate.writes().len();
    assert_eq!(writes, steps.len(), "one request for each");

    world.gate.forget();
    world.expect_settled().await;
    assert!(world.apply().await.unwrap().is_empty());
    assert_eq!(
        world.gate.writes().len(),
        0,
        "the second run writes nothing"
    );

    // What moto itself holds, past our own reading.
    let encryption = s3("us-east-1")
        .get_bucket_encryption()
        .bucket(world.bucket())
        .send()
        .await
        .unwrap();
    let rules = encryption
        .server_side_encryption_configuration
        .unwrap()
        .rules;
    let default = rules[0]
        .apply_server_side_encryption_by_default
        .as_ref()
        .unwrap();
    assert_eq!(default.sse_algorithm.as_str(), "AES256");
    let keys = iam()
        .list_access_keys()
        .user_name("whole-backend")
        .send()
        .await
        .unwrap();
    assert_eq!(keys.access_key_metadata.len(), 1);
}

#[tokio::test]
async fn development_asks_for_less() {
    let text = "profile = \"development\"\n[bucket]\nname = \"small-recordings\"\n\
                [access]\nuser = \"small-backend\"\nsigning_role = \"\"\naccess_key = false\n";
    let world = World::start(text).await;
    let steps = world.apply().await.unwrap();
    let ids: Vec<&str> = steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "user.existence",
            "user.permissions",
            "recordings.existence",
            "recordings.ownership",
            "recordings.public-access",
            "recordings.encryption",
            "recordings.tags",
            "recordings.policy",
            "recordings.cors",
            "recordings.lifecycle",
        ]
    );
    world.expect_settled().await;
}

/// The machine's own role is given what the backend needs, and is left as it is otherwise.
#[tokio::test]
async fn a_role_that_the_backend_runs_under_gets_its_rights() {
    let text = |account: &str| {
        format!(
            "profile = \"development\"\n[bucket]\nname = \"role-recordings\"\n[access]\nuser = \"\"\n\
             principal = \"arn:aws:iam::{account}:role/service/role-machine\"\nsigning_role = \"role-signing\"\n"
        )
    };
    let mut world = World::start(&text("123456789012")).await;
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",
        "Principal":{"Service":"ec2.amazonaws.com"}}]}"#;
    let unready = world.apply().await.unwrap_err();
    assert_eq!(unready.id, "backend-role.permissions");
    assert!(unready.mend.contains("no role `role-machine`"), "{unready}");
    let request = iam().create_role().role_name("role-machine");
    let request = request.path("/service/").assume_role_policy_document(trust);
    request.send().await.unwrap();

    world.apply().await.unwrap();
    world.gate.forget();
    world.expect_settled().await;
    assert!(world.apply().await.unwrap().is_empty());
    assert_eq!(world.gate.writes().len(), 0);
    let request = iam().get_role_policy().role_name("role-machine");
    let request = request.policy_name("RevuiS3RecordingsPolicy");
    let policy = request.send().await.unwrap().policy_document;
    for right in [
        "s3%3AAbortMultipartUpload",
        "s3%3APutObjectTagging",
        "sts%3AAssumeRole",
    ] {
        let plain = right.replace("%3A", ":");
        assert!(
            policy.contains(right) || policy.contains(&plain),
            "{policy}"
        );
    }

    // One of another account is its own administrator's.
    world.wish(&text("210987654321")).await;
    let plan = world.plan().await;
    let left_out = plan.left_out.join("\n");
    assert!(
        left_out.contains("210987654321:role/service/role-machine"),
        "{left_out}"
    );
    let findings = plan.findings.iter();
    let of_the_role = findings.filter(|finding| finding.id.starts_with("backend-role"));
    assert_eq!(of_the_role.count(), 0);
}

#[tokio::test]
async fn the_oldest_region_takes_no_constraint_and_others_do() {
    for (name, region, says) in [
        ("oldest", "us-east-1", ""),
        (
            "younger",
            "eu-west-1",
            "<LocationConstraint>eu-west-1</LocationConstraint>",
        ),
    ] {
        let text = format!(
            "profile = \"development\"\n[bucket]\nname = \"{name}-recordings\"\nregion = \"{region}\"\n\
             [access]\nuser = \"\"\nsigning_role = \"\"\n"
        );
        let world = World::start(&text).await;
        world.apply().await.unwrap();
        let writes = world.gate.writes();
        let made = writes
            .iter()
            .find(|seen| seen.line.ends_with("-recordings/"));
        let body = &made.unwrap_or_else(|| panic!("{writes:?}")).body;
        assert!(
            body.contains(says) && (body.is_empty() == says.is_empty()),
            "{region}: {body}"
        );
        world.expect_settled().await;
    }
}

#[tokio::test]
async fn everything_else_that_can_be_wished_for_is_set_too() {
    let destination = "further-copies";
    let client = s3("us-east-1");
    client
        .create_bucket()
        .bucket(destination)
        .send()
        .await
        .unwrap();
    let versioning = aws_sdk_s3::types::VersioningConfiguration::builder()
        .status(aws_sdk_s3::types::BucketVersioningStatus::Enabled)
        .build();
    let request = client.put_bucket_versioning().bucket(destination);
    request
        .versioning_configuration(versioning)
        .send()
        .await
        .unwrap();
    let text = everything("further").replace("[bucket]\n", "[bucket]\nversioning = true\n")
        + "[replication]\nbucket = \"further-copies\"\nrole = \"further-copying\"\n\
           storage_class = \"\"\n\
           [object_lock]\nenabled = true\n[intelligent_tiering]\nenabled = true\n\
           archive_access_after_days = 90\n[lifecycle]\ninfrequent_access_after_days = 0\narchive_after_days = 60\n";
    let world = World::start(&text).await;
    world.gate.keep("?metrics");
    world.gate.keep("?intelligent-tiering");
    let steps = world.apply().await.unwrap();
    let ids: Vec<&str> = steps.iter().map(|step| step.id.as_str()).collect();
    // The role is there before the rule that names it.
    assert!(
        ids.ends_with(&[
            "replication-role.trust",
            "replication-role.permissions",
            "recordings.replication"
        ]),
        "{ids:?}"
    );
    for id in [
        "recordings.object-lock",
        "recordings.metrics",
        "recordings.tiering",
    ] {
        assert!(ids.contains(&id), "{id} is not in {ids:?}");
    }
    world.gate.forget();
    world.expect_settled().await;
    world.apply().await.unwrap();
    assert_eq!(world.gate.writes().len(), 0);
}

#[tokio::test]
async fn a_kms_key_of_ones_own_is_set_and_held_to() {
    let key = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";
    let text = everything("keyed")
        + &format!("[encryption]\nalgorithm = \"aws:kms\"\nkms_key = \"{key}\"\n");
    let world = World::start(&text).await;
    world.apply().await.unwrap();
    let plan = world.plan().await;
    assert!(plan.is_settled(), "{:?}", open(&plan));
    let found = |id: &str| {
        let finding = plan
            .findings
            .iter()
            .find(|finding| finding.id == id)
            .unwrap();
        finding.found.as_ref().unwrap().to_string()
    };
    assert!(found("user.permissions").contains("kms:GenerateDataKey"));
    assert!(found("recordings.policy").contains("DenyOtherKey"));
    assert!(found("recordings.encryption").contains(key));
}

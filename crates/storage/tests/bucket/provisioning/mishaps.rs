//! What goes wrong on the way, each told plainly, with nothing lost.

use std::error::Error as _;
use std::time::Duration;

use storage::apply::apply;
use storage::difference::Verdict;
use storage::observed::ObserveError;
use storage::plan::Plan;

use super::{World, connect, everything, open, s3, settings};
use crate::gate::Gate;

const SLOW_DOWN: (u16, &str, &str) = (503, "SlowDown", "Please reduce your request rate.");

#[tokio::test]
async fn a_store_that_wants_fewer_requests_for_a_moment_is_waited_for() {
    let world = World::start(&everything("moment")).await;
    world.gate.answer("?cors", 1, SLOW_DOWN);
    world.apply().await.unwrap();
    world.expect_settled().await;
}

#[tokio::test]
async fn one_that_goes_on_wanting_fewer_stops_half_way_and_the_next_run_goes_on() {
    let world = World::start(&everything("middle")).await;
    world.gate.keep("?metrics");
    let plan = world.plan().await;
    world
        .gate
        .answer("PUT /middle-recordings/?cors", 3, SLOW_DOWN);
    let error = world.apply().await.unwrap_err();
    assert_eq!(error.id, "recordings.cors");
    assert!(
        error.mend.contains("start `apply` again in a minute"),
        "{error}"
    );
    assert!(error.source().is_some());
    let done = plan.to_be_written().count() - error.left.len();

    world.gate.forget();
    let steps = world.apply().await.unwrap();
    assert_eq!(steps.len(), error.left.len(), "{done} were done already");
    assert_eq!(world.gate.writes().len(), error.left.len());
    world.expect_settled().await;
}

#[tokio::test]
async fn a_policy_waits_for_its_principal() {
    let world = World::start(&everything("waiting")).await;
    let unknown = (400, "MalformedPolicy", "Invalid principal in policy");
    world
        .gate
        .answer("PUT /waiting-recordings/?policy", 2, unknown);
    world.apply().await.unwrap();
    world.expect_settled().await;
}

#[tokio::test]
async fn a_bucket_of_somebody_elses_is_told() {
    let world = World::start(&everything("foreign")).await;
    world
        .gate
        .answer("HEAD /foreign-recordings", 9, (403, "", ""));
    let plan = world.plan().await;
    assert!(plan.is_barred());
    let finding = plan
        .findings
        .iter()
        .find(|finding| finding.id == "recordings.existence")
        .unwrap();
    assert_eq!(finding.verdict, Verdict::Blocked);
    assert!(finding.mend.contains("somebody else's"), "{}", finding.mend);
    let rest = plan
        .findings
        .iter()
        .filter(|finding| finding.id.starts_with("recordings."));
    assert!(
        rest.into_iter()
            .all(|finding| finding.verdict == Verdict::Blocked)
    );

    // A name that was taken between the look and the order.
    let world = World::start(&everything("taken")).await;
    let taken = (
        409,
        "BucketAlreadyExists",
        "The requested bucket name is not available.",
    );
    world.gate.answer("PUT /taken-recordings", 1, taken);
    let error = world.apply().await.unwrap_err();
    assert_eq!(error.id, "recordings.existence");
    assert!(error.mend.contains("choose another"), "{error}");
}

#[tokio::test]
async fn a_bucket_in_another_region_is_told_with_its_region() {
    use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
    let place = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::EuCentral1)
        .build();
    let request = s3("eu-central-1")
        .create_bucket()
        .bucket("elsewhere-recordings");
    request
        .create_bucket_configuration(place)
        .send()
        .await
        .unwrap();
    let world = World::start(&everything("elsewhere")).await;
    let plan = world.plan().await;
    let finding = plan
        .findings
        .iter()
        .find(|finding| finding.id == "recordings.existence")
        .unwrap();
    assert_eq!(finding.verdict, Verdict::Blocked, "{finding:?}");
    assert!(finding.mend.contains("eu-central-1"), "{}", finding.mend);
    assert!(plan.is_barred());
}

#[tokio::test]
async fn keys_that_are_no_good_are_told_once_and_not_setting_by_setting() {
    let wish = settings(&everything("wrong"));
    for (code, says) in [
        ("InvalidClientTokenId", "AWS_ACCESS_KEY_ID"),
        ("SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY"),
        ("ExpiredToken", "temporary credentials have run out"),
    ] {
        let gate = Gate::start().await;
        gate.answer("Action=Get", 99, (403, code, "no"));
        let cloud = connect(&gate, &wish).await;
        let refused = Plan::make(&cloud, &wish, None, false).await.unwrap_err();
        assert!(
            matches!(refused, ObserveError::Credentials { .. }),
            "{refused}"
        );
        assert!(refused.to_string().contains(says), "{refused}");
        assert!(cloud.caller().await.is_err());
    }
}

#[tokio::test]
async fn rights_that_are_missing_are_named() {
    let world = World::start(&everything("denied")).await;
    let denied = (403, "AccessDenied", "Access Denied");
    world
        .gate
        .answer("GET /denied-recordings/?encryption", 1, denied);
    let plan = world.plan().await;
    let blocked: Vec<_> = plan
        .findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::Blocked)
        .collect();
    assert_eq!(blocked.len(), 1, "{:?}", open(&plan));
    assert!(
        blocked[0].mend.contains("s3:GetEncryptionConfiguration"),
        "{}",
        blocked[0].mend
    );

    world
        .gate
        .answer("PUT /denied-recordings/?publicAccessBlock", 1, denied);
    let error = world.apply().await.unwrap_err();
    assert!(
        error.mend.contains("s3:PutBucketPublicAccessBlock"),
        "{error}"
    );
}

#[tokio::test]
async fn what_a_store_lacks_is_said_with_what_to_do_instead() {
    let world = World::start(&everything("lacking")).await;
    let lacking = (
        501,
        "NotImplemented",
        "A header you provided implies functionality that is not implemented",
    );
    world.gate.keep("?metrics");
    for setting in ["?encryption", "?publicAccessBlock"] {
        world.gate.answer(setting, 99, lacking);
    }
    world
        .gate
        .answer("?logging", 99, (405, "MethodNotAllowed", "no"));
    let plan = world.plan().await;
    let lacks: Vec<&str> = plan
        .findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::Lacking)
        .map(|finding| finding.id.as_str())
        .collect();
    let expected = [
        "logs.public-access",
        "logs.encryption",
        "recordings.public-access",
        "recordings.encryption",
        "recordings.logging",
    ];
    assert_eq!(lacks, expected);
    let mut findings = plan.findings.iter();
    let encryption = findings
        .find(|finding| finding.id == "recordings.encryption")
        .unwrap();
    assert!(
        encryption.mend.contains("encrypt the disks"),
        "{}",
        encryption.mend
    );
    // The rest is set all the same, and then there is nothing left to do here.
    apply(&world.cloud, &plan, Duration::ZERO, |_| {})
        .await
        .unwrap();
    world.expect_settled().await;
}

#[tokio::test]
async fn a_store_that_is_not_there_is_told() {
    let wish = settings(&everything("nowhere"));
    let mut gate = Gate::start().await;
    "http://127.0.0.1:9".clone_into(&mut gate.origin);
    let cloud = connect(&gate, &wish).await;
    let refused = Plan::make(&cloud, &wish, None, false).await.unwrap_err();
    assert!(refused.to_string().contains("443"), "{refused}");
}

//! `verify` on a machine whose clock is off: it is told, and everything else is tried all the same. moto believes every
//! signature, so that nothing else comes of it here.

use std::time::{Duration, SystemTime};

use storage::cloud::Cloud;
use storage::verify::{Check, Outcome, Subject, Verification};
use storage::{BucketConfig, Encryption, PartChecksum};

use crate::moto;
use crate::provisioning::{everything, keys, s3, settings};

/// What is told of a bucket of this name by this clock.
async fn checks(name: &str, clock: fn() -> SystemTime) -> Vec<Check> {
    let origin = tokio::task::spawn_blocking(moto::origin).await.unwrap();
    let settings = settings(&everything(name));
    let bucket = &settings.bucket.name;
    let made = s3("us-east-1").create_bucket().bucket(bucket).send().await;
    made.unwrap();
    let config = keys(origin);
    let subject = Subject {
        bucket: BucketConfig {
            region: settings.bucket.region.clone(),
            bucket: bucket.clone(),
            endpoint_url: config.s3_endpoint.clone(),
            credentials: config.credentials.clone(),
            encryption: Encryption::BucketDefault,
            part_checksum: PartChecksum::Sha256,
            tagging: false,
            signing_role: None,
        },
        cloud: Cloud::connect(config, &settings).await.unwrap(),
        origins: Vec::new(),
        run: name.to_owned(),
        clock,
    };
    let verification = Verification::prepare(subject).await.unwrap();
    let mut told = Vec::new();
    verification.run(&mut |check| told.push(check)).await;
    assert!(verification.clean_up().await.is_empty());
    told
}

fn of<'a>(checks: &'a [Check], id: &str) -> &'a Check {
    let found = checks.iter().find(|check| check.id == id);
    found.unwrap_or_else(|| panic!("{id} in {checks:?}"))
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_and_the_rest_is_tried() {
    type Clock = fn() -> SystemTime;
    let ahead = || SystemTime::now() + Duration::from_mins(20);
    let behind = || SystemTime::now() - Duration::from_mins(5);
    let clocks: [(&str, Clock, Outcome, &str); 3] = [
        ("ahead", ahead, Outcome::Failed, "s ahead of the store's"),
        ("behind", behind, Outcome::Warned, "s behind the store's"),
        (
            "right",
            SystemTime::now,
            Outcome::Passed,
            "s off the store's",
        ),
    ];
    for (name, clock, outcome, found) in clocks {
        let checks = checks(name, clock).await;
        let told = of(&checks, "clock");
        assert_eq!(told.outcome, outcome, "{told:?}");
        assert!(told.found.contains(found), "{told:?}");
        let mend = told.mend.as_deref().unwrap_or_default();
        assert_eq!(mend.contains("NTP"), outcome != Outcome::Passed, "{told:?}");
        for id in ["caller", "bucket", "presigned-put", "presigned-get"] {
            let tried = of(&checks, id);
            assert_eq!(tried.outcome, Outcome::Passed, "{name}: {tried:?}");
        }
    }
}

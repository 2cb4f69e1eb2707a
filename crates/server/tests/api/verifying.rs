//! `revui-server storage verify` where keys end, and where the way to the store is not to be trusted.

use reqwest::Method;
use serde_json::json;

use crate::https::Https;
use crate::moto::{self, Moto, Session};
use crate::ordering::{Ended, order};
use crate::storage_orders::{change, embedded};
use crate::world::World;

/// Verifies a bucket of moto's by these variables, which name keys.
async fn verified(moto: &Moto, keys: Vec<(&'static str, String)>) -> Ended {
    moto.s3(Method::PUT, "/recordings", "us-east-1", "").await;
    let mut variables = moto.variables();
    variables.extend([
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_S3_BUCKET_NAME", "recordings".to_owned()),
    ]);
    variables.extend(keys);
    // moto believes every signature, which is told, and is wrong.
    order(&["verify", "--json"], &variables).await.expect(1)
}

#[track_caller]
fn expect_warning(ended: &Ended, expected: &[&str]) {
    let warned = ended.checks("warned");
    let is_warned = warned.iter().any(|warned| warned == "credentials");
    assert!(is_warned, "{}", ended.out);
    let said = ended.said_of("credentials");
    for expected in expected {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let caller = ended.said_of("caller");
    assert!(caller.contains("assumed-role/machine/trial"), "{caller}");
    // All the same they work.
    let passed = ended.checks("passed");
    for id in ["caller", "list", "presigned-put", "presigned-get"] {
        let has_passed = passed.iter().any(|passed| passed == id);
        assert!(has_passed, "{id}: {}", ended.said_of(id));
    }
    assert_eq!(ended.json()["left"], json!([]));
}

#[tokio::test]
async fn keys_of_a_session_are_warned_of_and_work() {
    let Some(moto) = moto::start("keys_of_a_session_are_warned_of_and_work").await else {
        return;
    };
    let Session {
        id, secret, token, ..
    } = moto.session("machine").await;
    let keys = vec![
        ("AWS_ACCESS_KEY_ID", id),
        ("AWS_SECRET_ACCESS_KEY", secret.clone()),
        ("AWS_SESSION_TOKEN", token.clone()),
    ];
    let ended = verified(&moto, keys).await;
    // Nobody says in the environment when they end.
    let expected = [
        "temporary, until nobody here knows when",
        "a URL dies with the credentials that signed it",
        "instead of AWS_SESSION_TOKEN",
    ];
    expect_warning(&ended, &expected);
    assert!(!ended.out.contains(&secret) && !ended.out.contains(&token));
}

/// A program hands them out, as a profile names one (`credential_process`), and says when they end.
#[tokio::test]
async fn keys_of_a_session_are_told_with_the_time_that_they_have_left() {
    let Some(moto) =
        moto::start("keys_of_a_session_are_told_with_the_time_that_they_have_left").await
    else {
        return;
    };
    let session = moto.session("machine").await;
    let folder = tempfile::tempdir().unwrap();
    let (keys, profile) = (
        folder.path().join("keys.json"),
        folder.path().join("config"),
    );
    let handed_out = json!({
        "Version": 1,
        "AccessKeyId": session.id,
        "SecretAccessKey": session.secret,
        "SessionToken": session.token,
        "Expiration": session.end,
    });
    std::fs::write(&keys, handed_out.to_string()).unwrap();
    let text = format!(
        "[profile machine]\ncredential_process = /bin/cat {}\n",
        keys.display()
    );
    std::fs::write(&profile, text).unwrap();
    let keys = vec![
        ("AWS_PROFILE", "machine".to_owned()),
        ("AWS_CONFIG_FILE", profile.to_str().unwrap().to_owned()),
    ];
    let ended = verified(&moto, keys).await;
    expect_warning(&ended, &["temporary, for 5", "urlExpiresIn"]);
}

#[tokio::test]
async fn a_certificate_that_nobody_trusts_ends_it_and_one_that_is_trusted_does_not() {
    let world = World::start().await;
    let https = Https::before(&world.running.store_origin().unwrap()).await;
    let mut variables = embedded(&world);
    change(&mut variables, "AWS_ENDPOINT_URL_S3", &https.origin);
    let ended = order(&["verify", "--json"], &variables).await.expect(1);
    assert_eq!(ended.checks("failed"), ["tls"], "{}", ended.out);
    let said = ended.said_of("tls");
    assert!(said.contains("could not be trusted"), "{said}");
    assert!(said.contains("list of authorities"), "{said}");
    assert_eq!(ended.checks("skipped"), ["everything-else"]);

    let authority = https.authority().to_str().unwrap().to_owned();
    variables.push(("SSL_CERT_FILE", authority));
    let ended = order(&["verify", "--json"], &variables).await.expect(0);
    let passed = ended.checks("passed");
    for id in ["tls", "clock", "presigned-put", "tenants", "cors"] {
        let has_passed = passed.iter().any(|passed| passed == id);
        assert!(has_passed, "{id}: {}", ended.said_of(id));
    }
}

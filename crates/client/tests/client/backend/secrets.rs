//! No password, token, cookie or signature shows in anything that can be printed.

use client::{Client, Credentials, Keeping};
use serde_json::json;
use wire::Secret;

use super::recordings::{BASE, DEPLOYED, OURS, PASSWORD};
use super::stand_in::{Answer, Asked};
use super::{World, password};

/// Everything secret in these tests carries the word.
fn assert_silent(what: &str, shown: &str) {
    assert!(!shown.contains("canary"), "{what}: {shown}");
}

/// An error as logs show it: itself, and each of its causes, in both forms.
fn everything(error: &(dyn std::error::Error + 'static)) -> String {
    let mut shown = format!("{error:?}");
    let mut next = Some(error);
    while let Some(error) = next {
        shown = format!("{shown} / {error}");
        next = error.source();
    }
    shown
}

#[tokio::test]
async fn nothing_that_can_be_printed_holds_a_secret() {
    for variant in [BASE, DEPLOYED, OURS] {
        let world = World::start(variant).await;
        let mut options = world.options();
        let token = Secret::from("canary-token");
        options.environment_session = Some((world.server.origin(), token.clone()));
        assert_silent("options", &format!("{options:?}"));
        assert_silent(
            "credentials",
            &format!("{:?} {:?}", password(), Credentials::Token(token)),
        );

        let client = world.signed_in().await;
        assert_silent("session", &format!("{:?}", *client.session().borrow()));
        let backend = client.backend().unwrap();
        assert_silent("backend", &format!("{backend:?}"));
        assert_silent(
            "recording",
            &format!("{:?}", backend.recording(&"r1".into()).await),
        );
        assert_silent("keychain", &format!("{:?}", options.keychain));
    }
}

#[tokio::test]
async fn no_error_holds_a_secret() {
    let secret_url = "http://127.0.0.1:1/o?X-Amz-Signature=canary";
    let leaky = move |asked: &Asked| match asked.path.as_str() {
        "/api/recordings/r1" => Some(Answer::Json(
            200,
            json!({
                "id": "r1", "taskId": "task", "userId": "u1", "s3Key": "k", "uploadStatus": "COMPLETE",
                "createdAt": "2026-11-24T10:00:00Z", "downloadUrl": secret_url,
            }),
        )),
        "/api/recordings/garbled" => Some(Answer::Json(200, json!({"id": ["canary"]}))),
        "/api/recordings/gone" => Some(Answer::HangUp),
        _ => None,
    };
    let world = World::start_with(OURS, leaky).await;
    let client = world.signed_in().await;
    let folder = world.home.path().join("back.webm");
    assert_silent(
        "link",
        &everything(&client.link(&"r1".into()).await.unwrap_err()),
    );
    let download = client.download(&"r1".into(), &folder, &mut |_, _| {}).await;
    assert_silent("download", &everything(&download.unwrap_err()));
    assert_silent(
        "garbled",
        &everything(&client.recording(&"garbled".into()).await.unwrap_err()),
    );
    assert_silent(
        "gone",
        &everything(&client.recording(&"gone".into()).await.unwrap_err()),
    );
    assert_silent(
        "refused",
        &everything(&refused_sign_in(&client, &world).await),
    );
    let mistyped = client::ServerOrigin::parse(&format!("https://anna:{PASSWORD}@x.example"));
    assert_silent("address", &everything(&mistyped.unwrap_err()));
}

async fn refused_sign_in(client: &Client, world: &World) -> client::ClientError {
    let token = Credentials::Token(Secret::from("canary\u{7f}"));
    let keeping = Keeping::KeychainOnly;
    client
        .sign_in(&world.server.origin(), token, keeping)
        .await
        .unwrap_err()
}

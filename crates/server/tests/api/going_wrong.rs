//! `--faults`: what goes wrong on purpose, and what must not.

use std::time::Duration;

use serde_json::json;

use crate::world::{USER, World, path};

#[tokio::test]
async fn what_is_asked_for_goes_wrong_and_everything_else_passes() {
    let world = World::going_wrong(
        r#"
        [[rule]]
        to = "store"
        method = "PUT"
        nth = 1
        fault = "unavailable"
        retry_after = "3s"

        [[rule]]
        to = "backend"
        path = "/api/recordings/health"
        nth = 1
        fault = "captive-portal"

        # Nobody meets this one.
        [[rule]]
        to = "backend"
        method = "PUT"
        fault = "black-hole"
        "#,
    )
    .await;
    let health = format!("{}/api/recordings/health", world.running.origin());
    let page = reqwest::get(&health).await.unwrap().text().await.unwrap();
    assert!(page.starts_with("<!doctype html>"), "{page}");
    assert_eq!(reqwest::get(&health).await.unwrap().status(), 200);

    let token = world.token(USER).await;
    let body = json!({"taskId": "task-uuid", "filename": "a b.webm"});
    let initiated = world.post(&token, "/recordings/initiate", &body).await;
    let initiated = initiated.expect(201);
    // The ticket is signed for the address at which the proxy listens.
    let store = world.running.store_origin().unwrap();
    assert!(initiated.text("uploadUrl").starts_with(&store));
    let refused = world.put(&initiated, b"webm").await;
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.headers()["retry-after"], "3");
    assert_eq!(world.put(&initiated, b"webm").await.status(), 200);
    world.complete(&token, &initiated, 4).await.expect(200);

    let shown = world.get(&token, &path(&initiated, "")).await.expect(200);
    let bytes = reqwest::get(shown.text("downloadUrl")).await.unwrap();
    assert_eq!(bytes.bytes().await.unwrap(), "webm");
    world.running.stop().await;
}

#[tokio::test]
async fn a_request_that_is_held_does_not_hold_the_end() {
    let world = World::going_wrong(
        r#"
        [[rule]]
        name = "held while the server stops"
        path = "*/initiate"
        fault = "black-hole"
        "#,
    )
    .await;
    let token = world.token(USER).await;
    let body = json!({"taskId": "task-uuid", "filename": "a b.webm"});
    let call = format!("{}/api/recordings/initiate", world.running.origin());
    let held = world.http.post(call).bearer_auth(token).json(&body).send();
    let held = tokio::spawn(held);
    // Its head has come through; the server waits for the rest, as long as it would wait for any client.
    let is_held = async {
        while !was_done_wrong("held while the server stops") {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let is_held = tokio::time::timeout(Duration::from_mins(1), is_held);
    is_held.await.expect("the request meets its rule");
    let stopped = tokio::time::timeout(Duration::from_secs(8), world.running.stop());
    stopped.await.expect("no grace for what is held on purpose");
    assert!(held.await.unwrap().is_err());
}

/// Whether a request met the rule of this name. That there is such a rule is logged at the start.
fn was_done_wrong(rule: &str) -> bool {
    let log = crate::captured::logged();
    let mut lines = log.lines();
    lines.any(|line| line.contains("done wrong") && line.contains(rule))
}

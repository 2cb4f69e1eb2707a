//! Complete, and the link afterwards.

use serde_json::json;

use crate::world::{USER, World, path};

/// SHA-256 of `webm`, by `printf webm | sha256sum`.
const SUM: &str = "ed55d4a2399b114cff437979c536b15ce6a641448b3ceb33a68377451692dac2";

#[tokio::test]
async fn the_store_is_asked_first() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let body = json!({"taskId": "t", "filename": "a.webm"});
    let initiated = world
        .post(&token, "/recordings/initiate", &body)
        .await
        .expect(201);
    let pending = world.get(&token, &path(&initiated, "")).await.expect(200);
    assert_eq!(pending.body["uploadStatus"], "PENDING");
    assert!(pending.body["downloadUrl"].is_null() && pending.body["fileSize"].is_null());

    world
        .complete(&token, &initiated, 4)
        .await
        .refused(409, "object_missing");
    assert_eq!(world.put(&initiated, b"webm").await.status(), 200);
    world
        .complete(&token, &initiated, 5)
        .await
        .refused(409, "size_mismatch");
    let still = world.get(&token, &path(&initiated, "")).await.expect(200);
    assert_eq!(still.body["uploadStatus"], "PENDING");

    let other = world.uploaded(&token, b"webm").await;
    let body = json!({"s3Key": other.text("s3Key"), "fileSize": 4});
    world
        .post(&token, &path(&initiated, "/complete"), &body)
        .await
        .refused(400, "key_mismatch");
    for body in [
        json!({"s3Key": initiated.text("s3Key"), "fileSize": 0}),
        json!({"s3Key": initiated.text("s3Key"), "fileSize": 4, "duration": 0}),
        json!({"s3Key": initiated.text("s3Key"), "fileSize": 4, "duration": 1.5}),
        json!({"s3Key": initiated.text("s3Key")}),
        json!({"s3Key": initiated.text("s3Key"), "fileSize": 4, "parts": []}),
    ] {
        world
            .post(&token, &path(&initiated, "/complete"), &body)
            .await
            .refused(400, "invalid_request");
    }
    world.complete(&token, &initiated, 4).await.expect(200);
}

#[tokio::test]
async fn the_same_values_again_are_the_same_answer_and_others_are_refused() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let initiated = world.uploaded(&token, b"webm").await;
    let at_once = tokio::join!(
        world.complete(&token, &initiated, 4),
        world.complete(&token, &initiated, 4),
        world.complete(&token, &initiated, 4),
    );
    let first = at_once.0.expect(200);
    assert_eq!(at_once.1.expect(200).body, first.body);
    assert_eq!(at_once.2.expect(200).body, first.body);
    assert_eq!(
        world.complete(&token, &initiated, 4).await.expect(200).body,
        first.body
    );

    let other = world.complete(&token, &initiated, 5).await;
    other.refused(400, "already_complete");
    assert_eq!(other.body["message"], "Recording is already COMPLETE");
    let key = initiated.text("s3Key");
    for other in [
        json!({"s3Key": key, "fileSize": 4}),
        json!({"s3Key": key, "fileSize": 4, "duration": 8}),
        json!({"s3Key": key, "fileSize": 4, "duration": 7, "sha256": SUM}),
    ] {
        world
            .post(&token, &path(&initiated, "/complete"), &other)
            .await
            .refused(400, "already_complete");
    }
}

#[tokio::test]
async fn a_claimed_sum_must_agree_with_what_the_store_knows() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let body = json!({"taskId": "t", "filename": "a.webm", "sha256": SUM, "fileSize": 4});
    let initiated = world
        .post(&token, "/recordings/initiate", &body)
        .await
        .expect(201);
    assert_eq!(world.put(&initiated, b"webm").await.status(), 200);
    let claim = |sum: &str| json!({"s3Key": initiated.text("s3Key"), "fileSize": 4, "sha256": sum});
    let wrong = claim(&"0".repeat(64));
    world
        .post(&token, &path(&initiated, "/complete"), &wrong)
        .await
        .refused(409, "checksum_mismatch");
    world
        .post(&token, &path(&initiated, "/complete"), &claim(SUM))
        .await
        .expect(200);
    let got = world.get(&token, &path(&initiated, "")).await.expect(200);
    assert_eq!(got.body["sha256"], SUM);

    // Without a sum in the store, the claim is kept as a claim.
    let base = world.uploaded(&token, b"webm").await;
    let claim = json!({"s3Key": base.text("s3Key"), "fileSize": 4, "sha256": SUM});
    world
        .post(&token, &path(&base, "/complete"), &claim)
        .await
        .expect(200);
}

#[tokio::test]
async fn a_base_ticket_cannot_change_what_was_completed() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let initiated = world.uploaded(&token, b"webm").await;
    world.complete(&token, &initiated, 4).await.expect(200);
    world.get(&token, &path(&initiated, "")).await.expect(200);
    assert_eq!(
        world.put(&initiated, b"evil").await.status(),
        200,
        "the ticket still lives"
    );
    world
        .get(&token, &path(&initiated, ""))
        .await
        .refused(409, "object_changed");
}

#[tokio::test]
async fn the_link_gives_the_file_its_own_name() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let body = json!({"taskId": "t", "filename": "Vidéo \"1\".webm", "contentType": "audio/webm;codecs=opus", "fileSize": 4});
    let initiated = world
        .post(&token, "/recordings/initiate", &body)
        .await
        .expect(201);
    assert_eq!(world.put(&initiated, b"webm").await.status(), 200);
    world.complete(&token, &initiated, 4).await.expect(200);
    let got = world.get(&token, &path(&initiated, "")).await.expect(200);
    assert_eq!(got.body["filename"], "Vidéo \"1\".webm");
    let link = world
        .http
        .get(got.text("downloadUrl"))
        .header("range", "bytes=0-0");
    let link = link.send().await.unwrap();
    assert_eq!(link.status(), 206);
    assert_eq!(link.headers()["content-type"], "audio/webm;codecs=opus");
    let disposition = link.headers()["content-disposition"].to_str().unwrap();
    assert!(
        disposition.contains("filename*=UTF-8''Vid%C3%A9o"),
        "{disposition}"
    );
}

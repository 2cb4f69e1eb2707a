//! Initiate and renew.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{ADMIN, USER, World, path};

fn extended() -> Value {
    json!({
        "taskId": "task-1", "filename": "Démo (1).webm", "contentType": "video/webm; codecs=\"vp9, opus\"",
        "idempotencyKey": "job-1", "fileSize": 4, "urlExpiresIn": 600,
    })
}

#[tokio::test]
async fn two_recordings_of_one_millisecond_do_not_share_a_key() {
    let world = World::start().await;
    let token = world.token(USER).await;
    world.time.stop();
    let body = json!({"taskId": "t", "filename": "a.webm"});
    let initiate = || world.post(&token, "/recordings/initiate", &body);
    let answers = [initiate(), initiate(), initiate(), initiate()];
    let mut keys = BTreeSet::new();
    let [a, b, c, d] = answers;
    let (a, b, c, d) = tokio::join!(a, b, c, d);
    for answer in [a, b, c, d] {
        keys.insert(answer.expect(201).text("s3Key"));
    }
    assert_eq!(keys.len(), 4, "{keys:?}");
}

#[tokio::test]
async fn an_extended_call_signs_more_and_says_what() {
    let world = World::start().await;
    world.time.stop();
    let token = world.token(USER).await;
    let initiated = world
        .post(&token, "/recordings/initiate", &extended())
        .await
        .expect(201);
    assert_eq!(initiated.body["expiresIn"], 600);
    assert!(initiated.body["expiresAt"].is_string());
    let headers = initiated.body["uploadHeaders"].as_object().unwrap();
    assert_eq!(headers["content-type"], "video/webm; codecs=\"vp9, opus\"");
    assert_eq!(headers["if-none-match"], "*");
    let url = initiated.text("uploadUrl");
    assert!(
        url.contains("X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bif-none-match"),
        "{url}"
    );
    assert!(url.contains("X-Amz-Expires=600"), "{url}");

    assert_eq!(world.put(&initiated, b"other size").await.status(), 403);
    assert_eq!(world.put(&initiated, b"webm").await.status(), 200);
    assert_eq!(
        world.put(&initiated, b"WEBM").await.status(),
        412,
        "write once"
    );
}

#[tokio::test]
async fn a_promised_sum_is_kept_by_the_store() {
    let world = World::start().await;
    let token = world.token(USER).await;
    // SHA-256 of the empty text, to be refused for any other bytes.
    let sum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let body = json!({"taskId": "t", "filename": "a.webm", "sha256": sum});
    let initiated = world
        .post(&token, "/recordings/initiate", &body)
        .await
        .expect(201);
    let headers = initiated.body["uploadHeaders"].as_object().unwrap();
    assert_eq!(
        headers["x-amz-checksum-sha256"],
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    );
    assert_eq!(world.put(&initiated, b"webm").await.status(), 400);
    world
        .complete(&token, &initiated, 4)
        .await
        .refused(409, "object_missing");
}

#[tokio::test]
async fn the_same_idempotency_key_is_the_same_recording() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let initiate = |body| {
        let (world, token) = (&world, &token);
        async move { world.post(token, "/recordings/initiate", &body).await }
    };
    let (first, at_once) = tokio::join!(initiate(extended()), initiate(extended()));
    let first = first.expect(201);
    assert_eq!(
        at_once.expect(201).text("recordingId"),
        first.text("recordingId")
    );

    let mut other = extended();
    other["filename"] = json!("b.webm");
    initiate(other).await.refused(409, "idempotency_conflict");

    let again = initiate(extended()).await.expect(201);
    assert_eq!(again.text("s3Key"), first.text("s3Key"));
    assert_eq!(world.put(&again, b"webm").await.status(), 200);
    let completed = world.complete(&token, &again, 4).await.expect(200);
    let finished = initiate(extended()).await.expect(200);
    assert_eq!(finished.body["uploadStatus"], "COMPLETE");
    assert!(finished.body["uploadUrl"].is_null());
    assert_eq!(finished.text("recordingId"), first.text("recordingId"));
    for field in ["id", "s3Key", "fileSize", "duration", "completedAt"] {
        assert_eq!(finished.body[field], completed.body[field], "{field}");
    }

    // Another user's key of the same name is another key.
    let admin = world.token(ADMIN).await;
    let theirs = world
        .post(&admin, "/recordings/initiate", &extended())
        .await
        .expect(201);
    assert_ne!(theirs.text("recordingId"), first.text("recordingId"));
    world
        .delete(&admin, &path(&theirs, "/upload"))
        .await
        .expect(204);
    world
        .post(&admin, "/recordings/initiate", &extended())
        .await
        .refused(410, "given_up");
}

#[tokio::test]
async fn an_idempotency_key_is_forgotten_after_thirty_days() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let first = world
        .post(&token, "/recordings/initiate", &extended())
        .await
        .expect(201);
    world.time.advance(Duration::from_secs(30 * 24 * 3600 + 1));
    let token = world.token(USER).await;
    let second = world
        .post(&token, "/recordings/initiate", &extended())
        .await
        .expect(201);
    assert_ne!(first.text("recordingId"), second.text("recordingId"));
}

#[tokio::test]
async fn everything_wrong_with_a_request_is_said_at_once() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let initiate = |body: Value| {
        let (world, token) = (&world, &token);
        async move { world.post(token, "/recordings/initiate", &body).await }
    };
    let answer =
        initiate(json!({"taskId": 1, "contentType": "video/mp4", "urlExpiresIn": 0, "x": 1})).await;
    answer.refused(400, "invalid_request");
    let messages = answer.body["message"].as_array().unwrap();
    assert_eq!(messages.len(), 5, "{messages:?}");

    let task = |task: &str| initiate(json!({"taskId": task, "filename": "a.webm"}));
    for bad in ["a/b", "..", "", "tâche", &"x".repeat(129)] {
        task(bad).await.refused(400, "invalid_task_id");
    }
    let with = |field: &str, value: Value| {
        let mut body = json!({"taskId": "t", "filename": "a.webm"});
        body[field] = value;
        initiate(body)
    };
    with("contentType", json!("text/html"))
        .await
        .refused(400, "unsupported_content_type");
    with("fileSize", json!(5_368_709_121_u64))
        .await
        .refused(413, "file_too_large");
    for (field, value) in [
        ("urlExpiresIn", json!(604_801)),
        ("urlExpiresIn", json!("60")),
        ("fileSize", json!(0)),
        ("sha256", json!("abc")),
        ("multipart", json!("true")),
        ("idempotencyKey", json!("")),
        ("filename", json!("a\u{0}.webm")),
        ("filename", json!("")),
        ("tenantId", json!("other")),
    ] {
        with(field, value).await.refused(400, "invalid_request");
    }
    with("filename", json!(format!("{}.webm", "é".repeat(300))))
        .await
        .expect(201);
    with("urlExpiresIn", json!(604_800)).await.expect(201);
}

#[tokio::test]
async fn a_renewed_ticket_serves_the_same_recording() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let body = json!({"taskId": "t", "filename": "a.webm", "contentType": "audio/webm"});
    let initiated = world
        .post(&token, "/recordings/initiate", &body)
        .await
        .expect(201);
    let renewed = world
        .post(&token, &path(&initiated, "/renew"), &json!({}))
        .await
        .expect(200);
    assert_eq!(renewed.body["uploadHeaders"]["content-type"], "audio/webm");
    assert!(renewed.body["expiresAt"].is_string());
    assert_eq!(world.put(&renewed, b"webm").await.status(), 200);
    let unknown = json!({"x": 1});
    world
        .post(&token, &path(&initiated, "/renew"), &unknown)
        .await
        .refused(400, "invalid_request");
    world.complete(&token, &initiated, 4).await.expect(200);
    world
        .post(&token, &path(&initiated, "/renew"), &json!({}))
        .await
        .refused(409, "not_pending");
}

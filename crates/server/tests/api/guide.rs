//! The setup guide's calls, as the guide writes them.

use serde_json::json;

use crate::world::{USER, World};

#[tokio::test]
async fn the_guides_four_calls() {
    let world = World::start().await;
    let origin = world.running.origin();
    let token = world.token(USER).await;

    let health = world.http.get(format!("{origin}/api/recordings/health"));
    let health = world.send(health).await.expect(200);
    assert_eq!(
        health.body,
        json!({
            "s3": {"configured": true, "message": "S3 service configured successfully"},
            "uploads": {
                "multipart": true, "renew": true, "tasks": true, "checksum": "SHA256",
                "minPartSize": 5_242_880, "maxParts": 10_000, "maxFileSize": 5_497_558_138_880_u64,
            },
        })
    );

    let body =
        r#"{"taskId": "task-uuid","filename": "test-recording.webm","contentType": "video/webm"}"#;
    let initiate = world.http.post(format!("{origin}/api/recordings/initiate"));
    let initiate = initiate
        .header("Content-Type", "application/json")
        .body(body);
    let initiated = world.send(initiate.bearer_auth(&token)).await.expect(201);
    let fields: Vec<&String> = initiated.body.as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        [
            "expiresIn",
            "recordingId",
            "s3Key",
            "uploadStatus",
            "uploadUrl"
        ]
    );
    assert_eq!(initiated.body["expiresIn"], 3600);
    assert_eq!(initiated.body["uploadStatus"], "PENDING");
    let (id, key) = (initiated.text("recordingId"), initiated.text("s3Key"));
    let url = initiated.text("uploadUrl");
    assert!(
        url.contains("X-Amz-SignedHeaders=content-type%3Bhost"),
        "{url}"
    );
    let prefix = format!("demo/task-uuid/{}/", world.user_id(USER));
    assert!(
        key.starts_with(&prefix) && key.ends_with("_test-recording.webm"),
        "{key}"
    );

    let bytes = vec![7_u8; 1_024_000];
    let put = world.http.put(url).header("Content-Type", "video/webm");
    let put = put.body(bytes.clone()).send().await.unwrap();
    assert_eq!(put.status(), 200);
    assert!(put.headers().contains_key("etag"));

    let body = json!({"s3Key": key, "fileSize": 1_024_000, "duration": 120});
    let complete = world
        .http
        .post(format!("{origin}/api/recordings/{id}/complete"));
    let complete = complete.bearer_auth(&token).json(&body);
    let completed = world.send(complete).await.expect(200);
    let completed_at = completed.text("completedAt");
    assert_eq!(
        completed.body,
        json!({"id": id, "s3Key": key, "fileSize": "1024000", "duration": 120, "uploadStatus": "COMPLETE", "completedAt": completed_at})
    );

    let get = world.http.get(format!("{origin}/api/recordings/{id}"));
    let got = world.send(get.bearer_auth(&token)).await.expect(200);
    assert_eq!(got.body["uploadStatus"], "COMPLETE");
    assert_eq!(got.body["mimeType"], "video/webm");
    assert_eq!(got.body["fileSize"], "1024000");
    let link = world
        .http
        .get(got.text("downloadUrl"))
        .send()
        .await
        .unwrap();
    assert_eq!(link.status(), 200);
    assert_eq!(
        link.headers()["content-disposition"],
        "attachment; filename=\"test-recording.webm\""
    );
    assert_eq!(link.bytes().await.unwrap(), bytes);
}

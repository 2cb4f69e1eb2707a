//! The setup guide's four calls, with the real `curl` and as the guide writes them; each answer's values go into the next.

use std::path::Path;

use serde_json::Value;
use tokio::process::Command;
use world::{World, fixtures};

/// Runs what somebody would paste into a shell, and returns the answer's status and body.
async fn paste(folder: &Path, script: &str) -> (String, String) {
    let script = script.replacen("curl ", "curl --silent --write-out '\\n%{http_code}' ", 1);
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder)
        .output()
        .await
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let (body, status) = text.rsplit_once('\n').unwrap();
    (status.to_owned(), body.to_owned())
}

fn field(body: &str, name: &str) -> String {
    let answer: Value =
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"));
    let value = answer[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name} in {body}"));
    value.to_owned()
}

/// Step 1 of the guide.
fn initiate(server: &str, token: &str, task: &str) -> String {
    format!(
        r#"curl -X POST {server}/api/recordings/initiate \
  -H "Content-Type: application/json" \
  -H "Authorization: Bearer {token}" \
  -d '{{
    "taskId": "{task}",
    "filename": "test-recording.webm",
    "contentType": "video/webm"
  }}'"#
    )
}

/// Step 2.
fn put(upload_url: &str) -> String {
    format!(
        r#"curl -X PUT "{upload_url}" \
  -H "Content-Type: video/webm" \
  --data-binary @test-recording.webm"#
    )
}

/// Step 3.
fn complete(server: &str, token: &str, id: &str, key: &str, size_bytes: u64) -> String {
    format!(
        r#"curl -X POST {server}/api/recordings/{id}/complete \
  -H "Content-Type: application/json" \
  -H "Authorization: Bearer {token}" \
  -d '{{
    "s3Key": "{key}",
    "fileSize": {size_bytes},
    "duration": 10
  }}'"#
    )
}

/// Step 4.
fn get(server: &str, token: &str, id: &str) -> String {
    format!(
        r#"curl {server}/api/recordings/{id} \
  -H "Authorization: Bearer {token}""#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_health_check() {
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    let health = format!("curl {}/api/recordings/health", world.server);
    let (status, body) = paste(folder.path(), &health).await;
    let health: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(status, "200");
    assert_eq!(health["s3"]["configured"], true, "{body}");
    assert_eq!(
        health["s3"]["message"],
        "S3 service configured successfully"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_four_calls() {
    let world = World::start().await;
    let (server, token) = (&world.server, &world.token_of(world.user()).await);
    let folder = tempfile::tempdir().unwrap();
    let recording = fixtures::named(folder.path(), "test-recording.webm");
    let size_bytes = recording.metadata().unwrap().len();

    let (status, initiated) = paste(folder.path(), &initiate(server, token, &world.task)).await;
    assert_eq!(status, "201", "{initiated}");
    assert_eq!(field(&initiated, "uploadStatus"), "PENDING");
    let (id, key) = (field(&initiated, "recordingId"), field(&initiated, "s3Key"));

    let (status, body) = paste(folder.path(), &put(&field(&initiated, "uploadUrl"))).await;
    assert_eq!(status, "200", "{body}");

    let complete = complete(server, token, &id, &key, size_bytes);
    let (status, completed) = paste(folder.path(), &complete).await;
    assert_eq!(status, "200", "{completed}");
    assert_eq!(field(&completed, "uploadStatus"), "COMPLETE");

    let (status, shown) = paste(folder.path(), &get(server, token, &id)).await;
    assert_eq!(status, "200", "{shown}");
    let link = field(&shown, "downloadUrl");
    let (status, _) = paste(folder.path(), &format!("curl --output back.webm '{link}'")).await;
    assert_eq!(status, "200");
    let back = world::sha256_of(&folder.path().join("back.webm"));
    assert_eq!(back, world::sha256_of(&recording));
}

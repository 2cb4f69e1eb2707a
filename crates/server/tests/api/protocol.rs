//! HTTP around the calls: addresses, methods, ids, limits, origins.

use reqwest::Method;
use serde_json::json;

use crate::world::{ADMIN, USER, World};

#[tokio::test]
async fn what_is_not_there_is_refused_in_the_same_form() {
    let world = World::start().await;
    for (method, path, status) in [
        (Method::GET, "/nothing", 404),
        (Method::GET, "/recordings/x/nothing", 404),
        (Method::PUT, "/tasks", 405),
        (Method::GET, "/auth/login", 405),
    ] {
        let answer = world.send(world.request(method, path)).await;
        answer.refused(status, "none");
    }
    let root = world.http.get(format!("{}/", world.running.origin()));
    world.send(root).await.refused(404, "none");
}

#[tokio::test]
async fn a_body_is_small_json() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let initiate = |body: String| {
        let request = world
            .request(Method::POST, "/recordings/initiate")
            .bearer_auth(&token);
        world.send(request.body(body))
    };
    initiate("{".to_owned())
        .await
        .refused(400, "invalid_request");
    initiate("\u{0}".to_owned())
        .await
        .refused(400, "invalid_request");
    let deep = "[".repeat(20_000);
    initiate(deep).await.refused(400, "invalid_request");
    let large = json!({"taskId": "t", "filename": "x".repeat(70_000)}).to_string();
    initiate(large).await.refused(413, "none");
}

#[tokio::test]
async fn a_harmless_request_id_is_kept() {
    let world = World::start().await;
    let ask = |id: &'static str| {
        let request = world.request(Method::GET, "/tasks");
        world.send(request.header("x-request-id", id))
    };
    let kept = ask("from-the-client_1").await;
    assert_eq!(kept.headers["x-request-id"], "from-the-client_1");
    assert_eq!(kept.body["requestId"], "from-the-client_1");
    let replaced = ask("a b; c").await;
    assert_ne!(replaced.headers["x-request-id"], "a b; c");
    assert_eq!(replaced.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn only_configured_origins_may_call_from_a_page() {
    let world = World::start().await;
    let preflight = |origin: &'static str| {
        let request = world.request(Method::OPTIONS, "/recordings/initiate");
        world.send(
            request
                .header("origin", origin)
                .header("access-control-request-method", "POST")
                .header(
                    "access-control-request-headers",
                    "authorization,content-type",
                ),
        )
    };
    let allowed = preflight("https://app.example").await;
    assert_eq!(
        allowed.headers["access-control-allow-origin"],
        "https://app.example"
    );
    let refused = preflight("https://evil.example").await;
    assert!(!refused.headers.contains_key("access-control-allow-origin"));
}

/// PostgreSQL keeps no such text: what has it in is the caller's mistake, and not a database that fails.
#[tokio::test]
async fn a_text_with_u0000_is_refused_wherever_it_stands() {
    let world = World::start().await;
    let token = world.token(ADMIN).await;
    for address in [
        "/recordings/a%00b",
        "/recordings/task/a%00b",
        "/recordings?cursor=%00",
        "/audit?actor=a%00b",
        "/audit?recordingId=%00",
    ] {
        let refused = world.get(&token, address).await;
        refused.refused(400, "invalid_request");
    }
    let id = world.recording(&token).await;
    for (address, body) in [
        (
            "/auth/login".to_owned(),
            json!({"email": "a\u{0}b", "password": "x"}),
        ),
        (
            format!("/recordings/{id}/hold"),
            json!({"reason": "a\u{0}b"}),
        ),
        (
            "/support/requests".to_owned(),
            json!({"tenantId": "a\u{0}b", "hours": 1, "reason": "x"}),
        ),
        (
            "/support/grants".to_owned(),
            json!({"userId": "a\u{0}b", "hours": 1, "reason": "x"}),
        ),
        (
            "/recordings/initiate".to_owned(),
            json!({"taskId": "t", "filename": "a.webm", "idempotencyKey": "\u{0}"}),
        ),
        (
            format!("/recordings/{id}/complete"),
            json!({"s3Key": "k", "fileSize": 4, "parts": [{"partNumber": 1, "etag": "\u{0}", "checksum": "x"}]}),
        ),
    ] {
        let refused = world.post(&token, &address, &body).await;
        refused.refused(400, "invalid_request");
    }
}

//! Tenants kept apart below the backend: by the store itself, with sessions of a signing role, with tags, with buckets of
//! their own. The embedded store gives such sessions and holds them to their policy.

use std::time::{Duration, SystemTime};

use serde_json::json;
use storage::{Bucket, GetTicket, PartTicket, PutTicket, SigningRole, Tags, TicketError};

use crate::in_parts::{InParts, LEAST, sum};
use crate::world::{USER, World, path};

const OTHER_USER: &str = "user@other.example";
const HOUR: Duration = Duration::from_hours(1);

fn role() -> SigningRole {
    SigningRole {
        arn: "arn:aws:iam::000000000000:role/revui-signing".to_owned(),
        session_life: Duration::from_mins(15),
        sts_endpoint_url: None,
    }
}

/// The store's bucket, whose tickets are signed by sessions.
async fn narrowed(world: &World) -> Bucket {
    let origin = world.running.store_origin().unwrap();
    let mut config = world.bucket_config(&origin);
    config.signing_role = Some(SigningRole {
        sts_endpoint_url: config.endpoint_url.clone(),
        ..role()
    });
    Bucket::connect(config).await.unwrap()
}

/// A backend that signs by sessions.
async fn signing_by_sessions() -> World {
    World::behind_a_gateway_with(|_, external| {
        let bucket = external.bucket.as_mut().unwrap();
        bucket.signing_role = Some(SigningRole {
            sts_endpoint_url: bucket.endpoint_url.clone(),
            ..role()
        });
    })
    .await
}

fn put_of(key: &str) -> PutTicket<'_> {
    PutTicket {
        key,
        content_type: "video/webm",
        content_length: None,
        sha256_hex: None,
        write_once: false,
        sign_encryption: false,
        tags: None,
        expires_in: HOUR,
    }
}

async fn status(request: reqwest::RequestBuilder) -> (u16, String) {
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn what_is_signed_for_another_tenants_key_is_refused_by_the_store() {
    let world = World::start().await;
    let now = SystemTime::now();
    let theirs = world
        .uploaded(&world.token(OTHER_USER).await, b"theirs")
        .await;
    let theirs = theirs.text("s3Key");
    let ours = narrowed(&world).await.of_tenant("demo");
    let put = async |key: &str| {
        let ticket = ours.put_ticket(put_of(key), now).await.unwrap();
        let request = world.http.put(ticket.url.expose()).body("webm");
        status(request.header("content-type", "video/webm")).await
    };
    assert_eq!(put("demo/task/u/1_a.webm").await.0, 200);
    for key in [&*theirs, "other/task/u/1_a.webm", "demo2/t/u/1_a.webm", "x"] {
        let (status, body) = put(key).await;
        assert_eq!(status, 403, "{key}: {body}");
        assert!(body.contains("<Code>AccessDenied</Code>"), "{body}");
    }
    let get = async |key: &str| {
        let ticket = GetTicket {
            key,
            version_id: None,
            filename: "a.webm",
            content_type: "video/webm",
            expires_in: HOUR,
        };
        let ticket = ours.get_ticket(ticket, now).await.unwrap();
        status(world.http.get(ticket.url.expose())).await
    };
    assert_eq!(get("demo/task/u/1_a.webm").await, (200, "webm".to_owned()));
    assert_eq!(get(&theirs).await.0, 403);
    let part = PartTicket {
        key: &theirs,
        upload_id: "0123456789abcdef0123456789abcdef",
        part_number: 1,
        content_length: 4,
        checksum_hex: &sum(b"webm"),
        expires_in: HOUR,
    };
    let part = ours.part_ticket(part, now).await.unwrap();
    let mut request = world.http.put(part.url.expose()).body("webm");
    for (name, value) in &part.headers {
        request = request.header(name, value);
    }
    assert_eq!(status(request).await.0, 403);
    // What was there before is there still.
    let bucket = world.bucket().await;
    assert_eq!(bucket.object(&theirs).await.unwrap().unwrap().size_bytes, 6);
}

#[tokio::test]
async fn a_ticket_is_nothing_without_the_sessions_token_and_never_signed_for_nobody() {
    let world = World::start().await;
    let bucket = narrowed(&world).await;
    let now = SystemTime::now();
    let nobody = bucket.put_ticket(put_of("demo/a.webm"), now).await;
    assert!(matches!(nobody, Err(TicketError::NoTenant)));
    let everybody = bucket.of_tenant("*");
    let everybody = everybody.put_ticket(put_of("demo/a.webm"), now).await;
    assert!(matches!(everybody, Err(TicketError::Session { .. })));
    let ours = bucket.of_tenant("demo");
    let ticket = ours.put_ticket(put_of("demo/a.webm"), now).await.unwrap();
    let url = ticket.url.expose();
    let (before, after) = url.split_once("X-Amz-Security-Token=").unwrap();
    let (token, after) = after.split_once('&').unwrap_or((after, ""));
    for forged in [
        format!("{before}{after}"),
        format!(
            "{before}X-Amz-Security-Token={}&{after}",
            "0".repeat(token.len())
        ),
    ] {
        let request = world.http.put(forged).body("webm");
        let (status, _) = status(request.header("content-type", "video/webm")).await;
        assert!(matches!(status, 400 | 403), "{status}");
    }
    assert!(
        world
            .bucket()
            .await
            .object("demo/a.webm")
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn uploads_and_links_work_by_sessions_and_live_no_longer() {
    let world = signing_by_sessions().await;
    let token = world.token(USER).await;
    let body = json!({
        "taskId": "task-1", "filename": "a.webm", "contentType": "video/webm", "fileSize": 4, "urlExpiresIn": 7200,
    });
    let initiated = world
        .post(&token, "/recordings/initiate", &body)
        .await
        .expect(201);
    let seconds = initiated.body["expiresIn"].as_u64().unwrap();
    assert!((600..=900).contains(&seconds), "{seconds}");
    let expires_at: jiff::Timestamp = initiated.text("expiresAt").parse().unwrap();
    assert!(expires_at.duration_since(jiff::Timestamp::now()).as_secs() <= 900);
    assert!(
        initiated
            .text("uploadUrl")
            .contains("X-Amz-Security-Token=")
    );
    assert_eq!(world.put(&initiated, b"webm").await.status(), 200);
    world.complete(&token, &initiated, 4).await.expect(200);
    let got = world.get(&token, &path(&initiated, "")).await.expect(200);
    let (status, bytes) = status(world.http.get(got.text("downloadUrl"))).await;
    assert_eq!((status, &*bytes), (200, "webm"));

    let upload = InParts::start(&world, &token, vec![vec![1; LEAST], b"rest".to_vec()]).await;
    upload.put_all(&world, &token).await;
    upload.complete(&world, &token).await.expect(200);
    // Once for the tenant, not once for each ticket.
    assert_eq!(world.gateway().asked_for("POST /"), 1);
}

#[tokio::test]
async fn every_recording_is_tagged() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let bucket = world.bucket().await;
    let expected = |task: &str| Tags::of_recording("demo", task);

    // With a base ticket, at the end.
    let base = world.uploaded(&token, b"webm").await;
    let key = base.text("s3Key");
    assert_eq!(bucket.tags(&key).await.unwrap(), Tags::default());
    world.complete(&token, &base, 4).await.expect(200);
    assert_eq!(bucket.tags(&key).await.unwrap(), expected("task-uuid"));

    // Otherwise by the ticket, which takes no others.
    let body = json!({
        "taskId": "task-1", "filename": "a.webm", "contentType": "video/webm", "fileSize": 4,
    });
    let extended = world
        .post(&token, "/recordings/initiate", &body)
        .await
        .expect(201);
    let headers = &extended.body["uploadHeaders"];
    assert_eq!(
        headers["x-amz-tagging"],
        "retention=default&task=task-1&tenant=demo"
    );
    let mut others = world.http.put(extended.text("uploadUrl")).body("webm");
    for (name, value) in headers.as_object().unwrap() {
        let value = value
            .as_str()
            .unwrap()
            .replace("tenant=demo", "tenant=other");
        others = others.header(name, value);
    }
    assert_eq!(status(others).await.0, 403);
    assert_eq!(world.put(&extended, b"webm").await.status(), 200);
    let key = extended.text("s3Key");
    assert_eq!(bucket.tags(&key).await.unwrap(), expected("task-1"));

    // In parts, by the upload.
    let upload = InParts::start(&world, &token, vec![vec![1; LEAST], b"rest".to_vec()]).await;
    upload.put_all(&world, &token).await;
    upload.complete(&world, &token).await.expect(200);
    let key = upload.initiated.text("s3Key");
    assert_eq!(bucket.tags(&key).await.unwrap(), expected("task-1"));

    // Set anew, as a legal hold does, and gone with the object.
    let held = expected("task-1").with(storage::RETENTION_TAG, "held");
    bucket.put_tags(&key, &held).await.unwrap();
    assert_eq!(bucket.tags(&key).await.unwrap(), held);
    bucket.delete_all_versions(&key).await.unwrap();
    assert!(bucket.tags(&key).await.is_err());
    assert!(bucket.put_tags(&key, &held).await.is_err());
}

#[tokio::test]
async fn a_tenant_may_have_a_bucket_of_its_own() {
    const OWN: &str = "others-recordings";
    let world = World::behind_a_gateway_with(|_, external| {
        let mut own = external.bucket.clone().unwrap();
        own.bucket = OWN.to_owned();
        external.tenant_buckets = [("other".into(), own)].into();
    })
    .await;
    let origin = world.running.store_origin().unwrap();
    let mut config = world.bucket_config(&origin);
    config.bucket = OWN.to_owned();
    let own = Bucket::connect(config).await.unwrap();
    own.create_if_missing().await.unwrap();
    let shared = world.bucket().await;

    for (email, here, there) in [(USER, &shared, &own), (OTHER_USER, &own, &shared)] {
        let token = world.token(email).await;
        let initiated = world.uploaded(&token, b"webm").await;
        world.complete(&token, &initiated, 4).await.expect(200);
        let got = world.get(&token, &path(&initiated, "")).await.expect(200);
        let (status, bytes) = status(world.http.get(got.text("downloadUrl"))).await;
        assert_eq!((status, &*bytes), (200, "webm"), "{email}");
        let key = initiated.text("s3Key");
        assert!(here.object(&key).await.unwrap().is_some(), "{email}");
        assert!(there.object(&key).await.unwrap().is_none(), "{email}");
    }
}

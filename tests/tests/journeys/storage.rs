//! Tickets against a real store: the embedded one, or that of `REVUI_TEST_S3_ENDPOINT` (`cargo xtask test --full` starts
//! a Ceph gateway for it).

use std::time::{Duration, SystemTime};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use storage::{GetTicket, PutTicket};
use world::strict::{Strict, Variant};
use world::{Deployed, fixtures, sha256_of, skip};

/// Five parts, and an end.
const IN_PARTS_BYTES: u64 = 45_000_000;

/// More than the parts that can be on their way at once before the line has been measured.
const MIDDLE_BYTES: u64 = 25_000_000;

/// The whole way by the command line, through this store.
#[tokio::test(flavor = "multi_thread")]
async fn a_recording_there_and_back() {
    let strict = Strict::start(Variant::default()).await;
    let revui = strict.revui();
    let short = fixtures::short();
    let done = revui.uploaded(&short, "t").await;
    let id = done["recordingId"].as_str().unwrap();
    revui
        .run(["download", id, "--output", "back.webm"])
        .await
        .exits(0);
    assert_eq!(
        sha256_of(&revui.home().join("back.webm")),
        sha256_of(&short)
    );
}

/// In parts, through the real backend and this store; killed in the middle, and gone on with.
#[tokio::test(flavor = "multi_thread")]
async fn in_parts_there_and_back() {
    let deployed = Deployed::start().await;
    let revui = deployed.revui().await;
    let file = fixtures::sparse(revui.home(), "demo.webm", IN_PARTS_BYTES);
    let mut running = revui.start_slow_upload(&file, Deployed::TASK, "8M");
    let most = |event: &Value| event["sentBytes"].as_u64() > Some(MIDDLE_BYTES);
    running.event("most of the bytes", most).await;
    running.kill().await;

    let done = revui.resumed().await;
    assert_eq!(done["sha256"], sha256_of(&file).as_str());
    let id = done["recordingId"].as_str().unwrap();
    let back = ["download", id, "--verify", "--output", "back.webm"];
    let back = revui.run(back).await.exits(0);
    assert_eq!(back.last_line(), "SHA-256 agrees");
}

/// A ticket, as a base backend hands it out.
async fn ticket(strict: &Strict) -> Value {
    Client::new()
        .post(format!("{}/api/recordings/initiate", strict.server))
        .bearer_auth(strict.new_token())
        .json(&json!({ "taskId": "t", "filename": "a.webm", "contentType": "video/webm" }))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap()
}

async fn put(url: &str, content_type: &str) -> StatusCode {
    let request = Client::new()
        .put(url)
        .header("content-type", content_type)
        .body("bytes");
    request.send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_opens_what_it_names_and_nothing_else() {
    let strict = Strict::start(Variant::default()).await;
    let ticket = ticket(&strict).await;
    let url = ticket["uploadUrl"].as_str().unwrap();
    assert_eq!(
        put(&url.replace("a.webm", "b.webm"), "video/webm").await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(put(url, "text/plain").await, StatusCode::FORBIDDEN);
    let forged = forged(url);
    assert_eq!(put(&forged, "video/webm").await, StatusCode::FORBIDDEN);
    assert_eq!(put(url, "video/webm").await, StatusCode::OK);
}

/// The same URL with another last digit of its signature.
fn forged(url: &str) -> String {
    let (start, rest) = url.split_once("X-Amz-Signature=").unwrap();
    let (signature, end) = rest.split_at(64);
    let digit = if signature.ends_with('0') { '1' } else { '0' };
    format!("{start}X-Amz-Signature={}{digit}{end}", &signature[..63])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_runs_out() {
    let strict = Strict::start(Variant {
        ticket_life: Duration::from_secs(1),
        ..Variant::default()
    })
    .await;
    let ticket = ticket(&strict).await;
    // What is waited for is the ticket's own end.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let url = ticket["uploadUrl"].as_str().unwrap();
    assert_eq!(put(url, "video/webm").await, StatusCode::FORBIDDEN);
}

/// What the backend would sign by mistake, the store refuses.
#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_session_opens_nothing_of_another_tenants() {
    let deployed = Deployed::with_sessions().await;
    let bucket = deployed.bucket();
    let put = async |signed_for: &str, key: &str| {
        let ticket = PutTicket {
            key,
            content_type: "video/webm",
            content_length: None,
            sha256_hex: None,
            write_once: false,
            sign_encryption: false,
            tags: None,
            expires_in: Duration::from_mins(1),
        };
        let ours = bucket.of_tenant(signed_for);
        let ticket = ours.put_ticket(ticket, SystemTime::now()).await.unwrap();
        put(ticket.url.expose(), "video/webm").await
    };
    let get = async |signed_for: &str, key: &str| {
        let ticket = GetTicket {
            key,
            version_id: None,
            filename: "a.webm",
            content_type: "video/webm",
            expires_in: Duration::from_mins(1),
        };
        let ours = bucket.of_tenant(signed_for);
        let ticket = ours.get_ticket(ticket, SystemTime::now()).await.unwrap();
        reqwest::get(ticket.url.expose()).await.unwrap().status()
    };
    let key = |tenant: &str| format!("{tenant}/t/u/1_a.webm");
    for tenant in ["acme", "umbrella", "acme-2"] {
        assert_eq!(put(tenant, &key(tenant)).await, StatusCode::OK, "{tenant}");
        assert_eq!(get(tenant, &key(tenant)).await, StatusCode::OK, "{tenant}");
    }
    for other in ["umbrella", "acme-2"] {
        let key = key(other);
        assert_eq!(put("acme", &key).await, StatusCode::FORBIDDEN, "{other}");
        assert_eq!(get("acme", &key).await, StatusCode::FORBIDDEN, "{other}");
    }
}

/// All that `storage verify` tries is as it must be, and people upload by sessions as they do without.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_with_sessions_is_verified_and_used() {
    let deployed = Deployed::with_sessions().await;
    let verified = deployed.verified(&[]).await;
    let checks = verified["checks"].as_array().unwrap();
    let failed: Vec<_> = checks
        .iter()
        .filter(|check| check["outcome"] == "failed")
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
    for id in [
        "bucket",
        "presigned-put",
        "presigned-get",
        "anonymous",
        "expired",
        "tampered",
        "content-type",
        "size",
        "write-once",
        "parts",
        "tenants",
    ] {
        let check = checks.iter().find(|check| check["id"] == id);
        assert_eq!(check.unwrap()["outcome"], "passed", "{check:?}");
    }

    let revui = deployed.revui().await;
    let short = fixtures::short();
    let large = fixtures::sparse(revui.home(), "demo.webm", MIDDLE_BYTES);
    for file in [&short, &large] {
        let done = revui.uploaded(file, Deployed::TASK).await;
        let id = done["recordingId"].as_str().unwrap();
        let back = format!("{id}.webm");
        let back = ["download", id, "--verify", "--output", &back];
        let back = revui.run(back).await.exits(0);
        assert_eq!(back.last_line(), "SHA-256 agrees");
    }
}

/// Once all is set as it is to be, plain HTTP opens nothing any more, and TLS everything: in Ceph's gateway alone, for it
/// listens to both and keeps to policies. `cargo xtask test --full` says where; elsewhere it is left out by name.
#[tokio::test(flavor = "multi_thread")]
async fn plain_http_is_refused_where_tls_is_wanted() {
    let variable = |name: &str| std::env::var(name).ok();
    let (Some(endpoint), Some(certificate)) = (
        variable("REVUI_TEST_S3_TLS_ENDPOINT"),
        variable("REVUI_TEST_S3_CERTIFICATE"),
    ) else {
        return skip(
            "plain_http_is_refused_where_tls_is_wanted",
            "no store listens to TLS, too: `cargo xtask test --full` starts one",
        );
    };
    let by_tls = [
        ("AWS_ENDPOINT_URL_S3", endpoint.as_str()),
        ("SSL_CERT_FILE", certificate.as_str()),
    ];
    let deployed = Deployed::start().await;
    let revui = deployed.revui().await;
    let short = fixtures::short();
    let done = revui.uploaded(&short, Deployed::TASK).await;
    let link = done["downloadUrl"].as_str().unwrap();
    let open = async || reqwest::get(link).await.unwrap().status();
    assert_eq!(open().await, StatusCode::OK);

    let set = deployed.applied(&by_tls).await;
    assert!(set.contains("set       recordings.policy"), "{set}");
    assert_eq!(open().await, StatusCode::FORBIDDEN);
    let refused = revui.start_upload(&short, Deployed::TASK).finish().await;
    refused.exits(1);

    let verified = deployed.verified(&by_tls).await;
    let checks = verified["checks"].as_array().unwrap();
    for id in [
        "tls",
        "presigned-put",
        "presigned-get",
        "write-once",
        "parts",
    ] {
        let check = checks.iter().find(|check| check["id"] == id);
        assert_eq!(check.unwrap()["outcome"], "passed", "{check:?}");
    }
}

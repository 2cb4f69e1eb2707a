//! `--json`, as programs rely on it.

use std::collections::BTreeSet;

use serde_json::Value;
use world::fixtures;
use world::strict::{Strict, Variant};

fn fields(event: &Value) -> BTreeSet<&str> {
    event
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn with<'a>(names: &[&'a str]) -> BTreeSet<&'a str> {
    let common = ["jobId", "file", "event"];
    common.into_iter().chain(names.iter().copied()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_has_its_fields() {
    let strict = Strict::start(Variant::default()).await;
    let revui = strict.revui();
    let short = fixtures::short();
    let file = short.to_str().unwrap();
    let upload = revui
        .run(["upload", file, "--task", "t", "--json"])
        .await
        .exits(0);
    assert_eq!(upload.stderr, "", "nothing but JSON is written");
    let events = upload.events();
    let job = &events[0]["jobId"];
    assert!(job.is_string());
    for event in &events {
        assert_eq!((&event["jobId"], &event["file"]), (job, &Value::from(file)));
    }
    assert_eq!(events[0]["event"], "queued");
    let done = upload.event("done");
    let named = [
        "recordingId",
        "s3Key",
        "sizeBytes",
        "durationSeconds",
        "sha256",
        "downloadUrl",
        "expiresAt",
        "attempts",
        "bytesSent",
        "elapsedMs",
    ];
    assert_eq!(fields(&done), with(&named));
    assert_eq!(done["sizeBytes"], done["bytesSent"]);
    let seconds = done["durationSeconds"].as_f64().unwrap();
    assert!((seconds - 10.0).abs() < 0.1, "{seconds}");

    let refused = revui
        .run(["upload", "none.webm", "--task", "t", "--json"])
        .await
        .exits(4);
    let failed = refused.event("failed");
    assert_eq!(
        fields(&failed),
        with(&["code", "message", "hint", "retryable"])
    );
    assert_eq!(failed["jobId"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_gets_plain_lines_and_the_link_alone() {
    let strict = Strict::start(Variant::default()).await;
    let short = fixtures::short();
    let upload = strict
        .revui()
        .run(["upload", short.to_str().unwrap(), "--task", "t"])
        .await
        .exits(0);
    assert_eq!(upload.stdout.lines().count(), 1, "{}", upload.stdout);
    let link = upload.last_line();
    let bytes = reqwest::get(link).await.unwrap().bytes().await.unwrap();
    assert_eq!(
        bytes,
        std::fs::read(&short).unwrap(),
        "the link opens what was sent"
    );
    assert!(
        !upload.stderr.contains('\u{1b}') && !upload.stderr.contains('\r'),
        "{}",
        upload.stderr
    );
    for said in ["short.webm: queued", "short.webm: done", "sha256"] {
        assert!(
            upload.stderr.contains(said),
            "no `{said}` in:\n{}",
            upload.stderr
        );
    }
}

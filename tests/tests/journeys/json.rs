//! `--json`, as programs rely on it.

use std::collections::BTreeSet;

use serde_json::Value;
use world::strict::{Strict, Variant};
use world::{Finished, fixtures};

use crate::held::Held;

/// What a field may hold.
type Form = fn(&Value) -> bool;

const TEXT: Form = |value| value.as_str().is_some_and(|text| !text.is_empty());
const COUNT: Form = Value::is_u64;
const NUMBER: Form = |value| value.is_number() || value.is_null();
const TIME: Form = |value| {
    let time = |text: &str| text.parse::<jiff::Timestamp>().is_ok();
    value.is_null() || value.as_str().is_some_and(time)
};
const SHA256: Form = |value| {
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let sum = |text: &str| text.len() == 64 && text.bytes().all(digit);
    value.as_str().is_some_and(sum)
};

/// The fields of each event beside `jobId`, `file` and `event`, and what they hold.
const EVENTS: &[(&str, &[(&str, Form)])] = &[
    ("queued", &[("version", COUNT)]),
    ("phase", &[("phase", TEXT)]),
    (
        "progress",
        &[
            ("sentBytes", COUNT),
            ("totalBytes", COUNT),
            ("bytesPerSecond", NUMBER),
            ("secondsLeft", NUMBER),
        ],
    ),
    (
        "waiting",
        &[
            ("cause", TEXT),
            ("nextTryAt", TIME),
            ("code", TEXT),
            ("message", TEXT),
            ("hint", TEXT),
        ],
    ),
    (
        "done",
        &[
            ("recordingId", TEXT),
            ("s3Key", TEXT),
            ("sizeBytes", COUNT),
            ("durationSeconds", NUMBER),
            ("sha256", SHA256),
            ("downloadUrl", TEXT),
            ("expiresAt", TIME),
            ("attempts", COUNT),
            ("bytesSent", COUNT),
            ("elapsedMs", COUNT),
        ],
    ),
    (
        "failed",
        &[
            ("code", TEXT),
            ("message", TEXT),
            ("hint", TEXT),
            ("retryable", Value::is_boolean),
        ],
    ),
];

/// Those of `phase`, which not every phase has.
const NOW_AND_THEN: &[(&str, Form)] = &[("attempt", COUNT), ("reason", TEXT)];

/// Checks every line, and returns the names of the events in their order, repetitions left out.
#[track_caller]
fn well_formed(ended: &Finished) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for line in ended.events() {
        let name = line["event"].as_str().expect("an event").to_owned();
        if name == "summary" {
            assert!(line["done"].is_u64() && line["failed"].is_u64(), "{line}");
        } else {
            is_well_formed(&name, &line);
        }
        if names.last() != Some(&name) {
            names.push(name);
        }
    }
    names
}

#[track_caller]
fn is_well_formed(name: &str, line: &Value) {
    let (_, fields) = EVENTS
        .iter()
        .find(|(event, _)| *event == name)
        .unwrap_or_else(|| panic!("an event that nobody knows: {line}"));
    let there: BTreeSet<&str> = line
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let mut known = BTreeSet::from(["jobId", "file", "event"]);
    for (field, form) in *fields {
        assert!(
            there.contains(field) && form(&line[*field]),
            "{field}: {line}"
        );
        known.insert(field);
    }
    if name == "phase" {
        for (field, form) in NOW_AND_THEN {
            assert!(
                !there.contains(field) || form(&line[*field]),
                "{field}: {line}"
            );
            known.insert(field);
        }
    }
    assert!(there.is_subset(&known), "a field that nobody knows: {line}");
    assert!(TEXT(&line["file"]), "{line}");
    assert!(line["jobId"].is_null() || TEXT(&line["jobId"]), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_of_a_smooth_run() {
    let strict = Strict::start(Variant::default()).await;
    let short = fixtures::short();
    let upload = strict.revui().upload(&short, "t").await.exits(0);
    assert_eq!(upload.stderr, "", "nothing but JSON is written");
    let names = well_formed(&upload);
    assert_eq!(names, ["queued", "phase", "progress", "phase", "done"]);
    let events = upload.events();
    let job = &events[0]["jobId"];
    assert!(job.is_string());
    let file = Value::from(short.to_str().unwrap());
    for event in &events {
        assert_eq!((&event["jobId"], &event["file"]), (job, &file));
    }
    let phases: Vec<_> = events
        .iter()
        .filter_map(|event| event["phase"].as_str())
        .collect();
    assert_eq!(phases, ["initiating", "sending", "completing", "verifying"]);
    let done = upload.event("done");
    assert_eq!(done["sizeBytes"], done["bytesSent"]);
    let seconds = done["durationSeconds"].as_f64().unwrap();
    assert!((seconds - 10.0).abs() < 0.1, "{seconds}");
}

/// A recording that tells no duration has one all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_browsers_recording_has_a_duration() {
    let strict = Strict::start(Variant::default()).await;
    let done = strict.revui().uploaded(&fixtures::live(), "t").await;
    let seconds = done["durationSeconds"].as_f64().unwrap();
    assert!((seconds - 10.0).abs() < 0.1, "{seconds}");
}

/// A connection that breaks, a second attempt, and progress that goes back only behind a line that says why.
#[tokio::test(flavor = "multi_thread")]
async fn every_line_of_a_bumpy_run() {
    let mut held = Held::start().await;
    held.break_connection().await;
    let ended = held.running.finish().await.exits(0);
    let names = well_formed(&ended);
    assert_eq!(names.first().map(String::as_str), Some("queued"));
    assert!(names.iter().any(|name| name == "waiting"), "{names:?}");

    let mut furthest = 0;
    for event in ended.events() {
        if event["event"] == "phase" && event["reason"].is_string() {
            furthest = 0;
        }
        let Some(sent) = event["sentBytes"].as_u64() else {
            continue;
        };
        assert!(sent >= furthest, "back without a word:\n{}", ended.stdout);
        assert!(Some(sent) <= event["totalBytes"].as_u64(), "{event}");
        furthest = sent;
    }
}

/// Refusals of every kind that end a run, and the summary behind them.
#[tokio::test(flavor = "multi_thread")]
async fn every_line_of_runs_that_fail() {
    let strict = Strict::start(Variant::default()).await;
    let revui = strict.revui();
    let refused = revui
        .run(["upload", "none.webm", "--task", "t", "--json"])
        .await;
    let refused = refused.exits(4);
    assert_eq!(well_formed(&refused), ["failed"]);
    assert_eq!(refused.event("failed")["jobId"], Value::Null);

    let short = fixtures::short();
    let two = [
        "upload",
        "none.webm",
        short.to_str().unwrap(),
        "--task",
        "t",
        "--json",
    ];
    let two = revui.run(two).await.exits(4);
    let names = well_formed(&two);
    assert_eq!(names.last().map(String::as_str), Some("summary"));
    let first_not_done = r#"{"event":"summary","done":1,"failed":1}"#;
    assert_eq!(two.last_line(), first_not_done);

    strict.end_sessions();
    let signed_out = revui.upload(&short, "t").await.exits(3);
    let names = well_formed(&signed_out);
    assert_eq!(names.first().map(String::as_str), Some("queued"));
    assert_eq!(names.last().map(String::as_str), Some("failed"));
    let resumed = revui.run(["resume", "--json"]).await.exits(3);
    well_formed(&resumed);
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
    let bytes = reqwest::get(upload.last_line())
        .await
        .unwrap()
        .bytes()
        .await;
    let sent = std::fs::read(&short).unwrap();
    assert_eq!(bytes.unwrap(), sent, "the link opens what was sent");
    let said = &upload.stderr;
    assert!(!said.contains(['\u{1b}', '\r']), "{said}");
    for wanted in ["short.webm: queued", "short.webm: done", "sha256"] {
        assert!(said.contains(wanted), "no `{wanted}` in:\n{said}");
    }
}

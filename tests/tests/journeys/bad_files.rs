//! What is no acceptable recording is refused before anything is sent, with the reason, and with exit status 4.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use world::strict::{Strict, Variant};
use world::{Revui, fixtures, sha256_of};

/// Uploads it; it must be refused with this code, and leave neither a recording nor a job.
async fn refused(file: &str, code: &str, exit: i32) {
    let strict = Strict::start(Variant::default()).await;
    refused_by(&strict, &strict.revui(), file, code, exit).await;
}

async fn refused_by(strict: &Strict, revui: &Revui, file: &str, code: &str, exit: i32) {
    let ended = revui
        .run(["upload", file, "--task", "t", "--json"])
        .await
        .exits(exit);
    let failed = ended.event("failed");
    assert_eq!(failed["code"], code, "{failed}");
    assert_eq!(failed["file"], file);
    for text in ["message", "hint"] {
        assert!(
            failed[text].as_str().is_some_and(|text| text.len() > 10),
            "{failed}"
        );
    }
    revui
        .run(["upload", file, "--task", "t"])
        .await
        .exits(exit)
        .explains(&format!("code: {code}"));
    assert_eq!(strict.initiated(), 0, "the backend was not even asked");
}

fn text(path: PathBuf) -> String {
    path.into_os_string().into_string().unwrap()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder() {
    let folder = folder();
    refused(folder.path().to_str().unwrap(), "not_a_file", 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_there() {
    let folder = folder();
    refused(&text(folder.path().join("none.webm")), "unreadable", 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_file() {
    let folder = folder();
    let empty = fixtures::write(folder.path(), "empty.webm", b"");
    refused(&text(empty), "empty_file", 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_mp4() {
    refused(&text(fixtures::renamed_mp4()), "not_webm", 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn h264_in_matroska() {
    refused(&text(fixtures::h264_in_matroska()), "unsupported_codec", 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn noise() {
    let folder = folder();
    let noise: Vec<u8> = (0..=255).cycle().take(64 * 1024).collect();
    let noise = fixtures::write(folder.path(), "noise.webm", &noise);
    refused(&text(noise), "not_webm", 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_file() {
    let folder = folder();
    refused(
        &text(fixtures::truncated(folder.path(), 60)),
        "truncated",
        4,
    )
    .await;
}

/// 6 GB do not fit into one PUT, and a base backend takes nothing else. Said before the first byte.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_too_large_for_one_put() {
    let strict = Strict::start(Variant::default()).await;
    let folder = folder();
    let six_gigabytes = fixtures::sparse(folder.path(), "long.webm", 6_000_000_000);
    refused_by(
        &strict,
        &strict.revui(),
        &text(six_gigabytes),
        "too_large",
        4,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_id_with_a_path_in_it() {
    let strict = Strict::start(Variant::default()).await;
    let short = text(fixtures::short());
    for task in ["a/b", "..", "../../etc", "", "tâche", &"x".repeat(129)] {
        let ended = strict.revui().run(["upload", &short, "--task", task]).await;
        ended.exits(2).explains("task id");
    }
    assert_eq!(strict.initiated(), 0);
}

/// Written to while it is looked at: not refused for good, but not sent half-finished either.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_still_written() {
    let strict = Strict::start(Variant::default()).await;
    let revui = strict.revui();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("growing.webm");
    fs::copy(fixtures::live(), &file).unwrap();
    let mut recorder = OpenOptions::new().append(true).open(&file).unwrap();
    let running = revui.start_upload(&file, "t");
    let recording = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_millis(50));
        loop {
            ticks.tick().await;
            // An empty `Void` element (RFC 8794 section 11.3.2).
            recorder.write_all(&[0xEC, 0x80]).unwrap();
        }
    });
    let failed = running.finish().await.exits(4).event("failed");
    recording.abort();
    assert_eq!(failed["code"], "still_growing", "{failed}");
    assert_eq!(failed["retryable"], true);
    assert_eq!(strict.initiated(), 0);
    let _ = recording.await;
    let done = revui.uploaded(&file, "t").await;
    assert_eq!(done["sha256"], sha256_of(&file).as_str());
}

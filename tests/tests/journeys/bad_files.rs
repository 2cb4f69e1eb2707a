//! What is no acceptable recording is refused before anything is sent, with the reason, and with exit status 4.

use std::path::PathBuf;

use world::strict::{Strict, Variant};
use world::{Revui, fixtures};

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

/// Names of every kind arrive, and the file is stored under a key that S3 takes.
#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_long_or_not_latin_are_fine() {
    let strict = Strict::start(Variant::default()).await;
    let revui = strict.revui();
    let folder = folder();
    // A file system takes 255 bytes; 300 characters reach a backend only from elsewhere, see the contract's tests.
    let longest = format!("{}.webm", "x".repeat(250));
    for name in [
        "запись экрана №1.webm",
        "録画.webm",
        "a b&c=d?#%.webm",
        "-rf.webm",
        &longest,
    ] {
        let file = text(fixtures::named(folder.path(), name));
        let done = revui
            .run(["upload", "--task", "t", "--json", &file])
            .await
            .exits(0)
            .event("done");
        let key = done["s3Key"].as_str().unwrap();
        let safe =
            |character: char| character.is_ascii_alphanumeric() || "/._-".contains(character);
        assert!(key.chars().all(safe) && key.ends_with("webm"), "{key}");
    }
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

/// The good ones of several files arrive; the exit status is that of the first bad one.
#[tokio::test(flavor = "multi_thread")]
async fn one_bad_file_does_not_stop_the_others() {
    let strict = Strict::start(Variant::default()).await;
    let revui = strict.revui();
    let (short, live, mp4) = (
        text(fixtures::short()),
        text(fixtures::live()),
        text(fixtures::renamed_mp4()),
    );
    let ended = revui
        .run(["upload", &short, &mp4, &live, "--task", "t", "--json"])
        .await
        .exits(4);
    let events = ended.events();
    let of = |name: &str| events.iter().filter(|event| event["event"] == name).count();
    assert_eq!((of("done"), of("failed")), (2, 1), "{}", ended.stdout);
    assert_eq!(
        ended.last_line(),
        r#"{"event":"summary","done":2,"failed":1}"#
    );

    let ended = revui
        .run(["upload", &short, &mp4, "--task", "t"])
        .await
        .exits(4);
    assert_eq!(ended.last_line(), "1 done, 1 failed");
    assert_eq!(
        ended.stdout.lines().count(),
        3,
        "a line each, and the summary:\n{}",
        ended.stdout
    );
}

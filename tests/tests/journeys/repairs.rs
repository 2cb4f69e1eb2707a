//! A recording that was not finished is mended at the terminal, and becomes a link like any other.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use serde_json::json;
use world::strict::{Strict, Variant};
use world::{Revui, fixtures, skip};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A copy of a recording that nobody has written to for a while.
fn settled(folder: &Path, name: &str, recording: &Path) -> PathBuf {
    let path = folder.join(name);
    fs::copy(recording, &path).unwrap();
    let file = File::options().write(true).open(&path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_mins(1))
        .unwrap();
    path
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// What ffprobe reads in the header, and what ffmpeg says while it decodes everything.
fn seconds_and_complaints(path: &Path) -> (Option<f64>, String) {
    let probe = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-show_entries",
            "format=duration",
            "-of",
            "csv=p=0",
        ])
        .arg(path)
        .output()
        .unwrap();
    let decode = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-i"])
        .arg(path)
        .args(["-f", "null", "-"])
        .output()
        .unwrap();
    (
        String::from_utf8_lossy(&probe.stdout).trim().parse().ok(),
        String::from_utf8_lossy(&decode.stderr).into_owned(),
    )
}

#[track_caller]
fn assert_plays(path: &Path, expected_seconds: f64) {
    let (seconds, complaints) = seconds_and_complaints(path);
    let is_close = seconds.is_some_and(|seconds| (seconds - expected_seconds).abs() < 0.5);
    assert!(is_close, "{seconds:?}, not {expected_seconds}");
    assert_eq!(complaints, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browsers_recording_is_mended_in_a_copy_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let live = fixtures::browsers(folder.path(), "live.webm");
    let before = fs::read(&live).unwrap();
    let revui = Revui::new();
    let ended = revui.run(["repair", text(&live)]).await.exits(0);
    assert!(
        ended.stdout.contains("live.repaired.webm: "),
        "{}",
        ended.stdout
    );
    assert!(
        ended.stdout.contains("an index for seeking"),
        "{}",
        ended.stdout
    );
    assert!(
        ended.stdout.contains("of its parts end"),
        "{}",
        ended.stdout
    );
    let mended = folder.path().join("live.repaired.webm");
    assert_plays(&mended, 10.0);
    assert_eq!(fs::read(&live).unwrap(), before);
    assert_eq!(names(folder.path()), ["live.repaired.webm", "live.webm"]);

    let written = fs::read(&mended).unwrap();
    revui
        .run(["repair", text(&live)])
        .await
        .exits(2)
        .explains("is there already");
    assert_eq!(fs::read(&mended).unwrap(), written);
    let again = revui.run(["repair", text(&mended)]).await.exits(0);
    assert!(again.stdout.contains("lacks nothing"), "{}", again.stdout);
    assert_eq!(names(folder.path()), ["live.repaired.webm", "live.webm"]);
    revui
        .run(["repair", text(&live), "--in-place"])
        .await
        .exits(1)
        .explains("code: not_in_place");
    assert_eq!(fs::read(&live).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_recording_is_refused_and_mended_and_then_becomes_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let cut = settled(
        folder.path(),
        "cut.webm",
        &fixtures::truncated(folder.path(), 60),
    );
    let strict = Strict::start(Variant::default()).await;
    let revui = strict.revui();
    let refused = revui.upload(&cut, "t").await.exits(4).event("failed");
    assert_eq!(refused["code"], "truncated");
    assert!(
        refused["hint"].as_str().unwrap().contains("revui repair"),
        "{refused}"
    );

    let whole = folder.path().join("whole.webm");
    let line = ["repair", text(&cut), "--json", "--output", text(&whole)];
    let repaired = revui.run(line).await.exits(0).event("repaired");
    assert_eq!(repaired["output"], text(&whole));
    assert_eq!(
        repaired["mended"],
        json!(["tail", "size", "cluster_sizes", "index"])
    );
    assert_eq!(repaired["sizeBytes"], fs::metadata(&whole).unwrap().len());
    assert!(repaired["cutBytes"].as_u64().unwrap() > 0, "{repaired}");
    let seconds = repaired["durationSeconds"].as_f64().unwrap();
    assert!(seconds > 3.0 && seconds < 9.0, "{repaired}");
    assert_plays(&whole, seconds);
    let done = revui.uploaded(&whole, "t").await;
    assert!(
        (done["durationSeconds"].as_f64().unwrap() - seconds).abs() < 0.2,
        "{done}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_recorders_file_is_mended_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let Some(killed) = fixtures::killed(folder.path(), "killed.webm") else {
        skip(
            "a_killed_recorders_file_is_mended_where_it_is",
            "gst-launch-1.0 is not installed",
        );
        return;
    };
    let before = fs::read(&killed).unwrap();
    let revui = Revui::new();
    let line = ["repair", text(&killed), "--in-place", "--json"];
    let repaired = revui.run(line).await.exits(0).event("repaired");
    assert_eq!(repaired["output"], text(&killed));
    let seconds = repaired["durationSeconds"].as_f64().unwrap();
    assert!(seconds > 8.0, "{repaired}");
    assert_plays(&killed, seconds);
    let after = fs::read(&killed).unwrap();
    // Half of it is surely in clusters that were closed.
    assert_eq!(
        after[1_000..before.len() / 2],
        before[1_000..before.len() / 2]
    );
    let whole = revui.run(line).await.exits(0).event("whole");
    assert_eq!(whole["output"], json!(null));
    assert_eq!(fs::read(&killed).unwrap(), after);
    assert_eq!(names(folder.path()), ["killed.webm"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_recording_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let short = fs::read(fixtures::short()).unwrap();
    let revui = Revui::new();
    for (name, bytes, code) in [
        ("empty.webm", &[][..], "empty_file"),
        ("noise.webm", &[7; 4_000], "not_webm"),
        ("head.webm", &short[..150], "truncated"),
        (
            "mp4.webm",
            &fs::read(fixtures::renamed_mp4()).unwrap(),
            "not_webm",
        ),
        (
            "h264.webm",
            &fs::read(fixtures::h264_in_matroska()).unwrap(),
            "unsupported_codec",
        ),
    ] {
        let made = fixtures::write(folder.path(), name, bytes);
        let file = settled(folder.path(), &format!("settled-{name}"), &made);
        fs::remove_file(made).unwrap();
        let code = format!("code: {code}");
        revui
            .run(["repair", text(&file)])
            .await
            .exits(4)
            .explains(&code);
        revui
            .run(["repair", text(&file), "--in-place"])
            .await
            .exits(4)
            .explains(&code);
        assert_eq!(fs::read(&file).unwrap(), bytes, "{name}");
    }
    assert_eq!(names(folder.path()).len(), 5, "nothing was written");
    revui
        .run(["repair", "none.webm"])
        .await
        .exits(4)
        .explains("code: unreadable");
    revui
        .run(["repair", text(folder.path())])
        .await
        .exits(4)
        .explains("code: not_a_file");
    revui.run(["repair"]).await.exits(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_is_still_written_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let live = fs::read(fixtures::live()).unwrap();
    let growing = fixtures::write(folder.path(), "growing.webm", &live);
    let mut file = OpenOptions::new().append(true).open(&growing).unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&is_over);
    let writing = tokio::task::spawn_blocking(move || {
        while !seen.load(Ordering::Relaxed) {
            // One Void after the other, each synced, so that this takes its time.
            file.write_all(&[0xEC, 0x80]).unwrap();
            file.sync_data().unwrap();
        }
    });
    let ended = Revui::new().run(["repair", text(&growing)]).await;
    is_over.store(true, Ordering::Relaxed);
    writing.await.unwrap();
    ended.exits(4).explains("code: still_growing");
    assert_eq!(names(folder.path()), ["growing.webm"]);
}

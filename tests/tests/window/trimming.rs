//! Uploading a part of a recording.

use std::path::Path;
use std::process::Command;

use crate::person::Person;
use crate::pictures;
use crate::window::Window;

/// What WebDriver calls the arrow keys.
const LEFT: &str = "\u{E012}";
const RIGHT: &str = "\u{E014}";

/// How long a recording is, in seconds, and what ffmpeg complains of while it decodes it.
fn seen_by_ffmpeg(file: &Path) -> (f64, String) {
    let told = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-show_entries",
            "format=duration",
            "-of",
            "csv=p=0",
        ])
        .arg(file)
        .output()
        .expect("ffprobe starts");
    let seconds = String::from_utf8_lossy(&told.stdout).trim().parse();
    let decoded = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-i"])
        .arg(file)
        .args(["-f", "null", "-"])
        .output()
        .expect("ffmpeg starts");
    let complaints = String::from_utf8_lossy(&decoded.stderr).into_owned();
    (seconds.expect("a length"), complaints)
}

async fn press_on(window: &Window, end: &str, keys: &str) {
    let handle = window.element(&format!("[data-end='{end}']")).await;
    handle.send_keys(keys).await.expect("a handle takes keys");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_is_uploaded_and_the_recording_stays_as_it_is() {
    let Some((backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    let file = person.recording("whole.webm");
    let before = std::fs::read(&file).expect("a recording");
    let window = person.open_with_task("onboarding").await;
    person.choose(&window, &file).await;
    window.review_is_ready().await;
    window.press("trim").await;
    // A key picture every two seconds.
    press_on(&window, "from", RIGHT).await;
    press_on(&window, "to", &LEFT.repeat(3)).await;
    window.element("[data-trimmed='2.01 7.01']").await;
    window
        .says("Starts at 0:02.0, the nearest key picture")
        .await;
    window.element("[data-player='open']").await;
    pictures::take_small_too(&window, "review-trimming").await;
    window.press("upload").await;
    window.phase("done").await;
    window.close().await;

    let part = file.with_file_name("whole.trimmed.webm");
    let (seconds, complaints) = seen_by_ffmpeg(&part);
    assert!((seconds - 5.0).abs() < 0.1, "{seconds}");
    assert_eq!(complaints, "");
    assert_eq!(std::fs::read(&file).expect("still there"), before);
    let revui = backend.revui();
    let sent = revui.run(["list", "--task", "onboarding"]).await.exits(0);
    assert!(
        sent.stdout.contains("whole.trimmed.webm"),
        "{}",
        sent.stdout
    );
    assert_eq!(backend.initiated(), 1);
}

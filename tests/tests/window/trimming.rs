//! Uploading a part of a recording.

use std::path::Path;
use std::process::Command;

use tokio::time::sleep;

use crate::desktop::LOOK_EVERY;
use crate::download;
use crate::person::Person;
use crate::pictures;
use crate::recorder::{choices, small_region};
use crate::window::Window;

/// What WebDriver calls the arrow keys.
const LEFT: &str = "\u{E012}";
const RIGHT: &str = "\u{E014}";
const HOME: &str = "\u{E011}";
const END: &str = "\u{E010}";
/// Held until all keys are let go.
const SHIFT: &str = "\u{E008}";
const LET_GO: &str = "\u{E000}";

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
    // Its size and its length are those of the part.
    window.says("of 233 kB · 0:05 of 0:10").await;
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

#[tokio::test(flavor = "multi_thread")]
async fn its_ends_obey_the_keys_and_stay_while_something_else_is_looked_at() {
    let Some((_backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    let file = person.recording("by keys.webm");
    let window = person.open_with_task("onboarding").await;
    person.choose(&window, &file).await;
    window.review_is_ready().await;
    let scrubber = window.element("[data-scrubber]").await;
    let with_shift = format!("{SHIFT}{LEFT}{LET_GO}");
    for (keys, at) in [
        (END, "9.9"),
        (HOME, "0.0"),
        (RIGHT, "5.0"),
        (with_shift.as_str(), "4.0"),
    ] {
        scrubber.send_keys(keys).await.expect("it takes keys");
        window.element(&format!("[data-at^='{at}']")).await;
    }

    window.press("trim").await;
    for (end, keys, trimmed) in [
        ("from", RIGHT.repeat(2), "4.01 10.01"),
        ("from", LEFT.to_owned(), "2.01 10.01"),
        ("from", HOME.to_owned(), "0.01 10.01"),
        ("to", LEFT.to_owned(), "0.01 9.01"),
        ("to", with_shift, "0.01 8.91"),
        ("to", END.to_owned(), "0.01 10.01"),
        ("to", LEFT.to_owned(), "0.01 9.01"),
        ("to", LEFT.to_owned(), "0.01 8.01"),
        ("to", LEFT.to_owned(), "0.01 7.01"),
        ("to", LEFT.to_owned(), "0.01 6.01"),
    ] {
        press_on(&window, end, &keys).await;
        window.element(&format!("[data-trimmed='{trimmed}']")).await;
    }

    window.press("home").await;
    window.screen("ready").await;
    window.press_row("not-sent", "by keys.webm").await;
    window.element("[data-trimmed='0.01 6.01']").await;
    window.says("of 233 kB · 0:06 of 0:10").await;
    window.press("trim").await;
    window.element("main:not(:has([data-trimmed]))").await;
    window.says("233 kB · 0:10").await;
    window.press("discard").await;
    window.screen("ready").await;
    window.close().await;
}

/// How long the recording is that is being made, in milliseconds.
const ELAPSED: &str =
    "arguments[0](Number(document.querySelector('[data-elapsed]')?.dataset.elapsed ?? 0))";

/// What was on its way whole is given up, and only the part becomes a link.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_recording_that_was_sent_whole_the_part_alone_is_there() {
    let chosen = choices(&small_region(), "review");
    let Some((world, person)) = Person::who_recorded(&chosen).await else {
        return;
    };
    let window = person.open_with_the_task().await;
    person.press_record().await;
    let file = person.is_recording().await;
    world::in_time("a recording of six seconds", async {
        while window.execute(ELAPSED).await.as_u64() < Some(6_000) {
            sleep(LOOK_EVERY).await;
        }
    })
    .await;
    person.press_record().await;
    window.reviews_what_was_recorded(&file).await;
    window.says("All of it is sent; waits for you").await;
    let whole = std::fs::read(&file).expect("a recording");
    window.press("trim").await;
    press_on(&window, "from", RIGHT).await;
    press_on(&window, "to", LEFT).await;
    window
        .element("[data-trimmed]:not([data-trimmed^='0'])")
        .await;
    window.press("upload").await;
    window.phase("done").await;
    let stem = file.file_stem().expect("a name").to_string_lossy();
    let part = file.with_file_name(format!("{stem}.trimmed.webm"));
    download::is(&window.link().await, &part).await;
    window.close().await;

    assert_eq!(std::fs::read(&file).expect("still there"), whole);
    let (of_whole, _) = seen_by_ffmpeg(&file);
    let (seconds, complaints) = seen_by_ffmpeg(&part);
    // Two seconds of its beginning, and one of its end.
    let less = of_whole - seconds;
    assert!((2.5..3.5).contains(&less), "{seconds} s of {of_whole}");
    assert_eq!(complaints, "");
    // Of the whole one neither server nor journal has anything.
    let home = person.desktop.home().join("revui");
    let revui = world.revui_of(world.user()).await;
    let revui = revui.with("REVUI_HOME", home.to_str().expect("a plain path"));
    let list = revui.run(["list"]).await.exits(0).stdout;
    let listed: Vec<_> = list.lines().filter(|line| line.contains(".webm")).collect();
    assert!(
        matches!(&listed[..], [one] if one.contains(".trimmed.webm")),
        "{list}"
    );
    let left = revui.run(["resume"]).await.exits(0);
    left.explains("nothing to go on with");
}

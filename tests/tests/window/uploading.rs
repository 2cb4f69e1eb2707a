//! From a file to a link.

use std::time::Duration;

use crate::download;
use crate::halfway::Halfway;
use crate::person::Person;

/// A machine with other things to do may be late once or twice; a window that is late is late each time.
const TRIES: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_chosen_recording_becomes_a_link_that_opens() {
    let Some((_world, person)) = Person::with_a_world().await else {
        return;
    };
    let window = person.open_with_the_task().await;
    let file = person.recording("Onboarding walkthrough.webm");
    person.upload(&window, &file).await;
    window.phase("done").await;
    window.press("copy-link").await;
    let link = person.desktop.clipboard_like("http").await;
    assert_eq!(link, window.link().await);
    download::is(&link, &file).await;

    window.press("copy-markdown").await;
    let markdown = person.desktop.clipboard_like("[").await;
    assert_eq!(markdown, format!("[Onboarding walkthrough.webm](<{link}>)"));
    window.press("copy-sha256").await;
    let sum = world::sha256_of(&file);
    assert_eq!(person.desktop.clipboard_like(&sum).await, sum);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_what_has_arrived() {
    let Some((halfway, window)) = Halfway::sending("Product tour, take 3.webm").await else {
        return;
    };
    let held_at = window.progress_past(20).await;
    assert!(
        held_at < 70,
        "a third has passed the line, and {held_at} % are shown"
    );

    // Another one waits beside the stage until somebody looks at it.
    let other = halfway.person.recording("Retrospective.webm");
    halfway.person.upload(&window, &other).await;
    window.press_row("uploads", "Retrospective.webm").await;
    window.phase("queued").await;
    window
        .press_row("uploads", "Product tour, take 3.webm")
        .await;
    halfway.backend.line.release();
    window.phase("done").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_is_seen_within_a_second() {
    let Some((halfway, window)) = Halfway::sending("cancelled.webm").await else {
        return;
    };
    // Nothing moves on the line: the window must not wait for it.
    let mut seen = vec![window.time_from("cancel", "cancelled").await];
    while seen.last() >= Some(&Duration::from_secs(1)) {
        assert!(seen.len() < TRIES, "seen only after {seen:?}");
        halfway.send_again_in(&window).await;
        seen.push(window.time_from("cancel", "cancelled").await);
    }
    assert!(halfway.file.exists(), "the file is nobody's to delete");
    window.close().await;
}

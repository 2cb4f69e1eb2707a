use std::time::Duration;

use tokio::time::Instant;
use world::strict::{Strict, Variant};
use world::{World, fixtures};

use crate::person::Person;
use crate::{chooser, pictures};

#[tokio::test(flavor = "multi_thread")]
async fn a_chosen_recording_becomes_a_link_that_opens() {
    let world = World::start().await;
    let Some(person) = Person::of_world(&world).await else {
        return;
    };
    let window = person.open_signed_in().await;
    window.has_a_task().await;
    let file = fixtures::named(person.desktop.home(), "Onboarding walkthrough.webm");

    person.choose(&window, &file).await;
    window.phase("done").await;
    pictures::take(&window, "done").await;
    window.press("copy-link").await;
    let link = person.desktop.clipboard_like("http").await;
    assert_eq!(link, window.link().await);
    let downloaded = reqwest::get(&link).await.expect("the link opens");
    assert_eq!(downloaded.status(), 200);
    let bytes = downloaded.bytes().await.expect("the bytes arrive");
    assert!(
        bytes == std::fs::read(&file).expect("the file"),
        "other bytes came back"
    );
    window.close(&person.desktop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_what_has_arrived() {
    let backend = Strict::start(Variant::default()).await;
    let Some(person) = Person::of_strict(&backend).await else {
        return;
    };
    let window = person.open_with_task("onboarding").await;
    backend.line.hold_after(8 * 1024 * 1024);

    person
        .choose(
            &window,
            &person.large_recording("Product tour, take 3.webm"),
        )
        .await;
    window.phase("sending").await;
    backend.line.is_held().await;
    let held_at = window.progress_past(20).await;
    assert!(
        held_at < 70,
        "a third has passed the line, and {held_at} % are shown"
    );
    pictures::take(&window, "sending").await;

    person
        .choose(
            &window,
            &fixtures::named(person.desktop.home(), "Retrospective.webm"),
        )
        .await;
    // It waits beside the stage until somebody looks at it.
    window.press_row("uploads", "Retrospective.webm").await;
    window.phase("queued").await;
    pictures::take(&window, "queued").await;
    window
        .press_row("uploads", "Product tour, take 3.webm")
        .await;
    pictures::take(&window, "sending-with-a-queue").await;

    backend.line.release();
    window.phase("done").await;
    window.close(&person.desktop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_is_seen_within_a_second() {
    let backend = Strict::start(Variant::default()).await;
    let Some(person) = Person::of_strict(&backend).await else {
        return;
    };
    let window = person.open_with_task("onboarding").await;
    backend.line.hold_after(8 * 1024 * 1024);
    let file = person.large_recording("cancelled.webm");
    person.choose(&window, &file).await;
    backend.line.is_held().await;
    window.progress_past(20).await;

    // Nothing moves on the line: the window must not wait for it.
    window.press("cancel").await;
    let pressed = Instant::now();
    window.phase("cancelled").await;
    let seen = pressed.elapsed();
    assert!(seen < Duration::from_secs(1), "seen only after {seen:?}");
    pictures::take(&window, "cancelled").await;
    assert!(file.exists(), "the file is nobody's to delete");
    window.close(&person.desktop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_the_chooser_changes_nothing() {
    let backend = Strict::start(Variant::default()).await;
    let Some(person) = Person::of_strict(&backend).await else {
        return;
    };
    let window = person.open_signed_in().await;
    window.press("choose").await;
    chooser::leave(&person.desktop).await;
    window.screen("ready").await;
    assert!(!window.has("[data-code]").await, "{}", window.text().await);

    // The button works again; and without a task the window asks what the recording is for.
    let file = fixtures::named(person.desktop.home(), "short.webm");
    person.choose(&window, &file).await;
    window.element("dialog input[name='task']").await;
    pictures::take(&window, "which-task").await;
    window.fill("dialog input[name='task']", "onboarding").await;
    window.press("use-task").await;
    window.phase("done").await;
    window.close(&person.desktop).await;
}

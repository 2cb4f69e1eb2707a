//! Closing the window, and coming back.

use crate::chooser;
use crate::halfway::Halfway;
use crate::notices::Notices;
use crate::person::Person;
use crate::tray::Tray;

#[tokio::test(flavor = "multi_thread")]
async fn closing_while_something_is_sent_asks_first() {
    let Some((halfway, window)) = Halfway::sending("closing.webm").await else {
        return;
    };
    window.ask_to_close().await;
    window.press("stay").await;
    halfway.backend.line.release();
    window.phase("done").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_at_closing_it_goes_on_at_the_next_start() {
    let Some((halfway, window)) = Halfway::sending("stopped.webm").await else {
        return;
    };
    window.ask_to_close().await;
    window.press_by_keys("stop-and-quit").await;
    window.has_ended().await;
    halfway.backend.line.release();

    let window = halfway.person.open().await;
    halfway.is_finished_in(window).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_window_it_finishes_and_the_program_ends() {
    let Some((halfway, window)) = Halfway::sending("in-the-tray.webm").await else {
        return;
    };
    window.ask_to_close().await;
    window.press_by_keys("finish-in-tray").await;
    window.is_gone().await;
    halfway.backend.line.release();
    window.has_ended().await;

    let revui = halfway.backend.revui();
    let list = revui.run(["list", "--task", "onboarding"]).await.exits(0);
    assert!(list.stdout.contains("in-the-tray.webm"), "{}", list.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_tray_it_is_told_how_the_window_comes_back() {
    let Some((halfway, window)) = Halfway::sending("without-a-tray.webm").await else {
        return;
    };
    let notices = Notices::start(&halfway.person.desktop).await;
    window.ask_to_close().await;
    window.press_by_keys("finish-in-tray").await;
    window.is_gone().await;
    let told = notices.shows(1).await;
    let told = &told[0].body;
    assert!(told.contains("Start Revui Uploader again"), "{told}");

    window.start_once_more().await;
    window.is_on_the_screen().await;
    halfway.backend.line.release();
    halfway.is_finished_in(window).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tray_tells_what_goes_on_and_brings_the_window_back() {
    let Some((halfway, window, tray)) = Halfway::sending_with_a_tray("tray.webm").await else {
        return;
    };
    tray.shows("Sending a recording").await;
    window.ask_to_close().await;
    window.press_by_keys("finish-in-tray").await;
    window.is_gone().await;

    tray.choose("Show the window").await;
    window.is_on_the_screen().await;
    halfway.backend.line.release();
    window.phase("done").await;
    tray.shows("Nothing is being sent").await;
    tray.choose("Quit").await;
    window.has_ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_chosen_from_the_tray() {
    let Some((_backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    let tray = Tray::start(&person.desktop).await;
    let window = person.open_with_task("onboarding").await;
    let file = person.recording("from-the-tray.webm");
    tray.choose("Choose a recording…").await;
    chooser::choose(&person.desktop, &file).await;
    window.review_shows(&[file]).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_comes_back_where_it_was() {
    let Some((_world, person)) = Person::with_a_world().await else {
        return;
    };
    let window = person.open_signed_in().await;
    let first = window.place().await;
    window.resize(first.width - 120, first.height + 60).await;
    window.shift(-70, -90).await;
    let left = window.place().await;
    window.close().await;

    let window = person.open().await;
    let back = format!("back at {left:?}");
    window.is_at(&back, |place| place == left).await;
    window.close().await;
}

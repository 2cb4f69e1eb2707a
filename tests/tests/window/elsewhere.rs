//! While its user looks elsewhere: what the window tells them, and how it comes back.

use crate::halfway::Halfway;
use crate::notices::{Notice, Notices};
use crate::person::Person;

/// Fails unless this notification has this title and is about this file.
#[track_caller]
fn is_about(notice: &Notice, title: &str, file: &str) {
    assert_eq!(notice.title, title, "{notice:?}");
    assert!(notice.body.contains(file), "{notice:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_look_is_told_how_it_ended() {
    let Some((backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    let notices = Notices::start(&person.desktop).await;
    let window = person.open_with_task("onboarding").await;
    let on_its_way = async |name: &str| {
        backend.line.hold_after(0);
        let file = person.large_recording(name);
        person.upload(&window, &file).await;
        backend.line.is_held().await;
        window.phase("sending").await;
        file
    };

    // Who looks at the window sees it there.
    on_its_way("seen.webm").await;
    window.has_the_keyboard().await;
    backend.line.release();
    window.phase("done").await;

    on_its_way("done.webm").await;
    window.minimise().await;
    backend.line.release();
    let shown = notices.shows(1).await;
    is_about(&shown[0], "Recording uploaded", "done.webm");
    notices.click_on_the_newest().await;
    window.is_on_the_screen().await;
    window.phase("done").await;

    let failing = on_its_way("failing.webm").await;
    window.minimise().await;
    std::fs::write(&failing, "recorded anew").expect("it is theirs to change");
    backend.line.release();
    let shown = notices.shows(2).await;
    is_about(&shown[1], "Recording not uploaded", "failing.webm");

    // A second start shows the first one's window.
    window.start_once_more().await;
    window.is_on_the_screen().await;
    window.phase("failed").await;
    window.close().await;
    let shown = notices.shows(2).await;
    assert_eq!(shown.len(), 2, "one for each end: {shown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_brings_back_a_window_that_was_closed() {
    let Some((halfway, window)) = Halfway::sending("started-twice.webm").await else {
        return;
    };
    window.ask_to_close().await;
    window.press_by_keys("finish-in-tray").await;
    window.is_gone().await;
    window.start_once_more().await;
    window.is_on_the_screen().await;

    // And it stays when all is sent.
    halfway.backend.line.release();
    halfway.is_finished_in(window).await;
}

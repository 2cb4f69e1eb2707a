//! The keys that stand for buttons.

use crate::chooser;
use crate::download;
use crate::halfway::Halfway;
use crate::person::Person;
use crate::recorder::{choices, small_region};

#[tokio::test(flavor = "multi_thread")]
async fn they_are_enough_from_signing_in_to_a_link() {
    let Some((_world, person)) = Person::with_a_world().await else {
        return;
    };
    let window = person.open().await;
    window.screen("sign-in").await;
    // The server and the address are filled in, and the password field has the keyboard.
    window.element("input[type='password']:focus").await;
    person.desktop.type_text(&person.password).await;
    person.desktop.press(&["Return"]).await;
    window.screen("ready").await;
    window.has_a_task().await;

    // Enter presses what is there to be pressed first.
    window.heading_has_the_keyboard().await;
    window.key("Return").await;
    chooser::leave(&person.desktop).await;
    window.key("ctrl+o").await;
    let file = person.recording("keys.webm");
    chooser::choose(&person.desktop, &file).await;
    window.review_is_ready().await;
    window.heading_has_the_keyboard().await;
    window.key("Return").await;
    window.phase("done").await;
    window.key("ctrl+c").await;
    let link = person.desktop.clipboard_like("http").await;
    download::is(&link, &file).await;

    // Escape throws away what has only been chosen.
    window.key("ctrl+o").await;
    chooser::choose(&person.desktop, &person.recording("other.webm")).await;
    window.review_is_ready().await;
    window.key("Escape").await;
    window.element("main:not([data-screen='review'])").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_enough_to_record_too() {
    let chosen = choices(&small_region(), "review");
    let Some((_world, person)) = Person::who_recorded(&chosen).await else {
        return;
    };
    let window = person.open_with_the_task().await;
    window.key("ctrl+r").await;
    window.element("[data-preview='drawn']").await;
    window.key("Escape").await;
    window.element("main:not(:has(dialog))").await;
    window.key("ctrl+r").await;
    window.element("[data-preview='drawn']").await;
    window
        .element("[data-action='start-recording']:focus")
        .await;
    window.key("Return").await;
    let file = person.is_recording().await;
    window.comes_back().await;
    window.element("[data-recording='running']").await;
    window.heading_has_the_keyboard().await;

    // From something else that its user looks at meanwhile, back to the recording.
    window.press("home").await;
    window.element("[data-action='show-recording']").await;
    window.key("ctrl+r").await;
    window.element("[data-recording='running']").await;
    window.click("h1").await;
    window.key("ctrl+q").await;
    window.element("dialog [data-action='stay']").await;
    window.key("Escape").await;
    window.element("main:not(:has(dialog))").await;

    window.heading_has_the_keyboard().await;
    window.key("Return").await;
    window.reviews_what_was_recorded(&file).await;
    window.key("Escape").await;
    window
        .element("dialog [data-action='discard-and-keep']")
        .await;
    window.key("Escape").await;
    window.element("main:not(:has(dialog))").await;
    window.reviews_what_was_recorded(&file).await;
    assert!(file.exists(), "Escape discards nothing");
    window.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn escape_asks_before_it_cancels() {
    let Some((halfway, window)) = Halfway::sending("escape.webm").await else {
        return;
    };
    window.key("Escape").await;
    window.element("[data-action='confirm-cancel']:focus").await;
    window.key("Escape").await;
    window.element("main:not(:has(dialog))").await;
    window
        .element("main[data-screen='upload'] [role='progressbar']")
        .await;

    window.key("Escape").await;
    window.element("[data-action='confirm-cancel']:focus").await;
    window.key("Return").await;
    window.phase("cancelled").await;
    assert!(halfway.file.exists(), "the file is nobody's to delete");
    window.close().await;
}

use world::strict::{Strict, Variant};
use world::{World, fixtures};

use crate::person::Person;
use crate::pictures;

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_sending_it_finishes_after_the_next_start() {
    let backend = Strict::start(Variant::default()).await;
    let Some(person) = Person::of_strict(&backend).await else {
        return;
    };
    let window = person.open_with_task("onboarding").await;
    backend.line.hold_after(8 * 1024 * 1024);
    let file = person.large_recording("killed.webm");
    person.choose(&window, &file).await;
    backend.line.is_held().await;
    window.progress_past(20).await;
    window.kill(&person.desktop).await;
    backend.line.release();

    // Signed in by the keychain, and the upload goes on unasked.
    let window = person.open().await;
    window.phase("done").await;
    let downloaded = reqwest::get(window.link().await)
        .await
        .expect("the link opens");
    let bytes = downloaded.bytes().await.expect("the bytes arrive");
    assert!(
        bytes == std::fs::read(&file).expect("the file"),
        "other bytes came back"
    );
    window.close(&person.desktop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ended_is_waited_for() {
    let backend = Strict::start(Variant::default()).await;
    let Some(person) = Person::of_strict(&backend).await else {
        return;
    };
    let window = person.open_with_task("onboarding").await;
    backend.line.hold_after(8 * 1024 * 1024);
    person
        .choose(&window, &person.large_recording("waiting.webm"))
        .await;
    backend.line.is_held().await;
    window.progress_past(20).await;

    backend.end_sessions();
    backend.line.release();
    window.screen("sign-in").await;
    pictures::take(&window, "signed-out-while-sending").await;
    window.sign_in(&person.password).await;
    // It goes on unasked, on the stage or beside it.
    window.press_row("recent", "waiting.webm").await;
    window.phase("done").await;
    window.close(&person.desktop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_is_down_is_waited_for() {
    let mut world = World::start_on_a_lasting_port().await;
    let Some(person) = Person::of_world(&world).await else {
        return;
    };
    let window = person.open_signed_in().await;
    window.has_a_task().await;
    world.kill().await;

    let file = fixtures::named(person.desktop.home(), "Weekly review.webm");
    person.choose(&window, &file).await;
    window.phase("waiting").await;
    pictures::take(&window, "waiting").await;

    // It goes on by itself, without anybody pressing anything.
    world.start_again().await;
    window.phase("done").await;
    window.close(&person.desktop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_while_something_is_sent_asks_first() {
    let backend = Strict::start(Variant::default()).await;
    let Some(person) = Person::of_strict(&backend).await else {
        return;
    };
    let window = person.open_with_task("onboarding").await;
    backend.line.hold_after(8 * 1024 * 1024);
    person
        .choose(&window, &person.large_recording("closing.webm"))
        .await;
    backend.line.is_held().await;
    window.phase("sending").await;

    // The window manager's key for closing a window.
    person
        .desktop
        .run("xdotool", &["key", "--clearmodifiers", "alt+F4"])
        .await;
    window.element("[data-action='stop-and-quit']").await;
    pictures::take(&window, "closing").await;
    window.press("stay").await;
    backend.line.release();
    window.phase("done").await;
    window.close(&person.desktop).await;
}

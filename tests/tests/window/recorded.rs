//! What becomes of a recording where it cannot be sent while it is made: nobody is signed in, or the server takes whole
//! recordings only.

use crate::download;
use crate::person::Person;
use crate::recorder::{choices, small_region};

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_signed_in_records_and_it_waits_for_them() {
    let chosen = choices(&small_region(), "share");
    let Some((_world, person)) = Person::who_recorded(&chosen).await else {
        return;
    };
    let window = person.open().await;
    window.screen("sign-in").await;
    window.press("record").await;
    window.element("[data-preview='drawn']").await;
    window.press("start-recording").await;
    let file = person.is_recording().await;
    window.comes_back().await;
    window
        .says("It is sent once you have signed in. You find it here until then.")
        .await;
    window.press("stop-recording").await;
    window.screen("sign-in").await;
    window.says("A recording waits for you to sign in.").await;
    window.close().await;

    // It is not forgotten, whatever its user does first.
    let window = person.open().await;
    window.screen("sign-in").await;
    window.says("A recording waits for you to sign in.").await;
    let name = file.file_name().expect("a name").to_string_lossy();
    window.says(&name).await;
    window.sign_in(&person.password).await;
    window.reviews_what_was_recorded(&file).await;
    window.has_a_task().await;

    // Who signs out again leaves it where it was.
    window.press("account").await;
    window.press("sign-out").await;
    window.screen("sign-in").await;
    window.says("A recording waits for you to sign in.").await;
    window.sign_in(&person.password).await;
    window.reviews_what_was_recorded(&file).await;
    window.has_a_task().await;
    window.press("upload").await;
    window.phase("done").await;
    download::is(&window.link().await, &file).await;
    window.close().await;

    let window = person.open().await;
    window.screen("ready").await;
    window.element("[data-list='recent'] li").await;
    assert!(!window.has("[data-list='not-sent']").await, "it is sent");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_to_begin_is_said_to_whoever_is_not_signed_in() {
    let beyond =
        serde_json::json!({ "kind": "region", "x": 4000, "y": 0, "width": 320, "height": 180 });
    let Some((_world, person)) = Person::who_recorded(&choices(&beyond, "review")).await else {
        return;
    };
    let window = person.open().await;
    window.screen("sign-in").await;
    person.press_record().await;
    window
        .element("main[data-screen='sign-in'] [data-recording-failure='region_off_screen']")
        .await;
    window.press("dismiss-recording-failure").await;
    window
        .element("main:not(:has([data-recording-failure]))")
        .await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_server_that_takes_whole_recordings_it_is_sent_after_stop() {
    let Some((backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    person.keep("recording", &choices(&small_region(), "share"));
    let window = person.open_with_task("onboarding").await;
    person.press_record().await;
    let file = person.is_recording().await;
    window.comes_back().await;
    window.element("[data-sending='after_stop']").await;
    window
        .says("This server takes whole recordings: it is sent after Stop. The link comes once it has been sent.")
        .await;
    assert_eq!(backend.initiated(), 0, "nothing is asked for yet");
    window.press("stop-recording").await;
    window.phase("done").await;
    download::is(&window.link().await, &file).await;
    assert_eq!(backend.initiated(), 1);
    assert_eq!(backend.refused(), Vec::<String>::new());
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn looked_at_first_it_is_not_said_to_be_sent_there() {
    let Some((backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    person.keep("recording", &choices(&small_region(), "review"));
    let window = person.open_with_task("onboarding").await;
    person.press_record().await;
    let file = person.is_recording().await;
    person.press_record().await;
    window.reviews_what_was_recorded(&file).await;
    window.says("Look over, then upload").await;
    assert!(!window.has("[data-sent]").await);
    assert_eq!(backend.initiated(), 0);
    window.press("upload").await;
    window.phase("done").await;
    download::is(&window.link().await, &file).await;
    window.close().await;
}

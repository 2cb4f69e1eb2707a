//! What comes between while something is being sent.

use world::World;

use crate::download;
use crate::halfway::Halfway;
use crate::person::Person;
use crate::slowly::Slowly;

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_sending_it_finishes_after_the_next_start() {
    let Some((halfway, window)) = Halfway::sending("killed.webm").await else {
        return;
    };
    window.kill().await;
    halfway.backend.line.release();

    // Signed in by the keychain, and the upload goes on unasked.
    let window = halfway.person.open().await;
    halfway.is_finished_in(window).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ended_is_waited_for() {
    let Some((halfway, window)) = Halfway::sending("waiting.webm").await else {
        return;
    };
    halfway.backend.end_sessions();
    halfway.backend.line.release();
    window.screen("sign-in").await;
    window.sign_in(&halfway.person.password).await;

    // Unasked, and where its user left it.
    halfway.is_finished_in(window).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_out_halfway_it_waits_for_the_next_sign_in() {
    let Some((halfway, window)) = Halfway::sending("signed-out.webm").await else {
        return;
    };
    window.press("account").await;
    window.press("sign-out").await;
    window.screen("sign-in").await;
    let text = window.text().await;
    assert!(text.contains("A recording waits"), "{text}");
    halfway.backend.line.release();

    window.sign_in(&halfway.person.password).await;
    halfway.is_finished_in(window).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_account_was_sending_waits_for_it() {
    let Some(slowly) = Slowly::start().await else {
        return;
    };
    let window = slowly.person.open_with_the_task().await;
    let file = slowly.recording("Handed over.webm", 240_000_000);
    slowly.upload(&window, &file, "1.5 MB/s").await;
    window.progress_past(0).await;
    window.press("account").await;
    window.press("sign-out").await;
    window.screen("sign-in").await;
    let stranger = slowly.world.stranger();
    window.fill("input[name='email']", &stranger.email).await;
    window.sign_in(&stranger.password).await;

    // Whoever is here now is told so, and can make way.
    window
        .element("[data-cause='sign_in'] [data-action='sign-in-again']")
        .await;
    window.press("sign-in-again").await;
    window.screen("sign-in").await;
    window
        .fill("input[name='email']", &slowly.person.email)
        .await;
    window.sign_in(&slowly.person.password).await;
    window.phase("sending").await;
    window.lift_the_limit().await;
    window.phase("done").await;
    download::is(&window.link().await, &file).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_stays_in_the_window_when_it_goes_on() {
    let Some(mut slowly) = Slowly::start().await else {
        return;
    };
    let window = slowly.person.open_with_the_task().await;
    let file = slowly.recording("On the train.webm", 60_000_000);
    slowly.upload(&window, &file, "800 kB/s").await;
    window.progress_past(0).await;
    slowly.world.kill().await;
    window.phase("waiting").await;
    window.unfold("limit").await;
    slowly.world.start_again().await;
    window.phase("sending").await;

    // What told of the wait is gone, and with it the room above the button.
    let outside = window
        .execute(
            "const [done] = arguments; \
             const area = (css) => document.querySelector(css).getBoundingClientRect(); \
             requestAnimationFrame(() => requestAnimationFrame(() => { \
                 const [panel, stage] = [area('.panel'), area('.stage')]; \
                 done(Math.max(0, stage.top - panel.top, panel.bottom - innerHeight)) \
             }))",
        )
        .await;
    assert_eq!(outside.as_f64(), Some(0.0), "pixels that cannot be reached");
    window
        .click("[data-action='set-limit'][data-limit='none']")
        .await;
    window.phase("done").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_is_down_is_waited_for() {
    let mut world = World::start_on_a_lasting_port().await;
    let Some(person) = Person::of_world(&world).await else {
        return;
    };
    let window = person.open_with_the_task().await;
    world.kill().await;
    person
        .upload(&window, &person.recording("Weekly review.webm"))
        .await;
    window.phase("waiting").await;

    // It goes on by itself, without anybody pressing anything.
    world.start_again().await;
    window.phase("done").await;
    window.close().await;
}

//! What can be done with a link.

use std::time::Duration;

use crate::download;
use crate::person::Person;

#[tokio::test(flavor = "multi_thread")]
async fn opening_it_gives_it_to_the_browser() {
    let Some((_world, person)) = Person::with_a_world().await else {
        return;
    };
    // A browser that passes on what it is given: whoever reads the pipe waits for it.
    let pipe = person.desktop.home().join("opened");
    person.desktop.run("mkfifo", &["opened"]).await;
    person
        .desktop
        .install("xdg-open", r#"printf '%s' "$1" > "$HOME/opened""#);
    let window = person.open_with_the_task().await;
    let file = person.recording("Onboarding walkthrough.webm");
    person.upload(&window, &file).await;
    window.phase("done").await;

    window.press("open-link").await;
    let opened = world::in_time("the browser", tokio::fs::read_to_string(&pipe))
        .await
        .expect("what it was given");
    assert_eq!(opened, window.link().await);
    download::is(&opened, &file).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_no_longer_opens_is_renewed() {
    let Some((backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    let window = person.open_with_task("onboarding").await;
    backend.links_live_for(Duration::from_secs(4));
    let file = person.recording("renewed.webm");
    person.upload(&window, &file).await;
    window.phase("done").await;
    let first = window.link().await;

    window.says("This link no longer opens.").await;
    let refused = reqwest::get(&first).await.expect("an answer");
    assert_eq!(refused.status(), 403, "the page says that it opens no more");
    backend.links_live_for(Duration::from_hours(1));
    window.press("renew").await;
    window
        .element(&format!("[data-link]:not([data-link='{first}'])"))
        .await;
    download::is(&window.link().await, &file).await;
    window.close().await;
}

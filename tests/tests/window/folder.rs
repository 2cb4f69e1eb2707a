//! A folder whose recordings are uploaded by themselves.

use world::fixtures;

use crate::chooser;
use crate::person::Person;
use crate::pictures;
use crate::window::Window;

async fn look_at_the_folder(window: &Window) {
    window.press("account").await;
    window.press("watch-folder").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_saved_in_a_folder_becomes_a_link_once_and_a_restart_goes_on() {
    let Some((backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    let folder = person.desktop.home().join("films");
    std::fs::create_dir(&folder).expect("a folder");
    let window = person.open_with_task("onboarding").await;
    look_at_the_folder(&window).await;
    window.press("choose-folder").await;
    chooser::choose_folder(&person.desktop, &folder).await;
    window.element("dialog [data-folder='watching']").await;
    window.press("dismiss-folder").await;
    window.element("[data-watched='watching']").await;
    pictures::take(&window, "ready-watching").await;

    let film = fixtures::named(&folder, "film.webm");
    window
        .element("[data-list='recent'] [title='film.webm']")
        .await;
    look_at_the_folder(&window).await;
    window.element("[data-seen='taken']").await;
    pictures::take_small_too(&window, "watched-folder").await;
    window.press("dismiss-folder").await;
    assert!(film.exists(), "the file stays");
    window.close().await;

    // The same recording under another name, while nobody looked.
    std::fs::copy(&film, folder.join("the same.webm")).expect("a copy");
    let window = person.open().await;
    window.screen("ready").await;
    look_at_the_folder(&window).await;
    window.element("[data-seen='known']").await;
    assert_eq!(backend.initiated(), 1, "it was uploaded once");

    // Gone, and back.
    let elsewhere = person.desktop.home().join("elsewhere");
    std::fs::rename(&folder, &elsewhere).expect("it is theirs to move");
    window.element("dialog [data-folder='lost']").await;
    pictures::take_small_too(&window, "watched-folder-lost").await;
    window.press("dismiss-folder").await;
    window.element("[data-watched='lost']").await;
    std::fs::rename(&elsewhere, &folder).expect("and to move back");
    window.element("[data-watched='watching']").await;

    // Not any more.
    look_at_the_folder(&window).await;
    window.press("unwatch").await;
    window.element("dialog [data-folder='off']").await;
    window.press("dismiss-folder").await;
    window.element("main:not(:has([data-watched]))").await;
    window.close().await;
}

//! A folder whose recordings are uploaded by themselves.

use world::fixtures;

use crate::chooser;
use crate::notices::Notices;
use crate::person::Person;
use crate::pictures;
use crate::tray::Tray;
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
    window.quit().await;

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

#[tokio::test(flavor = "multi_thread")]
async fn it_is_watched_without_the_window_until_its_user_quits() {
    let Some((backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    let notices = Notices::start(&person.desktop).await;
    let tray = Tray::start(&person.desktop).await;
    let folder = person.desktop.home().join("films");
    std::fs::create_dir(&folder).expect("a folder");
    let window = person.open_with_task("onboarding").await;
    look_at_the_folder(&window).await;
    window.press("choose-folder").await;
    chooser::choose_folder(&person.desktop, &folder).await;
    window.element("dialog [data-folder='watching']").await;
    window.press("dismiss-folder").await;

    window.ask_to_close().await;
    window.is_gone().await;
    let told = notices.shows(1).await;
    assert_eq!(told[0].title, "Revui Uploader is in the tray", "{told:?}");
    assert!(told[0].body.contains("films"), "{told:?}");
    tray.shows("Watching a folder").await;
    fixtures::named(&folder, "unseen.webm");
    let told = notices.shows(2).await;
    assert_eq!(told[1].title, "Recording uploaded", "{told:?}");
    assert_eq!(backend.initiated(), 1);

    // All is sent, and it is still there; who closes it again is told nothing new.
    tray.choose("Show the window").await;
    window.is_on_the_screen().await;
    window
        .element("[data-list='recent'] [title='unseen.webm']")
        .await;
    window.ask_to_close().await;
    window.is_gone().await;
    tray.choose("Quit").await;
    window.has_ended().await;
    assert_eq!(notices.shows(2).await.len(), 2);
}

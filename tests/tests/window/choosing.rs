//! Choosing recordings, by the system's dialog or by dropping them on the window.

use std::path::PathBuf;

use world::fixtures;

use crate::chooser;
use crate::drag::Drag;
use crate::person::Person;

/// Recordings in a person's folder, under names that people give.
fn several(person: &Person) -> Vec<PathBuf> {
    let folder = person.desktop.videos();
    let names = [
        "Daily, 100 % done.webm",
        "Grüße aus Köln #2.webm",
        "週次レビュー.webm",
    ];
    names.map(|name| fixtures::named(&folder, name)).to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn several_chosen_at_once_are_all_uploaded() {
    let Some((world, person)) = Person::with_a_world().await else {
        return;
    };
    let files = several(&person);
    let window = person.open_with_the_task().await;
    person.choose_all(&window, files.len()).await;
    window.review_shows(&files).await;
    window.press("upload").await;
    window.recent_shows(&files).await;
    let list = world.revui_of(world.user()).await.run(["list"]).await;
    for name in files.iter().filter_map(|file| file.file_name()) {
        let name = name.to_string_lossy();
        assert!(list.stdout.contains(&*name), "{name} in:\n{}", list.stdout);
    }
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_dropped_on_the_window_are_taken() {
    let Some((_world, person)) = Person::with_a_world().await else {
        return;
    };
    let files = several(&person);
    let window = person.open_with_the_task().await;
    let drag = Drag::over(&person.desktop, &window, &files).await;
    window.element("[data-drop]").await;
    drag.drop_them().await;
    window.review_shows(&files).await;
    assert!(!window.has("[data-drop]").await, "nothing is in the air");
    window.press("upload").await;
    window.recent_shows(&files).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_the_chooser_changes_nothing() {
    let Some((_backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    let window = person.open_signed_in().await;
    window.press("choose").await;
    chooser::leave(&person.desktop).await;
    window.screen("ready").await;
    assert!(!window.has("[data-code]").await, "{}", window.text().await);

    // The button works again; and without a task the window asks what the recording is for.
    person
        .upload(&window, &person.recording("short.webm"))
        .await;
    window.element("dialog input[name='task']").await;
    window.fill("dialog input[name='task']", "onboarding").await;
    window.press("use-task").await;
    window.phase("done").await;
    window.close().await;
}

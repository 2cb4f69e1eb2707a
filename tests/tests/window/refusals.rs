//! What is no recording.

use world::fixtures;

use crate::person::Person;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_recording_is_shown_wrong_by_name() {
    let Some((backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    let window = person.open_with_task("onboarding").await;
    let home = person.desktop.home();
    let renamed = home.join("Payments bug.webm");
    std::fs::copy(fixtures::renamed_mp4(), &renamed).expect("a copy");
    for (file, code) in [
        (renamed, "not_webm"),
        (fixtures::write(home, "empty.webm", b""), "empty_file"),
        (fixtures::truncated(home, 60), "truncated"),
    ] {
        person.choose(&window, &file).await;
        window
            .element(&format!(
                "main[data-screen='review'] [data-wrong][data-code='{code}']"
            ))
            .await;
        let name = file.file_name().expect("a name").to_string_lossy();
        let text = window.text().await;
        assert!(text.contains(&*name), "{name} is not named:\n{text}");
        window.review_is_ready().await;
        window.press("discard").await;
        window.screen("ready").await;
    }
    assert_eq!(backend.initiated(), 0, "nothing was asked of the backend");
    window.close().await;
}

//! Looking recordings over before they are sent.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use tokio::task::JoinHandle;
use world::fixtures;

use crate::drag::Drag;
use crate::person::Person;

/// Whoever watches a file for two seconds sees it grow.
const RECORDS_EVERY: Duration = Duration::from_millis(100);

/// A `Void` element with four bytes in it (RFC 8794 section 11.3.2).
const NOTHING: [u8; 6] = [0xEC, 0x84, 0, 0, 0, 0];

/// Records into this file until it is aborted.
fn recorder(file: &Path) -> JoinHandle<()> {
    std::fs::copy(fixtures::live(), file).expect("a copy");
    let mut file = std::fs::File::options()
        .append(true)
        .open(file)
        .expect("the copy opens");
    tokio::spawn(async move {
        loop {
            file.write_all(&NOTHING).expect("room for it");
            tokio::time::sleep(RECORDS_EVERY).await;
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_looked_at_again_and_what_is_not_wanted_is_taken_out() {
    let Some((backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    let folder = person.desktop.videos();
    let other = fixtures::named(&folder, "other.webm");
    let wanted = folder.join("wanted.webm");
    let window = person.open_with_task("onboarding").await;
    let recorder = recorder(&wanted);
    let drag = Drag::over(&person.desktop, &window, &[wanted.clone(), other.clone()]).await;
    drag.drop_them().await;
    window
        .element("[data-wrong][data-code='still_growing']")
        .await;
    window.reviews(&other, "good").await;

    recorder.abort();
    window.press("look-again").await;
    window.reviews(&wanted, "good").await;
    window
        .click("[data-file='other.webm'] [data-action='remove']")
        .await;
    window.review_shows(std::slice::from_ref(&wanted)).await;
    assert!(other.exists(), "the file is nobody's to delete");

    // What it is for can still be changed.
    window.press("change-task").await;
    window.fill("dialog input[name='task']", "payments").await;
    window.press("use-task").await;
    window.element("main:not(:has(dialog))").await;
    window.press("upload").await;
    window.phase("done").await;
    window.close().await;

    let revui = backend.revui();
    let sent = revui.run(["list", "--task", "payments"]).await.exits(0);
    assert!(sent.stdout.contains("wanted.webm"), "{}", sent.stdout);
    let not_sent = revui.run(["list", "--task", "onboarding"]).await.exits(0);
    assert!(!not_sent.stdout.contains(".webm"), "{}", not_sent.stdout);
    assert_eq!(backend.initiated(), 1);
}

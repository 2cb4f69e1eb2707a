//! What fails, and what its user can do about it.

use std::path::Path;

use world::World;
use world::strict::{PASSWORD, Strict};

use crate::chooser;
use crate::download;
use crate::halfway::Halfway;
use crate::person::Person;

/// Fails if something in the report opens anything.
fn holds_no_secret(report: &str, backend: &Strict) {
    let token = backend.new_token();
    // All of them begin and end alike.
    let parts: Vec<_> = token.split('.').collect();
    let lower = report.to_lowercase();
    for secret in [PASSWORD, parts[0], parts[2]] {
        assert!(!report.contains(secret), "{secret} in:\n{report}");
    }
    for parameter in ["x-amz-signature", "x-amz-credential", "authorization"] {
        assert!(!lower.contains(parameter), "{parameter} in:\n{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_was_moved_away_is_reported_and_tried_again() {
    let Some((halfway, window)) = Halfway::sending("first.webm").await else {
        return;
    };
    let Halfway {
        backend, person, ..
    } = &halfway;
    let file = person.recording("moved.webm");
    person.upload(&window, &file).await;
    window.press_row("uploads", "moved.webm").await;
    window.phase("queued").await;
    let elsewhere = file.with_extension("elsewhere");
    std::fs::rename(&file, &elsewhere).expect("it is theirs to move");
    backend.line.release();
    window.phase("failed").await;
    window.element("[data-code='source_gone']").await;

    window.press("save-report").await;
    let report = person.desktop.home().join("report.txt");
    chooser::keep_the_report(&person.desktop, &report).await;
    window.says("Report saved").await;
    let text = read(&report);
    for fact in ["source_gone", "moved.webm", &backend.server, "onboarding"] {
        assert!(text.contains(fact), "{fact} is not in:\n{text}");
    }
    holds_no_secret(&text, backend);

    std::fs::rename(&elsewhere, &file).expect("it is theirs to move");
    window.press("retry").await;
    window.phase("done").await;
    download::is(&window.link().await, &file).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_had_now_is_said_until_it_is_put_away() {
    let mut world = World::start_on_a_lasting_port().await;
    let Some(person) = Person::of_world(&world).await else {
        return;
    };
    let window = person.open_with_the_task().await;
    person
        .upload(&window, &person.recording("renewed.webm"))
        .await;
    window.phase("done").await;
    world.kill().await;
    window.press("renew").await;
    window.says("server_unreachable").await;
    window.press("dismiss-refusal").await;
    window
        .element("main:not(:has([data-action='dismiss-refusal']))")
        .await;
    window.press("home").await;
    window.screen("ready").await;
    window.close().await;
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).expect("a report")
}

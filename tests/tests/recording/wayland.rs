//! Wayland: what the desktop's person allows is recorded, and nothing else.

use serde_json::Value;

use crate::film::Film;
use crate::gnome::{self, Gnome};

/// Ends a test here, said loudly, where it cannot run.
macro_rules! gnome_or_skip {
    ($test:literal) => {
        if let Some(missing) = gnome::missing_piece() {
            return world::skip($test, &missing);
        }
    };
}

fn is_started(event: &Value) -> bool {
    event["event"] == "started"
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_allowed_is_recorded() {
    gnome_or_skip!("what_is_allowed_is_recorded");
    let mut gnome = Gnome::start().await;
    let file = gnome.file("a.webm");
    let arguments = ["record", file.to_str().unwrap(), "--mic", "none"];
    let arguments = arguments.into_iter().chain(["--seconds", "12", "--json"]);
    let mut running = gnome.revui().start(arguments);
    let asking = |event: &Value| event["event"] == "asking";
    running.event("a question", asking).await;
    let started = running.event("a start", is_started);
    let started = gnome.answers(true, started).await;
    // The monitor's sides are odd.
    assert_eq!(started["width"], 640, "{started}");
    assert_eq!(started["height"], 360, "{started}");
    gnome.show_the_time();
    let ended = running.finish().await.exits(0);
    assert_eq!(ended.event("stopped")["reason"], "limit");
    let film = Film::of(&file).await;
    assert!(film.is_finished());
    assert_eq!(film.size(), (640, 360));
    assert_eq!(film.times_ms("video").len(), 360);
    film.has_no_gap();
    // By then the time is on the screen. On a machine with no graphics card it is not there thirty times a second.
    let numbers = film.numbers_from("10").await;
    let shown = numbers.last().unwrap().abs_diff(numbers[0]);
    assert!(numbers.is_sorted(), "{numbers:?}");
    assert!((30..=90).contains(&shown), "{numbers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_on_which_nothing_happens_is_recorded_too() {
    gnome_or_skip!("a_screen_on_which_nothing_happens_is_recorded_too");
    let gnome = Gnome::start().await;
    let file = gnome.file("a.webm");
    let arguments = ["record", file.to_str().unwrap(), "--mic", "none"];
    let arguments = arguments.into_iter().chain(["--seconds", "2", "--json"]);
    let mut running = gnome.revui().start(arguments);
    let started = running.event("a start", is_started);
    gnome.answers(true, started).await;
    running.finish().await.exits(0);
    let film = Film::of(&file).await;
    assert_eq!(film.times_ms("video").len(), 60);
    film.has_no_gap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_not_recorded() {
    gnome_or_skip!("what_is_refused_is_not_recorded");
    let gnome = Gnome::start().await;
    let file = gnome.file("a.webm");
    let arguments = ["record", file.to_str().unwrap(), "--mic", "none"];
    let running = gnome.revui().start(arguments);
    let ended = gnome.answers(false, running.finish()).await.exits(1);
    ended
        .explains("Your desktop asks")
        .explains("code: permission_refused");
    assert!(!file.exists(), "an empty file is left");
}

/// Whoever has enough of the dialog stops, and it goes.
#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_not_waited_for_for_ever() {
    gnome_or_skip!("a_question_is_not_waited_for_for_ever");
    let gnome = Gnome::start().await;
    let file = gnome.file("a.webm");
    let arguments = ["record", file.to_str().unwrap(), "--mic", "none"];
    let mut running = gnome.revui().start(arguments);
    running.explains("Your desktop asks").await;
    running.signal("INT").await;
    let ended = running.finish().await.exits(1);
    ended.explains("code: nothing_recorded");
    assert!(!file.exists(), "an empty file is left");
}

/// The desktop shows no more, as it says or by a crash, and the recording goes on with the last picture.
#[tokio::test(flavor = "multi_thread")]
async fn a_desktop_that_goes_is_no_end() {
    gnome_or_skip!("a_desktop_that_goes_is_no_end");
    for end in ["TERM", "KILL"] {
        let gnome = Gnome::start().await;
        let file = gnome.file("a.webm");
        let arguments = ["record", file.to_str().unwrap(), "--mic", "none"];
        let arguments = arguments.into_iter().chain(["--seconds", "8", "--json"]);
        let mut running = gnome.revui().start(arguments);
        let started = running.event("a start", is_started);
        gnome.answers(true, started).await;
        gnome.signal_compositor(end).await;
        let lost = running.event("a loss", |event| event["event"] == "deviceLost");
        assert_eq!(lost.await["source"], "screen", "SIG{end}");
        running.finish().await.exits(0);
        let film = Film::of(&file).await;
        assert!(film.is_finished(), "SIG{end}");
        assert_eq!(film.times_ms("video").len(), 240, "SIG{end}");
        film.has_no_gap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_chosen_is_the_desktop_s_to_say() {
    gnome_or_skip!("what_can_be_chosen_is_the_desktop_s_to_say");
    let gnome = Gnome::start().await;
    let devices = gnome.revui().run(["devices", "--json"]).await.exits(0);
    let devices: Value = serde_json::from_str(devices.last_line()).unwrap();
    assert_eq!(devices["desktopAsks"], true, "{devices}");
    assert_eq!(devices["screens"].as_array().unwrap().len(), 1, "{devices}");
    assert_eq!(devices["windows"].as_array().unwrap().len(), 1, "{devices}");
    let file = gnome.file("a.webm");
    let region = ["record", file.to_str().unwrap(), "--region", "320x200+0+0"];
    let ended = gnome.revui().run(region).await.exits(2);
    ended.explains("code: invalid_options").explains("Wayland");
    assert!(!file.exists(), "an empty file is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_portal_it_is_said_what_is_missing() {
    gnome_or_skip!("without_a_portal_it_is_said_what_is_missing");
    let gnome = Gnome::bare_bus().await;
    let file = gnome.file("a.webm");
    for arguments in [
        &["record", file.to_str().unwrap(), "--mic", "none"][..],
        &["devices"],
    ] {
        let ended = gnome.revui().run(arguments).await.exits(1);
        ended
            .explains("code: portal_missing")
            .explains("xdg-desktop-portal");
        assert!(!file.exists(), "an empty file is left");
    }
}

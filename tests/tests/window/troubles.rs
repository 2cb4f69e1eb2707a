//! What can go wrong while something is recorded, and is said before it is too late.

use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;
use world::Monitor;

use crate::bar::Sign;
use crate::desktop::HEADSET;
use crate::person::Person;
use crate::recorder::{choices, small_region};

/// What the window shows of a microphone that is gone.
const LOST: &str = "[data-lost='Headset microphone']";

#[tokio::test(flavor = "multi_thread")]
async fn a_microphone_that_goes_is_said_in_the_window_and_in_the_bar() {
    let mut chosen = choices(&small_region(), "review");
    chosen["microphone"] = json!({ "kind": "named", "name": "Headset microphone" });
    let Some((_world, person)) = Person::who_recorded(&chosen).await else {
        return;
    };
    let mut sound = person.desktop.start_sound().await;
    let window = person.open_with_the_task().await;
    person.press_record().await;
    let file = person.is_recording().await;
    window.comes_back().await;
    window
        .element("[data-level='microphone'][aria-valuetext='heard']")
        .await;

    let pull_out = ["unload-module", "module-remap-source"];
    person.desktop.run("pactl", &pull_out).await;
    window.element(LOST).await;
    window.is_heard("Headset microphone is gone.").await;
    person.bar_shows(Sign::Trouble, true).await;

    let plug_in: Vec<_> = std::iter::once("load-module")
        .chain(HEADSET.splitn(4, ' '))
        .collect();
    person.desktop.run("pactl", &plug_in).await;
    window.element(&format!("main:not(:has({LOST}))")).await;
    window.is_heard("Headset microphone is back.").await;
    window
        .element("[data-level='microphone'][aria-valuetext='heard']")
        .await;

    // And all sound, with who serves it.
    sound.kill().await.expect("it is killed");
    window.element(LOST).await;
    window.press("stop-recording").await;
    window.reviews_what_was_recorded(&file).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_that_goes_is_said_in_the_window_and_in_the_bar() {
    let chosen = choices(&small_region(), "review");
    let Some((_world, person)) = Person::who_recorded(&chosen).await else {
        return;
    };
    let window = person.open_with_the_task().await;
    person.press_record().await;
    let file = person.is_recording().await;
    window.comes_back().await;
    window.element("[data-recording='running']").await;
    person.bar_shows(Sign::Stop, true).await;
    person.bar_shows(Sign::Trouble, false).await;

    let name = Monitor::NAME;
    let lost = format!("[data-lost='{name}']");
    let monitor = Monitor::of(person.desktop.display());
    monitor.switch_off();
    window.element(&lost).await;
    window
        .is_heard(&format!("{name} is gone, or smaller."))
        .await;
    person.bar_shows(Sign::Trouble, true).await;

    monitor.switch_on();
    window.element(&format!("main:not(:has({lost}))")).await;
    window.is_heard(&format!("{name} is back.")).await;
    person.bar_shows(Sign::Trouble, false).await;
    window.press("stop-recording").await;
    window.reviews_what_was_recorded(&file).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_does_not_grow_raises_an_alarm() {
    let chosen = choices(&small_region(), "review");
    let Some((_world, person)) = Person::who_recorded(&chosen).await else {
        return;
    };
    let window = person.open_with_the_task().await;
    person.press_record().await;
    let file = person.is_recording().await;
    window.comes_back().await;
    window.element("[data-recording='running']").await;
    // A bar that is not painted yet shows no trouble either.
    person.bar_shows(Sign::Stop, true).await;
    person.bar_shows(Sign::Trouble, false).await;

    // A recorder that is stopped while it takes a picture keeps the display for itself: then once more.
    loop {
        window.signal_its_recorder("STOP").await;
        let answers = person.desktop.succeeds("xdotool", &["getmouselocation"]);
        if timeout(Duration::from_secs(2), answers).await.is_ok() {
            break;
        }
        window.signal_its_recorder("CONT").await;
    }
    window.element("[data-stalled] [role='alert']").await;
    window
        .says("The file has not grown for five seconds.")
        .await;
    person.bar_shows(Sign::Trouble, true).await;

    window.signal_its_recorder("CONT").await;
    window.element("main:not(:has([data-stalled]))").await;
    person.bar_shows(Sign::Trouble, false).await;
    window.press("stop-recording").await;
    window.reviews_what_was_recorded(&file).await;
    window.close().await;
}

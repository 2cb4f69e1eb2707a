//! Playing a recording while it is looked over.

use std::path::Path;

use serde_json::Value;
use tokio::time::{Instant, sleep};
use world::fixtures;

use crate::desktop::LOOK_EVERY;
use crate::person::Person;
use crate::pictures;
use crate::window::{PATIENCE, Window};

/// How far from where it was sought a player may land: `short` has a picture every thirtieth of a second.
const NEAR_SECONDS: f64 = 0.1;

/// What playing may take of memory, in bytes, however large the file is.
const MOST_BYTES: u64 = 300 << 20;

impl Window {
    /// Where the player stands, in seconds.
    async fn plays_at(&self) -> f64 {
        let made = self
            .execute("arguments[0](document.querySelector('video').currentTime)")
            .await;
        made.as_f64().expect("a time")
    }

    /// Waits until this holds of the player.
    async fn player(&self, condition: &str) {
        let script = format!(
            "const video = document.querySelector('video'); arguments[0](Boolean({condition}))"
        );
        let began = Instant::now();
        while self.execute(&script).await != Value::Bool(true) {
            assert!(began.elapsed() < PATIENCE, "never: {condition}");
            sleep(LOOK_EVERY).await;
        }
    }

    /// Presses a key on the page, where the heading has the keyboard.
    async fn presses(&self, key: &str) {
        let script = format!(
            "document.querySelector('h1').dispatchEvent(new KeyboardEvent('keydown', \
             {{ key: '{key}', bubbles: true, cancelable: true }})); arguments[0](true)"
        );
        self.execute(&script).await;
    }
}

async fn reviewed(person: &Person, file: &Path) -> Window {
    let window = person.open_with_task("onboarding").await;
    person.choose(&window, file).await;
    window.review_is_ready().await;
    window.element("[data-frame='drawn']").await;
    window
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_played_with_its_sound_and_sought_in() {
    let Some((_backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    let file = person.recording("played.webm");
    let window = reviewed(&person, &file).await;
    assert!(window.has("[data-player='unseen']").await, "not by itself");

    window.press("play").await;
    window
        .element("[data-player='open'][data-playing='true']")
        .await;
    window.player("video.currentTime > 0.5").await;
    window
        .player("video.videoWidth === 1280 && !video.muted && video.volume === 1")
        .await;
    pictures::take_small_too(&window, "review-playing").await;
    window.press("play").await;
    window.element("[data-playing='false']").await;

    // By the keyboard, from wherever the page has it.
    while window.plays_at().await > 0.0 {
        window.presses("ArrowLeft").await;
        window.player("!video.seeking").await;
    }
    window.presses("ArrowRight").await;
    window.player("!video.seeking").await;
    let at = window.plays_at().await;
    assert!((at - 5.0).abs() < NEAR_SECONDS, "{at}");
    window.presses(" ").await;
    window.element("[data-playing='true']").await;
    window.player("video.ended").await;
    window.element("[data-playing='false']").await;

    // By the mouse, to its middle.
    window.click("[data-scrubber]").await;
    window.player("!video.seeking").await;
    let middle = window.plays_at().await;
    assert!((middle - 5.0).abs() < 0.2, "{middle}");

    // What has been played can be sent, and is played no longer.
    window.press("upload").await;
    window.phase("done").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_what_decodes_it_the_window_says_what_helps() {
    let Some((_backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    let nothing = person.desktop.home().join("no-plugins");
    std::fs::create_dir(&nothing).expect("a folder");
    let window = person.open_with_plugins_in(&nothing).await;
    window.sign_in(&person.password).await;
    window.screen("ready").await;
    window.choose_task("onboarding").await;
    let file = person.recording("not played.webm");
    person.choose(&window, &file).await;
    window.review_is_ready().await;
    window.press("play").await;
    window.element("[data-cannot-play]").await;
    window.says("gstreamer1.0-plugins-good").await;
    pictures::take_small_too(&window, "review-not-played").await;
    window.press("upload").await;
    window.phase("done").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_of_any_size_is_played_in_little_memory() {
    let Some((_backend, person)) = Person::with_a_strict_backend().await else {
        return;
    };
    let file = fixtures::sparse(person.desktop.home(), "large.webm", 2 << 30);
    let window = reviewed(&person, &file).await;
    let before = window.memory_bytes();
    window.press("play").await;
    window.player("video.currentTime > 8").await;
    let grown = window.memory_bytes().saturating_sub(before);
    assert!(grown < MOST_BYTES, "{grown} bytes more");
    window.close().await;
}

//! Screens that are unplugged, made smaller, switched off and plugged in again while they are recorded.

use serde_json::{Value, json};
use world::{Monitor, Running};

use crate::film::Film;
use crate::helper::Helper;
use crate::pattern::Pattern;
use crate::stage::{SIZE, Stage, stage_or_skip};

fn reaches(milliseconds: u64) -> impl Fn(&Value) -> bool {
    move |event| event["event"] == "progress" && event["elapsedMs"].as_u64() >= Some(milliseconds)
}

/// Waits until it is so much longer.
async fn goes_on_for(running: &mut Running, milliseconds: u64) {
    let now = running.event("progress", reaches(0)).await;
    let now = now["elapsedMs"].as_u64().unwrap();
    running.event("more", reaches(now + milliseconds)).await;
}

fn screen(kind: &'static str) -> impl Fn(&Value) -> bool {
    move |event| {
        event["event"] == kind && event["source"] == "screen" && event["name"] == Monitor::NAME
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_of_a_screen_is_recorded() {
    stage_or_skip!("what_is_left_of_a_screen_is_recorded");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let monitor = Monitor::of(stage.display());
    let file = stage.file("a.webm");
    let arguments = ["record", file.to_str().unwrap(), "--mic", "none", "--json"];
    let mut running = stage.revui().start(arguments);
    running.event("a second", reaches(1_000)).await;
    monitor.switch_off();
    // Fifteen of the twenty columns: enough for the numbers of some minutes.
    monitor.resize((480, 200));
    running.event("its loss", screen("deviceLost")).await;
    goes_on_for(&mut running, 2_000).await;
    monitor.resize(SIZE);
    monitor.switch_on();
    running.event("its return", screen("deviceBack")).await;
    goes_on_for(&mut running, 1_500).await;
    running.signal("INT").await;
    let ended = running.finish().await.exits(0);
    let stopped = ended.event("stopped");
    assert_eq!(stopped["reason"], "requested");

    let film = Film::of(&file).await;
    assert!(film.is_finished());
    film.has_no_gap();
    assert_eq!(film.size(), (640, 360), "as large as it was at first");
    let told = stopped["durationMs"].as_i64().unwrap();
    let is = film.duration_ms().unwrap();
    assert!((is - told).abs() <= 60, "{is} ms, told {told}");
    // At the top it was live all the time.
    let upper = film.numbers_in("180", "0").await;
    assert!(upper.is_sorted(), "{upper:?}");
    // Below it was so before and after, and black meanwhile.
    let lower = film.numbers_at("iw:100:0:240", "0").await;
    let gone = lower.iter().filter(|&&number| number == 0).count();
    assert!(gone >= 40, "{gone} without it: {lower:?}");
    let first = lower.iter().position(|&number| number == 0).unwrap();
    assert!(lower[first..first + gone].iter().all(|&number| number == 0));
    let pieces = [0..first, first..first + gone, first + gone..upper.len()];
    for piece in pieces {
        let mut shown = upper[piece.clone()].to_vec();
        shown.dedup();
        assert!(
            shown.len() * 4 > piece.len(),
            "live in {piece:?}: {shown:?}"
        );
    }
    // An encoder in a hurry takes a moment for a half of the picture that is another at once.
    for at in (0..first).chain(first + gone + 10..lower.len()) {
        assert_eq!(lower[at], upper[at], "picture {at}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_that_is_gone_leaves_its_last_picture() {
    stage_or_skip!("a_screen_that_is_gone_leaves_its_last_picture");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let monitor = Monitor::of(stage.display());
    let file = stage.file("a.webm");
    let area = json!({"x": 0, "y": 200, "width": 640, "height": 160});
    let options =
        json!({"target": {"kind": "region", "area": area}, "microphone": {"kind": "off"}});
    let mut helper = Helper::record(&stage, &file, options).await;
    helper.reaches(800).await;
    // Dark, but where it was.
    monitor.switch_off();
    helper
        .event_like("its darkness", screen("deviceLost"))
        .await;
    monitor.switch_on();
    helper.event_like("its light", screen("deviceBack")).await;
    monitor.switch_off();
    monitor.resize((640, 200));
    helper.event_like("its loss", screen("deviceLost")).await;
    helper.goes_on_for(1_500).await;
    // It comes back in a pause.
    helper.tell(&json!({"command": "pause"})).await;
    helper.event("paused").await;
    monitor.resize(SIZE);
    monitor.switch_on();
    helper.event_like("its return", screen("deviceBack")).await;
    helper.tell(&json!({"command": "resume"})).await;
    helper.event("resumed").await;
    helper.goes_on_for(1_500).await;
    let stopped = helper.stop().await;

    let film = Film::of(&file).await;
    assert!(film.is_finished());
    film.has_no_gap();
    assert_eq!(film.size(), (640, 160));
    let told = stopped["durationMs"].as_i64().unwrap();
    let is = film.duration_ms().unwrap();
    assert!((is - told).abs() <= 60, "{is} ms, told {told}");
    let numbers = film.numbers().await;
    assert!(numbers.is_sorted(), "{numbers:?}");
    let held = numbers.chunk_by(PartialEq::eq).max_by_key(|run| run.len());
    let held = held.unwrap();
    assert!(held.len() >= 20, "held: {numbers:?}");
    let after = numbers.iter().filter(|&number| *number > held[0]).count();
    assert!(after >= 20, "live again: {numbers:?}");
}

/// There is no picture then at which its source could fail.
#[tokio::test(flavor = "multi_thread")]
async fn a_screen_may_go_in_a_pause() {
    stage_or_skip!("a_screen_may_go_in_a_pause");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let monitor = Monitor::of(stage.display());
    let file = stage.file("a.webm");
    let options = json!({"microphone": {"kind": "off"}});
    let mut helper = Helper::record(&stage, &file, options).await;
    helper.reaches(600).await;
    helper.tell(&json!({"command": "pause"})).await;
    helper.event("paused").await;
    monitor.switch_off();
    monitor.resize((480, 200));
    helper.event_like("its loss", screen("deviceLost")).await;
    helper.tell(&json!({"command": "resume"})).await;
    helper.event("resumed").await;
    helper.goes_on_for(1_000).await;
    helper.stop().await;

    let film = Film::of(&file).await;
    assert!(film.is_finished());
    film.has_no_gap();
    let upper = film.numbers_in("180", "0").await;
    let lower = film.numbers_at("iw:100:0:240", "0").await;
    assert!(upper.is_sorted(), "{upper:?}");
    let last = lower
        .iter()
        .rev()
        .take_while(|&&number| number == 0)
        .count();
    assert!(last >= 20, "{lower:?}");
    assert!(upper[upper.len() - last] < *upper.last().unwrap());
}

//! Pauses: what happens in them is not in the file, and nothing in the file tells of them.

use serde_json::json;

use crate::film::Film;
use crate::helper::Helper;
use crate::pattern::Pattern;
use crate::stage::{MICROPHONE, Stage, stage_or_skip};

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_leaves_no_gap() {
    stage_or_skip!("a_pause_leaves_no_gap");
    let mut stage = Stage::start().await;
    stage.start_sound(&MICROPHONE).await;
    let pattern = Pattern::show(&stage);
    let file = stage.file("a.webm");
    let mut helper = Helper::record(&stage, &file, json!({})).await;
    helper.reaches(1_000).await;
    helper.tell(&json!({"command": "pause"})).await;
    let paused = helper.event("paused").await;
    // Two seconds of the clock on the screen, which the file is not to have.
    pattern.shows_more(120).await;
    helper.tell(&json!({"command": "resume"})).await;
    helper.event("resumed").await;
    helper.reaches(2_200).await;
    let stopped = helper.stop().await;

    let film = Film::of(&file).await;
    assert!(film.is_finished());
    film.has_no_gap();
    let told = stopped["durationMs"].as_i64().unwrap();
    let is = film.duration_ms().unwrap();
    assert!((is - told).abs() <= 60, "{is} ms, told {told}");

    let numbers = film.numbers().await;
    let jump = |pair: &[u64]| pair[1] > pair[0] + 110;
    let jumps: Vec<_> = (0..)
        .zip(numbers.windows(2))
        .filter(|(_, pair)| jump(pair))
        .collect();
    assert_eq!(jumps.len(), 1, "one pause: {numbers:?}");
    let before = jumps[0].0 * 1000 / 30;
    let told = paused["elapsedMs"].as_i64().unwrap();
    // Until the first picture after the pause is taken, which a busy computer does late, the last one before it stands.
    let late = before - told;
    assert!((-150..=600).contains(&late), "at {before} ms, told {told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rests_can_be_stopped() {
    stage_or_skip!("what_rests_can_be_stopped");
    let mut stage = Stage::start().await;
    stage.start_sound(&MICROPHONE).await;
    let _pattern = Pattern::show(&stage);
    let file = stage.file("a.webm");
    let mut helper = Helper::record(&stage, &file, json!({})).await;
    helper.reaches(600).await;
    helper.tell(&json!({"command": "pause"})).await;
    let paused = helper.event("paused").await;
    let stopped = helper.stop().await;
    let told = |event: &serde_json::Value| event["durationMs"].as_i64();
    let rested = paused["elapsedMs"].as_i64().unwrap();
    assert!(
        told(&stopped).unwrap() - rested <= 100,
        "{paused} {stopped}"
    );
    let film = Film::of(&file).await;
    assert!(film.is_finished());
    film.has_no_gap();
}

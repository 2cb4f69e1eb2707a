//! One window: resized, hidden and closed while it is recorded.

use crate::film::Film;
use crate::pattern::{Pattern, TITLE};
use crate::stage::{Stage, stage_or_skip};

#[tokio::test(flavor = "multi_thread")]
async fn a_window_may_be_resized_hidden_and_closed() {
    stage_or_skip!("a_window_may_be_resized_hidden_and_closed");
    let stage = Stage::start().await;
    let pattern = Pattern::show(&stage);
    let file = stage.file("a.webm");
    let arguments = ["record", file.to_str().unwrap(), "--mic", "none", "--json"];
    let arguments = arguments.into_iter().chain(["--window", "on the wall"]);
    let mut running = stage.revui().start(arguments);
    let happens = |kind: &'static str| {
        move |event: &serde_json::Value| event["event"] == kind && event["name"] == TITLE
    };
    let reaches = |milliseconds: u64| {
        move |event: &serde_json::Value| {
            event["event"] == "progress" && event["elapsedMs"].as_u64() >= Some(milliseconds)
        }
    };
    running.event("a second", reaches(1_000)).await;
    pattern.resize(320, 300);
    running.event("half a second", reaches(1_500)).await;
    pattern.hide();
    running.event("its hiding", happens("deviceLost")).await;
    pattern.show_again();
    running.event("its return", happens("deviceBack")).await;
    pattern.close();
    running.event("its end", happens("deviceLost")).await;
    running.event("the rest", reaches(3_500)).await;
    running.signal("INT").await;
    let ended = running.finish().await.exits(0);
    let stopped = ended.event("stopped");

    let film = Film::of(&file).await;
    assert!(film.is_finished());
    film.has_no_gap();
    assert_eq!(film.size(), (640, 360), "as large as it was at first");
    let told = stopped["durationMs"].as_i64().unwrap();
    let is = film.duration_ms().unwrap();
    assert!((is - told).abs() <= 60, "{is} ms, told {told}");
    // While it was whole, its number was to be read.
    let numbers = film.numbers().await;
    let first = &numbers[..30];
    assert!(first.is_sorted() && first[29] > first[0] + 25, "{first:?}");
}

//! How a recording ends: by Ctrl+C, by a signal, by a helper that is killed, by a `revui` that is.

use std::path::PathBuf;

use client::{Client, ClientOptions, Home, Undecided};
use world::Running;

use crate::film::Film;
use crate::pattern::{NUMBERS_PER_SECOND, Pattern};
use crate::stage::{Stage, helper_of, is_gone, kill_both, signal, stage_or_skip};

/// For so long one is stopped: two seconds and a half.
const STOOD_STILL_NUMBERS: u64 = 150;

/// Begins one, and returns once it is so long.
async fn recorded(stage: &Stage, milliseconds: u64) -> (Running, PathBuf) {
    let file = stage.file("a.webm");
    let arguments = ["record", file.to_str().unwrap(), "--mic", "none", "--json"];
    let mut running = stage.revui().start(arguments);
    running
        .event("progress", |event| {
            event["event"] == "progress" && event["elapsedMs"].as_u64() >= Some(milliseconds)
        })
        .await;
    (running, file)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_stop_finishes_the_file() {
    stage_or_skip!("a_request_to_stop_finishes_the_file");
    for name in ["INT", "TERM"] {
        let stage = Stage::start().await;
        let _pattern = Pattern::show(&stage);
        let (running, file) = recorded(&stage, 800).await;
        running.signal(name).await;
        let ended = running.finish().await.exits(0);
        let stopped = ended.event("stopped");
        assert_eq!(stopped["reason"], "requested", "SIG{name}: {stopped}");
        let film = Film::of(&file).await;
        assert!(film.is_finished(), "SIG{name}");
        film.has_no_gap();
        let told = stopped["durationMs"].as_i64().unwrap();
        let is = film.duration_ms().unwrap();
        assert!((is - told).abs() <= 40, "SIG{name}: {is} ms, told {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_helper_leaves_what_it_had_recorded() {
    stage_or_skip!("a_killed_helper_leaves_what_it_had_recorded");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let (running, file) = recorded(&stage, 3_000).await;
    signal(helper_of(running.id()).await, "KILL").await;
    let ended = running.finish().await.exits(1);
    let failed = ended.event("failed");
    assert_eq!(failed["code"], "recorder_ended", "{failed}");
    assert_eq!(failed["path"], file.to_str().unwrap(), "{failed}");
    ended
        .explains("ended in the middle of the recording: it was killed")
        .explains(file.to_str().unwrap());
    // At most two seconds of it are lost.
    let numbers = Film::of(&file).await.numbers().await;
    assert!(numbers.len() >= 30, "{} pictures", numbers.len());
}

/// A display server that crashes takes with it whoever uses it, the recorder too. What was recorded until then is mended.
#[tokio::test(flavor = "multi_thread")]
async fn a_display_that_goes_leaves_what_was_recorded() {
    stage_or_skip!("a_display_that_goes_leaves_what_was_recorded");
    let mut stage = Stage::start().await;
    let pattern = Pattern::show(&stage);
    let (running, file) = recorded(&stage, 3_000).await;
    pattern.close();
    stage.end_display().await;
    let ended = running.finish().await.exits(1);
    ended.explains("`revui repair` mends it");
    let repair = ["repair", "--in-place", file.to_str().unwrap()];
    stage.revui().run(repair).await.exits(0);
    let film = Film::of(&file).await;
    assert!(film.is_finished());
    // At most two seconds of it are lost.
    let numbers = film.numbers().await;
    assert!(numbers.is_sorted() && numbers.len() >= 30, "{numbers:?}");
}

/// Whoever started the helper is gone: it finishes the file by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_command_line_leaves_a_finished_file() {
    stage_or_skip!("a_killed_command_line_leaves_a_finished_file");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let (running, file) = recorded(&stage, 800).await;
    let helper = helper_of(running.id()).await;
    running.kill().await;
    is_gone(helper).await;
    let film = Film::of(&file).await;
    assert!(film.is_finished());
    film.has_no_gap();
}

/// What nobody has decided about is found again, and whole; what ended in order is nobody's business any more.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_killed_with_its_helper_is_found_by_the_next_start() {
    stage_or_skip!("what_was_killed_with_its_helper_is_found_by_the_next_start");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let home = stage.file("home");
    let revui = || stage.revui().with("REVUI_HOME", home.to_str().unwrap());
    let client = Client::open(ClientOptions::new(Home::at(&home))).unwrap();
    let file = stage.file("ended.webm");
    revui().run(Stage::a_second_into(&file)).await.exits(0);
    assert!(client.undecided().await.unwrap().is_empty());

    let file = stage.file("killed.webm");
    let record = ["record", file.to_str().unwrap(), "--mic", "none", "--json"];
    let mut running = revui().start(record);
    running
        .event("a recording", |event| {
            event["elapsedMs"].as_u64() >= Some(3_000)
        })
        .await;
    assert!(client.undecided().await.unwrap().is_empty(), "it goes on");
    let helper = helper_of(running.id()).await;
    kill_both(running, helper).await;
    let left = client.undecided().await.unwrap();
    let paths: Vec<_> = left.iter().map(Undecided::path).collect();
    assert_eq!(paths, [&file]);
    drop(left);
    let name = file.to_str().unwrap();
    let next = stage.file("next.webm");
    let ended = revui().run(Stage::a_second_into(&next)).await.exits(0);
    assert_eq!(ended.last_line(), next.to_str().unwrap());
    ended
        .explains(&format!("A recording was cut off: {name}"))
        .explains("It has been mended")
        .explains("`revui upload FILE --task T`");
    let film = Film::of(&file).await;
    assert!(film.is_finished());
    let lasts = film.duration_ms().unwrap();
    assert!(lasts >= 1_000, "at most 2 s of 3 are lost: {lasts} ms");

    // It is named until somebody has decided, by whoever looks for what is unfinished, too.
    let resumed = async || revui().run(["resume", "--json"]).await.exits(0);
    let told = resumed().await.event("undecided");
    assert_eq!(told["file"], name, "{told}");
    assert!(told["cutBytes"].is_null(), "it was mended before: {told}");
    std::fs::remove_file(&file).unwrap();
    assert_eq!(resumed().await.stdout, "");
    assert!(client.undecided().await.unwrap().is_empty());
}

/// A helper that stands still does not keep a person from their terminal.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_request_does_not_wait() {
    stage_or_skip!("a_second_request_does_not_wait");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let (mut running, file) = recorded(&stage, 500).await;
    let helper = helper_of(running.id()).await;
    signal(helper, "STOP").await;
    running
        .event("the alarm", |event| event["event"] == "stalled")
        .await;
    running.signal("INT").await;
    // Whether the first has been taken by then cannot be seen from outside: two that are not taken one by one are one.
    let ended = loop {
        running.signal("INT").await;
        let waited =
            tokio::time::timeout(crate::stage::LOOK_EVERY, running.explains("did not wait"));
        if waited.await.is_ok() {
            break running.finish().await.exits(5);
        }
    };
    ended.explains(file.to_str().unwrap());
    signal(helper, "CONT").await;
    is_gone(helper).await;
    let film = Film::of(&file).await;
    assert!(film.is_finished());
    film.has_no_gap();
}

/// A recorder that stood still goes on, and one picture stands for as long as it was stopped.
#[tokio::test(flavor = "multi_thread")]
async fn one_that_stood_still_goes_on_and_no_time_is_missing() {
    stage_or_skip!("one_that_stood_still_goes_on_and_no_time_is_missing");
    let stage = Stage::start_alone().await;
    let pattern = Pattern::show(&stage);
    let (mut running, file) = recorded(&stage, 1_000).await;
    let helper = helper_of(running.id()).await;
    signal(helper, "STOP").await;
    let stopped_at = pattern.number();
    pattern.shows_more(STOOD_STILL_NUMBERS).await;
    let went_on_at = pattern.number();
    signal(helper, "CONT").await;
    pattern.shows_more(NUMBERS_PER_SECOND).await;
    running.signal("INT").await;
    let stopped = running
        .event("its end", |event| event["event"] == "stopped")
        .await;
    running.finish().await.exits(0);

    let film = Film::of(&file).await;
    assert!(film.is_finished());
    film.has_no_gap();
    let told = stopped["durationMs"].as_i64().unwrap();
    let is = film.duration_ms().unwrap();
    assert!((is - told).abs() <= 60, "{is} ms, told {told}");
    // As many pictures as the pattern had numbers for, and one of them in the place of those that nobody saw.
    let numbers = film.numbers().await;
    assert!(numbers.is_sorted(), "{numbers:?}");
    let (first, last) = (numbers[0], numbers[numbers.len() - 1]);
    let pictures = numbers.len() as u64;
    assert!(
        ((last - first) / 2).abs_diff(pictures) <= 10,
        "{pictures} pictures from {first} to {last}"
    );
    let held = numbers.chunk_by(PartialEq::eq).max_by_key(|run| run.len());
    let held = held.unwrap();
    let stood = (went_on_at - stopped_at) / 2;
    // The last one before, or the first one after it.
    let is_beside = |number: u64| held[0].abs_diff(number) <= 10;
    assert!(
        (held.len() as u64).abs_diff(stood) <= 10
            && (is_beside(stopped_at) || is_beside(went_on_at)),
        "{} of {} for {stood} from {stopped_at} to {went_on_at}",
        held.len(),
        held[0]
    );
}

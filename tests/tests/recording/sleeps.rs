//! A computer that sleeps lets nobody run. Ours stays awake: the recorder alone is stopped for a while, and its clock, other
//! than that of a computer that sleeps, goes on.

use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

use crate::film::{Film, samples_of, tone};
use crate::helper::Helper;
use crate::pattern::{NUMBERS_PER_SECOND, Pattern};
use crate::stage::{MICROPHONE, Stage, signal, stage_or_skip};

#[tokio::test(flavor = "multi_thread")]
async fn a_recorder_that_stood_still_goes_on() {
    stage_or_skip!("a_recorder_that_stood_still_goes_on");
    let mut stage = Stage::start().await;
    stage.start_sound(&MICROPHONE).await;
    let pattern = Pattern::show(&stage);
    let file = stage.file("a.webm");
    let mut helper = Helper::record(&stage, &file, json!({})).await;
    helper.reaches(1_000).await;
    // One that is stopped while it takes a picture keeps the display for itself: then once more.
    loop {
        signal(helper.id(), "STOP").await;
        let goes_on = pattern.shows_more(NUMBERS_PER_SECOND / 2);
        if timeout(Duration::from_secs(2), goes_on).await.is_ok() {
            break;
        }
        signal(helper.id(), "CONT").await;
    }
    pattern.shows_more(5 * NUMBERS_PER_SECOND / 2).await;
    signal(helper.id(), "CONT").await;
    helper.reaches(6_000).await;
    let stopped = helper.stop().await;

    let film = Film::of(&file).await;
    assert!(film.is_finished());
    film.has_no_gap();
    let told = stopped["durationMs"].as_i64().unwrap();
    let is = film.duration_ms().unwrap();
    assert!((is - told).abs() <= 60, "{is} ms, told {told}");
    let ends = ["video", "audio"].map(|kind| *film.times_ms(kind).last().unwrap());
    assert!((ends[0] - ends[1]).abs() <= 100, "{ends:?}");
    // In the place of what was not seen is the last picture before it, and then the first one after it.
    let numbers = film.numbers().await;
    assert!(numbers.is_sorted(), "{numbers:?}");
    let mut runs: Vec<_> = numbers.chunk_by(PartialEq::eq).collect();
    runs.sort_by_key(|run| run.len());
    let [.., one, other] = &runs[..] else {
        panic!("{numbers:?}")
    };
    let held = one.len() + other.len();
    assert!((75..=130).contains(&held), "{held} held: {numbers:?}");
    let last_held = one[0].max(other[0]);
    let after = numbers.iter().filter(|&number| *number > last_held).count();
    assert!(after >= 20, "live again: {numbers:?}");
    // Nor does it lag behind from then on.
    let between = |from: usize, to: usize| (numbers[to] - numbers[from], to - from);
    let (shown, pictures) = between(10, numbers.len() - 10);
    let expected = u64::try_from(pictures).unwrap() * NUMBERS_PER_SECOND / 30;
    assert!(shown.abs_diff(expected) <= 12, "{shown}, not {expected}");
    let samples = film.samples().await;
    for (what, piece) in [
        ("before", &samples[samples_of(500)..samples_of(900)]),
        ("after", &samples[samples.len() - samples_of(500)..]),
    ] {
        let strength = tone(piece, 440.0);
        assert!(strength > 0.1, "the voice {what}: {strength}");
    }
}

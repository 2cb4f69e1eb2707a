//! The picture: each frame of it, found again by the number that was on the screen.

use world::Finished;

use crate::film::Film;
use crate::pattern::{NUMBERS_PER_SECOND, Pattern};
use crate::stage::{SIZE, Stage, stage_or_skip};

const SECONDS: usize = 5;
const PICTURES_PER_SECOND: usize = 30;

/// Fails unless each picture has what was on the screen when it was due: two numbers further each time, and one where the
/// clocks rub.
#[track_caller]
pub(crate) fn are_as_shown(numbers: &[u64], pattern: &Pattern) {
    were_shown(numbers, pattern);
    let on_the_screen = pattern.shown();
    // What the screen itself passed over cannot be in the film, and what it held is to be held there.
    let place = |number: u64| on_the_screen.partition_point(|&shown| shown < number);
    let pictures_of = |number: u64| {
        let next = on_the_screen.get(place(number) + 1);
        let next = next.copied().unwrap_or(number + 1);
        usize::try_from((next - number).div_ceil(2)).unwrap()
    };
    let held: usize = numbers
        .chunk_by(PartialEq::eq)
        .map(|run| run.len().saturating_sub(pictures_of(run[0])))
        .sum();
    let jumped = numbers
        .windows(2)
        .filter(|pair| place(pair[1]) > place(pair[0]) + 4)
        .count();
    assert!(
        held + jumped <= 2,
        "{held} held, {jumped} jumped: {numbers:?}"
    );
}

/// Fails unless each was on the screen, in this order.
#[track_caller]
pub(crate) fn were_shown(numbers: &[u64], pattern: &Pattern) {
    assert!(numbers.is_sorted(), "{numbers:?}");
    let on_the_screen = pattern.shown();
    let is_made_up = |number: &&u64| on_the_screen.binary_search(number).is_err();
    assert_eq!(numbers.iter().find(is_made_up), None, "nobody showed it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_is_recorded_picture_for_picture() {
    stage_or_skip!("a_screen_is_recorded_picture_for_picture");
    let stage = Stage::start_alone().await;
    let pattern = Pattern::show(&stage);
    let file = stage.file("a.webm");
    let arguments = ["record", file.to_str().unwrap(), "--mic", "none"];
    let seconds = SECONDS.to_string();
    let arguments = arguments
        .into_iter()
        .chain(["--seconds", &seconds, "--json"]);
    let ended: Finished = stage.revui().run(arguments).await.exits(0);
    let started = ended.event("started");
    assert_eq!(
        (started["width"].as_u64(), started["height"].as_u64()),
        (Some(640), Some(360))
    );
    let stopped = ended.event("stopped");
    assert_eq!(stopped["reason"], "limit", "{stopped}");
    assert_eq!(stopped["durationMs"], 5000, "{stopped}");

    let film = Film::of(&file).await;
    assert_eq!(film.codecs(), ["vp9"]);
    assert_eq!(film.size(), (i64::from(SIZE.0), i64::from(SIZE.1)));
    film.has_no_gap();
    assert!(film.is_finished());
    let duration = film.duration_ms().unwrap();
    assert!((4960..=5040).contains(&duration), "{duration} ms");
    assert_eq!(film.times_ms("video").len(), SECONDS * PICTURES_PER_SECOND);

    let numbers = film.numbers().await;
    assert_eq!(numbers.len(), SECONDS * PICTURES_PER_SECOND);
    are_as_shown(&numbers, &pattern);
    let shown = numbers.last().unwrap() - numbers[0];
    let expected = NUMBERS_PER_SECOND * SECONDS as u64;
    assert!(shown.abs_diff(expected) <= 6, "{shown} of {expected}");

    // A player that searches lands where it wanted.
    let later = film.numbers_from("3").await;
    let wanted = numbers[3 * PICTURES_PER_SECOND];
    assert!(later[0].abs_diff(wanted) <= 3, "{} for {wanted}", later[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_is_its_part_of_the_screen() {
    stage_or_skip!("a_region_is_its_part_of_the_screen");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let file = stage.file("a.webm");
    // Odd sides are cut to even ones.
    let arguments = Stage::a_second_into(&file)
        .into_iter()
        .chain(["--region", "321x101+64+20"]);
    let ended = stage.revui().run(arguments).await.exits(0);
    assert_eq!(ended.last_line(), file.to_str().unwrap());
    ended.explains("Recording 320x100 at 30 pictures a second, without sound");
    let film = Film::of(&file).await;
    assert_eq!(film.size(), (320, 100));
    assert!(film.is_finished());
}

/// No finer than somebody says, and that is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_recording_has_no_more_rows_than_were_said() {
    stage_or_skip!("a_recording_has_no_more_rows_than_were_said");
    let stage = Stage::start().await;
    let pattern = Pattern::show(&stage);
    for (target, name) in [
        (&[][..], "screen"),
        (&["--window", "on the wall"], "window"),
    ] {
        let file = stage.file(&format!("{name}.webm"));
        let arguments = ["record", file.to_str().unwrap(), "--mic", "none", "--json"];
        let arguments = arguments
            .iter()
            .chain(&["--quality", "180", "--seconds", "1"])
            .chain(target);
        let before = pattern.number();
        let ended = stage.revui().run(arguments).await.exits(0);
        let started = ended.event("started");
        assert_eq!(started["height"], 180, "{started}");
        assert_eq!(started["reducedFrom"]["width"], 640, "{started}");
        let film = Film::of(&file).await;
        assert_eq!(film.size(), (320, 180), "{name}");
        film.has_no_gap();
        // The columns are still to be told apart: the numbers are those of that time, and go on. Columns as narrow as these the
        // encoder takes for their neighbours now and then, in one of the first pictures: 77 between 75 and 79 becomes 69.
        let mut numbers = film.numbers().await;
        let (mut newest, last) = (before, pattern.number());
        let drawn = numbers.clone();
        numbers.retain(|&number| {
            let goes_on = (newest..=last).contains(&number);
            if goes_on {
                newest = number;
            }
            goes_on
        });
        assert!(
            numbers.len() + 1 >= drawn.len(),
            "{name}: {before} to {last}: {drawn:?}"
        );
        let pictures = numbers.len();
        numbers.dedup();
        assert!(numbers.len() * 4 > pictures, "{name}: {numbers:?}");
    }
}

/// Where nobody says where to, it goes to the folder for films, by date and time; two at once are two files.
#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_are_two_files() {
    stage_or_skip!("two_at_once_are_two_files");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let revui = stage.revui();
    let arguments = ["record", "--mic", "none", "--seconds", "1", "--fps", "15"];
    let both = [revui.start(arguments), revui.start(arguments)];
    let mut files = Vec::new();
    for one in both {
        let ended = one.finish().await.exits(0);
        let path = std::path::PathBuf::from(ended.last_line());
        assert_eq!(
            path.parent().unwrap(),
            revui.home().join("Videos").join("Revui")
        );
        assert_eq!(Film::of(&path).await.times_ms("video").len(), 15);
        files.push(path);
    }
    assert_ne!(files[0], files[1]);
}

//! A camera in the corner: the test picture, whose bars and whose snow are found again in the file.

use std::path::PathBuf;

use serde_json::Value;
use world::{Revui, bare, in_time};

use crate::film::Film;
use crate::pattern::Pattern;
use crate::stage::{Stage, stage_or_skip};

/// The camera's name.
const NAME: &str = "Test picture";
/// Its bars, from left to right: whether there is red, green and blue in each.
const BARS: [[bool; 3]; 7] = [
    [true, true, true],
    [true, true, false],
    [false, true, true],
    [false, true, false],
    [true, false, true],
    [true, false, false],
    [false, false, true],
];
/// Where they are in a picture of 640 by 360, which has the camera at 500, 252, as large as 128 by 96.
const BARS_AT: &str = "126:60:501:253";
/// And where the snow is, at the camera's lower right corner.
const SNOW_AT: &str = "24:10:600:336";

/// This stage's command line, with a camera that is as this says.
fn with_camera(stage: &Stage, camera: &str) -> Revui {
    stage.revui().with("REVUI_CAMERA_TEST", camera)
}

/// Whether each picture shows the bars there.
async fn shows_bars(film: &Film, at: &str) -> Vec<bool> {
    let pictures = film.points(at, BARS.len(), 1).await;
    let bars = |points: Vec<[u8; 3]>| {
        points
            .into_iter()
            .map(|point| point.map(|light| light > 127))
    };
    pictures
        .into_iter()
        .map(|points| bars(points).eq(BARS))
        .collect()
}

/// Of 120 pictures, so many may show the screen as it was: a computer that has other things to do is late now and then.
const MOST_HELD: usize = 12;

/// How many pictures there are before the camera's first one, after which there has to be one in each.
#[track_caller]
fn pictures_before(bars: &[bool]) -> usize {
    let first = bars.iter().position(|&shown| shown);
    let first = first.expect("the camera is nowhere to be seen");
    assert!(bars[first..].iter().all(|&shown| shown), "{bars:?}");
    first
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_is_in_the_corner_and_the_screen_elsewhere() {
    stage_or_skip!("a_camera_is_in_the_corner_and_the_screen_elsewhere");
    let stage = Stage::start_alone().await;
    let _pattern = Pattern::show(&stage);
    let file = stage.file("a.webm");
    let arguments = ["record", file.to_str().unwrap(), "--mic", "none", "--json"];
    let arguments = arguments
        .into_iter()
        .chain(["--seconds", "4", "--camera", "test"]);
    let ended = with_camera(&stage, "on").run(arguments).await.exits(0);
    assert_eq!(ended.event("started")["camera"], NAME);

    let film = Film::of(&file).await;
    assert_eq!(film.size(), (640, 360));
    film.has_no_gap();
    let bars = shows_bars(&film, BARS_AT).await;
    assert_eq!(bars.len(), 120);
    let before = pictures_before(&bars);
    assert!(before <= 60, "it was awaited for {before} pictures");

    // The screen's own pictures come as they do without a camera.
    let numbers = film.numbers_in("120", "0").await;
    let held = numbers.windows(2).filter(|pair| pair[1] == pair[0]).count();
    assert!(numbers.is_sorted(), "{numbers:?}");
    assert!(held <= MOST_HELD, "{held} held: {numbers:?}");
    // To the left of the camera, below it and beside it: black and white as the screen is.
    for part in ["96:96:400:252", "128:8:500:350", "8:96:630:252"] {
        for points in film.points(part, 4, 4).await {
            let is_grey = |[red, green, blue]: &[u8; 3]| {
                red.abs_diff(*green) < 32 && green.abs_diff(*blue) < 32
            };
            assert!(points.iter().all(is_grey), "{part}: {points:?}");
        }
    }
}

/// Smaller pictures have a smaller camera, and a window has one as a screen has.
#[tokio::test(flavor = "multi_thread")]
async fn a_camera_is_as_large_as_the_picture_allows() {
    stage_or_skip!("a_camera_is_as_large_as_the_picture_allows");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let file = stage.file("a.webm");
    let arguments = ["record", file.to_str().unwrap(), "--mic", "none"];
    let arguments = arguments
        .into_iter()
        .chain(["--seconds", "3", "--camera", "default"])
        .chain(["--window", "on the wall", "--quality", "180"]);
    let ended = with_camera(&stage, "on").run(arguments).await.exits(0);
    ended.explains("with the camera “Test picture” in its corner");
    let film = Film::of(&file).await;
    assert_eq!(film.size(), (320, 180));
    pictures_before(&shows_bars(&film, "63:30:251:127").await);
}

/// A camera that is pulled out stays as it was last seen, until it is plugged in again.
#[tokio::test(flavor = "multi_thread")]
async fn a_camera_may_go_and_come_back() {
    stage_or_skip!("a_camera_may_go_and_come_back");
    let stage = Stage::start_alone().await;
    let _pattern = Pattern::show(&stage);
    let file = stage.file("a.webm");
    let arguments = ["record", file.to_str().unwrap(), "--mic", "none", "--json"];
    let arguments = arguments.into_iter().chain(["--camera", NAME]);
    let mut running = with_camera(&stage, "90").start(arguments);
    let happens = |kind: &'static str| move |event: &Value| event["event"] == kind;
    let reaches = |milliseconds: u64| {
        move |event: &Value| {
            event["event"] == "progress" && event["elapsedMs"].as_u64() >= Some(milliseconds)
        }
    };
    let lost = running.event("its loss", happens("deviceLost")).await;
    let progress = running.event("progress", reaches(0)).await;
    let lost_at = progress["elapsedMs"].as_u64().unwrap();
    assert_eq!(
        (&lost["source"], &lost["name"]),
        (&"camera".into(), &NAME.into())
    );
    let back = running.event("its return", happens("deviceBack")).await;
    assert_eq!(back["source"], "camera", "{back}");
    let progress = running.event("progress", reaches(0)).await;
    let back_at = progress["elapsedMs"].as_u64().unwrap();
    running
        .event("a second more", reaches(back_at + 1_000))
        .await;
    running.signal("INT").await;
    running.finish().await.exits(0);

    let film = Film::of(&file).await;
    assert!(film.is_finished());
    film.has_no_gap();
    let bars = shows_bars(&film, BARS_AT).await;
    let first = pictures_before(&bars);
    // Snow is another in each picture, while the camera gives any.
    let snow = film.points(SNOW_AT, 24, 10).await;
    let moves: Vec<_> = snow
        .windows(2)
        .map(|pair| differ(&pair[0], &pair[1]))
        .collect();
    let moving = |moves: &[bool]| moves.iter().filter(|&&moves| moves).count();
    let alive = moving(&moves[first..first + 40]);
    assert!(alive >= 25, "{alive} of its first 40 pictures: {moves:?}");
    let still = moves.split(|&moves| moves).map(<[_]>::len).max().unwrap();
    // Two seconds pass until it is looked for; it is held as long as it is away, and some pictures are held anyway.
    let away = usize::try_from((back_at - lost_at) * 30 / 1000).unwrap();
    assert!(still >= 45, "{still} held: {moves:?}");
    assert!(still < away + 45, "{still} held, {away} away: {moves:?}");
    let alive = moving(&moves[moves.len() - 30..]);
    assert!(alive >= 15, "{alive} of the last 30 pictures: {moves:?}");
}

/// Whether two pictures show something else.
fn differ(one: &[[u8; 3]], other: &[[u8; 3]]) -> bool {
    let lights = one.as_flattened().iter().zip(other.as_flattened());
    let difference: usize = lights
        .map(|(light, other)| usize::from(light.abs_diff(*other)))
        .sum();
    difference > 4 * one.as_flattened().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn cameras_are_listed_and_tried() {
    stage_or_skip!("cameras_are_listed_and_tried");
    let stage = Stage::start().await;
    let revui = with_camera(&stage, "on");
    let listed = revui.run(["devices", "--probe", "--json"]).await.exits(0);
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    let cameras = listed["cameras"].as_array().unwrap();
    let camera = cameras.iter().find(|camera| camera["name"] == NAME);
    let camera = camera.unwrap_or_else(|| panic!("no camera in {listed}"));
    assert_eq!(camera["probed"]["result"], "works", "{camera}");
    let without = stage.revui().run(["devices"]).await.exits(0).stdout;
    assert!(!without.contains(NAME), "{without}");
}

/// The plugin is another one than those that every recording needs.
#[tokio::test(flavor = "multi_thread")]
async fn what_cameras_need_is_missed_by_name() {
    stage_or_skip!("what_cameras_need_is_missed_by_name");
    let mut asked = bare("pkg-config");
    asked.args(["--variable=pluginsdir", "gstreamer-1.0"]);
    let Ok(answer) = in_time("pkg-config", asked.output()).await else {
        return world::skip(
            "what_cameras_need_is_missed_by_name",
            "there is no pkg-config",
        );
    };
    let plugins = PathBuf::from(String::from_utf8(answer.stdout).unwrap().trim());
    let stage = Stage::start().await;
    let some = stage.file("some");
    std::fs::create_dir(&some).unwrap();
    for plugin in std::fs::read_dir(plugins).unwrap() {
        let plugin = plugin.unwrap();
        if plugin.file_name() != "libgstvideo4linux2.so" {
            std::os::unix::fs::symlink(plugin.path(), some.join(plugin.file_name())).unwrap();
        }
    }
    let revui = stage
        .revui()
        .with("GST_PLUGIN_SYSTEM_PATH_1_0", some.to_str().unwrap())
        .with("GST_REGISTRY", stage.file("registry").to_str().unwrap());
    let file = stage.file("a.webm");
    let with_camera = Stage::a_second_into(&file)
        .into_iter()
        .chain(["--camera", "default"]);
    let ended = revui.run(with_camera).await.exits(1);
    ended
        .explains("code: plugins_missing")
        .explains("v4l2src")
        .explains("gstreamer1.0-plugins-good")
        .explains("--camera none");
    assert!(!file.exists());
    revui.run(Stage::a_second_into(&file)).await.exits(0);
}

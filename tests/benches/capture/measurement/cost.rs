//! Processor time of a recorded second: ours, at 1080p and at 720p, and ffmpeg's, by turns, before the same display.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use world::{bare, in_time};

use super::film::Film;
use super::frames::{FULL_HD, PICTURES_PER_SECOND};
use super::report::{Figure, median};
use super::scene::{CLOCK_ROWS, Scene};
use super::stage::helper_of;

/// Ticks of `/proc/PID/stat` in a second: 100 on every Linux (`getconf CLK_TCK`).
const TICKS_A_SECOND: f64 = 100.0;
/// What an encoder does at first is no measure, nor is how a program loads.
const SETTLED_MS: u64 = 2_000;
const MEASURED_MS: u64 = 15_000;
/// Bits a second at 1080p, as ours.
const BITS: &str = "4000000";

pub(crate) async fn compare(rounds: usize) -> Vec<Figure> {
    let scene = Scene::of_size(FULL_HD).await;
    let (mut full, mut small, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        full.push(ours(&scene, "1920x1080+0+0", round).await);
        theirs.push(ffmpeg(&scene, round).await);
        small.push(ours(&scene, "1280x720+0+0", round).await);
    }
    let middle = |of: fn(&Cost) -> f64| {
        [&full, &small, &theirs].map(|costs| median(costs.iter().map(of).collect()))
    };
    let [measured, _, theirs_measured] = middle(|cost| cost.measured);
    let [full, small, theirs] = middle(|cost| cost.for_all_pictures);
    vec![
        Figure::at_most(
            "1080p30, processor time over ffmpeg's",
            0.9,
            "",
            full / theirs,
        )
        .with_note(format!(
            "{full:.2} s and {theirs:.2} s a second; {:.2} with pictures that were not taken",
            measured / theirs_measured
        )),
        Figure::at_most(
            "720p30, processor time over 1080p30's",
            0.6,
            "",
            small / full,
        )
        .with_note(format!("{small:.2} s a second")),
    ]
}

/// Processor seconds of a recorded second.
#[derive(Clone, Copy)]
struct Cost {
    measured: f64,
    /// For as many pictures as a second should have: those that were not taken have cost nothing.
    for_all_pictures: f64,
}

impl Cost {
    fn of(measured: f64, taken: f64) -> Self {
        Self {
            measured,
            for_all_pictures: measured / taken,
        }
    }
}

/// Processor time of the helper over recorded time.
async fn ours(scene: &Scene, region: &str, round: usize) -> Cost {
    let file = scene.stage.file(&format!("{region}-{round}.webm"));
    let arguments = [
        "record",
        file.to_str().unwrap(),
        "--mic",
        "none",
        "--quality",
        "full",
        "--json",
    ];
    let arguments = arguments.into_iter().chain(["--region", region]);
    let mut running = scene.stage.revui().start(arguments);
    let helper = helper_of(running.id()).await;
    let mut read = Vec::new();
    for until in [SETTLED_MS, SETTLED_MS + MEASURED_MS] {
        let event = running
            .event("progress", |event| {
                event["event"] == "progress" && event["elapsedMs"].as_u64() >= Some(until)
            })
            .await;
        read.push((
            processor_seconds(helper),
            event["elapsedMs"].as_f64().unwrap(),
        ));
    }
    running.signal("INT").await;
    running.finish().await.exits(0);
    let rate = (read[1].0 - read[0].0) / (read[1].1 - read[0].1) * 1000.0;
    Cost::of(rate, taken(&file).await)
}

/// The same of ffmpeg, with what its documentation and libvpx's say for recording a screen in real time.
async fn ffmpeg(scene: &Scene, round: usize) -> Cost {
    let file = scene.stage.file(&format!("theirs-{round}.webm"));
    let (width, height) = scene.stage.size();
    let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(4));
    let mut command = bare("ffmpeg");
    command
        .args(["-v", "error", "-nostdin", "-y", "-f", "x11grab"])
        .args(["-framerate", "30", "-video_size"])
        .arg(format!("{width}x{height}"))
        .args(["-i", scene.stage.display(), "-pix_fmt", "yuv420p"])
        .args(["-c:v", "libvpx-vp9", "-deadline", "realtime"])
        // As fast as ours: `-cpu-used` takes no more than 8.
        .args(["-speed", "9", "-row-mt", "1", "-tile-columns", "2"])
        .args(["-threads", &threads.to_string(), "-lag-in-frames", "0"])
        .args(["-b:v", BITS, "-minrate", BITS, "-maxrate", BITS, "-g", "60"])
        .arg(&file)
        .stdout(Stdio::null());
    let mut child = command.spawn().expect("ffmpeg starts");
    let id = child.id().expect("it runs");
    let mut read = Vec::new();
    for pause in [SETTLED_MS, MEASURED_MS] {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        read.push((processor_seconds(id), std::time::Instant::now()));
    }
    super::stage::signal(id, "INT").await;
    let _ = in_time("ffmpeg's end", child.wait()).await;
    let rate = (read[1].0 - read[0].0) / (read[1].1 - read[0].1).as_secs_f64();
    Cost::of(rate, taken(&file).await)
}

/// How many of the thirty pictures that a second has were taken, by what they show: those that were not have cost nothing.
#[allow(clippy::cast_precision_loss, reason = "some hundreds of pictures")]
async fn taken(file: &Path) -> f64 {
    let film = Film::of(file).await;
    let from = (SETTLED_MS / 1000).to_string();
    let mut numbers = film.numbers_in(&CLOCK_ROWS.to_string(), &from).await;
    numbers.dedup();
    let times = film.times_ms("video");
    let seconds =
        (times.last().unwrap_or(&0) / 1000 - i64::try_from(SETTLED_MS / 1000).unwrap()) as f64;
    (numbers.len() as f64 / (seconds * PICTURES_PER_SECOND as f64)).min(1.0)
}

/// Processor time of all its threads so far, in its own code and in the kernel's (proc(5), fields 14 and 15).
#[allow(clippy::cast_precision_loss, reason = "some minutes")]
fn processor_seconds(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("it runs");
    // The name in brackets may hold anything.
    let (_, rest) = stat.rsplit_once(')').unwrap();
    let ticks = |field: usize| -> u64 {
        let mut fields = rest.split_whitespace();
        fields.nth(field).unwrap().parse().unwrap()
    };
    (ticks(11) + ticks(12)) as f64 / TICKS_A_SECOND
}

//! From Stop to the link, and what a slow uplink does to a recording: in a network namespace, whose own line is as slow as
//! wanted. This program starts itself in there.

use std::process::Stdio;
use std::time::Instant;

use tokio::process::Command;
use world::{Keychain, Revui, Running, World, sha256_of};

use super::frames::FULL_HD;
use super::replay::{Replay, SPEED};
use super::report::Figure;
use super::scene::Scene;
use super::seek;

/// The word by which this program knows that it is in there.
pub(crate) const INSIDE: &str = "--inside";

/// A line of its own for whatever is started in it, with frames as Ethernet has them.
const SCRIPT: &str = r#"
    ip link set lo mtu 1500 up || exit 99
    tc qdisc add dev lo root tbf rate 50mbit burst 64kb latency 100ms || exit 99
    exec "$0" "$@"
"#;
/// What the script above says.
const RATE_MBIT: u64 = 50;
const BURST: (&str, &str) = ("64kb", "100ms");
/// A faster line needs more at a time.
const FAST_BURST: (&str, &str) = ("1mb", "100ms");
/// How long the recordings are that are made for it. A longer one has to be linked as fast as a shorter one, and this much
/// slower at most.
const SECONDS: [u64; 2] = [30, 180];
/// That of the one that is replayed, and of the one that is made in all its length.
const LONG_SECONDS: u64 = 1_800;
const LINKED_WITHIN_SECONDS: f64 = 2.5;
const APART_SECONDS: f64 = 0.5;
/// Of the recordings on a slow uplink and on none.
const SLOWED_SECONDS: u64 = 30;

/// Starts this program again in there, and returns what it measures.
pub(crate) async fn measured_inside(part: &str, long: bool) -> Vec<Figure> {
    let here = std::env::current_exe().expect("a program knows where it is");
    let mut command = Command::new("unshare");
    command
        .args(["--net", "sh", "-c", SCRIPT])
        .arg(here)
        .args([INSIDE, "--rounds", "1", "--only", part])
        .stdout(Stdio::piped())
        // What it says meanwhile is told meanwhile.
        .stderr(Stdio::inherit());
    if long {
        command.arg("--long");
    }
    let inside = command.spawn().expect("unshare starts");
    let ended = inside.wait_with_output().await.expect("it ends");
    let said = String::from_utf8_lossy(&ended.stdout);
    let figures: Vec<_> = said.lines().filter_map(Figure::read).collect();
    if figures.is_empty() {
        let name = if part == "link" {
            "from Stop to the link at 50 Mbit/s"
        } else {
            "at 2 Mbit/s up, frames missing more than with no upload"
        };
        let why = "a network namespace and `tc` are root's, or what it says above";
        return vec![Figure::not_measured(name, why)];
    }
    figures
}

/// From Stop to the link, for a short recording and for a longer one.
pub(crate) async fn stop_to_link(long: bool) -> Vec<Figure> {
    let world = World::start().await;
    // Half an hour is longer than a token lives: the session is one that is renewed, as a person's is.
    let keychain = Keychain::start().await;
    let scene = Scene::of_size(FULL_HD).await;
    let replay = Replay::make(&scene, LONG_SECONDS).await;
    let live = SECONDS.into_iter().chain(long.then_some(LONG_SECONDS));
    let recordings = [(LONG_SECONDS, Some(&replay))].into_iter();
    let recordings = recordings.chain(live.map(|seconds| (seconds, None)));
    let mut waits = Vec::new();
    let (mut longest, mut shortest) = (0.0_f64, f64::INFINITY);
    let mut different = 0.0;
    let mut links = Vec::new();
    for (seconds, replay) in recordings {
        let revui = keychain.lend_to(scene.stage.revui());
        let user = world.user();
        let signed_in = revui.log_in(&world.server, &user.email, &user.password);
        signed_in.await.exits(0);
        let linked = linked(revui, &world.task, &scene, seconds, replay).await;
        let how = replay.map_or("recorded", |_| "replayed");
        let said = linked.said(&format!("{seconds} s {how}"));
        eprintln!("{said}");
        waits.push(said);
        longest = longest.max(linked.wait_seconds);
        shortest = shortest.min(linked.wait_seconds);
        links.push(linked.link);
        different += f64::from(u8::from(!linked.is_same));
    }
    let mut figures = vec![
        Figure::at_most(
            "from Stop to the link at 50 Mbit/s",
            LINKED_WITHIN_SECONDS,
            " s",
            longest,
        )
        .with_note(waits.join(", ")),
        Figure::at_most(
            "the same, a longer recording's over a shorter one's",
            APART_SECONDS,
            " s",
            longest - shortest,
        ),
        Figure::at_most(
            "objects that are not the local file, byte for byte",
            0.0,
            "",
            different,
        ),
    ];
    figures.extend(seek::seek(&scene.stage, &links).await);
    figures
}

/// A recording that has its link.
struct Linked {
    wait_seconds: f64,
    /// What had not arrived yet at Stop: the first part, and what was not enough for a part, or on its way.
    left_bytes: u64,
    /// Whether what the link leads to is the file.
    is_same: bool,
    link: String,
}

impl Linked {
    /// How long the link took, and how much of that the line alone takes for what was left.
    #[allow(clippy::cast_precision_loss, reason = "some megabytes")]
    fn said(&self, recording: &str) -> String {
        let left_bytes = self.left_bytes as f64;
        format!(
            "{:.2} s for {recording} (the line: {:.2} s for {:.1} MB)",
            self.wait_seconds,
            left_bytes * 8.0 / (RATE_MBIT as f64 * 1e6),
            left_bytes / 1e6
        )
    }
}

/// Records for so long, until there is a link. A replay has a line that is faster by as much, until it stops.
async fn linked(
    mut revui: Revui,
    task: &str,
    scene: &Scene,
    seconds: u64,
    replay: Option<&Replay>,
) -> Linked {
    let mut file = scene.stage.file(&format!("{seconds}.webm"));
    if let Some(replay) = replay {
        file = scene.stage.file("replayed.webm");
        for (name, value) in replay.environment() {
            revui = revui.with(name, value);
        }
        line_of(RATE_MBIT * SPEED, FAST_BURST).await;
    }
    let arguments = [
        "record",
        file.to_str().unwrap(),
        "--mic",
        "none",
        "--quality",
        "full",
        "--json",
    ];
    let arguments = arguments.into_iter().chain(["--upload", "--task", task]);
    let mut running = revui.start(arguments);
    let arrived_bytes = is_long(&mut running, seconds * 1000).await;
    if replay.is_some() {
        line_of(RATE_MBIT, BURST).await;
    }
    let stopped = Instant::now();
    running.signal("INT").await;
    let done = running
        .event("the link", |event| event["event"] == "done")
        .await;
    let wait_seconds = stopped.elapsed().as_secs_f64();
    running.finish().await.exits(0);
    let all_bytes = file.metadata().expect("the recording").len();
    let link = done["downloadUrl"].as_str().expect("a link");
    if replay.is_some() {
        line_of(RATE_MBIT * SPEED, FAST_BURST).await;
    }
    let bytes = reqwest::get(link).await.expect("an answer").bytes();
    let loaded = scene.stage.file("loaded.webm");
    std::fs::write(&loaded, bytes.await.expect("all of it")).unwrap();
    let is_same = sha256_of(&loaded) == sha256_of(&file);
    if replay.is_some() {
        line_of(RATE_MBIT, BURST).await;
    }
    Linked {
        wait_seconds,
        left_bytes: all_bytes.saturating_sub(arrived_bytes),
        is_same,
        link: link.to_owned(),
    }
}

/// Changes how much the line carries, and what it holds back.
async fn line_of(rate_mbit: u64, (burst, latency): (&str, &str)) {
    let changed = Command::new("tc")
        .args(["qdisc", "change", "dev", "lo", "root", "tbf", "rate"])
        .arg(format!("{rate_mbit}mbit"))
        .args(["burst", burst, "latency", latency])
        .status();
    assert!(
        changed.await.expect("tc starts").success(),
        "the line changes"
    );
}

/// Waits until the recording is so long, however long that takes, and returns how much of it has arrived by then.
async fn is_long(running: &mut Running, milliseconds: u64) -> u64 {
    let (mut reached, mut arrived_bytes) = (0, 0);
    while reached < milliseconds {
        let event = running
            .event("progress", |event| {
                event["event"] == "progress" && event["elapsedMs"].is_u64()
            })
            .await;
        reached = event["elapsedMs"].as_u64().unwrap();
        arrived_bytes = event["arrivedBytes"].as_u64().unwrap_or_default();
    }
    arrived_bytes
}

/// Frames that are missing while a slow uplink is full, over those that are missing without an upload.
pub(crate) async fn slowed() -> Vec<Figure> {
    line_of(2, ("16kb", "200ms")).await;
    let world = World::start().await;
    let scene = Scene::of_size(FULL_HD).await;
    let upload = ["--upload", "--task", &world.task];
    let with = missing(&world, &scene, "with.webm", &upload).await;
    let without = missing(&world, &scene, "without.webm", &[]).await;
    #[allow(clippy::cast_precision_loss, reason = "some hundreds of pictures")]
    let more = with.saturating_sub(without) as f64;
    vec![
        Figure::at_most(
            "at 2 Mbit/s up, frames missing more than with no upload",
            0.0,
            "",
            more,
        )
        .with_note(format!("{with} and {without} in {SLOWED_SECONDS} s")),
    ]
}

async fn missing(world: &World, scene: &Scene, name: &str, upload: &[&str]) -> usize {
    let revui = scene.stage.give(world.revui_of(world.user()).await);
    let file = scene.stage.file(name);
    let arguments = [
        "record",
        file.to_str().unwrap(),
        "--mic",
        "none",
        "--quality",
        "full",
        "--json",
    ];
    let arguments = arguments.iter().chain(upload);
    let mut running = revui.start(arguments);
    is_long(&mut running, SLOWED_SECONDS * 1000).await;
    running.signal("INT").await;
    running
        .event("its end", |event| event["event"] == "stopped")
        .await;
    // What is still to be sent would take minutes.
    running.kill().await;
    scene.missing(&Scene::numbers(&file).await)
}

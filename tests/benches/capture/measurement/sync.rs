//! Sound against picture: a film with flashes and beeps, each at the same moment, is played before the recorder, and both are
//! found again in the file.

use std::path::Path;
use std::process::Stdio;

use world::{bare, in_time};

use super::film::Film;
use super::report::Figure;
use super::stage::{SPEAKERS, Stage};

const SECONDS: u64 = 125;
/// A flash and a beep every ten seconds: which belongs to which is never in doubt.
const EVERY_MS: i64 = 10_000;
/// The first may be over before the recording begins.
const LEAST_FLASHES: usize = 11;
/// A sound server lets others hear what it is about to play as soon as it has it, so much earlier than it is played as the
/// player has it keep in store: little, here.
const AUDIO_SINK: &str = "audio-sink=pulsesink buffer-time=40000 latency-time=10000";
/// What is light.
const LIGHT: u8 = 127;

pub(crate) async fn drift() -> Vec<Figure> {
    let mut stage = Stage::start_alone().await;
    // Without its music.
    stage.start_sound(&SPEAKERS[..1]).await;
    let played = stage.file("flashes.mkv");
    make(&played).await;
    let mut player = bare("gst-launch-1.0");
    player
        .args(["-q", "playbin", "video-sink=ximagesink", AUDIO_SINK])
        .arg(format!("uri=file://{}", played.display()))
        .envs(stage.environment())
        .env("HOME", stage.folder())
        .stdout(Stdio::null());
    let _player = player.spawn().expect("gst-launch-1.0 starts");
    let file = stage.file("a.webm");
    let seconds = SECONDS.to_string();
    let arguments = ["record", file.to_str().unwrap(), "--mic", "none"];
    let arguments = arguments
        .into_iter()
        .chain(["--system-sound", "--seconds", &seconds]);
    stage.revui().run(arguments).await.exits(0);
    let apart = apart_ms(
        &beginnings_of_light(&file).await,
        &Film::of(&file).await.beeps_ms().await,
    );
    let first = apart.first().copied().unwrap_or(i64::MAX);
    let last = apart.last().copied().unwrap_or(i64::MAX);
    let name = "sound against picture over 2 minutes, at most";
    let note = format!(
        "{} flashes; {first} ms at the first, {last} ms at the last",
        apart.len()
    );
    if apart.len() < LEAST_FLASHES {
        return vec![Figure::not_measured(name, &note)];
    }
    let most = apart.iter().map(|apart| apart.unsigned_abs()).max();
    #[allow(clippy::cast_precision_loss, reason = "some milliseconds")]
    let most = most.unwrap_or(u64::MAX) as f64;
    vec![Figure::at_most(name, 40.0, " ms", most).with_note(note)]
}

/// How long after each flash its beep begins, for those that have one.
fn apart_ms(flashes: &[i64], beeps: &[i64]) -> Vec<i64> {
    let beep_of = |flash: &i64| {
        let nearest = beeps.iter().min_by_key(|beep| beep.abs_diff(*flash))?;
        Some(nearest - flash).filter(|apart| apart.abs() < EVERY_MS / 2)
    };
    flashes.iter().filter_map(beep_of).collect()
}

async fn make(film: &Path) {
    let seconds = SECONDS + 10;
    let picture = format!(
        "color=black:s=640x360:r=10:d={seconds},drawbox=color=white:t=fill:enable='lt(mod(t,10),0.2)'"
    );
    // In pieces of ten milliseconds, each of which is a beep or silent.
    let sound = format!(
        "sine=f=1000:r=48000:samples_per_frame=480:d={seconds},volume=0:enable='gte(mod(t+0.001,10),0.2)',volume=6"
    );
    let mut ffmpeg = bare("ffmpeg");
    ffmpeg
        .args(["-v", "error", "-nostdin", "-f", "lavfi", "-i", &picture])
        .args(["-f", "lavfi", "-i", &sound, "-pix_fmt", "yuvj420p"])
        // Next to nothing to make, or to play.
        .args(["-c:v", "mjpeg", "-c:a", "pcm_s16le"])
        .arg(film);
    let made = in_time("a film", ffmpeg.status()).await.expect("it starts");
    assert!(made.success(), "a film is made");
}

/// When the picture becomes light.
async fn beginnings_of_light(file: &Path) -> Vec<i64> {
    let mut ffmpeg = bare("ffmpeg");
    ffmpeg.args(["-v", "error", "-nostdin", "-i"]).arg(file);
    ffmpeg.args([
        "-an",
        "-fps_mode",
        "passthrough",
        "-vf",
        "scale=1:1:flags=area",
    ]);
    ffmpeg.args(["-pix_fmt", "gray", "-f", "rawvideo", "-"]);
    let shown = in_time("ffmpeg", ffmpeg.output()).await.expect("it starts");
    let times = Film::of(file).await.times_ms("video");
    let both = times.iter().zip(&shown.stdout);
    let mut beginnings = Vec::new();
    let mut was_light = true;
    for (&time, &light) in both {
        let is_light = light > LIGHT;
        if is_light && !was_light {
            beginnings.push(time);
        }
        was_light = is_light;
    }
    beginnings
}

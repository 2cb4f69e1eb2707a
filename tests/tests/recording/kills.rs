//! Twenty recordings with sound, each killed at another moment: between clusters, in the middle of one, before the first is
//! closed. In turn the recorder is killed, whoever started it, and both.

use std::path::Path;

use futures_util::StreamExt as _;

use crate::film::{samples_of, tone};
use crate::killing::{lost_of, mended, seconds};
use crate::pattern::Pattern;
use crate::stage::{MICROPHONE, Stage, helper_of, is_gone, kill_both, signal, stage_or_skip};

const TIMES: u64 = 20;
/// As many side by side: they wait more than they work.
const AT_ONCE: usize = 4;
/// A keyframe, and with it a cluster, comes every two seconds: the moments are spread over one and a half of them.
const FIRST_AFTER: u64 = 30;
const FURTHER_EACH: u64 = 9;
/// The most that may be lost.
const SECONDS: f64 = 2.0;

/// By then the microphone has been heard, whatever it took to open it.
const HEARD_AFTER: u64 = 150;
/// A tone that is there, at the end of the file.
const HEARD: f64 = 0.05;
const END_MILLISECONDS: usize = 300;

#[derive(Debug, Clone, Copy)]
enum Killed {
    Recorder,
    /// The recorder finishes the file by itself then.
    CommandLine,
    Both,
}

const IN_TURN: [Killed; 3] = [Killed::Recorder, Killed::CommandLine, Killed::Both];

/// Records to this file, kills, mends what is left, and plays it. Returns how many seconds are lost of picture or sound,
/// whichever lost more; or why it cannot be played.
async fn seconds_lost(
    stage: &Stage,
    pattern: &Pattern,
    file: &Path,
    (killed, after_numbers): (Killed, u64),
) -> Result<f64, String> {
    let revui = stage.revui();
    let name = file.to_str().unwrap();
    let mut running = revui.start(["record", name, "--mic", "headset", "--json"]);
    running
        .event("its start", |event| event["event"] == "started")
        .await;
    let begun = pattern.number();
    let helper = helper_of(running.id()).await;
    pattern.shows_more(after_numbers).await;
    let on_the_screen = pattern.number();
    match killed {
        Killed::Recorder => {
            signal(helper, "KILL").await;
            running.finish().await.exits(1);
        }
        Killed::CommandLine => {
            running.kill().await;
            is_gone(helper).await;
        }
        Killed::Both => kill_both(running, helper).await,
    }
    // On a busy computer a recorder may not have written anything yet: all that there was is lost then.
    let is_empty = file.metadata().map_or(true, |file| file.len() == 0);
    if is_empty && !matches!(killed, Killed::CommandLine) {
        return Ok(seconds(on_the_screen - begun));
    }
    let film = mended(&revui, file).await?;
    let of_picture = lost_of(&film, "ih", on_the_screen).await?;
    let last = |kind: &str| film.times_ms(kind).last().copied();
    let (picture, sound) = (last("video"), last("audio"));
    let sound = sound.ok_or("there is no sound in it")?;
    let behind_ms = i32::try_from(picture.unwrap_or(0) - sound).unwrap();
    if after_numbers >= HEARD_AFTER {
        let samples = film.samples().await;
        let end = samples.len().saturating_sub(samples_of(END_MILLISECONDS));
        let strength = tone(&samples[end..], 440.0);
        if strength <= HEARD {
            return Err(format!("the voice is not heard at its end: {strength}"));
        }
    }
    Ok(of_picture + f64::from(behind_ms.max(0)) / 1000.0)
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_killed_recorders_leave_twenty_recordings() {
    stage_or_skip!("twenty_killed_recorders_leave_twenty_recordings");
    let mut stage = Stage::start_alone().await;
    stage.start_sound(&MICROPHONE).await;
    let pattern = Pattern::show(&stage);
    let (stage, pattern) = (&stage, &pattern);
    let moments = (0..TIMES).zip(IN_TURN.into_iter().cycle());
    let all = futures_util::stream::iter(moments).map(|(time, killed)| async move {
        let file = stage.file(&format!("{time}.webm"));
        let moment = (killed, FIRST_AFTER + time * FURTHER_EACH);
        (moment, seconds_lost(stage, pattern, &file, moment).await)
    });
    let all: Vec<_> = all.buffer_unordered(AT_ONCE).collect().await;
    assert_eq!(all.len() as u64, TIMES);
    for (moment, lost) in all {
        let lost = lost.unwrap_or_else(|why| panic!("{moment:?}: {why}"));
        println!("{moment:?}: {lost:.2} s lost");
        assert!(lost <= SECONDS, "{moment:?}: {lost} s lost");
    }
}

//! A recorder that is killed, and what of its recording is left once it is mended.

use std::path::Path;

use world::{Revui, bare, in_time};

use super::film::Film;
use super::pattern::{NUMBERS_PER_SECOND, Pattern};
use super::stage::{Stage, helper_of, signal};

/// Records to this file, kills the recorder once the pattern has shown so many more numbers since the first picture, mends
/// the file, and plays it. Returns how many seconds are lost of what was on the screen; or why it cannot be played.
pub(crate) async fn seconds_lost(
    stage: &Stage,
    (pattern, rows): (&Pattern, &str),
    file: &Path,
    after_numbers: u64,
) -> Result<f64, String> {
    let revui = stage.revui();
    let arguments = ["record", file.to_str().unwrap(), "--mic", "none", "--json"];
    let mut running = revui.start(arguments);
    running
        .event("its start", |event| event["event"] == "started")
        .await;
    let helper = helper_of(running.id()).await;
    pattern.shows_more(after_numbers).await;
    let on_the_screen = pattern.number();
    signal(helper, "KILL").await;
    running.finish().await.exits(1);
    let film = mended(&revui, file).await?;
    lost_of(&film, rows, on_the_screen).await
}

/// What is left, once it is mended: it plays, and has what a finished recording has.
pub(crate) async fn mended(revui: &Revui, file: &Path) -> Result<Film, String> {
    let mended = revui.run(["repair", "--in-place", file.to_str().unwrap()]);
    let mended = mended.await;
    if mended.exit != 0 {
        return Err(mended.stderr);
    }
    plays(file).await?;
    let film = Film::of(file).await;
    if !film.is_finished() {
        return Err("it has neither its length nor an index".to_owned());
    }
    Ok(film)
}

/// How many seconds before this number its last picture is.
pub(crate) async fn lost_of(film: &Film, rows: &str, on_the_screen: u64) -> Result<f64, String> {
    let numbers = film.numbers_in(rows, "0").await;
    let last = numbers.last().ok_or("there is no picture in it")?;
    Ok(seconds(on_the_screen.saturating_sub(*last)))
}

/// For how long so many numbers are shown.
#[allow(clippy::cast_precision_loss, reason = "some seconds")]
pub(crate) fn seconds(numbers: u64) -> f64 {
    numbers as f64 / NUMBERS_PER_SECOND as f64
}

/// Each of its pictures can be decoded, without a complaint.
async fn plays(file: &Path) -> Result<(), String> {
    let mut decoder = bare("ffmpeg");
    decoder.args(["-v", "error", "-nostdin", "-xerror", "-i"]);
    decoder.arg(file).args(["-f", "null", "-"]);
    let ended = in_time("ffmpeg", decoder.output()).await;
    let ended = ended.expect("it starts");
    if ended.status.success() && ended.stderr.is_empty() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&ended.stderr).into_owned())
}

//! Recordings whose recorder was killed while they were sent, or whose program was, or both.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use client::{Code, Completion, Mended, NewUpload, Phase, Upload};
use world::{Faulty, Recorder, in_time, missing_piece, skip};

use crate::sent_while_recorded::{Studio, done, has_sent, linked, times_sent};

fn missing() -> Option<String> {
    Recorder::missing_piece().or_else(|| missing_piece(&["ffprobe"]))
}

/// The length that the header states, and how many packets there are.
fn seconds_and_packets(file: &Path) -> (f64, usize) {
    let probe = Command::new("ffprobe")
        .args(["-v", "error", "-of", "json", "-show_format"])
        .args(["-count_packets", "-show_entries", "stream=nb_read_packets"])
        .arg(file)
        .output()
        .unwrap();
    let facts: serde_json::Value = serde_json::from_slice(&probe.stdout).unwrap();
    let number = |value: &serde_json::Value| value.as_str().unwrap().parse::<f64>().unwrap();
    let packets = number(&facts["streams"][0]["nb_read_packets"]);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few"
    )]
    (number(&facts["format"]["duration"]), packets as usize)
}

/// How long something was recorded before its recorder was killed.
#[derive(Debug, Clone, Copy)]
struct Lasted {
    /// From its beginning in the file on.
    at_least: Duration,
    /// From the start of the recorder on, which takes its time.
    at_most: Duration,
}

/// One that has arrived in part, and the time that it was recorded for when its recorder was killed.
async fn killed(world: &Faulty, studio: &Studio) -> (Upload, Lasted) {
    let started = Instant::now();
    let mut recorder = studio.record().await;
    let began = Instant::now();
    let upload = studio.send(&recorder, Completion::AtStop).await;
    in_time("parts", world.store.until(has_sent(2))).await;
    assert!(recorder.is_recording());
    let at_least = began.elapsed();
    drop(recorder);
    let at_most = started.elapsed();
    (upload, Lasted { at_least, at_most })
}

async fn arrived(world: &Faulty, studio: &Studio, upload: &mut Upload, lasted: Lasted) -> Mended {
    let done = done(upload).await;
    let file = std::fs::read(studio.file()).unwrap();
    assert!(linked(&done).await == file, "the object is the file");
    let times = times_sent(&world.store.seen());
    assert_eq!(times, vec![1; times.len()], "what had arrived stays valid");
    let (seconds, packets) = seconds_and_packets(&studio.file());
    println!("recorded for {lasted:?}, {seconds} s are there in {packets} packets");
    assert!(
        lasted.at_least.as_secs_f64() - seconds < 2.0,
        "{seconds} s of {lasted:?}: more is lost"
    );
    assert!(
        seconds < lasted.at_most.as_secs_f64() + 0.5,
        "{seconds} s of {lasted:?}: it is longer than it was"
    );
    assert_eq!(done.duration_seconds.map(f64::round), Some(seconds.round()));
    upload.snapshot().mended.expect("that is told")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorder_that_is_killed_leaves_a_recording_that_is_mended_and_goes_on() {
    if let Some(missing) = missing() {
        return skip("a_recorder_that_is_killed", &missing);
    }
    let world = Faulty::start().await;
    let studio = Studio::new(&world.server(), world.token());
    let (mut upload, lasted) = killed(&world, &studio).await;
    upload.seal().await.unwrap();
    arrived(&world, &studio, &mut upload, lasted).await;
    upload.settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorder_and_a_program_that_are_killed_leave_what_the_next_start_goes_on_with() {
    if let Some(missing) = missing() {
        return skip("a_recorder_and_a_program_that_are_killed", &missing);
    }
    let world = Faulty::start().await;
    let mut studio = Studio::new(&world.server(), world.token());
    let (upload, lasted) = killed(&world, &studio).await;
    let job = upload.job().clone();
    drop(upload);
    studio.restart();
    studio.client.restore().await.unwrap();
    let mut upload = studio.client.resume(&job).await.unwrap();
    let mended = arrived(&world, &studio, &mut upload, lasted).await;
    upload.settled().await;
    // It is told again, as long as the journal has it.
    let stored = studio.client.stored().unwrap();
    assert_eq!(stored[0].snapshot.mended, Some(mended));
}

/// The command line, killed as a shell's `kill -9` does, goes on with what its recorder left.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_tells_what_it_mended() {
    if let Some(missing) = missing() {
        return skip("the_command_line_tells_what_it_mended", &missing);
    }
    let world = Faulty::start().await;
    let studio = Studio::new(&world.server(), world.token());
    let (upload, lasted) = killed(&world, &studio).await;
    drop(upload);
    let resumed = studio.revui().run(["resume", "--json"]).await.exits(0);
    assert!(resumed.event("mended")["cutBytes"].is_u64());
    let done = resumed.event("done");
    let (seconds, _) = seconds_and_packets(&studio.file());
    assert!(
        lasted.at_least.as_secs_f64() - seconds < 2.0,
        "{seconds} of {lasted:?}"
    );
    let object = reqwest::get(done["downloadUrl"].as_str().unwrap());
    let object = object.await.unwrap().bytes().await.unwrap();
    assert!(object == std::fs::read(studio.file()).unwrap());
    let times = times_sent(&world.store.seen());
    assert_eq!(times, vec![1; times.len()], "what had arrived stays valid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_with_nothing_in_it_is_said_and_not_tried_again() {
    let world = Faulty::start().await;
    let mut studio = Studio::new(&world.server(), world.token());
    studio.client.restore().await.unwrap();
    std::fs::write(studio.file(), b"").unwrap();
    let new = NewUpload::new(studio.file(), Faulty::TASK.parse().unwrap());
    let upload = studio
        .client
        .upload_growing(new, Completion::AtStop)
        .await
        .unwrap();
    let refused = upload.seal().await.unwrap_err().diagnosis();
    assert_eq!(refused.code, Code::NothingRecorded, "{refused}");
    let job = upload.job().clone();
    drop(upload);
    studio.restart();
    studio.client.restore().await.unwrap();
    let refused = studio.client.resume(&job).await.unwrap_err().diagnosis();
    assert_eq!(refused.code, Code::NothingRecorded, "{refused}");
    let stored = studio.client.stored().unwrap();
    let Phase::Failed(diagnosis) = &stored[0].snapshot.phase else {
        panic!("{stored:?}");
    };
    assert_eq!(diagnosis.code, Code::NothingRecorded);
    studio.client.cancel(&job).await.unwrap();
    assert!(studio.client.stored().unwrap().is_empty());
}

//! Recordings that are uploaded while they are made, by the command line as people start it.

use std::path::Path;
use std::time::Instant;

use client::Code;
use faults::Faults;
use serde_json::Value;
use world::strict::{Strict, Variant};
use world::{Faulty, Finished, Revui, Running, World, in_time, sha256_of, takes_at_most};

use crate::film::Film;
use crate::noise::Noise;
use crate::pattern::Pattern;
use crate::picture::{are_as_shown, were_shown};
use crate::stage::{Stage, helper_of, kill_both, signal, stage_or_skip};

/// A store takes no smaller part but the last one.
const MIN_PART_BYTES: u64 = 5 * 1024 * 1024;

/// So many rows of a large screen show the numbers.
const NUMBER_ROWS: u16 = 64;

/// A recording that is uploaded, told in JSON.
fn start(revui: &Revui, file: &Path, task: &str, more: &[&str]) -> Running {
    let file = file.to_str().unwrap();
    let arguments = ["record", file, "--mic", "none", "--json"];
    let sharing = ["--upload", "--task", task];
    let arguments = arguments.into_iter().chain(sharing);
    revui.start(arguments.chain(more.iter().copied()))
}

async fn reaches(running: &mut Running, milliseconds: u64) {
    running
        .event("a recording", |event| {
            event["event"] == "progress" && event["elapsedMs"].as_u64() >= Some(milliseconds)
        })
        .await;
}

async fn happens(running: &mut Running, name: &str) -> Value {
    running.event(name, |event| event["event"] == name).await
}

/// What the link leads to.
async fn object(done: &Value) -> Vec<u8> {
    let url = done["downloadUrl"].as_str().unwrap();
    let answer = in_time("the object", reqwest::get(url)).await.unwrap();
    answer.bytes().await.unwrap().to_vec()
}

/// It is what lies on the disk.
async fn is_linked(done: &Value, file: &Path) {
    assert!(
        object(done).await == std::fs::read(file).unwrap(),
        "the object is the file"
    );
}

/// The object, as whoever has the link sees it; it is what lies on the disk.
async fn film_of_the_link(done: &Value, file: &Path) -> Film {
    is_linked(done, file).await;
    let downloaded = file.with_extension("downloaded.webm");
    std::fs::write(&downloaded, object(done).await).unwrap();
    Film::of(&downloaded).await
}

/// Names of what happened, in their order.
fn order(ended: &Finished) -> Vec<String> {
    let names = ended.events().into_iter();
    names
        .map(|event| event["event"].as_str().unwrap().to_owned())
        .collect()
}

async fn has_no_job(revui: &Revui) {
    let left = revui.run(["resume"]).await.exits(0);
    left.explains("nothing to go on with");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_becomes_a_link_moments_after_its_end() {
    stage_or_skip!("a_recording_becomes_a_link_moments_after_its_end");
    let stage = Stage::start_alone().await;
    let pattern = Pattern::show(&stage);
    let world = World::start().await;
    let revui = stage.give(world.revui_of(world.user()).await);
    let file = stage.file("a.webm");
    let mut running = start(&revui, &file, &world.task, &["--seconds", "6"]);
    happens(&mut running, "stopped").await;
    let stopped_at = Instant::now();
    let done = happens(&mut running, "done").await;
    println!("from Stop to the link: {:?}", stopped_at.elapsed());
    let ended = running.finish().await.exits(0);
    let order = order(&ended);
    let of = |name: &str| order.iter().position(|event| event == name).unwrap();
    assert!(
        of("queued") < of("stopped"),
        "it was begun meanwhile: {order:?}"
    );
    // Whoever downloads it finds each picture that was on the screen.
    let film = film_of_the_link(&done, &file).await;
    film.has_no_gap();
    let numbers = film.numbers().await;
    assert_eq!(numbers.len(), 6 * 30);
    are_as_shown(&numbers, &pattern);
    // The whole file's hash was told before the program ended.
    let id = done["recordingId"].as_str().unwrap();
    let shown = revui.run(["show", id]).await.exits(0);
    assert!(shown.stdout.contains(&sha256_of(&file)), "{}", shown.stdout);
    has_no_job(&revui).await;
}

/// The first part goes last, so that this takes more than two of them: noise, which no encoder makes small.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_final_of_a_large_one_is_sent_before_its_end() {
    stage_or_skip!("what_is_final_of_a_large_one_is_sent_before_its_end");
    let stage = Stage::start_alone_of_size((2560, 1440)).await;
    let pattern = Pattern::show_of_height(&stage, NUMBER_ROWS);
    let _noise = Noise::show_below(&stage, NUMBER_ROWS);
    let world = World::start().await;
    let revui = stage.give(world.revui_of(world.user()).await);
    let file = stage.file("a.webm");
    let as_it_is = ["--quality", "full", "--fps", "10"];
    let mut running = start(&revui, &file, &world.task, &as_it_is);
    let began = Instant::now();
    let progress = running.event("a part that has arrived", |event| {
        event["event"] == "progress" && event["arrivedBytes"].as_u64() >= Some(MIN_PART_BYTES)
    });
    let progress = progress.await;
    println!("after {:?}: {progress}", began.elapsed());
    running.signal("INT").await;
    let stopped = happens(&mut running, "stopped").await;
    assert_eq!(stopped["reason"], "requested", "{stopped}");
    let done = happens(&mut running, "done").await;
    running.finish().await.exits(0);
    let film = film_of_the_link(&done, &file).await;
    assert!(film.is_finished());
    let rows = NUMBER_ROWS.to_string();
    let numbers = film.numbers_in(&rows, "0").await;
    assert_eq!(numbers.len(), film.times_ms("video").len());
    were_shown(&numbers, &pattern);
}

#[tokio::test(flavor = "multi_thread")]
async fn under_review_it_waits_until_its_user_decides() {
    stage_or_skip!("under_review_it_waits_until_its_user_decides");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    for decision in ["resume", "cancel"] {
        let world = Faulty::start().await;
        let revui = stage.give(world.revui());
        let file = stage.file(&format!("{decision}.webm"));
        let more = ["--seconds", "1", "--review"];
        let running = start(&revui, &file, Faulty::TASK, &more);
        let ended = running.finish().await.exits(0);
        let held = ended.event("held");
        let job = held["jobId"].as_str().unwrap();
        let hint = held["hint"].as_str().unwrap();
        assert!(hint.contains(&format!("`revui resume {job}`")), "{hint}");
        let completed = || world.backend.seen().requests("POST", "/complete").len();
        assert_eq!(completed(), 0);
        if decision == "resume" {
            let resumed = revui.run(["resume", "--json", job]).await.exits(0);
            is_linked(&resumed.event("done"), &file).await;
        } else {
            revui.run(["cancel", job]).await.exits(0);
            assert_eq!(completed(), 0);
            assert_eq!(world.sweep_the_store().await, 0, "nothing of it is left");
        }
        assert!(Film::of(&file).await.is_finished());
        has_no_job(&revui).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_are_two_links() {
    stage_or_skip!("two_at_once_are_two_links");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let world = World::start().await;
    let revui = stage.give(world.revui_of(world.user()).await);
    let files = ["a.webm", "b.webm"].map(|name| stage.file(name));
    let more = ["--seconds", "2"];
    let running = files
        .each_ref()
        .map(|file| start(&revui, file, &world.task, &more));
    for (running, file) in running.into_iter().zip(&files) {
        let done = running.finish().await.exits(0).event("done");
        is_linked(&done, file).await;
    }
    has_no_job(&revui).await;
}

/// From before its start to after its end nobody can be reached.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_it_is_recorded_and_sent_later() {
    stage_or_skip!("without_a_network_it_is_recorded_and_sent_later");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let world = Faulty::start().await;
    let revui = stage.give(world.revui());
    world.before_backend("[[rule]]\nname = \"down\"\nfault = \"cut\"\nafter = 0\n");
    let file = stage.file("a.webm");
    let mut running = start(&revui, &file, Faulty::TASK, &[]);
    let waiting = happens(&mut running, "waiting").await;
    assert!(waiting["jobId"].is_string(), "{waiting}");
    reaches(&mut running, 1_500).await;
    running.signal("INT").await;
    let stopped = happens(&mut running, "stopped").await;
    assert_eq!(stopped["reason"], "requested", "{stopped}");
    world.backend.set(Faults::none());
    let done = happens(&mut running, "done").await;
    running.finish().await.exits(0);
    is_linked(&done, &file).await;
    Film::of(&file).await.has_no_gap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_dies_meanwhile_is_waited_for() {
    stage_or_skip!("a_backend_that_dies_meanwhile_is_waited_for");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let mut world = World::start_on_a_lasting_port().await;
    let revui = stage.give(world.revui_of(world.user()).await);
    let file = stage.file("a.webm");
    let mut running = start(&revui, &file, &world.task, &[]);
    running
        .event("a place", |event| event["phase"] == "sending")
        .await;
    world.kill().await;
    reaches(&mut running, 1_500).await;
    running.signal("INT").await;
    happens(&mut running, "stopped").await;
    world.start_again().await;
    let done = happens(&mut running, "done").await;
    running.finish().await.exits(0);
    is_linked(&done, &file).await;
    Film::of(&file).await.has_no_gap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_has_to_be_signed_in_to_record() {
    stage_or_skip!("nobody_has_to_be_signed_in_to_record");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let world = Faulty::start().await;
    let revui = stage.give(Revui::new());
    let file = stage.file("a.webm");
    let running = start(&revui, &file, Faulty::TASK, &["--seconds", "1"]);
    let ended = running.finish().await.exits(3);
    assert_eq!(ended.event("waiting")["cause"], "sign_in");
    assert!(Film::of(&file).await.is_finished());
    let revui = revui.with_session(&world.server(), world.token());
    is_linked(&revui.resumed().await, &file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_without_parts_gets_it_after_its_end() {
    stage_or_skip!("a_backend_without_parts_gets_it_after_its_end");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let strict = Strict::start(Variant::default()).await;
    let revui = stage.give(strict.revui());
    let file = stage.file("a.webm");
    let mut running = start(&revui, &file, "t", &["--seconds", "1"]);
    let waiting = happens(&mut running, "waiting").await;
    assert_eq!(waiting["cause"], "recording", "{waiting}");
    let done = happens(&mut running, "done").await;
    let ended = running.finish().await.exits(0);
    assert_eq!(ended.event("stopped")["reason"], "limit");
    assert_eq!(done["sha256"], sha256_of(&file).as_str());
    assert_eq!(strict.refused(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_before_it_is_larger_than_its_server_takes_one() {
    stage_or_skip!("it_ends_before_it_is_larger_than_its_server_takes_one");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let world = Faulty::start().await;
    let revui = stage.give(world.revui());
    let small = takes_at_most(&world.server(), 900_000).await;
    world.backend.set(small);
    let file = stage.file("a.webm");
    let mut running = start(&revui, &file, Faulty::TASK, &[]);
    happens(&mut running, "sizeNear").await;
    let stopped = happens(&mut running, "stopped").await;
    assert_eq!(stopped["reason"], "sizeLimit", "{stopped}");
    assert!(stopped["bytes"].as_u64() < Some(900_000), "{stopped}");
    let done = happens(&mut running, "done").await;
    running.finish().await.exits(0);
    is_linked(&done, &file).await;
    Film::of(&file).await.has_no_gap();
}

/// Ctrl+C ends the recording, and the link follows.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_stop_is_one_for_the_recording() {
    stage_or_skip!("a_request_to_stop_is_one_for_the_recording");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let world = World::start().await;
    let revui = stage.give(world.revui_of(world.user()).await);
    let file = stage.file("a.webm");
    let mut running = start(&revui, &file, &world.task, &[]);
    reaches(&mut running, 800).await;
    running.signal("INT").await;
    let ended = running.finish().await.exits(0);
    assert_eq!(ended.event("stopped")["reason"], "requested");
    is_linked(&ended.event("done"), &file).await;
}

/// The second one is for the upload, which is kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_request_leaves_the_upload_for_later() {
    stage_or_skip!("a_second_request_leaves_the_upload_for_later");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let world = Faulty::start().await;
    let revui = stage.give(world.revui());
    world.before_backend("[[rule]]\nname = \"down\"\nfault = \"cut\"\nafter = 0\n");
    let file = stage.file("a.webm");
    let mut running = start(&revui, &file, Faulty::TASK, &[]);
    happens(&mut running, "waiting").await;
    running.signal("INT").await;
    happens(&mut running, "stopped").await;
    running.signal("INT").await;
    let ended = running.finish().await.exits(5);
    assert_eq!(ended.event("failed")["code"], Code::Interrupted.to_string());
    world.backend.set(Faults::none());
    is_linked(&revui.resumed().await, &file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_recorder_left_is_mended_and_shared() {
    stage_or_skip!("what_a_killed_recorder_left_is_mended_and_shared");
    let stage = Stage::start().await;
    let _pattern = Pattern::show(&stage);
    let world = World::start().await;
    let revui = stage.give(world.revui_of(world.user()).await);
    for kills_both in [false, true] {
        let file = stage.file(&format!("{kills_both}.webm"));
        let mut running = start(&revui, &file, &world.task, &[]);
        reaches(&mut running, 3_000).await;
        let helper = helper_of(running.id()).await;
        let ended = if kills_both {
            kill_both(running, helper).await;
            revui.run(["resume", "--json"]).await.exits(0)
        } else {
            signal(helper, "KILL").await;
            let ended = running.finish().await.exits(1);
            ended.explains("ended in the middle of the recording")
        };
        assert!(ended.event("mended")["cutBytes"].is_u64());
        is_linked(&ended.event("done"), &file).await;
        let film = Film::of(&file).await;
        let lasts = film.duration_ms().expect("it says how long it is");
        assert!(lasts >= 1_000, "at most 2 s of 3 are lost: {lasts} ms");
        has_no_job(&revui).await;
    }
}

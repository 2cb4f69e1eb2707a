//! The real backend is killed, started again, or started a second time.

use std::path::{Path, PathBuf};

use serde_json::Value;
use world::{Revui, Running, World, fixtures, sha256_of};

/// Eight parts; mostly a hole on the disk.
const SIZE_BYTES: u64 = 64 * 1024 * 1024;

/// More than the parts that can be on their way at once, so that some have arrived.
const MIDDLE_BYTES: u64 = 40 * 1024 * 1024;

/// Leaves seconds between the middle and the end.
const RATE: &str = "8M";

/// An upload that has come some way, and has some way to go.
async fn under_way(world: &World, revui: &Revui, folder: &Path) -> (Running, PathBuf) {
    let file = fixtures::sparse(folder, "demo.webm", SIZE_BYTES);
    let mut running = revui.start_slow_upload(&file, &world.task, RATE);
    let some = |event: &Value| event["sentBytes"].as_u64() > Some(MIDDLE_BYTES);
    running.event("some of the bytes", some).await;
    (running, file)
}

async fn has_one_recording(revui: &Revui) {
    let list = revui.run(["list"]).await.exits(0).stdout;
    let lines = list.lines().count();
    assert_eq!(lines, 2, "a heading and one recording:\n{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_backend_is_killed_in_the_middle_of_an_upload() {
    let mut world = World::start_on_a_lasting_port().await;
    let revui = world.revui_of(world.user()).await;
    let folder = tempfile::tempdir().unwrap();
    let (mut running, file) = under_way(&world, &revui, folder.path()).await;
    world.kill().await;
    let is_waiting = |event: &Value| event["event"] == "waiting";
    running.event("a wait", is_waiting).await;
    world.start_again().await;

    let done = running.finish().await.exits(0).event("done");
    assert_eq!(done["sha256"], sha256_of(&file).as_str());
    let id = done["recordingId"].as_str().unwrap();
    let back = ["download", id, "--verify", "--output", "back.webm"];
    let back = revui.run(back).await.exits(0);
    assert_eq!(back.last_line(), "SHA-256 agrees");
    has_one_recording(&revui).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_is_killed_in_the_middle_of_an_upload() {
    let world = World::start().await;
    let revui = world.revui_of(world.user()).await;
    let folder = tempfile::tempdir().unwrap();
    let (running, file) = under_way(&world, &revui, folder.path()).await;
    running.kill().await;

    let resumed = revui.run(["resume", "--json"]).await.exits(0);
    let done = resumed.event("done");
    assert_eq!(done["sha256"], sha256_of(&file).as_str());
    // How many bytes that saves is counted on the way to the store: `killed.rs`.
    let says_so = |event: &Value| {
        let reason = event["reason"].as_str();
        reason.is_some_and(|reason| reason.contains("only what is missing is sent"))
    };
    assert!(resumed.events().iter().any(says_so), "{}", resumed.stdout);
    let id = done["recordingId"].as_str().unwrap();
    let back = ["download", id, "--verify", "--output", "back.webm"];
    let back = revui.run(back).await.exits(0);
    assert_eq!(back.last_line(), "SHA-256 agrees");
    has_one_recording(&revui).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_keeps_what_the_first_stored() {
    let mut world = World::start_on_a_lasting_port().await;
    let revui = world.revui_of(world.user()).await;
    let done = revui.uploaded(&fixtures::short(), &world.task).await;
    let accounts = world.accounts.clone();
    world.kill().await;
    world.start_again().await;

    let id = done["recordingId"].as_str().unwrap();
    // The same accounts, the same passwords, and the session of before.
    assert!(!world.token_of(&accounts[0]).await.is_empty());
    let download = revui.run(["download", id, "--verify"]).await.exits(0);
    assert_eq!(download.last_line(), "SHA-256 agrees");
}

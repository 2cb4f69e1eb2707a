//! The real backend is killed, started again, or started a second time.

use world::{World, fixtures, sha256_of};

/// Large enough to be killed in the middle of; mostly a hole on the disk.
const SIZE_BYTES: u64 = 256 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn the_backend_is_killed_in_the_middle_of_an_upload() {
    let mut world = World::start_on_a_lasting_port().await;
    let revui = world.revui_of(world.user()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = fixtures::sparse(folder.path(), "demo.webm", SIZE_BYTES);
    let mut running = revui.start([
        "upload",
        file.to_str().unwrap(),
        "--task",
        &world.task,
        "--json",
    ]);
    let halfway = |event: &serde_json::Value| event["sentBytes"].as_u64() > Some(SIZE_BYTES / 8);
    running.event("some of the bytes", halfway).await;
    world.kill().await;
    running
        .event("a wait", |event| event["event"] == "waiting")
        .await;
    world.start_again().await;

    let done = running.finish().await.exits(0).event("done");
    assert_eq!(done["sha256"], sha256_of(&file).as_str());
    let id = done["recordingId"].as_str().unwrap();
    let back = revui
        .run(["download", id, "--verify", "--output", "back.webm"])
        .await
        .exits(0);
    assert_eq!(back.last_line(), "SHA-256 agrees");
    let list = revui.run(["list"]).await.exits(0);
    assert_eq!(
        list.stdout.lines().count(),
        2,
        "a heading and one recording:\n{}",
        list.stdout
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_is_killed_in_the_middle_of_an_upload() {
    let world = World::start().await;
    let revui = world.revui_of(world.user()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = fixtures::sparse(folder.path(), "demo.webm", SIZE_BYTES);
    let mut running = revui.start([
        "upload",
        file.to_str().unwrap(),
        "--task",
        &world.task,
        "--json",
    ]);
    let halfway = |event: &serde_json::Value| event["sentBytes"].as_u64() > Some(SIZE_BYTES / 8);
    running.event("some of the bytes", halfway).await;
    running.kill().await;

    let resumed = revui
        .run(["resume"])
        .await
        .exits(0)
        .explains("from the beginning");
    let bytes = reqwest::Client::new()
        .get(resumed.last_line())
        .header("range", "bytes=0-3")
        .send()
        .await
        .unwrap();
    assert_eq!(
        bytes.bytes().await.unwrap().as_ref(),
        [0x1A, 0x45, 0xDF, 0xA3],
        "it opens a WebM"
    );
    let list = revui.run(["list"]).await.exits(0);
    assert_eq!(
        list.stdout.lines().count(),
        2,
        "one recording, not two:\n{}",
        list.stdout
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_keeps_what_the_first_stored() {
    let mut world = World::start_on_a_lasting_port().await;
    let revui = world.revui_of(world.user()).await;
    let short = fixtures::short();
    let upload = [
        "upload",
        short.to_str().unwrap(),
        "--task",
        &world.task,
        "--json",
    ];
    let done = revui.run(upload).await.exits(0).event("done");
    let accounts = world.accounts.clone();
    world.kill().await;
    world.start_again().await;

    let id = done["recordingId"].as_str().unwrap();
    // The same accounts, the same passwords, and the session of before.
    assert!(!world.token_of(&accounts[0]).await.is_empty());
    let download = revui.run(["download", id, "--verify"]).await.exits(0);
    assert_eq!(download.last_line(), "SHA-256 agrees");
}

//! What one program wants of an upload that another one works on.

use serde_json::Value;
use world::{Revui, Running, World, fixtures, sha256_of};

const SIZE_BYTES: u64 = 64 * 1024 * 1024;

fn waits_for(cause: &str) -> impl Fn(&Value) -> bool {
    move |event| event["event"] == "waiting" && event["cause"] == cause
}

/// An upload that would take minutes at the rate it is held to.
async fn slow(world: &World, revui: &Revui, folder: &std::path::Path) -> (Running, String) {
    let file = fixtures::sparse(folder, "demo.webm", SIZE_BYTES);
    let mut running = revui.start_slow_upload(&file, &world.task, "500k");
    let is_queued = |event: &Value| event["event"] == "queued";
    let queued = running.event("a queued job", is_queued).await;
    let job = queued["jobId"].as_str().unwrap().to_owned();
    (running, job)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_paused_resumed_and_let_go_faster() {
    let world = World::start().await;
    let revui = world.revui_of(world.user()).await;
    let folder = tempfile::tempdir().unwrap();
    let (mut running, job) = slow(&world, &revui, folder.path()).await;

    revui.run(["pause", &job]).await.exits(0);
    running.event("a pause", waits_for("paused")).await;
    revui.run(["resume", &job]).await.exits(0);
    let sends = |event: &Value| event["event"] == "progress";
    running.event("bytes on their way again", sends).await;
    revui.run(["limit", &job, "off"]).await.exits(0);

    let done = running.finish().await.exits(0).event("done");
    let file = folder.path().join("demo.webm");
    assert_eq!(done["sha256"], sha256_of(&file).as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_given_up_in_the_program_that_sends_it() {
    let world = World::start().await;
    let revui = world.revui_of(world.user()).await;
    let folder = tempfile::tempdir().unwrap();
    let (running, job) = slow(&world, &revui, folder.path()).await;

    revui.run(["cancel", &job]).await.exits(0);
    let ended = running.finish().await;
    assert_ne!(ended.exit, 0, "{ended:?}");
    let again = revui.run(["resume"]).await.exits(0);
    again.explains("nothing to go on with");
}

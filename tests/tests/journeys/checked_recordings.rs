//! `revui check recording`: one recording, looked at from all sides.

use serde_json::{Value, json};
use wire::Role;
use world::{Faulty, Finished, World, fixtures};

use crate::checks::tells_no_secret;

/// What was found about a recording.
fn answer(finished: &Finished, name: &str) -> Value {
    let events = finished.events();
    let found = events.iter().find(|event| event["answer"] == name);
    found
        .unwrap_or_else(|| panic!("no answer {name}: {}", finished.stdout))
        .clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_looked_at_from_all_sides() {
    let world = World::start().await;
    let revui = world.revui_of(world.user()).await;
    let done = revui.uploaded(&fixtures::short(), &world.task).await;
    let id = done["recordingId"].as_str().unwrap();
    let finished = revui
        .run(["check", "recording", id, "--json"])
        .await
        .exits(0);
    for name in ["exists", "seen", "link", "link_end"] {
        assert_eq!(answer(&finished, name)["result"], "passed", "{name}");
    }
    tells_no_secret(&finished.stdout, &[]);

    // For a stranger it does not exist.
    let stranger = world.revui_of(world.stranger()).await;
    let finished = stranger
        .run(["check", "recording", id, "--json"])
        .await
        .exits(1);
    assert_eq!(answer(&finished, "exists")["whose"], "yours");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_is_told_of_the_object_and_the_hold() {
    let world = World::start().await;
    let admin = world.account(Role::Admin);
    let revui = world.revui_of(admin).await;
    let done = revui.uploaded(&fixtures::short(), &world.task).await;
    let id = done["recordingId"].as_str().unwrap();
    let check = ["check", "recording", id, "--json"];
    let finished = revui.run(check).await.exits(0);
    for name in ["object", "same", "kept"] {
        assert_eq!(answer(&finished, name)["result"], "passed", "{name}");
    }
    let kept = answer(&finished, "kept")["found"].clone();
    assert!(kept.as_str().unwrap().starts_with("kept until "), "{kept}");

    let hold = format!("{}/api/recordings/{id}/hold", world.server);
    let hold = reqwest::Client::new()
        .post(hold)
        .bearer_auth(world.token_of(admin).await)
        .json(&json!({"reason": "case 7"}));
    assert_eq!(hold.send().await.unwrap().status(), 200);
    let finished = revui.run(check).await.exits(0);
    let kept = answer(&finished, "kept")["found"].clone();
    assert!(kept.as_str().unwrap().contains(": case 7"), "{kept}");
    tells_no_secret(&finished.stdout, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_in_an_archive_is_said_to_lie_there() {
    let world = Faulty::start().await;
    let revui = world.revui();
    let done = revui.uploaded(&fixtures::short(), Faulty::TASK).await;
    let id = done["recordingId"].as_str().unwrap();
    world.before_store("[[rule]]\nmethod = \"HEAD\"\nfault = \"archived\"\n");
    let check = ["check", "recording", id, "--json"];
    let finished = revui.run(check).await.exits(1);
    let kept = answer(&finished, "kept");
    let judged = (&kept["result"], &kept["whose"], &kept["found"]);
    assert_eq!(
        judged,
        (&json!("failed"), &json!("store"), &json!("archived"))
    );
    assert_eq!(
        answer(&finished, "link")["result"],
        "skipped",
        "no broken link"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_gone_is_the_stores() {
    let world = Faulty::start().await;
    let revui = world.revui();
    let done = revui.uploaded(&fixtures::short(), Faulty::TASK).await;
    let id = done["recordingId"].as_str().unwrap();
    world.before_store(
        "[[rule]]\nmethod = \"GET\"\nfault = \"refuse\"\nstatus = 404\ncode = \"NoSuchKey\"\n",
    );
    let finished = revui.run(["check", "recording", id]).await.exits(1);
    assert!(
        finished.stdout.contains("whose   the store's"),
        "{}",
        finished.stdout
    );
}

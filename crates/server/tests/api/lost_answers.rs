//! Completions whose answer never comes: the store knows.

use std::time::Duration;

use serde_json::json;

use crate::gateway::Mode;
use crate::in_parts::InParts;
use crate::world::{USER, World, path};

#[tokio::test]
async fn a_lost_answer_is_found_out_by_the_store() {
    let world = World::behind_a_gateway().await;
    let token = world.token(USER).await;
    let upload = InParts::of_three(&world, &token).await;
    upload.put_all(&world, &token).await;
    world.gateway().set(Mode::LoseOneCompletion);
    upload.complete(&world, &token).await.expect(200);
}

#[tokio::test]
async fn a_completion_that_nobody_heard_of_is_repeated() {
    let world = World::behind_a_gateway().await;
    let token = world.token(USER).await;
    let mut body = InParts::body(4);
    body["idempotencyKey"] = json!("job-1");
    // Three ways to go on after it: complete again, initiate again, list.
    for way in ["complete", "initiate", "list"] {
        body["filename"] = json!(format!("{way}.webm"));
        body["idempotencyKey"] = json!(way);
        let parts = vec![b"webm".to_vec()];
        let upload = InParts::start_with(&world, &token, parts, &body).await;
        upload.put_all(&world, &token).await;
        let claim = upload.claim(&world, &token).await;
        world.gateway().set(Mode::LoseCompletions);
        let lost = upload.complete_with(&world, &token, &claim).await;
        lost.refused(503, "store_unavailable");
        let pending = world.get(&token, &path(&upload.initiated, "")).await;
        assert_eq!(pending.expect(200).body["uploadStatus"], "PENDING");

        world.gateway().set(Mode::Pass);
        match way {
            "complete" => {
                upload
                    .complete_with(&world, &token, &claim)
                    .await
                    .expect(200);
            }
            "initiate" => {
                let again = world.post(&token, "/recordings/initiate", &body).await;
                assert_eq!(again.expect(200).body["uploadStatus"], "COMPLETE");
            }
            _ => upload
                .list(&world, &token)
                .await
                .refused(409, "not_pending"),
        }
        let got = world.get(&token, &path(&upload.initiated, "")).await;
        assert_eq!(got.expect(200).body["duration"], 7, "{way}");
        upload
            .complete_with(&world, &token, &claim)
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn a_200_that_carries_an_error_is_none() {
    let world = World::behind_a_gateway().await;
    let token = world.token(USER).await;
    let upload = InParts::start(&world, &token, vec![b"webm".to_vec()]).await;
    upload.put_all(&world, &token).await;
    let claim = upload.claim(&world, &token).await;
    for mode in [Mode::FailInside200, Mode::Down] {
        world.gateway().set(mode);
        let failed = upload.complete_with(&world, &token, &claim).await;
        failed.refused(503, "store_unavailable");
        let pending = world.get(&token, &path(&upload.initiated, "")).await;
        assert_eq!(pending.expect(200).body["uploadStatus"], "PENDING");
    }
    world.gateway().set(Mode::Pass);
    upload
        .complete_with(&world, &token, &claim)
        .await
        .expect(200);
}

#[tokio::test]
async fn a_caller_who_hangs_up_stops_nothing() {
    let world = World::behind_a_gateway().await;
    let token = world.token(USER).await;
    let upload = InParts::start(&world, &token, vec![b"webm".to_vec()]).await;
    upload.put_all(&world, &token).await;
    let claim = upload.claim(&world, &token).await;
    world.gateway().set(Mode::Hold);
    tokio::select! {
        _ = upload.complete_with(&world, &token, &claim) => panic!("it was not held"),
        () = world.gateway().holds_one() => {}
    }
    // The call is dropped, and its connection with it.
    world.gateway().set(Mode::Pass);
    world.gateway().let_one_go();
    let row = path(&upload.initiated, "");
    let complete = async {
        while world.get(&token, &row).await.expect(200).body["uploadStatus"] != "COMPLETE" {}
    };
    let patience = Duration::from_secs(30);
    tokio::time::timeout(patience, complete).await.unwrap();
}

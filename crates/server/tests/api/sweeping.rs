//! What nobody ends is ended by the sweep.

use std::time::Duration;

use serde_json::json;
use server::Swept;
use storage::CreateMultipart;

use crate::gateway::Mode;
use crate::in_parts::InParts;
use crate::world::{ADMIN, Answer, USER, World, path};

const DAY: Duration = Duration::from_hours(24);

async fn initiate(world: &World, token: &str, ticket_seconds: u32) -> Answer {
    let body = json!({
        "taskId": "t", "filename": "a.webm", "fileSize": 4, "urlExpiresIn": ticket_seconds,
    });
    let initiated = world.post(token, "/recordings/initiate", &body).await;
    initiated.expect(201)
}

async fn status(world: &World, initiated: &Answer) -> String {
    let token = world.token(USER).await;
    let got = world.get(&token, &path(initiated, "")).await;
    match got.status {
        200 => got.text("uploadStatus"),
        _ => got.code().to_owned(),
    }
}

#[tokio::test]
async fn an_upload_that_nobody_finishes_is_given_up_with_all_that_the_store_has_of_it() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let whole = initiate(&world, &token, 3600).await;
    assert_eq!(world.put(&whole, b"webm").await.status(), 200);
    let in_parts = InParts::start(&world, &token, vec![b"webm".to_vec()]).await;
    in_parts.put_all(&world, &token).await;
    let complete = world.recording(&token).await;
    let busy = InParts::start(&world, &token, vec![b"webm".to_vec()]).await;

    world.time.advance(6 * DAY);
    assert_eq!(world.running.sweep().await, Swept::default());
    // Somebody goes on with this one.
    let token = world.token(USER).await;
    busy.sign(&world, &token, &[1]).await.expect(200);

    world.time.advance(DAY + Duration::from_hours(1));
    let expected = Swept {
        given_up: 2,
        leftovers: 2,
        ..Swept::default()
    };
    assert_eq!(world.running.sweep().await, expected);
    assert_eq!(world.running.sweep().await, Swept::default());
    for gone in [&whole, &in_parts.initiated] {
        assert_eq!(status(&world, gone).await, "given_up");
    }
    assert_eq!(status(&world, &busy.initiated).await, "PENDING");
    let bucket = world.bucket().await;
    assert_eq!(bucket.object(&whole.text("s3Key")).await.unwrap(), None);
    let uploads = bucket.multipart_uploads("", None).await.unwrap().uploads;
    let ids: Vec<&str> = uploads
        .iter()
        .map(|upload| upload.upload_id.as_str())
        .collect();
    assert_eq!(ids, [busy.upload_id()]);
    let token = world.token(USER).await;
    let kept = world.get(&token, &format!("/recordings/{complete}")).await;
    assert_eq!(kept.expect(200).body["uploadStatus"], "COMPLETE");
}

#[tokio::test]
async fn no_upload_is_given_up_while_a_ticket_lives() {
    let world = World::with_pending_days(1).await;
    let token = world.token(USER).await;
    let short = initiate(&world, &token, 3600).await;
    let long = initiate(&world, &token, 604_800).await;
    world.time.advance(2 * DAY);
    assert_eq!(world.running.sweep().await.given_up, 1);
    assert_eq!(status(&world, &short).await, "given_up");
    world.time.advance(5 * DAY);
    assert_eq!(world.running.sweep().await.given_up, 0);
    assert_eq!(status(&world, &long).await, "PENDING");
    // A request that was begun with its last breath may last: a day more.
    world.time.advance(DAY + Duration::from_secs(1));
    assert_eq!(world.running.sweep().await.given_up, 1);
    assert_eq!(status(&world, &long).await, "given_up");
}

#[tokio::test]
async fn what_was_claimed_is_finished_and_not_swept_away() {
    let world = World::behind_a_gateway().await;
    let token = world.token(USER).await;
    let sweep = || world.called().sweep();
    let in_parts = InParts::start(&world, &token, vec![b"webm".to_vec()]).await;
    in_parts.put_all(&world, &token).await;
    let untouched = InParts::start(&world, &token, vec![b"webm".to_vec()]).await;
    untouched.put_all(&world, &token).await;
    let whole = world.uploaded(&token, b"webm").await;
    let never_put = initiate(&world, &token, 3600).await;

    // The store does it and nobody hears; the store is not reached at all.
    world.gateway().set(Mode::LoseCompletions);
    in_parts
        .complete(&world, &token)
        .await
        .refused(503, "store_unavailable");
    world.gateway().set(Mode::FailInside200);
    untouched
        .complete(&world, &token)
        .await
        .refused(503, "store_unavailable");
    world.gateway().set(Mode::Down);
    for initiated in [&whole, &never_put] {
        let refused = world.complete(&token, initiated, 4).await;
        refused.refused(503, "store_unavailable");
    }

    // However long nobody sweeps, nothing that was claimed is given up unasked.
    world.time.advance(30 * DAY);
    assert_eq!(
        sweep().await,
        Swept {
            failed: 4,
            ..Swept::default()
        }
    );
    world.gateway().set(Mode::Pass);
    let swept = sweep().await;
    // What was never put is known to be missing now, and stale like any other.
    assert_eq!(
        swept,
        Swept {
            finished: 3,
            given_up: 1,
            leftovers: 1,
            ..Swept::default()
        }
    );
    for complete in [&in_parts.initiated, &untouched.initiated, &whole] {
        assert_eq!(status(&world, complete).await, "COMPLETE");
    }
    assert_eq!(status(&world, &never_put).await, "given_up");
    assert_eq!(sweep().await, Swept::default());
}

#[tokio::test]
async fn a_claim_is_left_alone_while_its_call_may_run() {
    let world = World::behind_a_gateway().await;
    let token = world.token(USER).await;
    let whole = world.uploaded(&token, b"webm").await;
    world.gateway().set(Mode::Down);
    let refused = world.complete(&token, &whole, 4).await;
    refused.refused(503, "store_unavailable");
    world.gateway().set(Mode::Pass);
    world.time.advance(Duration::from_mins(14));
    assert_eq!(world.called().sweep().await, Swept::default());
    world.time.advance(Duration::from_mins(2));
    assert_eq!(world.called().sweep().await.finished, 1);
}

#[tokio::test]
async fn a_ticket_that_outlives_its_recording_brings_nothing_back_for_ever() {
    let world = World::start().await;
    let (user, admin) = (world.token(USER).await, world.token(ADMIN).await);
    let deleted = initiate(&world, &user, 3600).await;
    let given_up = initiate(&world, &user, 3600).await;
    let (row, upload) = (path(&deleted, ""), path(&given_up, "/upload"));
    world.delete(&admin, &row).await.expect(200);
    world.delete(&user, &upload).await.expect(204);
    let bucket = world.bucket().await;
    let there = async |initiated: &Answer| {
        let object = bucket.object(&initiated.text("s3Key")).await;
        object.unwrap().is_some()
    };
    for ticket in [&deleted, &given_up] {
        assert_eq!(world.put(ticket, b"webm").await.status(), 200);
        assert!(there(ticket).await);
    }
    world.time.advance(DAY);
    assert_eq!(world.running.sweep().await, Swept::default());
    assert!(there(&deleted).await);

    world.time.advance(Duration::from_mins(61));
    let expected = Swept {
        leftovers: 2,
        ..Swept::default()
    };
    assert_eq!(world.running.sweep().await, expected);
    assert!(!there(&deleted).await && !there(&given_up).await);
    assert_eq!(world.running.sweep().await, Swept::default());
}

#[tokio::test]
async fn what_the_store_failed_to_remove_is_removed_by_the_sweep() {
    let world = World::behind_a_gateway().await;
    let user = world.token(USER).await;
    let old = world.uploaded(&user, b"webm").await;
    world.complete(&user, &old, 4).await.expect(200);
    world.time.advance(3 * DAY);
    let admin = world.token(ADMIN).await;
    world.gateway().set(Mode::Down);
    let row = path(&old, "");
    let failed = world.delete(&admin, &row).await;
    failed.refused(503, "store_unavailable");
    assert_eq!(world.called().sweep().await.failed, 1);
    world.gateway().set(Mode::Pass);
    let expected = Swept {
        leftovers: 1,
        ..Swept::default()
    };
    assert_eq!(world.called().sweep().await, expected);
    let object = world.bucket().await.object(&old.text("s3Key")).await;
    assert_eq!(object.unwrap(), None);
    world.delete(&admin, &row).await.refused(404, "not_found");
}

#[tokio::test]
async fn uploads_that_no_recording_waits_for_are_ended_and_others_are_not_touched() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let mine = InParts::start(&world, &token, vec![b"webm".to_vec()]).await;
    let key = mine.initiated.text("s3Key");
    let bucket = world.bucket().await;
    let begin = async |key: &str| {
        let create = CreateMultipart {
            key,
            content_type: "video/webm",
            tags: None,
        };
        bucket.create_multipart(create).await.unwrap()
    };
    // As a server leaves one that dies after beginning it; and somebody else's, in the same bucket.
    let stray = begin(&key).await;
    let foreign = begin("backups/monday").await;
    let ids = async || {
        let page = bucket.multipart_uploads("", None).await.unwrap();
        let ids = page.uploads.into_iter().map(|upload| upload.upload_id);
        ids.collect::<std::collections::BTreeSet<String>>()
    };
    assert_eq!(world.running.sweep().await, Swept::default());
    assert_eq!(ids().await.len(), 3);

    world.time.advance(DAY + Duration::from_mins(1));
    let expected = Swept {
        strays: 1,
        ..Swept::default()
    };
    assert_eq!(world.running.sweep().await, expected);
    let left = ids().await;
    assert!(!left.contains(&stray));
    assert!(left.contains(&foreign) && left.contains(mine.upload_id()));
}

/// A server that died between beginning an upload and noting it leaves one that no row names, and a deletion takes the
/// last row that names its key.
#[tokio::test]
async fn an_upload_that_no_row_names_goes_with_its_recording() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let id = world.recording(&token).await;
    let shown = world.get(&token, &format!("/recordings/{id}")).await;
    let key = shown.expect(200).text("s3Key");
    let bucket = world.bucket().await;
    // Another key that begins like it is none of this recording's.
    let longer = format!("{key}.webm");
    for key in [&key, &longer] {
        let content_type = "video/webm";
        let begun = bucket.create_multipart(CreateMultipart {
            key,
            content_type,
            tags: None,
        });
        begun.await.unwrap();
    }
    let admin = world.token(ADMIN).await;
    let deleted = world.delete(&admin, &format!("/recordings/{id}")).await;
    deleted.expect(200);

    world.time.advance(2 * DAY);
    assert_eq!(world.running.sweep().await.failed, 0);
    let left = bucket.multipart_uploads("", None).await.unwrap().uploads;
    let keys: Vec<&str> = left.iter().map(|upload| upload.key.as_str()).collect();
    assert_eq!(keys, [longer.as_str()]);
}

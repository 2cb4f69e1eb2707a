//! What the store has, beside the row.

use std::time::Duration;

use serde_json::json;

use crate::gateway::Mode;
use crate::in_parts::InParts;
use crate::world::{ADMIN, USER, World, path};

#[tokio::test]
async fn a_complete_recording_is_shown_beside_its_object() {
    let world = World::start().await;
    let (user, admin) = (world.token(USER).await, world.token(ADMIN).await);
    let whole = world.uploaded(&user, b"webm").await;
    world.complete(&user, &whole, 4).await.expect(200);
    let in_parts = InParts::start(&world, &user, vec![b"webm".to_vec()]).await;
    in_parts.put_all(&world, &user).await;
    in_parts.complete(&world, &user).await.expect(200);
    for initiated in [&whole, &in_parts.initiated] {
        let check = world
            .get(&admin, &path(initiated, "/check"))
            .await
            .expect(200);
        let object = &check.body["object"];
        assert_eq!(object["size"], "4");
        assert_eq!(object["storageClass"], "STANDARD");
        assert_eq!(object["contentType"], "video/webm");
        assert!(object["modifiedAt"].is_string(), "{check:?}");
        assert_eq!(check.body["availability"], "available");
        assert_eq!(check.body["agrees"], true);
        assert_eq!(check.body["differences"], json!([]));
        let recording = &check.body["recording"];
        assert_eq!(recording["id"], initiated.body["recordingId"]);
        assert_eq!(recording["uploadStatus"], "COMPLETE");
        assert!(recording["keptUntil"].is_string());
        assert!(
            recording["downloadUrl"].is_null(),
            "a check hands nothing out"
        );
    }
    let hold = path(&whole, "/hold");
    world
        .post(&admin, &hold, &json!({"reason": "case 7"}))
        .await
        .expect(200);
    let check = world.get(&admin, &path(&whole, "/check")).await.expect(200);
    assert_eq!(check.body["hold"]["reason"], "case 7");
    assert_eq!(check.body["agrees"], true, "{check:?}");
}

#[tokio::test]
async fn what_differs_is_named() {
    let world = World::start().await;
    let (user, admin) = (world.token(USER).await, world.token(ADMIN).await);
    let pending = world.uploaded(&user, b"webm").await;
    let check = world
        .get(&admin, &path(&pending, "/check"))
        .await
        .expect(200);
    assert_eq!(check.body["agrees"], true, "nothing is claimed of it yet");
    assert_eq!(check.body["availability"], json!(null));
    assert_eq!(check.body["object"]["size"], "4");

    world.complete(&user, &pending, 4).await.expect(200);
    // A base ticket can replace the object.
    assert_eq!(world.put(&pending, b"other").await.status(), 200);
    let check = world
        .get(&admin, &path(&pending, "/check"))
        .await
        .expect(200);
    assert_eq!(check.body["differences"], json!(["size", "replaced"]));
    let refused = world.get(&user, &path(&pending, "")).await;
    refused.refused(409, "object_changed");

    let key = pending.text("s3Key");
    world
        .bucket()
        .await
        .delete_all_versions(&key)
        .await
        .unwrap();
    let check = world
        .get(&admin, &path(&pending, "/check"))
        .await
        .expect(200);
    assert_eq!(check.body["differences"], json!(["missing"]));
    assert_eq!(check.body["availability"], "missing");
    assert_eq!(check.body["object"], json!(null));
    let refused = world.get(&user, &path(&pending, "")).await;
    refused.refused(409, "object_missing");

    // Once its time is over it is no wonder: the bucket's rules were quicker than the sweep.
    world.time.advance(Duration::from_hours(24 * 91));
    let (user, admin) = (world.token(USER).await, world.token(ADMIN).await);
    let check = world
        .get(&admin, &path(&pending, "/check"))
        .await
        .expect(200);
    assert_eq!(check.body["availability"], "expired");
    let shown = world.get(&user, &path(&pending, "")).await.expect(200);
    assert_eq!(shown.body["availability"], "expired");
    assert_eq!(shown.body["downloadUrl"], json!(null), "no broken link");
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_no_missing_object() {
    let world = World::behind_a_gateway().await;
    let (user, admin) = (world.token(USER).await, world.token(ADMIN).await);
    let base = world.uploaded(&user, b"webm").await;
    world.complete(&user, &base, 4).await.expect(200);
    let write_once = InParts::start(&world, &user, vec![b"webm".to_vec()]).await;
    write_once.put_all(&world, &user).await;
    write_once.complete(&world, &user).await.expect(200);
    world.gateway().set(Mode::Down);
    for initiated in [&base, &write_once.initiated] {
        let check = world.get(&admin, &path(initiated, "/check")).await;
        check.refused(503, "store_unavailable");
    }
    let refused = world.get(&user, &path(&base, "")).await;
    refused.refused(503, "store_unavailable");
    // What could not be replaced is still worth its link.
    let shown = world
        .get(&user, &path(&write_once.initiated, ""))
        .await
        .expect(200);
    assert!(shown.body["downloadUrl"].is_string());
    assert_eq!(shown.body["availability"], json!(null));
}

#[tokio::test]
async fn what_lies_in_an_archive_is_shown_as_that_and_has_no_link() {
    let world = World::behind_a_gateway().await;
    let (user, admin) = (world.token(USER).await, world.token(ADMIN).await);
    let write_once = InParts::start(&world, &user, vec![b"webm".to_vec()]).await;
    write_once.put_all(&world, &user).await;
    write_once.complete(&world, &user).await.expect(200);
    let row = path(&write_once.initiated, "");
    for (class, restore, availability) in [
        ("GLACIER", None, "archived"),
        (
            "DEEP_ARCHIVE",
            Some("ongoing-request=\"true\""),
            "restoring",
        ),
        (
            "GLACIER",
            Some("ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2040 00:00:00 GMT\""),
            "available",
        ),
        ("GLACIER_IR", None, "available"),
    ] {
        let mut headers = vec![("x-amz-storage-class", class)];
        headers.extend(restore.map(|restore| ("x-amz-restore", restore)));
        world.gateway().add_to_heads(&headers);
        let shown = world.get(&user, &row).await.expect(200);
        assert_eq!(
            shown.body["availability"], availability,
            "{class} {restore:?}"
        );
        let linked = shown.body["downloadUrl"].is_string();
        assert_eq!(linked, availability == "available", "{shown:?}");
        let check = world.get(&admin, &format!("{row}/check")).await.expect(200);
        assert_eq!(check.body["availability"], availability);
        assert_eq!(check.body["object"]["storageClass"], class);
    }
    // The bucket's own rules may end it sooner than the tenant would.
    let date = "expiry-date=\"Sun, 29 Nov 2026 00:00:00 GMT\", rule-id=\"delete\"";
    world.gateway().add_to_heads(&[("x-amz-expiration", date)]);
    let shown = world.get(&user, &row).await.expect(200);
    assert_eq!(shown.text("keptUntil"), "2026-11-29T00:00:00Z");
}

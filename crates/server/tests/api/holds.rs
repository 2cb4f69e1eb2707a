//! Legal hold: what is held is deleted by nobody.

use std::time::Duration;

use serde_json::{Value, json};
use server::administration::Administration;
use server::{Clock, Retention, Swept};
use wire::TenantId;

use crate::gateway::Mode;
use crate::world::{ADMIN, SUPER_ADMIN, USER, World, path};

const DAY: Duration = Duration::from_hours(24);

#[tokio::test]
async fn what_is_held_is_not_deleted_until_it_is_let_go() {
    let world = World::start().await;
    let (user, admin) = (world.token(USER).await, world.token(ADMIN).await);
    let id = world.recording(&user).await;
    let (row, hold) = (
        format!("/recordings/{id}"),
        format!("/recordings/{id}/hold"),
    );
    let placed = world
        .post(&admin, &hold, &json!({"reason": " case 7 "}))
        .await
        .expect(200);
    assert_eq!(placed.body["reason"], "case 7");
    assert_eq!(placed.body["by"], world.user_id(ADMIN));

    for email in [ADMIN, SUPER_ADMIN] {
        let refused = world.delete(&world.token(email).await, &row).await;
        refused.refused(409, "held");
    }
    // Whatever its date says.
    world.time.advance(400 * DAY);
    assert_eq!(world.running.sweep().await, Swept::default());
    let (user, admin) = (world.token(USER).await, world.token(ADMIN).await);
    let shown = world.get(&user, &row).await.expect(200);
    assert!(shown.body["downloadUrl"].is_string());
    assert_eq!(shown.body["keptUntil"], json!(null), "it has no end now");

    // A second hold is the first.
    let again = world
        .post(&admin, &hold, &json!({"reason": "another"}))
        .await;
    assert_eq!(again.expect(200).body, placed.body);
    world.delete(&admin, &hold).await.expect(204);
    world.delete(&admin, &hold).await.expect(204);
    world.delete(&admin, &row).await.expect(200);
    world.get(&admin, &row).await.refused(404, "not_found");
}

#[tokio::test]
async fn only_what_is_complete_is_held_and_for_a_reason() {
    let world = World::start().await;
    let (user, admin) = (world.token(USER).await, world.token(ADMIN).await);
    let pending = world.uploaded(&user, b"webm").await;
    let hold = format!("/recordings/{}/hold", pending.text("recordingId"));
    let refused = world.post(&admin, &hold, &json!({"reason": "x"})).await;
    assert_eq!(refused.status, 409, "{refused:?}");
    for bad in [
        json!({}),
        json!({"reason": "  "}),
        json!({"reason": "x".repeat(501)}),
        json!({"reason": 7}),
        json!({"reason": "x", "until": "tomorrow"}),
    ] {
        let refused = world.post(&admin, &hold, &bad).await;
        refused.refused(400, "invalid_request");
    }
    let nothing = "/recordings/01a20b40-654d-70af-a34c-09c664595c4f/hold";
    let refused = world.post(&admin, nothing, &json!({"reason": "x"})).await;
    refused.refused(404, "not_found");
}

/// Of a hold and a deletion at the same moment one wins, and a recording that is held is there.
#[tokio::test]
async fn a_hold_and_a_deletion_at_once_leave_no_held_recording_without_its_object() {
    let world = World::start().await;
    let (user, admin) = (world.token(USER).await, world.token(ADMIN).await);
    for _ in 0..8 {
        let id = world.recording(&user).await;
        let (row, hold) = (
            format!("/recordings/{id}"),
            format!("/recordings/{id}/hold"),
        );
        let reason = json!({"reason": "x"});
        let (held, deleted) = tokio::join!(
            world.post(&admin, &hold, &reason),
            world.delete(&admin, &row),
        );
        match (held.status, deleted.status) {
            (200, 409) => {
                let check = world.get(&admin, &format!("{row}/check")).await;
                assert_eq!(check.expect(200).body["availability"], "available");
            }
            (404, 200) => world.get(&admin, &row).await.refused(404, "not_found"),
            other => panic!("{other:?}: {held:?} {deleted:?}"),
        }
    }
}

/// The bucket's own rules go by the tag: it says what the row says, and a check tells where it does not.
#[tokio::test]
async fn the_objects_tag_follows_the_hold() {
    let world = World::start().await;
    let (user, admin) = (world.token(USER).await, world.token(ADMIN).await);
    let initiated = world.uploaded(&user, b"webm").await;
    world.complete(&user, &initiated, 4).await.expect(200);
    let (key, hold) = (initiated.text("s3Key"), path(&initiated, "/hold"));
    let check = async || {
        let check = world.get(&admin, &path(&initiated, "/check")).await;
        check.expect(200).body
    };
    let tag = |check: &Value| check["object"]["tags"]["retention"].clone();
    assert_eq!(tag(&check().await), "default");
    let reason = json!({"reason": "case 7"});
    world.post(&admin, &hold, &reason).await.expect(200);
    let held = check().await;
    assert_eq!(
        (&tag(&held), &held["agrees"]),
        (&json!("held"), &json!(true))
    );
    assert_eq!(
        held["object"]["tags"]["tenant"], "demo",
        "its other tags stay"
    );

    // As somebody with the bucket's keys may do.
    let bucket = world.bucket().await;
    let tags = bucket.tags(&key).await.unwrap();
    let reset = tags.with("retention", "default");
    bucket.put_tags(&key, &reset).await.unwrap();
    assert_eq!(check().await["differences"], json!(["hold_tag"]));
    world.post(&admin, &hold, &reason).await.expect(200);
    assert_eq!(check().await["differences"], json!([]));

    world.delete(&admin, &hold).await.expect(204);
    assert_eq!(tag(&check().await), "default");
}

/// The row is what counts: where the tag cannot follow, that is said, and nobody deletes what is held all the same.
#[tokio::test]
async fn a_hold_that_the_bucket_does_not_take_is_said_to_be_half() {
    let world = World::behind_a_gateway().await;
    let (user, admin) = (world.token(USER).await, world.token(ADMIN).await);
    let id = world.recording(&user).await;
    let (row, hold) = (
        format!("/recordings/{id}"),
        format!("/recordings/{id}/hold"),
    );
    let reason = json!({"reason": "case 7"});
    world.gateway().set(Mode::RefuseTags);
    let half = world.post(&admin, &hold, &reason).await;
    half.refused(503, "store_not_configured");
    let said = half.text("message");
    for right in ["s3:GetObjectTagging", "s3:PutObjectTagging"] {
        assert!(said.contains(right), "{said}");
    }
    world.delete(&admin, &row).await.refused(409, "held");
    let check = async || {
        let check = world.get(&admin, &format!("{row}/check")).await;
        check.expect(200).body["differences"].clone()
    };
    assert_eq!(check().await, json!(["hold_tag"]));

    world.gateway().set(Mode::Pass);
    world.post(&admin, &hold, &reason).await.expect(200);
    assert_eq!(check().await, json!([]));
    // And the other way: it is lifted, and the object is kept for want of a tag.
    world.gateway().set(Mode::RefuseTags);
    let half = world.delete(&admin, &hold).await;
    half.refused(503, "store_not_configured");
    assert_eq!(check().await, json!(["hold_tag"]));
    world.gateway().set(Mode::Pass);
    world.delete(&admin, &hold).await.expect(204);
    assert_eq!(check().await, json!([]));
}

/// The bucket's rules delete after 90 days what is tagged `default`: also of what was complete before its tenant wanted to
/// keep it for longer.
#[tokio::test]
async fn the_tags_of_what_there_is_follow_its_tenants_new_wish() {
    let world = World::behind_a_gateway().await;
    let (user, admin) = (world.token(USER).await, world.token(ADMIN).await);
    let ids = [world.recording(&user).await, world.recording(&user).await];
    let held = format!("/recordings/{}/hold", ids[1]);
    let reason = json!({"reason": "case 7"});
    world.post(&admin, &held, &reason).await.expect(200);
    let database = world.database();
    let administration = Administration::open(&database, Clock::system());
    let administration = administration.await.unwrap();
    let keep = async |retention, existing| {
        let tenant = TenantId::from("demo");
        let set = administration.set_retention(&tenant, retention, existing);
        set.await.unwrap();
    };
    let tags = async || {
        let mut tags = Vec::new();
        for id in &ids {
            let check = world.get(&admin, &format!("/recordings/{id}/check")).await;
            let tag = check.expect(200).body["object"]["tags"]["retention"].clone();
            tags.push(tag.as_str().unwrap().to_owned());
        }
        tags
    };
    keep(Retention::ForEver, false).await;
    assert_eq!(world.called().sweep().await, Swept::default());
    assert_eq!(tags().await, ["default", "held"]);

    keep(Retention::ForEver, true).await;
    world.gateway().set(Mode::RefuseTags);
    let failed = world.called().sweep().await;
    assert_eq!((failed.tagged, failed.failed), (1, 1), "{failed:?}");
    world.gateway().set(Mode::Pass);
    let swept = world.called().sweep().await;
    assert_eq!((swept.tagged, swept.failed), (1, 0), "{swept:?}");
    assert_eq!(tags().await, ["kept", "held"]);
    assert_eq!(world.called().sweep().await, Swept::default());

    keep(Retention::Days(90), true).await;
    // One whose object is gone is no reason to try for ever.
    let key = world.get(&admin, &format!("/recordings/{}", ids[1])).await;
    let key = key.expect(200).text("s3Key");
    let bucket = world.bucket().await;
    bucket.delete_all_versions(&key).await.unwrap();
    let swept = world.called().sweep().await;
    assert_eq!((swept.tagged, swept.failed), (2, 0), "{swept:?}");
    let address = format!("/recordings/{}/check", ids[0]);
    let check = world.get(&admin, &address).await.expect(200).body;
    assert_eq!(check["object"]["tags"]["retention"], "default");
}

#[tokio::test]
async fn what_a_tenant_keeps_longer_than_the_buckets_rule_is_tagged_so() {
    let world = World::start().await;
    let (user, admin) = (world.token(USER).await, world.token(ADMIN).await);
    let database = world.database();
    let administration = Administration::open(&database, Clock::system());
    let administration = administration.await.unwrap();
    for (retention, expected) in [
        (Retention::Days(90), "default"),
        (Retention::Days(7), "default"),
        (Retention::Days(91), "kept"),
        (Retention::ForEver, "kept"),
    ] {
        let tenant = TenantId::from("demo");
        let set = administration.set_retention(&tenant, retention, false);
        set.await.unwrap();
        let id = world.recording(&user).await;
        let tag = async || {
            let check = world.get(&admin, &format!("/recordings/{id}/check")).await;
            let check = check.expect(200).body;
            assert_eq!(check["agrees"], true, "{check}");
            check["object"]["tags"]["retention"].clone()
        };
        assert_eq!(tag().await, expected, "{retention:?}");
        let hold = format!("/recordings/{id}/hold");
        let reason = json!({"reason": "x"});
        world.post(&admin, &hold, &reason).await.expect(200);
        assert_eq!(tag().await, "held");
        world.delete(&admin, &hold).await.expect(204);
        assert_eq!(tag().await, expected, "{retention:?}");
    }
}

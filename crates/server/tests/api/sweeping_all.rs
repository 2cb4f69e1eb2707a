//! A sweep tries all that is due, each thing once, whatever fails before it.

use std::time::Duration;

use serde_json::json;
use server::administration::Administration;
use server::{Retention, SweepPace, Swept};
use storage::{BucketConfig, Credentials};
use wire::TenantId;

use crate::world::{OTHERS, USER, World};

const DAY: Duration = Duration::from_hours(24);

/// A sweep that goes in small steps, so that few rows are many of them.
fn small_steps() -> SweepPace {
    SweepPace {
        rows: 4,
        at_once: 3,
        ..SweepPace::default()
    }
}

/// So many keys of a tenant's that nothing is under, to be emptied since then.
async fn add_leftovers(world: &World, tenant: &str, count: u32, due_at: i64) {
    let statement = format!(
        "WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {count})
         INSERT INTO leftovers (s3_key, tenant_id, due_at)
         SELECT '{tenant}/t/u/' || number || '_a.webm', '{tenant}', {due_at} + number / 3 FROM numbers"
    );
    world.rows.write(&statement).await;
}

/// Another tenant has a bucket of its own, whose keys have run out; what it left there was due before all others'.
async fn with_a_bucket_that_refuses() -> World {
    let world = World::behind_a_gateway_with(|_, external| {
        let shared = external.bucket.as_ref().unwrap().clone();
        let refused = Credentials::Static {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "of before".into(),
            session_token: None,
        };
        let own = BucketConfig {
            credentials: refused,
            ..shared
        };
        external.tenant_buckets.insert(TenantId::from("other"), own);
    })
    .await;
    add_leftovers(&world, "other", 10, 1000).await;
    add_leftovers(&world, "demo", 15, 2000).await;
    world
}

/// How often an object of the other tenant's was to be deleted.
fn tried(world: &World) -> usize {
    let deletion = |number| format!("DELETE /revui-recordings/other/t/u/{number}_a.webm");
    let tried = (1..=10).map(|number| world.gateway().asked_for(&deletion(number)));
    tried.sum()
}

#[tokio::test]
async fn what_fails_first_keeps_nothing_else_from_being_done() {
    let world = with_a_bucket_that_refuses().await;
    let expected = Swept {
        leftovers: 15,
        failed: 10,
        ..Swept::default()
    };
    assert_eq!(world.called().sweep_at(small_steps()).await, expected);
    assert_eq!(tried(&world), 10, "each is tried, and once");
    assert_eq!(world.rows.count("leftovers").await, 10);

    // At another server the keys are right.
    let mended = Swept {
        leftovers: 10,
        ..Swept::default()
    };
    assert_eq!(world.running.sweep_at(small_steps()).await, mended);
    assert_eq!(world.rows.count("leftovers").await, 0);
}

#[tokio::test]
async fn a_bucket_that_only_fails_is_left_to_the_next_sweep() {
    let world = with_a_bucket_that_refuses().await;
    let impatient = SweepPace {
        at_once: 1,
        patience: Duration::ZERO,
        ..small_steps()
    };
    let swept = world.called().sweep_at(impatient).await;
    assert_eq!((swept.leftovers, swept.failed), (15, 10), "{swept:?}");
    assert_eq!(tried(&world), 1);
}

#[tokio::test]
async fn a_sweep_goes_on_until_nothing_is_due_of_any_sort() {
    let world = World::start().await;
    let (token, theirs) = (world.token(USER).await, world.token(OTHERS[0]).await);
    for _ in 0..5 {
        world.recording(&token).await;
        world.recording(&theirs).await;
        let body = json!({"taskId": "t", "filename": "a.webm"});
        let initiated = world.post(&token, "/recordings/initiate", &body).await;
        initiated.expect(201);
    }
    let database = world.database();
    let administration = Administration::open(&database, world.time.clock());
    let administration = administration.await.unwrap();
    let other = TenantId::from("other");
    let set = administration.set_retention(&other, Retention::ForEver, true);
    set.await.unwrap();
    world.time.advance(91 * DAY);
    let expected = Swept {
        given_up: 5,
        expired: 5,
        tagged: 5,
        leftovers: 10,
        ..Swept::default()
    };
    assert_eq!(world.running.sweep_at(small_steps()).await, expected);
    assert_eq!(world.running.sweep().await, Swept::default());
}

#[tokio::test]
async fn two_servers_that_sweep_at_once_empty_each_key_once() {
    let world = World::behind_a_gateway().await;
    add_leftovers(&world, "demo", 30, 1000).await;
    let (one, other) = tokio::join!(
        world.running.sweep_at(small_steps()),
        world.called().sweep_at(small_steps())
    );
    assert_eq!(one.leftovers + other.leftovers, 30, "{one:?} {other:?}");
    assert_eq!(one.failed + other.failed, 0, "{one:?} {other:?}");
}

//! A tenant has so much and no more, whoever counts.

use std::time::Duration;

use serde_json::{Value, json};
use server::Quota;
use server::administration::Administration;
use sqlx::Connection as _;
use tokio::task::JoinSet;
use wire::TenantId;

use crate::in_parts::InParts;
use crate::rows::{Rows, TestDatabase};
use crate::world::{ADMIN, Answer, OTHERS, USER, World, path};

/// Calls made at once.
const AT_ONCE: usize = 12;

async fn administration(world: &World) -> Administration {
    Administration::open(&world.database(), world.time.clock())
        .await
        .unwrap()
}

fn demo() -> TenantId {
    TenantId::from("demo")
}

const fn bytes(bytes: u64) -> Quota {
    Quota {
        bytes: Some(bytes),
        recordings_a_day: None,
    }
}

const fn a_day(recordings: u32) -> Quota {
    Quota {
        bytes: None,
        recordings_a_day: Some(recordings),
    }
}

async fn set(world: &World, quota: Quota) {
    administration(world)
        .await
        .set_quota(&demo(), quota)
        .await
        .unwrap();
}

/// Bytes that are kept or promised, and recordings begun today.
async fn used(world: &World) -> (u64, u64) {
    let usage = administration(world).await.usage(&demo()).await.unwrap();
    let usage = usage.unwrap();
    (usage.bytes, usage.recordings_today)
}

async fn begin(world: &World, token: &str, size: Option<u64>) -> Answer {
    let body = json!({"taskId": "t", "filename": "a.webm", "fileSize": size});
    world.post(token, "/recordings/initiate", &body).await
}

#[tokio::test]
async fn what_does_not_fit_is_refused_until_there_is_room() {
    let world = World::start().await;
    world.time.stop();
    let token = world.token(USER).await;
    world.recording(&token).await;
    set(&world, bytes(100)).await;
    assert_eq!(used(&world).await, (4, 1), "what was there is counted");

    let first = begin(&world, &token, Some(60)).await.expect(201);
    let refused = begin(&world, &token, Some(37)).await;
    refused.refused(403, "quota_exceeded");
    let said = refused.text("message");
    assert!(said.contains("may keep 100 bytes"), "{said}");
    assert!(said.contains("has 64 bytes"), "{said}");
    begin(&world, &token, Some(36)).await.expect(201);
    // Not even what says no size fits where nothing is left.
    begin(&world, &token, None)
        .await
        .refused(403, "quota_exceeded");
    assert_eq!(used(&world).await, (100, 3), "what was refused is not");
    // Another tenant has a room of its own.
    let theirs = world.token(OTHERS[0]).await;
    begin(&world, &theirs, Some(1000)).await.expect(201);

    world
        .delete(&token, &path(&first, "/upload"))
        .await
        .expect(204);
    assert_eq!(used(&world).await, (40, 2));
    let second = begin(&world, &token, Some(4)).await.expect(201);
    assert_eq!(world.put(&second, b"webm").await.status(), 200);
    world.complete(&token, &second, 4).await.expect(200);
    assert_eq!(used(&world).await, (44, 3), "a promise that is kept");
    let admin = world.token(ADMIN).await;
    world.delete(&admin, &path(&second, "")).await.expect(200);
    assert_eq!(used(&world).await, (40, 3));

    // Where there is more than may be, what was promised is still taken, and a quota that is lifted holds nobody.
    let third = begin(&world, &token, Some(4)).await.expect(201);
    set(&world, bytes(1)).await;
    assert_eq!(world.put(&third, b"webm").await.status(), 200);
    world.complete(&token, &third, 4).await.expect(200);
    begin(&world, &token, Some(1))
        .await
        .refused(403, "quota_exceeded");
    set(&world, Quota::default()).await;
    let usage = administration(&world).await.usage(&demo()).await.unwrap();
    assert_eq!(usage, None);
    begin(&world, &token, Some(1_000_000)).await.expect(201);
}

#[tokio::test]
async fn what_said_no_size_is_complete_once_there_is_room() {
    let world = World::start().await;
    world.time.stop();
    let token = world.token(USER).await;
    set(&world, bytes(6)).await;
    let first = world.uploaded(&token, b"webm").await;
    let second = world.uploaded(&token, b"webm").await;
    world.complete(&token, &first, 4).await.expect(200);
    for _ in 0..2 {
        let refused = world.complete(&token, &second, 4).await;
        refused.refused(403, "quota_exceeded");
    }
    assert_eq!(used(&world).await, (4, 2));
    let shown = world.get(&token, &path(&second, "")).await.expect(200);
    assert_eq!(shown.body["uploadStatus"], "PENDING");
    // The sweep does not come back to it, and gives it up in the end.
    world.time.advance(Duration::from_hours(1));
    assert_eq!(world.running.sweep().await, server::Swept::default());
    set(&world, bytes(8)).await;
    let token = world.token(USER).await;
    world.complete(&token, &second, 4).await.expect(200);
    assert_eq!(used(&world).await.0, 8);

    let figures = format!("{}/metrics", world.running.origin());
    let figures = world.http.get(figures).send();
    let figures = figures.await.unwrap().text().await.unwrap();
    assert!(figures.contains("revui_over_quota_total 2"), "{figures}");
    let admin = world.token(ADMIN).await;
    let trail = world.get(&admin, "/audit?action=recording.complete").await;
    let refused: Vec<Value> = trail.expect(200).body["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["outcome"] == "refused")
        .cloned()
        .collect();
    assert_eq!(refused.len(), 2);
    assert_eq!(refused[0]["detail"], json!({"size": 4, "why": "quota"}));
    assert_eq!(refused[0]["recordingId"], second.text("recordingId"));
    let set = world.get(&admin, "/audit?action=tenant.quota").await;
    let set = set.expect(200).body["events"].clone();
    assert_eq!(
        set[0]["detail"],
        json!({"bytes": 8, "recordingsADay": null})
    );
}

#[tokio::test]
async fn a_day_has_so_many_recordings_and_the_next_one_as_many() {
    let world = World::start().await;
    world.time.stop();
    // The test's day begins now.
    let now = world.time.now().as_millisecond();
    let day = 86_400_000;
    let until_midnight = u64::try_from(day - now % day).unwrap();
    world.time.advance(Duration::from_millis(until_midnight));
    let token = world.token(USER).await;
    set(&world, a_day(2)).await;
    let key = |key: &str| json!({"taskId": "t", "filename": "a.webm", "idempotencyKey": key});
    let initiate = async |body: &Value| world.post(&token, "/recordings/initiate", body).await;
    let first = initiate(&key("1")).await.expect(201);
    initiate(&key("1")).await.expect(201);
    assert_eq!(
        used(&world).await,
        (0, 1),
        "what is asked twice counts once"
    );
    initiate(&key("2")).await.expect(201);
    let refused = initiate(&key("3")).await;
    refused.refused(403, "quota_exceeded");
    let said = refused.text("message");
    assert!(said.contains("2 recordings a day"), "{said}");
    assert!(!refused.headers.contains_key("retry-after"));
    let upload = path(&first, "/upload");
    world.delete(&token, &upload).await.expect(204);
    let third = initiate(&key("3")).await.expect(201);

    world.time.advance(Duration::from_hours(24));
    let token = world.token(USER).await;
    assert_eq!(used(&world).await, (0, 0));
    begin(&world, &token, Some(1)).await.expect(201);
    // Of the day before: it makes no room in this one.
    let upload = path(&third, "/upload");
    world.delete(&token, &upload).await.expect(204);
    begin(&world, &token, Some(1)).await.expect(201);
    begin(&world, &token, Some(1))
        .await
        .refused(403, "quota_exceeded");
    let admin = world.token(ADMIN).await;
    let trail = world.get(&admin, "/audit?action=recording.initiate").await;
    let last = trail.expect(200).body["events"][0].clone();
    assert_eq!(
        (&last["outcome"], &last["detail"]["why"]),
        (&json!("refused"), &json!("quota"))
    );
}

/// Of two servers over one database, one takes the last place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_count_at_once_give_no_place_twice() {
    let world = World::behind_a_gateway().await;
    world.time.stop();
    let token = world.token(USER).await;
    let origins = [world.running.origin(), world.called().origin()];
    for (round, (quota, expected)) in [(bytes(50), (50, 5)), (a_day(8), (80, 8))]
        .into_iter()
        .enumerate()
    {
        set(&world, quota).await;
        let (_, before) = used(&world).await;
        let mut racing = JoinSet::new();
        for index in 0..AT_ONCE {
            let body = json!({
                "taskId": "t", "filename": "a.webm", "fileSize": 10,
                "idempotencyKey": format!("{round}-{index}"),
            });
            let url = format!("{}/api/recordings/initiate", origins[index % 2]);
            let call = world.http.post(url).bearer_auth(&token).json(&body);
            racing.spawn(async move { call.send().await.unwrap().status().as_u16() });
        }
        let statuses = racing.join_all().await;
        let count = |status| statuses.iter().filter(|found| **found == status).count();
        assert_eq!(count(201) + count(403), AT_ONCE, "{statuses:?}");
        let taken = count(201) as u64;
        assert_eq!((used(&world).await, before + taken), (expected, expected.1));
    }
}

/// Whatever is done to recordings while a quota is set, it counts them as they are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_that_is_set_in_the_midst_of_it_counts_right() {
    let world = World::start().await;
    world.time.stop();
    let token = world.token(USER).await;
    let (http, url) = (world.http.clone(), world.running.origin());
    let beginning = tokio::spawn(async move {
        for _ in 0..40 {
            let body = json!({"taskId": "t", "filename": "a.webm", "fileSize": 10});
            let call = http.post(format!("{url}/api/recordings/initiate"));
            let answer = call.bearer_auth(&token).json(&body).send().await.unwrap();
            assert_eq!(answer.status(), 201);
        }
    });
    let administration = administration(&world).await;
    while !beginning.is_finished() {
        administration
            .set_quota(&demo(), Quota::default())
            .await
            .unwrap();
        administration
            .set_quota(&demo(), bytes(1_000_000))
            .await
            .unwrap();
    }
    beginning.await.unwrap();
    let counted = used(&world).await;
    assert_eq!(counted, (400, 40));
}

/// Whoever began before there was a quota is counted once they are done, and until then nobody waits for anybody.
#[tokio::test]
async fn nobody_waits_while_what_there_is_is_counted() {
    let Some(database) = TestDatabase::if_there("counting for a quota").await else {
        return;
    };
    let world = World::over_rows(Rows::Server(database)).await;
    let Rows::Server(database) = &world.rows else {
        unreachable!("it was given one");
    };
    world.time.stop();
    let (token, theirs) = (world.token(USER).await, world.token(OTHERS[0]).await);
    begin(&world, &token, Some(1)).await.expect(201);
    let first = begin(&world, &token, Some(10)).await.expect(201);
    // Not done yet: one recording more, and another one given up.
    let mut connection = database.as_administrator().await;
    let mut under_way = connection.begin().await.unwrap();
    for statement in [
        "INSERT INTO recordings (id, tenant_id, user_id, task_id, filename, content_type, s3_key, status,
             ticket_seconds, write_once, promised_size, created_at)
         SELECT 'more', tenant_id, user_id, task_id, filename, content_type, 'demo/more', status,
             ticket_seconds, write_once, 7, created_at FROM recordings WHERE id = $1",
        "UPDATE recordings SET status = 'GIVEN_UP' WHERE id = $1",
    ] {
        sqlx::query(statement)
            .bind(first.text("recordingId"))
            .execute(&mut *under_way)
            .await
            .unwrap();
    }
    let administration = administration(&world).await;
    let setting = tokio::spawn(async move { administration.set_quota(&demo(), bytes(1000)).await });
    // A key of the same moment would have to wait for what is under way with the first ones.
    world.time.advance(Duration::from_millis(10));
    for token in [&token, &theirs] {
        begin(&world, token, Some(20)).await.expect(201);
    }
    assert!(!setting.is_finished(), "it may not have been counted yet");
    under_way.commit().await.unwrap();
    setting.await.unwrap().unwrap();
    assert_eq!(used(&world).await, (28, 3));
    begin(&world, &token, Some(1000))
        .await
        .refused(403, "quota_exceeded");
}

#[tokio::test]
async fn parts_keep_their_room_until_they_are_one_recording() {
    let world = World::start().await;
    let token = world.token(USER).await;
    let size = 2 * crate::in_parts::LEAST + 8;
    set(&world, bytes(size as u64)).await;
    let upload = InParts::of_three(&world, &token).await;
    begin(&world, &token, Some(1))
        .await
        .refused(403, "quota_exceeded");
    upload.put_all(&world, &token).await;
    upload.complete(&world, &token).await.expect(200);
    assert_eq!(used(&world).await.0, size as u64);
}

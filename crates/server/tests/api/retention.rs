//! How long recordings are kept, and that the server itself deletes them afterwards.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use server::administration::Administration;
use server::{Clock, Retention, Swept};
use wire::TenantId;

use crate::gateway::Mode;
use crate::world::{ADMIN, USER, World, path};

const DAY: Duration = Duration::from_hours(24);

async fn administration(world: &World) -> Administration {
    let database = world.database();
    Administration::open(&database, Clock::system())
        .await
        .unwrap()
}

fn demo() -> TenantId {
    TenantId::from("demo")
}

#[tokio::test]
async fn a_recording_is_kept_for_ninety_days_and_then_deleted_with_its_object() {
    let world = World::start().await;
    world.time.stop();
    let token = world.token(USER).await;
    let initiated = world.uploaded(&token, b"webm").await;
    let pending = world.get(&token, &path(&initiated, "")).await.expect(200);
    assert_eq!(pending.body["keptUntil"], json!(null));
    let completed = world.complete(&token, &initiated, 4).await.expect(200);
    let shown = world.get(&token, &path(&initiated, "")).await.expect(200);
    let time = |text: String| text.parse::<Timestamp>().unwrap();
    let completed_at = time(completed.text("completedAt"));
    assert_eq!(time(shown.text("keptUntil")), completed_at + 90 * DAY);
    assert_eq!(shown.body["availability"], "available");
    let listed = world.get(&token, "/recordings").await.expect(200);
    let listed = &listed.body["recordings"][0];
    assert_eq!(listed["keptUntil"], shown.body["keptUntil"]);

    world.time.advance(89 * DAY + Duration::from_secs(86_399));
    assert_eq!(world.running.sweep().await, Swept::default());
    world.time.advance(Duration::from_secs(1));
    let swept = world.running.sweep().await;
    assert_eq!((swept.expired, swept.failed), (1, 0), "{swept:?}");
    let token = world.token(USER).await;
    let gone = world.get(&token, &path(&initiated, "")).await;
    gone.refused(404, "not_found");
    let object = world.bucket().await.object(&initiated.text("s3Key")).await;
    assert_eq!(object.unwrap(), None);

    let admin = world.token(ADMIN).await;
    let id = initiated.text("recordingId");
    let trail = world.get(&admin, &format!("/audit?recordingId={id}")).await;
    let trail = trail.expect(200);
    let events: Vec<(&str, &str, &str)> = trail.body["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| {
            (
                event["action"].as_str().unwrap(),
                event["actor"]["kind"].as_str().unwrap(),
                event["outcome"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        events,
        [
            ("recording.empty", "server", "done"),
            ("recording.delete", "server", "done"),
            ("recording.open", "user", "done"),
            ("recording.complete", "user", "done"),
            ("recording.initiate", "user", "done"),
        ]
    );
    assert_eq!(trail.body["events"][1]["detail"]["why"], "retention");
}

#[tokio::test]
async fn a_tenant_says_how_long_and_what_it_has_is_changed_only_when_it_is_asked_for() {
    let world = World::start().await;
    world.time.stop();
    let token = world.token(USER).await;
    let first = world.recording(&token).await;
    let administration = administration(&world).await;
    let set = async |retention, existing| {
        administration
            .set_retention(&demo(), retention, existing)
            .await
            .unwrap();
    };
    let days = async |id: &str| {
        let shown = world
            .get(&token, &format!("/recordings/{id}"))
            .await
            .expect(200);
        let until = shown.body["keptUntil"]
            .as_str()?
            .parse::<Timestamp>()
            .unwrap();
        let completed: Timestamp = shown.text("completedAt").parse().unwrap();
        Some(until.duration_since(completed).as_hours() / 24)
    };
    set(Retention::Days(7), false).await;
    let second = world.recording(&token).await;
    assert_eq!(
        (days(&first).await, days(&second).await),
        (Some(90), Some(7))
    );
    set(Retention::Days(30), true).await;
    assert_eq!(
        (days(&first).await, days(&second).await),
        (Some(30), Some(30))
    );
    set(Retention::ForEver, true).await;
    let third = world.recording(&token).await;
    assert_eq!((days(&first).await, days(&third).await), (None, None));
    world.time.advance(10_000 * DAY);
    let swept = world.running.sweep().await;
    let tagged = Swept {
        tagged: 2,
        ..Swept::default()
    };
    assert_eq!(swept, tagged, "what there was is tagged, and nothing goes");

    let nobody = TenantId::from("nobody");
    let refused = administration.set_retention(&nobody, Retention::ForEver, false);
    assert!(refused.await.unwrap_err().to_string().contains("nobody"));
}

/// Each row is marked by one server, and nothing is deleted or written down twice.
#[tokio::test]
async fn two_servers_that_sweep_at_once_delete_each_recording_once() {
    let world = World::behind_a_gateway().await;
    let token = world.token(USER).await;
    for _ in 0..6 {
        world.recording(&token).await;
    }
    world.time.advance(91 * DAY);
    let (one, other) = tokio::join!(world.running.sweep(), world.called().sweep());
    assert_eq!(one.expired + other.expired, 6, "{one:?} {other:?}");
    assert_eq!(one.failed + other.failed, 0, "{one:?} {other:?}");
    let admin = world.token(ADMIN).await;
    for action in ["recording.delete", "recording.empty"] {
        let trail = world.get(&admin, &format!("/audit?action={action}")).await;
        let events = trail.expect(200).body["events"].as_array().unwrap().len();
        assert_eq!(events, 6, "{action}");
    }
}

#[tokio::test]
async fn a_store_that_fails_is_in_the_trail_and_the_next_sweep_goes_on() {
    let world = World::behind_a_gateway().await;
    let token = world.token(USER).await;
    let initiated = world.uploaded(&token, b"webm").await;
    world.complete(&token, &initiated, 4).await.expect(200);
    world.time.advance(91 * DAY);
    world.gateway().set(Mode::Down);
    let swept = world.called().sweep().await;
    assert_eq!((swept.expired, swept.failed > 0), (0, true), "{swept:?}");
    world.gateway().set(Mode::Pass);
    assert_eq!(world.called().sweep().await.leftovers, 1);
    let object = world.bucket().await.object(&initiated.text("s3Key")).await;
    assert_eq!(object.unwrap(), None);
    let admin = world.token(ADMIN).await;
    let trail = world.get(&admin, "/audit?action=recording.empty").await;
    let trail = trail.expect(200);
    let outcomes: Vec<&str> = trail.body["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["done", "failed"]);
}

/// More than are dated at once, three at a time of the same moment.
#[tokio::test]
async fn all_that_a_tenant_has_is_dated_however_much_it_is() {
    let world = World::start().await;
    for (tenant, count) in [("demo", 2500), ("other", 10)] {
        let statement = format!(
            "WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {count})
             INSERT INTO recordings (id, tenant_id, user_id, task_id, filename, content_type, s3_key, status,
                 ticket_seconds, write_once, size, created_at, completed_at)
             SELECT '{tenant}-' || number, '{tenant}', 'u', 't', 'a.webm', 'video/webm', '{tenant}/' || number,
                 CASE WHEN number % 10 = 0 THEN 'PENDING' ELSE 'COMPLETE' END, 3600, 1, 4,
                 1000000 + number / 3, 2000000 + number FROM numbers"
        );
        world.rows.write(&statement).await;
    }
    let administration = administration(&world).await;
    let tenant = demo();
    let set = administration.set_retention(&tenant, Retention::Days(30), true);
    set.await.unwrap();
    let dated = "recordings WHERE tag_due = 1 AND kept_until = completed_at + 2592000000 AND status = 'COMPLETE'";
    assert_eq!(world.rows.count(dated).await, 2250);
    let of_others = format!("{dated} AND tenant_id <> 'demo'");
    assert_eq!(world.rows.count(&of_others).await, 0);
    let any = "recordings WHERE kept_until IS NOT NULL OR tag_due = 1";
    assert_eq!(world.rows.count(any).await, 2250, "nor what is pending");
}

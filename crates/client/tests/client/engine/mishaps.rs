//! Networks, stores and backends at their worst.

use client::{Code, Phase, Snapshot};
use serde_json::json;

use super::world::{Answer, Store, World, last};

const DENIED: &str = "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";

fn assert_done(snapshots: &[Snapshot]) {
    assert!(
        matches!(last(snapshots), Phase::Done(_)),
        "{:?}",
        last(snapshots)
    );
}

fn code(snapshots: &[Snapshot]) -> Code {
    match last(snapshots) {
        Phase::Failed(diagnosis) => diagnosis.code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_early_refusal_is_read_though_writing_fails() {
    // Every time: a refusal that is lost to the reset that follows it would be taken for a broken connection.
    for _ in 0..20 {
        let world = World::extended().await.store_does([
            Store::AnswerEarly(1000, 403, DENIED),
            Store::AnswerEarly(1000, 403, DENIED),
        ]);
        let snapshots = world.run().await;
        assert_eq!(code(&snapshots), Code::TicketExpired);
        let facts = world.facts();
        assert_eq!(
            (facts.puts.len(), facts.count("POST renew")),
            (2, 1),
            "one fresh ticket, no more"
        );
    }
}

#[tokio::test]
async fn one_refused_ticket_is_replaced() {
    let world = World::base()
        .await
        .store_does([Store::AnswerEarly(0, 403, DENIED)]);
    assert_done(&world.run().await);
    assert_eq!(world.facts().count("POST initiate"), 2);
}

#[tokio::test]
async fn what_passes_is_tried_again_and_said() {
    let slow = "<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>";
    let timeout = "<Error><Code>RequestTimeout</Code><Message>idle</Message></Error>";
    let page: &[(&str, &str)] = &[("content-type", "text/html")];
    for mishap in [
        Store::Reset(1 << 20),
        Store::Stall(1000),
        Store::Swallow,
        Store::Answer(500, &[], ""),
        Store::Answer(503, &[], slow),
        Store::Answer(503, &[("retry-after", "0")], slow),
        Store::Answer(400, &[], timeout),
        Store::Answer(502, page, "<html><body>Bad gateway</body></html>"),
        Store::Answer(200, page, "<!doctype html><title>Sign in</title>"),
        Store::Answer(302, page, "<html>"),
        Store::AnswerEarly(100, 200, ""),
        Store::LoseAnswer,
    ] {
        let world = World::base().await.store_does([mishap]);
        let snapshots = world.run().await;
        assert_done(&snapshots);
        assert_eq!(world.facts().puts.len(), 2);
        assert!(
            snapshots
                .iter()
                .any(|snapshot| matches!(snapshot.phase, Phase::Waiting { .. }))
        );
        let explained = snapshots.iter().any(|snapshot| {
            matches!(
                &snapshot.phase,
                Phase::Sending {
                    attempt: 2,
                    restarted_because: Some(_),
                    ..
                }
            )
        });
        assert!(explained, "going back to zero is explained");
    }
}

#[tokio::test]
async fn more_failures_than_tries_are_survived() {
    let world = World::base()
        .await
        .store_does((0..12).map(|_| Store::Reset(0)));
    assert_done(&world.run().await);
    assert_eq!(
        world.facts().count("POST initiate"),
        2,
        "a hidden refusal is looked for once"
    );
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let world =
        World::base()
            .await
            .store_does([Store::Answer(503, &[("retry-after", "3600")], "")]);
    let began = std::time::Instant::now();
    assert_done(&world.run().await);
    // An hour was asked for; this client honours 300 ms at most.
    assert!(began.elapsed() >= std::time::Duration::from_millis(300));
}

#[tokio::test]
async fn an_object_that_is_there_already_is_recognised_as_ours() {
    let world = World::extended().await.store_does([Store::LoseAnswer]);
    assert_done(&world.run().await);
    let facts = world.facts();
    assert_eq!(
        (facts.puts.len(), facts.places, facts.objects.len()),
        (2, 1, 1)
    );
}

#[tokio::test]
async fn refusals_that_stay_are_explained_and_not_repeated() {
    let too_large = "<Error><Code>EntityTooLarge</Code><Message>5 GiB</Message></Error>";
    let no_bucket = "<Error><Code>NoSuchBucket</Code><Message>gone</Message></Error>";
    for (mishap, expected) in [
        (Store::Answer(400, &[], too_large), Code::TooLarge),
        (Store::Answer(413, &[], ""), Code::TooLarge),
        (Store::Answer(404, &[], no_bucket), Code::StoreRefused),
        (
            Store::Answer(307, &[("location", "http://127.0.0.1:1/")], ""),
            Code::StoreRefused,
        ),
    ] {
        let world = World::base().await.store_does([mishap]);
        assert_eq!(code(&world.run().await), expected);
        assert_eq!(world.facts().puts.len(), 1);
    }
}

#[tokio::test]
async fn bytes_that_arrive_garbled_are_sent_again_three_times() {
    let bad = "<Error><Code>BadDigest</Code><Message>no match</Message></Error>";
    let world = World::extended()
        .await
        .store_does((0..3).map(|_| Store::Answer(400, &[], bad)));
    assert_eq!(code(&world.run().await), Code::Integrity);
    assert_eq!(world.facts().puts.len(), 3);
}

#[tokio::test]
async fn a_ticket_for_an_empty_body_is_the_backends_fault() {
    let world = World::base().await;
    world.facts().ticket_query = "&x-amz-checksum-crc32=AAAAAA%3D%3D".to_owned();
    let world = world.store_does([Store::Answer(
        400,
        &[],
        "<Error><Code>BadDigest</Code></Error>",
    )]);
    assert_eq!(code(&world.run().await), Code::TicketForEmptyBody);
    let facts = world.facts();
    assert_eq!(facts.puts.len(), 1, "no loop");
    assert!(
        facts.puts[0]
            .0
            .ends_with("&x-amz-checksum-crc32=AAAAAA%3D%3D"),
        "byte for byte"
    );
}

#[tokio::test]
async fn a_signed_header_that_nobody_named_stops_before_the_first_byte() {
    let world = World::base().await;
    world.facts().ticket_query = String::new();
    let ticket = |store: &str| {
        json!({
            "recordingId": "recording-1", "s3Key": "t1/recording-1", "expiresIn": 60, "uploadStatus": "PENDING",
            "uploadUrl": format!("{store}/k?X-Amz-SignedHeaders=host%3Bx-amz-acl"),
        })
    };
    let world = world.backend_answers(
        "POST initiate",
        [Answer::Status(201, &[], ticket("http://127.0.0.1:9"))],
    );
    let snapshots = world.run().await;
    assert!(matches!(last(&snapshots), Phase::Failed(diagnosis)
        if diagnosis.code == Code::SignedHeaderUnknown && diagnosis.message.contains("x-amz-acl")));
    assert!(world.facts().puts.is_empty());
}

#[tokio::test]
async fn a_backend_that_stumbles_is_asked_again() {
    let failing = || Answer::Status(503, &[], json!({"statusCode": 503, "message": "no"}));
    for call in ["POST initiate", "POST complete", "GET recording"] {
        for world in [World::base().await, World::extended().await] {
            let world =
                world.backend_answers(call, [failing(), Answer::Lost, Answer::Page, failing()]);
            assert_done(&world.run().await);
            assert_eq!(world.facts().objects.len(), 1, "{call}");
        }
    }
}

#[tokio::test]
async fn a_lost_answer_to_complete_is_asked_for_again_with_the_same_words() {
    for world in [World::base().await, World::extended().await] {
        let world = world.backend_answers("POST complete", [Answer::Lost]);
        assert_done(&world.run().await);
        let facts = world.facts();
        let requests: Vec<_> = facts
            .calls
            .iter()
            .filter(|(name, _)| name == "POST complete")
            .collect();
        assert_eq!(requests.len(), 2);
        assert_eq!(requests[0], requests[1]);
    }
}

#[tokio::test]
async fn an_object_that_went_missing_is_sent_again() {
    let missing = Answer::Status(
        409,
        &[],
        json!({"statusCode": 409, "message": "no object", "code": "object_missing"}),
    );
    let world = World::base()
        .await
        .backend_answers("POST complete", [missing]);
    assert_done(&world.run().await);
    assert_eq!(world.facts().puts.len(), 2);
}

#[tokio::test]
async fn nothing_secret_reaches_the_disk_or_an_error() {
    let world = World::extended().await.store_does([
        Store::Reset(1000),
        Store::AnswerEarly(0, 403, DENIED),
        Store::AnswerEarly(0, 403, DENIED),
    ]);
    let snapshots = world.run().await;
    assert!(!format!("{snapshots:?}").contains("canary"));
    let mut logs = 0;
    for job in std::fs::read_dir(world.home().join("jobs")).unwrap() {
        let log = std::fs::read(job.unwrap().path().join("log")).unwrap();
        assert!(!String::from_utf8_lossy(&log).contains("canary"));
        assert!(
            !String::from_utf8_lossy(&log).contains("http://127.0.0.1:")
                || !String::from_utf8_lossy(&log).contains("X-Amz")
        );
        logs += 1;
    }
    assert_eq!(logs, 1, "a failed job is kept");
}

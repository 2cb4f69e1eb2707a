//! Tickets that are wrong from the start, and tickets that run out.

use serde_json::json;
use world::{Faulty, fixtures};

use super::{answers_initiate, of_one_piece};

/// The JavaScript SDK's presigner signs the CRC-32 of a body that it doesn't know yet: of none. What is signed is sent, and
/// the store refuses every other body. Another ticket would be the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_for_an_empty_body() {
    let world = Faulty::start().await;
    let mut ticket = world.ticket("short.webm").await;
    let signed = world.resign(&ticket).header("content-type", "video/webm");
    let signed = signed.query("x-amz-checksum-crc32", "AAAAAA%3D%3D");
    ticket["uploadUrl"] = json!(signed.query("x-amz-sdk-checksum-algorithm", "CRC32").url());
    world.before_backend(&answers_initiate(&ticket));

    let upload = world.revui().upload(&fixtures::short(), Faulty::TASK).await;
    let failed = upload.exits(1).event("failed");
    assert_eq!(failed["code"], "ticket_for_empty_body", "{failed}");
    let seen = world.store.seen();
    let puts = seen.requests("PUT", "");
    assert_eq!(puts.len(), 1, "no second try: {puts:?}");
    // Signed otherwise, or with a byte of the query changed, it would be a 403.
    assert_eq!(puts[0].upstream_status, Some(400));
}

/// What is signed is sent, no more and no less; what nobody can know is said before a byte is sent.
#[tokio::test(flavor = "multi_thread")]
async fn a_header_too_many_or_too_few() {
    let world = Faulty::start().await;
    let short = fixtures::short();

    // Two headers, one of which only the backend knows.
    let mut ticket = world.ticket("short.webm").await;
    let signed = world.resign(&ticket).header("content-type", "video/webm");
    ticket["uploadUrl"] = json!(signed.header("x-amz-meta-room", "12").url());
    ticket["uploadHeaders"] = json!({"content-type": "video/webm", "x-amz-meta-room": "12"});
    world.before_backend(&answers_initiate(&ticket));
    let done = world.revui().uploaded(&short, Faulty::TASK).await;
    world.has(&done, &short).await;

    // The same, and the backend keeps it to itself.
    ticket["uploadHeaders"]
        .as_object_mut()
        .unwrap()
        .remove("x-amz-meta-room");
    world.before_backend(&answers_initiate(&ticket));
    let before = world.store.seen().requests("PUT", "").len();
    let upload = world.revui().upload(&short, Faulty::TASK).await;
    let failed = upload.exits(1).event("failed");
    assert_eq!(failed["code"], "signed_header_unknown", "{failed}");
    assert!(
        failed["message"]
            .as_str()
            .unwrap()
            .contains("x-amz-meta-room")
    );
    assert_eq!(world.store.seen().requests("PUT", "").len(), before);

    // None: not even the content type.
    let mut ticket = world.ticket("short.webm").await;
    ticket["uploadUrl"] = json!(world.resign(&ticket).url());
    ticket.as_object_mut().unwrap().remove("uploadHeaders");
    world.before_backend(&answers_initiate(&ticket));
    let done = world.revui().uploaded(&short, Faulty::TASK).await;
    world.has(&done, &short).await;
}

/// Of half a minute's life, most is over when the ticket arrives: another is asked for, and the old one is not tried. Then
/// the store wants to be left alone for longer than the second one lives.
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_runs_out_in_the_queue_and_between_attempts() {
    let world = Faulty::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = of_one_piece(folder.path());
    let mut ticket = world.ticket("demo.webm").await;
    let signed = world.resign(&ticket).header("content-type", "video/webm");
    ticket["uploadUrl"] = json!(signed.query("X-Amz-Expires", "30").aged(29).url());
    ticket["expiresIn"] = json!(30);
    world.before_backend(&answers_initiate(&ticket));
    world.before_store(
        "[[rule]]\nname = \"busy\"\nmethod = \"PUT\"\ntimes = 1\nfault = \"unavailable\"\nretry_after = \"3s\"\n",
    );
    let done = world.revui().uploaded(&file, Faulty::TASK).await;
    world.has(&done, &file).await;
    let seen = world.store.seen();
    let expired = |exchange: &faults::Exchange| exchange.upstream_status == Some(403);
    assert!(!seen.exchanges.iter().any(expired), "{seen:#?}");
}

/// The refusal of a ticket that ran out comes before the body was read; closing the connection then takes it away. A
/// client that sees nothing but broken connections asks for a fresh ticket all the same.
#[tokio::test(flavor = "multi_thread")]
async fn an_early_refusal_that_arrives_as_a_reset() {
    let world = Faulty::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = of_one_piece(folder.path());
    world.before_store(
        r#"
        [[rule]]
        name = "reset"
        method = "PUT"
        times = 2
        fault = "cut"
        after = "64KiB"
        how = "reset"
        "#,
    );
    let done = world.revui().uploaded(&file, Faulty::TASK).await;
    assert_eq!(done["attempts"], 3, "{done}");
    let renewals = world.backend.seen().requests("POST", "/renew").len();
    assert_eq!(renewals, 1, "one fresh ticket: {:#?}", world.backend.seen());
    world.has(&done, &file).await;

    // The same where it arrives, or not, as it happens.
    world.before_store(
        r#"
        [[rule]]
        name = "early"
        method = "PUT"
        times = 1
        fault = "refuse"
        message = "Request has expired"
        close = "at-once"
        "#,
    );
    let done = world.revui().uploaded(&file, Faulty::TASK).await;
    assert_eq!(world.store.seen().matched("early"), 1);
    assert_eq!(done["attempts"], 2, "{done}");
    world.has(&done, &file).await;
}

/// The backend's clock, by which tickets are judged, is off by twenty minutes; the store's is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_twenty_minutes_off() {
    let world = Faulty::start().await;
    let short = fixtures::short();
    for off in ["ahead", "behind"] {
        world.before_backend(&format!("[[rule]]\nfault = \"clock\"\n{off} = \"20m\"\n"));
        let done = world.revui().uploaded(&short, Faulty::TASK).await;
        assert_eq!(done["attempts"], 1, "{off}: {done}");
        world.has(&done, &short).await;
    }
}

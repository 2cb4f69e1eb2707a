//! Tickets that are wrong from the start, and tickets that run out.

use serde_json::{Value, json};
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

/// Whoever has to wait long lets another go first, and may find its ticket too old when its turn comes again: it asks for
/// another, and doesn't try the old one.
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_runs_out_in_the_queue() {
    let world = Faulty::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = of_one_piece(folder.path());
    let beside = fixtures::named(folder.path(), "beside.webm");
    let ticket = short_lived(&world, 4).await;
    world.before_backend(&answers_initiate(&ticket));
    world.before_store(
        r#"
        [[rule]]
        name = "busy"
        method = "PUT"
        path = "*_one-piece.webm"
        times = 1
        fault = "unavailable"
        retry_after = "3s"

        [[rule]]
        name = "first"
        method = "PUT"
        path = "*_beside.webm"
        fault = "latency"
        delay = "5s"
        "#,
    );
    let revui = world.revui();
    let names = [file.as_os_str(), beside.as_os_str()];
    let arguments = ["upload", "--json", "--task", Faulty::TASK, "--"];
    let arguments = arguments.map(std::ffi::OsStr::new).into_iter().chain(names);
    let uploads = revui.run(arguments).await.exits(0);
    let (backend, seen) = (world.backend.seen(), world.store.seen());
    assert_eq!(backend.requests("POST", "/renew").len(), 1, "{backend:#?}");
    assert_eq!(answers_to(&seen, "_one-piece.webm"), [None, Some(200)]);
    assert_eq!(answers_to(&seen, "_beside.webm"), [Some(200)]);
    for event in uploads.events() {
        if event["event"] == "done" {
            let name = event["file"].as_str().unwrap();
            world.has(&event, name.as_ref()).await;
        }
    }
}

/// A store that wants to be left alone for longer than the ticket lives: the old one is not tried again. The next one runs
/// out on its way; the store says so, and the third is a good one.
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_runs_out_between_attempts_and_one_on_its_way() {
    let world = Faulty::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = of_one_piece(folder.path());
    let ticket = short_lived(&world, 3).await;
    world.before_backend(&answers_initiate(&ticket));
    world.before_store(
        r#"
        [[rule]]
        name = "busy"
        method = "PUT"
        nth = 1
        fault = "unavailable"
        retry_after = "2s"

        [[rule]]
        name = "held"
        method = "PUT"
        nth = 2
        fault = "latency"
        delay = "6s"
        "#,
    );
    let revui = world.revui();
    let renewing = async {
        // Its life begins when the store has said how long it is busy, however long that took.
        world.store.until(|seen| seen.matched("busy") == 1).await;
        let end = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(6);
        let renewed = json!({
            "uploadUrl": living_for(&world, &ticket, 6),
            "uploadHeaders": {"content-type": "video/webm"},
            "expiresAt": end.to_string(),
        });
        world.before_backend(&format!(
            "[[rule]]\nname = \"renew\"\npath = \"*/renew\"\ntimes = 1\nfault = \"error-in-success\"\nbody = '''{renewed}'''\n"
        ));
    };
    let (done, ()) = tokio::join!(revui.uploaded(&file, Faulty::TASK), renewing);
    let (backend, seen) = (world.backend.seen(), world.store.seen());
    assert_eq!(backend.requests("POST", "/renew").len(), 2, "{backend:#?}");
    let answers = answers_to(&seen, "");
    assert_eq!(answers, [None, Some(403), Some(200)], "{seen:#?}");
    assert_eq!(done["attempts"], 3, "{done}");
    world.has(&done, &file).await;
}

/// The answer to `initiate` for [`of_one_piece`], with a ticket that lives so many seconds from its receipt, as far as its
/// holder is told. The store would take it for longer: whoever is slow to ask has no less of it.
async fn short_lived(world: &Faulty, seconds: u32) -> Value {
    let mut ticket = world.ticket("one-piece.webm").await;
    ticket["expiresIn"] = json!(seconds);
    ticket
}

/// A ticket's address, signed anew to live so many seconds from now.
fn living_for(world: &Faulty, ticket: &Value, seconds: u32) -> String {
    let signed = world.resign(ticket).header("content-type", "video/webm");
    let signed = signed.query("X-Amz-Expires", &seconds.to_string());
    signed.aged(0).url()
}

/// What the store said to each PUT of an object whose name ends so, in their order; nothing where it never heard of it.
fn answers_to(seen: &faults::Seen, name: &str) -> Vec<Option<u16>> {
    let puts = seen.requests("PUT", name).into_iter();
    puts.map(|put| put.upstream_status).collect()
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

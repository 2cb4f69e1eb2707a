//! Servers that mean no good: what they answer costs little, and gets nobody's bytes.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use world::{Faulty, Finished, Revui, fixtures};

use super::{answers_initiate, of_one_piece, of_three_parts};

/// The code with which an upload of this ended, for good.
async fn refusal(world: &Faulty, file: &Path) -> Value {
    let upload = world.revui().upload(file, Faulty::TASK).await;
    upload.exits(1).event("failed")["code"].clone()
}

/// Whoever is redirected would send the recording, and its headers, wherever the store says.
#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_on_a_put() {
    let world = Faulty::start().await;
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let location = format!("http://{}/", elsewhere.local_addr().unwrap());
    for (file, status) in [
        (of_one_piece(folder.path()), 307),
        (of_three_parts(folder.path()), 301),
    ] {
        world.before_store(&format!(
            "[[rule]]\nname = \"{status}\"\nmethod = \"PUT\"\nfault = \"redirect\"\nstatus = {status}\nlocation = \"{location}\"\n"
        ));
        assert_eq!(refusal(&world, &file).await, "store_refused");
    }
    let asked = tokio::select! {
        biased;
        asked = elsewhere.accept() => Some(asked.unwrap().1),
        () = std::future::ready(()) => None,
    };
    assert_eq!(asked, None, "nobody goes there");
}

/// A hundred megabytes where a few hundred bytes are expected, or a megabyte of headers, instead of the store's answer: the
/// recording is sent again, and what came is not kept in memory.
#[tokio::test(flavor = "multi_thread")]
async fn answers_and_headers_without_end_from_the_store() {
    let world = Faulty::start().await;
    let folder = tempfile::tempdir().unwrap();
    for (file, puts) in [
        (of_one_piece(folder.path()), 1 + 1),
        (of_three_parts(folder.path()), 3 + 1),
    ] {
        for fault in HUGE {
            let before = world.store.seen().requests("PUT", "").len();
            world.before_store(&huge(fault, "method = \"PUT\""));
            let revui = world.revui();
            let done = in_little_memory(&revui, &file).await.exits(0).event("done");
            // A connection that was used before and breaks costs no attempt.
            let attempts = done["attempts"].as_u64();
            assert!(attempts.is_some_and(|attempts| attempts <= 2), "{done}");
            let seen = world.store.seen();
            assert_eq!(seen.requests("PUT", "").len() - before, puts, "{fault}");
            world.has(&done, &file).await;
        }
    }
    let matched = world.store.seen().matched("huge");
    assert_eq!(matched, 4, "each of them was met");
}

/// The same from the backend. What breaks the connection is asked for again. An answer that makes no sense is not, unless
/// the recording may be complete by it: that is looked at.
#[tokio::test(flavor = "multi_thread")]
async fn answers_and_headers_without_end_from_the_backend() {
    let world = Faulty::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = of_one_piece(folder.path());
    for fault in HUGE {
        for call in ["/initiate", "/complete"] {
            let calls = |world: &Faulty| world.backend.seen().requests("POST", call).len();
            let before = calls(&world);
            world.before_backend(&huge(fault, &format!("path = \"*{call}\"")));
            let revui = world.revui();
            let upload = in_little_memory(&revui, &file).await;
            let asked = calls(&world) - before;
            let done = upload.exits(0).event("done");
            assert_eq!(asked, 2, "{fault}: {call}");
            assert_eq!(done["attempts"], 1, "{fault}: {call}: {done}");
            world.has(&done, &file).await;
        }
    }
    assert_eq!(world.backend.seen().matched("huge"), 4);
}

const HUGE: [&str; 2] = ["huge-answer", "huge-headers"];

/// A rule by which one request is answered so.
fn huge(fault: &str, to: &str) -> String {
    format!("[[rule]]\nname = \"huge\"\n{to}\ntimes = 1\nfault = \"{fault}\"\n")
}

/// What the program may take for anything, in KiB. An answer that is kept in memory would be twice this.
const MOST_KIB: u64 = 48 * 1024;

/// How often a running program is asked how much memory it took: what it took last is missed, and nothing larger.
const ASK_EVERY: Duration = Duration::from_millis(5);

/// Uploads, to whichever end, with next to no memory. Only Linux tells.
async fn in_little_memory(revui: &Revui, file: &Path) -> Finished {
    let running = revui.start_upload(file, Faulty::TASK);
    let status = format!("/proc/{}/status", running.id());
    let mut finish = std::pin::pin!(running.finish());
    let mut asks = tokio::time::interval(ASK_EVERY);
    let mut peak_kib = None;
    let upload = loop {
        tokio::select! {
            finished = &mut finish => break finished,
            _ = asks.tick() => peak_kib = told_kib(&status).or(peak_kib),
        }
    };
    assert!(peak_kib.is_some() || !cfg!(target_os = "linux"));
    assert!(peak_kib < Some(MOST_KIB), "{peak_kib:?} KiB");
    upload
}

/// The most memory that a process has taken so far.
fn told_kib(status: &str) -> Option<u64> {
    let status = std::fs::read_to_string(status).ok()?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.trim().trim_end_matches(" kB").parse().ok()
}

/// Where a ticket may lead, and what it may be.
#[tokio::test(flavor = "multi_thread")]
async fn tickets_that_lead_astray() {
    let world = Faulty::start().await;
    let mut ticket = world.ticket("short.webm").await;
    let right = ticket["uploadUrl"].as_str().unwrap().to_owned();
    let (_, behind_the_host) = right
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap();
    for (wrong, code) in [
        (
            format!("http://192.0.2.1/{behind_the_host}"),
            "unsafe_ticket",
        ),
        (
            format!("http://192.168.1.7:9000/{behind_the_host}"),
            "unsafe_ticket",
        ),
        (
            format!("ftp://127.0.0.1/{behind_the_host}"),
            "unsafe_ticket",
        ),
        ("file:///etc/passwd".to_owned(), "unsafe_ticket"),
        (
            right.replace("http://", "http://ada:secret@"),
            "unexpected_answer",
        ),
        ("nonsense".to_owned(), "unsafe_ticket"),
        (String::new(), "unsafe_ticket"),
    ] {
        ticket["uploadUrl"] = json!(wrong);
        world.before_backend(&answers_initiate(&ticket));
        let refused = refusal(&world, &fixtures::short()).await;
        assert_eq!(refused, code, "{wrong}");
    }
    // Headers that would split the request, or speak for the connection.
    for (name, value) in [
        ("x-amz-meta-a", "b\r\nhost: elsewhere"),
        ("bad name", "x"),
        ("transfer-encoding", "chunked"),
    ] {
        ticket["uploadUrl"] = json!(right);
        ticket["uploadHeaders"] = json!({"content-type": "video/webm", name: value});
        world.before_backend(&answers_initiate(&ticket));
        assert_eq!(
            refusal(&world, &fixtures::short()).await,
            "unexpected_answer",
            "{name}"
        );
    }
    assert_eq!(
        world.store.seen().requests("PUT", "").len(),
        0,
        "nothing was sent"
    );
}

/// What the request is about is known better than any backend knows it: it isn't asked.
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_with_another_host_and_length() {
    let world = Faulty::start().await;
    let mut ticket = world.ticket("short.webm").await;
    ticket["uploadHeaders"] =
        json!({"content-type": "video/webm", "content-length": "1", "host": "elsewhere.example"});
    world.before_backend(&answers_initiate(&ticket));
    let short = fixtures::short();
    let done = world.revui().uploaded(&short, Faulty::TASK).await;
    let seen = world.store.seen();
    let sent = seen.requests("PUT", "").into_iter();
    let sent: Vec<_> = sent.map(|put| put.forwarded_bytes).collect();
    assert_eq!(sent, [short.metadata().unwrap().len()]);
    world.has(&done, &short).await;
}

/// What a store says that it holds decides what is not sent again.
#[tokio::test(flavor = "multi_thread")]
async fn lists_of_parts_that_make_no_sense() {
    let folder = tempfile::tempdir().unwrap();
    let file = of_three_parts(folder.path());
    let part = |number: u32| json!({"partNumber": number, "size": "8388608", "etag": "\"e\"", "checksum": "00"});
    let all = |parts: &[Value]| json!({ "parts": parts });
    for (what, list) in [
        ("twice the same", all(&[part(1), part(1)])),
        ("backwards", all(&[part(2), part(1)])),
        ("none", all(&[part(0)])),
        ("beyond the end", all(&[part(4)])),
        (
            "the same page for ever",
            json!({"parts": [part(1)], "next": 1}),
        ),
        ("pages of nothing for ever", json!({"parts": [], "next": 1})),
        (
            "backwards for ever",
            json!({"parts": [part(1), part(2)], "next": 1}),
        ),
    ] {
        let world = Faulty::start().await;
        // With this the list is asked for: the store doesn't put together what it has.
        world.before_store(
            "[[rule]]\nname = \"invalid\"\nmethod = \"POST\"\nnth = 2\nfault = \"refuse\"\nstatus = 400\ncode = \"InvalidPart\"\nclose = \"never\"\n",
        );
        world.before_backend(&format!(
            "[[rule]]\nname = \"list\"\nmethod = \"GET\"\npath = \"*/parts\"\nfault = \"error-in-success\"\nbody = '''{list}'''\n"
        ));
        assert_eq!(refusal(&world, &file).await, "unexpected_answer", "{what}");
        assert!(world.backend.seen().matched("list") <= 2, "{what}");
    }
}

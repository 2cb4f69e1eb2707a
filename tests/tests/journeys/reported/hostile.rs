//! Servers that mean no good: what they answer costs little, and gets nobody's bytes.

use serde_json::{Value, json};
use tokio::net::TcpListener;
use world::{Faulty, fixtures};

use super::{answers_initiate, of_one_piece, of_three_parts};

/// The code with which an upload of this ended, for good.
async fn refusal(world: &Faulty, file: &std::path::Path) -> Value {
    let upload = world.revui().upload(file, Faulty::TASK).await;
    let failed = upload.exits(1).event("failed");
    println!("{failed}");
    failed["code"].clone()
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

/// A hundred megabytes where a few hundred bytes are expected, and a megabyte of headers: from the store and from the
/// backend. What can be asked for again is.
#[tokio::test(flavor = "multi_thread")]
async fn answers_and_headers_without_end() {
    let world = Faulty::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = of_one_piece(folder.path());
    for fault in ["huge-answer", "huge-headers"] {
        let rule = |what: &str| {
            format!("[[rule]]\nname = \"huge\"\n{what}\ntimes = 1\nfault = \"{fault}\"\n")
        };
        world.before_store(&rule("method = \"PUT\""));
        let done = world.revui().uploaded(&file, Faulty::TASK).await;
        assert!(done["attempts"].as_u64() <= Some(2), "{done}");
        world.has(&done, &file).await;

        world.before_backend(&rule("path = \"*/initiate\""));
        let upload = world.revui().upload(&file, Faulty::TASK).await;
        println!("{fault}: {}\n{}", upload.exit, upload.stdout);
        world.before_backend(&rule("path = \"*/complete\""));
        let upload = world.revui().upload(&file, Faulty::TASK).await;
        println!("{fault}: {}\n{}", upload.exit, upload.stdout);
    }
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
        ("content-length", "1"),
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
            "[[rule]]\nname = \"small\"\nmethod = \"POST\"\nnth = 2\nfault = \"refuse\"\nstatus = 400\ncode = \"EntityTooSmall\"\nclose = \"never\"\n",
        );
        world.before_backend(&format!(
            "[[rule]]\nname = \"list\"\nmethod = \"GET\"\npath = \"*/parts\"\nfault = \"error-in-success\"\nbody = '''{list}'''\n"
        ));
        assert_eq!(refusal(&world, &file).await, "unexpected_answer", "{what}");
        assert!(world.backend.seen().matched("list") <= 2, "{what}");
    }
}

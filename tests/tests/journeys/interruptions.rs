//! Uploads that are stopped, killed, or started twice.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use world::strict::{Strict, Variant};
use world::{Revui, fixtures, in_time};

use crate::held::{Held, Left, SIZE_BYTES, arrived};
use crate::held_in_parts::HeldInParts;

/// Longest that a program may take to stop: more than its own limits for saying goodbye, far less than a network's.
const PROMPTLY: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_once() {
    Held::start().await.kill().await.resumes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn resuming_in_plain_words_says_that_it_starts_from_the_beginning() {
    let left = Held::start().await.kill().await;
    let resumed = left.revui.run(["resume"]).await.exits(0);
    let resumed = resumed.explains("from the beginning");
    let link = resumed.last_line();
    assert!(link.starts_with("http://"), "the link:\n{}", resumed.stdout);
}

/// Stops an upload as a person or the system does.
async fn stop(held: Held, signal: &str) -> (Left, Value) {
    held.running.signal(signal).await;
    let stopped = held.running.finish().await.exits(5);
    let left = Left::behind(held.strict, held.revui, held.file, held.folder);
    (left, stopped.event("failed"))
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_by_ctrl_c_or_by_the_system() {
    for signal in ["INT", "TERM"] {
        let (left, failed) = stop(Held::start().await, signal).await;
        assert_eq!(failed["code"], "interrupted", "SIG{signal}");
        let hint = failed["hint"].as_str().unwrap();
        assert!(hint.contains("revui resume"), "{failed}");
        let done = left.resumes().await;
        assert_eq!(done["jobId"], failed["jobId"]);
    }
}

/// A server that takes the connection and never says a word must not make the program deaf.
#[tokio::test(flavor = "multi_thread")]
async fn stopped_while_the_server_is_silent() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let server = format!("http://{}", silent.local_addr().unwrap());
    let strict = Strict::start(Variant::default()).await;
    let revui = Revui::new().with_session(&server, &strict.new_token());
    let running = revui.start_upload(&fixtures::short(), "t");
    let (_connection, _) = in_time("a connection", silent.accept()).await.unwrap();
    running.signal("INT").await;
    let stopping = tokio::time::timeout(PROMPTLY, running.finish()).await;
    let stopped = stopping.expect("it stops promptly").exits(5);
    let failed = stopped.event("failed");
    assert_eq!(failed["code"], "interrupted", "{failed}");
    // Kept or not begun yet: the hint leads on, and the recording arrives.
    let revui = revui.with_session(&strict.server, &strict.new_token());
    if failed["jobId"].is_string() {
        assert_eq!(revui.resumed().await["jobId"], failed["jobId"]);
    } else {
        let hint = failed["hint"].as_str().unwrap();
        assert!(hint.contains("again"), "{failed}");
        revui.uploaded(&fixtures::short(), "t").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_belongs_to_one_program_at_a_time() {
    let Held {
        strict,
        revui,
        running,
        file,
        folder: _folder,
    } = Held::start().await;
    let refused = revui.run(["resume"]).await;
    refused.exits(1).explains("code: job_busy");

    strict.line.release();
    arrived(&running.finish().await.exits(0).event("done"), &file);
}

/// Two programs that go on at the same moment: one gets the job, the other is told or finds nothing left to do.
async fn go_on_twice_at_once(revui: &Revui, file: &Path) {
    let go_on = || revui.run(["resume", "--json"]);
    let (one, other) = tokio::join!(go_on(), go_on());
    let mut done = 0;
    for ended in [one, other] {
        assert!(matches!(ended.exit, 0 | 1), "{ended:?}");
        for event in ended.events() {
            match event["event"].as_str() {
                Some("done") => {
                    arrived(&event, file);
                    done += 1;
                }
                Some("failed") => assert_eq!(event["code"], "job_busy", "{event}"),
                _ => {}
            }
        }
    }
    assert_eq!(done, 1, "exactly one of them sent it");
    let nothing = revui.run(["resume"]).await.exits(0);
    nothing.explains("nothing to go on with");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_go_on_at_once_send_it_once() {
    let left = Held::start().await.kill().await;
    let before = left.strict.initiated();
    go_on_twice_at_once(&left.revui, &left.file).await;
    let asked = left.strict.initiated() - before;
    assert_eq!(asked, 1, "a fresh ticket of a base backend is a new place");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_go_on_at_once_send_it_once_in_parts() {
    let left = HeldInParts::start().await.kill().await;
    go_on_twice_at_once(&left.revui, &left.file).await;
    let seen = left.world.backend.seen();
    let asked = seen.requests("POST", "/recordings/initiate").len();
    let completed = seen.requests("POST", "/complete").len();
    assert_eq!((asked, completed), (1, 1), "one place, and all in it");
    let list = left.revui.run(["list"]).await.exits(0).stdout;
    assert_eq!(
        list.lines().count(),
        2,
        "a heading and a recording:\n{list}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_forgets_the_job_and_leaves_the_file() {
    let (left, failed) = stop(Held::start().await, "INT").await;
    let job = failed["jobId"].as_str().unwrap();
    let cancelled = left.revui.run(["cancel", &job[..13]]).await.exits(0);
    cancelled.explains("given up");
    left.has_no_job().await;
    let again = left.revui.run(["cancel", job]).await.exits(1);
    again.explains("code: unknown_job");
    assert!(left.file.is_file());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_connection_is_mended_unaided() {
    let mut held = Held::start().await;
    held.break_connection().await;
    let done = held.running.finish().await.exits(0).event("done");
    arrived(&done, &held.file);
    assert!(done["attempts"].as_u64() >= Some(2), "{done}");
    assert!(done["bytesSent"].as_u64() > Some(SIZE_BYTES), "{done}");
}

/// The session ends while bytes are on their way: the job is kept, and goes on with the next session.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_keeps_the_job() {
    let held = Held::start().await;
    held.strict.end_sessions();
    held.strict.line.release();
    let failed = held.running.finish().await.exits(3).event("failed");
    assert_eq!(failed["code"], "signed_out", "{failed}");
    let hint = failed["hint"].as_str().unwrap();
    assert!(hint.contains("revui login"), "{failed}");
    // Without a new session it waits on.
    held.revui.run(["resume"]).await.exits(3);

    let revui = held.revui.with("REVUI_TOKEN", &held.strict.new_token());
    let done = revui.resumed().await;
    assert_eq!(done["jobId"], failed["jobId"]);
    arrived(&done, &held.file);
}

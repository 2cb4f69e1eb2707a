//! Uploads that are stopped, killed, or started twice.

use std::path::{Path, PathBuf};

use serde_json::Value;
use world::strict::{Strict, Variant};
use world::{Revui, Running, fixtures, sha256_of};

/// More than every buffer between the file and the other side.
const SIZE_BYTES: u64 = 64 * 1024 * 1024;

/// An upload in the middle of its sending.
struct Held {
    strict: Strict,
    revui: Revui,
    running: Running,
    file: PathBuf,
    _folder: tempfile::TempDir,
}

impl Held {
    async fn start() -> Self {
        let strict = Strict::start(Variant::default()).await;
        let revui = strict.revui();
        let folder = tempfile::tempdir().unwrap();
        let file = fixtures::sparse(folder.path(), "demo.webm", SIZE_BYTES);
        strict.line.hold_after(1024 * 1024);
        let running = revui.start(["upload", text(&file), "--task", "t", "--json"]);
        strict.line.is_held().await;
        Self {
            strict,
            revui,
            running,
            file,
            _folder: folder,
        }
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Goes on with it: it must arrive whole, and the lines must say that it began again.
async fn resumes(strict: &Strict, revui: &Revui, file: &Path) -> Value {
    strict.line.cut();
    strict.line.release();
    let resumed = revui.run(["resume", "--json"]).await.exits(0);
    let done = resumed.event("done");
    assert_eq!(done["sha256"], sha256_of(file).as_str());
    let again = resumed.events().into_iter().any(|event| {
        event["event"] == "phase" && event["phase"] == "sending" && event["reason"].is_string()
    });
    assert!(
        again,
        "it says that it starts from the beginning:\n{}",
        resumed.stdout
    );
    revui
        .run(["resume"])
        .await
        .exits(0)
        .explains("nothing to go on with");
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_once() {
    let Held {
        strict,
        revui,
        running,
        file,
        _folder,
    } = Held::start().await;
    running.kill().await;
    resumes(&strict, &revui, &file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn resuming_in_plain_words_says_that_it_starts_from_the_beginning() {
    let Held {
        strict,
        revui,
        running,
        _folder,
        ..
    } = Held::start().await;
    running.kill().await;
    strict.line.cut();
    strict.line.release();
    let resumed = revui
        .run(["resume"])
        .await
        .exits(0)
        .explains("from the beginning");
    assert!(
        resumed.last_line().starts_with("http://"),
        "the link:\n{}",
        resumed.stdout
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_by_ctrl_c_or_by_the_system() {
    for signal in ["INT", "TERM"] {
        let Held {
            strict,
            revui,
            running,
            file,
            _folder,
        } = Held::start().await;
        running.signal(signal).await;
        let stopped = running.finish().await.exits(5);
        let failed = stopped.event("failed");
        assert_eq!(failed["code"], "interrupted", "SIG{signal}");
        assert!(
            failed["hint"].as_str().unwrap().contains("revui resume"),
            "{failed}"
        );
        let done = resumes(&strict, &revui, &file).await;
        assert_eq!(done["jobId"], failed["jobId"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_belongs_to_one_program_at_a_time() {
    let Held {
        strict,
        revui,
        mut running,
        file,
        _folder,
    } = Held::start().await;
    let queued = running
        .event("a queued job", |event| event["event"] == "queued")
        .await;
    let job = queued["jobId"].as_str().unwrap();

    revui
        .run(["resume"])
        .await
        .exits(1)
        .explains("code: job_busy");
    revui
        .run(["cancel", job])
        .await
        .exits(1)
        .explains("code: job_busy");

    strict.line.release();
    let done = running.finish().await.exits(0).event("done");
    assert_eq!(done["sha256"], sha256_of(&file).as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_forgets_the_job_and_leaves_the_file() {
    let Held {
        strict,
        revui,
        running,
        file,
        _folder,
    } = Held::start().await;
    running.signal("INT").await;
    let stopped = running.finish().await.exits(5);
    let job = stopped.event("failed")["jobId"]
        .as_str()
        .unwrap()
        .to_owned();
    strict.line.cut();
    strict.line.release();
    revui
        .run(["cancel", &job[..13]])
        .await
        .exits(0)
        .explains("given up");
    revui
        .run(["resume"])
        .await
        .exits(0)
        .explains("nothing to go on with");
    revui
        .run(["cancel", &job])
        .await
        .exits(1)
        .explains("code: unknown_job");
    assert!(file.is_file());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_connection_is_mended_unaided() {
    let Held {
        strict,
        mut running,
        file,
        _folder,
        ..
    } = Held::start().await;
    running
        .event("bytes that arrived", |event| {
            event["sentBytes"].as_u64() > Some(0)
        })
        .await;
    strict.line.cut();
    strict.line.release();
    let done = running.finish().await.exits(0).event("done");
    assert_eq!(done["sha256"], sha256_of(&file).as_str());
    assert!(done["attempts"].as_u64() >= Some(2), "{done}");
    assert!(done["bytesSent"].as_u64() > Some(SIZE_BYTES), "{done}");
}

/// The session ends while bytes are on their way: the job is kept, and goes on with the next session.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_keeps_the_job() {
    let Held {
        strict,
        revui,
        running,
        file,
        _folder,
    } = Held::start().await;
    strict.end_sessions();
    strict.line.release();
    let ended = running.finish().await.exits(3);
    let failed = ended.event("failed");
    assert_eq!(failed["code"], "signed_out", "{failed}");
    assert!(
        failed["hint"].as_str().unwrap().contains("revui login"),
        "{failed}"
    );
    // Without a new session it waits on.
    revui.run(["resume"]).await.exits(3);

    let revui = revui.with("REVUI_TOKEN", &strict.new_token());
    let done = revui.run(["resume", "--json"]).await.exits(0).event("done");
    assert_eq!(done["jobId"], failed["jobId"]);
    assert_eq!(done["sha256"], sha256_of(&file).as_str());
}

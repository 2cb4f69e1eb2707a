//! The uploader against backends that keep only the base contract, each in its own way.

use std::time::Duration;

use world::strict::{Strict, Variant};
use world::{fixtures, sha256_of};

/// A task id that every variant takes.
const TASK: &str = "0191f3c6-7d1a-7c50-9a3e-1f2b3c4d5e6f";

/// Uploads, lists, shows, downloads, compares and deletes; nothing beyond the base contract is asked for.
async fn whole_flow(variant: Variant) {
    let strict = Strict::start(variant).await;
    let revui = strict.revui();
    let source = fixtures::short();
    let done = revui.uploaded(&source, TASK).await;
    let sum = sha256_of(&source);
    assert_eq!(done["sha256"], sum.as_str());
    assert_eq!(done["sizeBytes"], source.metadata().unwrap().len());
    assert_eq!(done["attempts"], 1);

    let id = done["recordingId"].as_str().unwrap();
    let list = revui.run(["list", "--task", TASK]).await.exits(0);
    assert!(list.stdout.contains(id), "{}", list.stdout);
    let shown = revui.run(["show", id]).await.exits(0);
    assert!(
        shown.stdout.contains("status     complete"),
        "{}",
        shown.stdout
    );
    assert!(shown.stdout.contains("link       http"), "{}", shown.stdout);
    revui
        .run(["download", id, "--output", "back.webm"])
        .await
        .exits(0);
    assert_eq!(sha256_of(&revui.home().join("back.webm")), sum);

    revui.run(["delete", id]).await.exits(0);
    revui
        .run(["show", id])
        .await
        .exits(1)
        .explains("code: not_found");
    assert_eq!(
        strict.refused(),
        Vec::<String>::new(),
        "only the base contract is used"
    );
}

fn path(path: &std::path::Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guides_own_backend() {
    whole_flow(Variant::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_versioned_prefix() {
    whole_flow(Variant {
        prefix: "/api/v1",
        ..Variant::default()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_in_an_envelope() {
    whole_flow(Variant {
        envelope: true,
        ..Variant::default()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sizes_as_numbers() {
    whole_flow(Variant {
        sizes_as_strings: false,
        ..Variant::default()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_that_sign_encryption() {
    whole_flow(Variant {
        signs_encryption: true,
        ..Variant::default()
    })
    .await;
}

/// The service that is deployed: everything differs at once.
#[tokio::test(flavor = "multi_thread")]
async fn the_deployed_service() {
    whole_flow(Variant {
        prefix: "/api/v1",
        envelope: true,
        signs_encryption: true,
        wants_uuids: true,
        ..Variant::default()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_is_no_uuid_is_explained() {
    let strict = Strict::start(Variant {
        wants_uuids: true,
        ..Variant::default()
    })
    .await;
    let short = fixtures::short();
    let upload = [
        "upload",
        path(&short),
        "--task",
        "onboarding",
        "--json",
        "--max-wait",
        "0",
    ];
    let ended = strict.revui().run(upload).await;
    let failed = ended.event("failed");
    assert_eq!(failed["code"], "server_failed", "{failed}");
    let text = format!("{} {}", failed["message"], failed["hint"]);
    assert!(text.contains("UUID"), "{text}");
}

/// The reply to `complete` is lost; the repeated one is answered `400 Recording is already COMPLETE`.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_to_complete_is_still_done() {
    let strict = Strict::start(Variant::default()).await;
    strict.lose_the_next_completion();
    let done = strict.revui().uploaded(&fixtures::short(), TASK).await;
    assert_eq!(strict.initiated(), 1, "one recording");
    assert_eq!(done["attempts"], 1, "sent once");
}

/// The upload waits in front of the store until its ticket has run out; a fresh one is fetched without anybody's help.
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_ran_out_is_replaced_unaided() {
    let strict = Strict::start(Variant {
        ticket_life: Duration::from_secs(2),
        ..Variant::default()
    })
    .await;
    let revui = strict.revui();
    let source = fixtures::short();
    strict.line.hold_after(0);
    let running = revui.start_upload(&source, TASK);
    strict.line.is_held().await;
    // What is waited for is the ticket's own end.
    tokio::time::sleep(Duration::from_secs(3)).await;
    strict.line.cut();
    strict.line.release();
    let done = running.finish().await.exits(0).event("done");
    assert_eq!(done["sha256"], sha256_of(&source).as_str());
    assert!(
        strict.initiated() >= 2,
        "a base backend gives a new ticket by a new initiate"
    );
}

/// Without a keychain a session in a cookie lives as long as the program, so this goes through the client that both
/// programs share. With one: `sign_in`.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_in_a_cookie() {
    use client::{
        Client, ClientOptions, Credentials, Home, Keeping, NewUpload, Phase, ServerOrigin,
    };

    let strict = Strict::start(Variant {
        prefix: "/api/v1",
        envelope: true,
        cookie: true,
        ..Variant::default()
    })
    .await;
    let home = tempfile::tempdir().unwrap();
    let client = Client::open(ClientOptions::new(Home::at(home.path()))).unwrap();
    let credentials = Credentials::Password {
        email: world::strict::EMAIL.to_owned(),
        password: world::strict::PASSWORD.into(),
    };
    let server = ServerOrigin::parse(&strict.server).unwrap();
    client
        .sign_in(&server, credentials, Keeping::KeychainOrMemory)
        .await
        .unwrap();
    let new = NewUpload::new(fixtures::short(), TASK.parse().unwrap());
    let mut upload = client.upload(new).await.unwrap();
    let mut last = upload.snapshot();
    while let Some(snapshot) = world::in_time("an upload", upload.changed()).await {
        last = snapshot;
    }
    assert!(matches!(last.phase, Phase::Done(_)), "{:?}", last.phase);
    client.sign_out().await.unwrap();
    assert_eq!(strict.refused(), Vec::<String>::new());
}

/// `--verify` needs something to compare with, which a base backend does not keep.
#[tokio::test(flavor = "multi_thread")]
async fn verifying_says_when_there_is_nothing_to_compare() {
    let strict = Strict::start(Variant::default()).await;
    let revui = strict.revui();
    let done = revui.uploaded(&fixtures::short(), TASK).await;
    let id = done["recordingId"].as_str().unwrap();
    revui
        .run(["download", id, "--verify", "--output", "back.webm"])
        .await
        .exits(1)
        .explains("code: nothing_to_compare");
    assert!(
        revui.home().join("back.webm").is_file(),
        "what was brought back is kept"
    );
}

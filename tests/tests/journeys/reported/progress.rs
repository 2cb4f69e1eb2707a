//! What is shown, held against what has arrived.

use std::path::Path;

use serde_json::Value;
use world::{Faulty, in_time};

use super::{of_one_piece, of_three_parts};

const MEBIBYTE: u64 = 1 << 20;

fn sent_bytes(event: &Value) -> Option<u64> {
    event["sentBytes"].as_u64()
}

/// Bytes of the recording that came out at the other end: of no other request's body.
fn arrived_bytes(world: &Faulty) -> u64 {
    let seen = world.store.seen();
    let puts = seen.requests("PUT", "").into_iter();
    puts.map(|put| put.forwarded_bytes).sum()
}

/// On a line of 1 MiB/s, at any moment, what is shown is at most a mebibyte ahead of what has come out at the other end.
/// And where the line stands still, not further behind either.
async fn is_shown_honestly(file: &Path) {
    let size = file.metadata().unwrap().len();
    let world = Faulty::start().await;
    world.before_store("[[rule]]\nname = \"line\"\nfault = \"bandwidth\"\nupload = \"1MiB/s\"\n");
    let revui = world.revui();
    let mut upload = revui.start_upload(file, Faulty::TASK);
    let (mut shown, mut stood_still) = (0, false);
    loop {
        let told = |event: &Value| sent_bytes(event).is_some() || event["event"] == "done";
        let event = upload.event("progress", told).await;
        // Asked afterwards, so that a test that comes late is not strict without reason.
        let arrived = arrived_bytes(&world);
        let Some(sent) = sent_bytes(&event) else {
            assert_eq!(arrived, size, "nothing is sent twice");
            assert!(
                shown + MEBIBYTE > size,
                "{shown} of {size} is the last that was shown"
            );
            break world.has(&event, file).await;
        };
        assert!(sent >= shown, "never backwards: {sent} after {shown}");
        assert!(
            sent <= arrived + MEBIBYTE,
            "{sent} is shown, {arrived} arrived"
        );
        assert!(sent < size, "the link is not proven yet");
        shown = sent;
        if arrived > size / 2 && !stood_still {
            stood_still = true;
            world.store.freeze(true);
            // What was in the middle of passing has passed when a step of the line is over.
            let arrived = in_time("a line that stands still", settled(&world)).await;
            while shown + MEBIBYTE < arrived {
                let event = upload
                    .event("what arrived", |event| sent_bytes(event).is_some())
                    .await;
                shown = sent_bytes(&event).unwrap();
            }
            assert!(
                shown <= arrived + MEBIBYTE,
                "{shown} is shown, {arrived} arrived"
            );
            world.store.freeze(false);
        }
    }
}

/// What has arrived when nothing moves any more.
async fn settled(world: &Faulty) -> u64 {
    let mut arrived = arrived_bytes(world);
    loop {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        let now = arrived_bytes(world);
        if now == arrived {
            return now;
        }
        arrived = now;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_honest() {
    let folder = tempfile::tempdir().unwrap();
    let (one, three) = (of_one_piece(folder.path()), of_three_parts(folder.path()));
    tokio::join!(is_shown_honestly(&one), is_shown_honestly(&three));
}

/// What was sent in vain is taken back, and why is said first.
#[tokio::test(flavor = "multi_thread")]
async fn progress_goes_backwards_only_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = of_one_piece(folder.path());
    let world = Faulty::start().await;
    world.before_store(
        r#"
        [[rule]]
        name = "line"
        fault = "bandwidth"
        upload = "8MiB/s"

        [[rule]]
        name = "cut"
        method = "PUT"
        times = 1
        fault = "cut"
        after = "5MiB"
        "#,
    );
    let upload = world.revui().upload(&file, Faulty::TASK).await.exits(0);
    let (mut shown, mut reasons, mut taken_back) = (0, 0, 0);
    for event in upload.events() {
        if event["event"] == "phase" && event["reason"].is_string() {
            reasons += 1;
        }
        let Some(sent) = sent_bytes(&event) else {
            continue;
        };
        if sent < shown {
            taken_back += 1;
            assert_eq!(taken_back, reasons, "{}", upload.stdout);
        }
        shown = sent;
    }
    assert_eq!(taken_back, 1, "{}", upload.stdout);
    world.has(&upload.event("done"), &file).await;
}

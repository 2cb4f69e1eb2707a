//! The recording is changed, cut off or deleted while it is being sent. The line to the store is held, so that it happens
//! in the middle for certain.

use std::fs::{self, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde_json::Value;
use world::fixtures;

use crate::held::{Held, SIZE_BYTES};
use crate::held_in_parts::HeldInParts;

/// Does something to the file in the middle of its upload, and returns the exit status and the last event.
async fn meanwhile(change: impl FnOnce(&Path)) -> (i32, Value) {
    let Held {
        strict,
        revui,
        running,
        file,
        folder: _folder,
    } = Held::start().await;
    change(&file);
    strict.line.release();
    let ended = running.finish().await;
    let last = ended
        .events()
        .pop()
        .unwrap_or_else(|| panic!("{}", ended.stderr));
    // No link leads to a mixture of old and new bytes.
    let list = revui.run(["list", "--task", "t"]).await.exits(0);
    let lines = list.stdout.lines().count();
    let expected = if last["event"] == "done" { 2 } else { 0 };
    assert_eq!(lines, expected, "{}", list.stdout);
    (ended.exit, last)
}

/// The same, to something that must be noticed.
async fn noticed(change: impl FnOnce(&Path)) {
    let (exit, failed) = meanwhile(change).await;
    let code = failed["code"].as_str();
    assert_eq!((exit, code), (1, Some("source_changed")), "{failed}");
}

/// The same, to a recording of which one part has arrived at the real backend's store.
async fn noticed_in_parts(change: impl FnOnce(&Path)) {
    let held = HeldInParts::start().await;
    change(&held.file);
    held.release();
    let failed = held.running.finish().await.exits(1).event("failed");
    assert_eq!(failed["code"], "source_changed", "{failed}");
    let list = held.revui.run(["list"]).await.exits(0);
    assert!(!list.stdout.contains("complete"), "{}", list.stdout);
}

fn overwrite(file: &Path) {
    let mut file = OpenOptions::new().write(true).open(file).unwrap();
    file.seek(SeekFrom::End(-1000)).unwrap();
    file.write_all(b"another recording").unwrap();
}

/// By another of the same size.
fn replace(file: &Path) {
    let folder = file.parent().unwrap();
    let size_bytes = file.metadata().unwrap().len();
    let other = fixtures::sparse(folder, "other.webm", size_bytes);
    fs::rename(other, file).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn changed() {
    noticed(overwrite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_in_parts() {
    noticed_in_parts(overwrite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn truncated() {
    noticed(|file| {
        let file = OpenOptions::new().write(true).open(file).unwrap();
        file.set_len(SIZE_BYTES / 2).unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replaced() {
    noticed(replace).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replaced_in_parts() {
    noticed_in_parts(replace).await;
}

/// On Unix an open file outlives its name. Either the upload gets through with the right bytes, or it says what is missing.
#[tokio::test(flavor = "multi_thread")]
async fn deleted() {
    let (exit, last) = meanwhile(|file| fs::remove_file(file).unwrap()).await;
    if last["event"] == "done" {
        assert_eq!(exit, 0);
    } else {
        let code = last["code"].as_str();
        assert_eq!((exit, code), (1, Some("source_gone")), "{last}");
    }
}

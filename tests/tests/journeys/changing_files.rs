//! The recording is changed, cut off or deleted while it is being sent. The line to the store is held, so that it happens
//! in the middle for certain.

use std::fs::{self, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde_json::Value;
use world::fixtures;
use world::strict::{Strict, Variant};

/// More than every buffer between the file and the other side.
const SIZE_BYTES: u64 = 64 * 1024 * 1024;

/// Does something to the file in the middle of its upload, and returns the exit status and the last event.
async fn meanwhile(change: impl FnOnce(&Path)) -> (i32, Value) {
    let strict = Strict::start(Variant::default()).await;
    let revui = strict.revui();
    let folder = tempfile::tempdir().unwrap();
    let file = fixtures::sparse(folder.path(), "demo.webm", SIZE_BYTES);
    strict.line.hold_after(1024 * 1024);
    let running = revui.start([
        "upload",
        file.to_str().unwrap(),
        "--task",
        "t",
        "--json",
        "--max-wait",
        "20",
    ]);
    strict.line.is_held().await;
    change(&file);
    strict.line.release();
    let ended = running.finish().await;
    let last = ended
        .events()
        .pop()
        .unwrap_or_else(|| panic!("{}", ended.stderr));
    // No link leads to a mixture of old and new bytes.
    let list = revui.run(["list", "--task", "t"]).await.exits(0);
    let links = list.stdout.lines().count();
    assert_eq!(
        links,
        if last["event"] == "done" { 2 } else { 0 },
        "{}",
        list.stdout
    );
    (ended.exit, last)
}

#[tokio::test(flavor = "multi_thread")]
async fn changed() {
    let (exit, failed) = meanwhile(|file| {
        let mut file = OpenOptions::new().write(true).open(file).unwrap();
        file.seek(SeekFrom::Start(SIZE_BYTES - 1000)).unwrap();
        file.write_all(b"another recording").unwrap();
    })
    .await;
    assert_eq!(
        (exit, &failed["code"]),
        (1, &Value::from("source_changed")),
        "{failed}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn truncated() {
    let (exit, failed) = meanwhile(|file| {
        let file = OpenOptions::new().write(true).open(file).unwrap();
        file.set_len(SIZE_BYTES / 2).unwrap();
    })
    .await;
    assert_eq!(
        (exit, &failed["code"]),
        (1, &Value::from("source_changed")),
        "{failed}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn replaced() {
    let (exit, failed) = meanwhile(|file| {
        let folder = file.parent().unwrap();
        let other = fixtures::sparse(folder, "other.webm", SIZE_BYTES);
        fs::rename(other, file).unwrap();
    })
    .await;
    assert_eq!(
        (exit, &failed["code"]),
        (1, &Value::from("source_changed")),
        "{failed}"
    );
}

/// On Unix an open file outlives its name. Either the upload gets through with the right bytes, or it says what is missing.
#[tokio::test(flavor = "multi_thread")]
async fn deleted() {
    let (exit, last) = meanwhile(|file| fs::remove_file(file).unwrap()).await;
    if last["event"] == "done" {
        assert_eq!(exit, 0);
    } else {
        assert_eq!(
            (exit, &last["code"]),
            (1, &Value::from("source_gone")),
            "{last}"
        );
    }
}

//! A disk that is really full under the journal: a file system in memory of a few kilobytes, in a namespace of the test's
//! own (Linux).

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use world::strict::{Strict, Variant};
use world::{Revui, fixtures, namespace, sha256_of, skip};

/// Runs `revui` with a home of so many bytes, then once more with room: `revui resume`. Both print to the same output.
const SCRIPT: &str = r#"
    mount -t tmpfs -o size="$0" full "$REVUI_HOME" || exit 99
    "$@"; echo "{\"event\":\"exit\",\"status\":$?}"
    mount -o remount,size=1m "$REVUI_HOME" || exit 99
    "$1" resume --json
"#;

/// A folder whose path is so long, in bytes, that the journal's first record takes most of a page with it.
fn deep(folder: &Path, path_bytes: usize) -> PathBuf {
    let mut deep = folder.to_owned();
    while deep.as_os_str().len() + 2 < path_bytes {
        let left = path_bytes - deep.as_os_str().len() - 1;
        deep.push("d".repeat(left.min(200)));
    }
    fs::create_dir_all(&deep).unwrap();
    deep
}

/// Uploads on a disk of `size` with this file; returns how that ended and what going on with room led to.
async fn upload_on(size: &str, file: &Path, namespace: &[&str]) -> (Vec<Value>, Vec<Value>) {
    let strict = Strict::start(Variant::default()).await;
    let wrapper: Vec<&str> = namespace
        .iter()
        .copied()
        .chain(["sh", "-c", SCRIPT, size])
        .collect();
    let revui: Revui = strict.revui().through(&wrapper);
    let ended = revui.upload(file, "t").await;
    let mut events = ended.events();
    let mut transcript = String::new();
    for event in &events {
        let _ = writeln!(transcript, "{event}");
    }
    let exit = events.iter().position(|event| event["event"] == "exit");
    let exit = exit.unwrap_or_else(|| panic!("no end in:\n{transcript}{}", ended.stderr));
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    let resumed = events.split_off(exit + 1);
    (events, resumed)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_at_any_record() {
    let test = "a_disk_that_fills_up_at_any_record";
    let Some(namespace) = namespace() else {
        return skip(test, "nobody may mount a file system here");
    };
    let folder = tempfile::tempdir().unwrap();
    let mut kept = 0;
    let mut refused = 0;
    // A page is 4 KiB. The longer the path, the earlier the record that does not fit any more; the last fits no job at all.
    for path_bytes in [2900, 3100, 3200, 3300, 3400, 3700] {
        let file = fixtures::named(&deep(folder.path(), path_bytes), "demo.webm");
        let before = sha256_of(&file);
        let (first, second) = upload_on("4k", &file, namespace).await;
        assert_eq!(sha256_of(&file), before, "the recording is untouched");
        let status = first.last().unwrap()["status"].as_i64();
        if status == Some(0) {
            continue;
        }
        assert_eq!(status, Some(1), "{first:?}");
        let failed = first.iter().find(|event| event["event"] == "failed");
        let failed = failed.unwrap_or_else(|| panic!("{first:?}"));
        assert_eq!(failed["code"], "disk_unwritable", "{failed}");
        if failed["jobId"].is_null() {
            refused += 1;
            assert!(second.is_empty(), "{second:?}");
        } else {
            kept += 1;
            let done = second.iter().find(|event| event["event"] == "done");
            let done = done.unwrap_or_else(|| panic!("{path_bytes}: {second:?}"));
            assert_eq!(done["jobId"], failed["jobId"]);
            assert_eq!(done["sha256"], before.as_str());
        }
    }
    assert!(kept >= 2, "a disk that is full in the middle: {kept}");
    assert!(refused >= 1, "a disk that is full at once: {refused}");
}

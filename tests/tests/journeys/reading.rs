//! How often an upload reads a file from the disk: once, though each part is hashed before it is sent (Linux, which counts
//! what each process makes the disk do).

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use world::fixtures;

use crate::all_sent::AllSent;

const SIZE_BYTES: u64 = 192 * 1024 * 1024;

/// Part of it, to see whether this disk is counted at all.
const TRIED_BYTES: u64 = 16 * 1024 * 1024;

/// A number of `/proc/.../io`.
fn counted(whose: &str, name: &str) -> u64 {
    let io = fs::read_to_string(format!("/proc/{whose}/io")).unwrap();
    let value = io.lines().find_map(|line| line.strip_prefix(name));
    value.unwrap().trim_start_matches(": ").parse().unwrap()
}

/// Has the system forget what it keeps of a file in memory.
fn forget(file: &Path) {
    let mut dd = Command::new("dd");
    dd.arg(format!("if={}", file.display()));
    let dropped = dd.args(["iflag=nocache", "count=0"]).output().unwrap();
    assert!(dropped.status.success(), "{dropped:?}");
}

/// Whether what is read from this file counts as read from a disk: a file system in memory has none, and one that many
/// computers share may say nothing.
fn is_counted(file: &Path) -> bool {
    forget(file);
    let before = counted("thread-self", "read_bytes");
    let mut begin = File::open(file).unwrap().take(TRIED_BYTES);
    std::io::copy(&mut begin, &mut std::io::sink()).unwrap();
    let read = counted("thread-self", "read_bytes") - before;
    forget(file);
    read >= TRIED_BYTES / 10 * 9
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_parts_is_read_from_the_disk_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = fixtures::written(folder.path(), "written.webm", SIZE_BYTES);
    let is_counted = is_counted(&file);
    let sent = AllSent::of(&file).await;
    let id = sent.id().to_string();
    let [from_disk, asked_for] = ["read_bytes", "rchar"].map(|name| counted(&id, name));
    sent.ends().await;
    println!("from the disk: {from_disk} bytes, asked for: {asked_for} bytes, of {SIZE_BYTES}");
    if is_counted {
        let once = SIZE_BYTES / 100 * 90..=SIZE_BYTES / 100 * 105;
        assert!(once.contains(&from_disk), "{from_disk} of {SIZE_BYTES}");
    } else {
        // Once for the hash and once for the way, and some for what it looks for in it.
        println!("what is read from this file system does not count as read from a disk");
        let twice = SIZE_BYTES / 100 * 250;
        assert!(asked_for <= twice, "{asked_for} of {SIZE_BYTES}");
    }
}

//! How much memory an upload takes, whatever the file's size.

use world::fixtures;
use world::strict::{Strict, Variant};

/// The product's promise, in KiB.
const MOST_KIB: u64 = 40 * 1024;

/// Many times what may be in memory.
const SIZE_BYTES: u64 = 256 * 1024 * 1024;

/// Linux alone tells a process's peak to others (`/proc/PID/status`).
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_needs_no_more_than_a_small_one() {
    let strict = Strict::start(Variant::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = fixtures::sparse(folder.path(), "large.webm", SIZE_BYTES);
    let revui = strict.revui();
    let mut running = revui.start_upload(&file, "t");
    running
        .event("most of the bytes", |event| {
            event["sentBytes"].as_u64() > Some(SIZE_BYTES / 4 * 3)
        })
        .await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", running.id())).unwrap();
    running.finish().await.exits(0);
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let peak_kib: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    println!("peak: {peak_kib} KiB");
    assert!(peak_kib < MOST_KIB, "{peak_kib} KiB");
}

//! How much memory an upload takes, whatever the file's size. Linux alone tells a process's peak to others
//! (`/proc/PID/status`).

use std::fs;

use world::strict::{Strict, Variant};
use world::{World, fixtures};

use crate::all_sent::{AllSent, over_a_line};

/// The product's promise, in KiB.
const MOST_KIB: u64 = 40 * 1024;

/// Of these, for the upload itself: what a program takes that only asks who is signed in is left out.
const MOST_OF_AN_UPLOAD_KIB: u64 = 32 * 1024;

/// Many times what may be in memory.
const SIZE_BYTES: u64 = 256 * 1024 * 1024;

/// The most that a process has had in memory so far, in KiB.
fn peak_kib(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.unwrap().trim().trim_end_matches(" kB");
    peak.parse().unwrap()
}

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
    let peak = peak_kib(running.id());
    running.finish().await.exits(0);
    println!("peak: {peak} KiB");
    assert!(peak < MOST_KIB, "{peak} KiB");
}

/// The same program while it waits for an answer, with nothing to send.
async fn idle_kib() -> u64 {
    let world = World::start().await;
    let (line, revui) = over_a_line(&world).await;
    line.hold_after(0);
    let running = revui.start(["whoami"]);
    line.is_held().await;
    let peak = peak_kib(running.id());
    line.release();
    running.finish().await.exits(0);
    peak
}

/// Several parts are on their way at once, and each is read for its hash before.
#[tokio::test(flavor = "multi_thread")]
async fn in_parts_it_needs_no_more_either() {
    let folder = tempfile::tempdir().unwrap();
    let file = fixtures::sparse(folder.path(), "large.webm", 2 * SIZE_BYTES);
    let sent = AllSent::of(&file).await;
    let peak = peak_kib(sent.id());
    sent.ends().await;
    let idle = idle_kib().await;
    println!("peak: {peak} KiB, idle: {idle} KiB");
    assert!(peak < MOST_KIB, "{peak} KiB");
    let more = peak.saturating_sub(idle);
    assert!(more <= MOST_OF_AN_UPLOAD_KIB, "{more} KiB more than idle");
}

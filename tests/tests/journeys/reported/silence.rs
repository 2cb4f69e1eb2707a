//! Networks that go away without a word.

use std::path::Path;
use std::time::{Duration, Instant};

use faults::Seen;
use world::{Faulty, fixtures, in_time};

use super::{of_one_piece, of_three_parts};

/// A request vanishes in its middle, as on a dropped VPN: no reset, no end.
const HOLE: &str = "[[rule]]\nname = \"hole\"\nmethod = \"PUT\"\nnth = 1\nfault = \"black-hole\"\nafter = \"1MiB\"\n";

/// From the last byte that got through to the request that is sent in place of the one that vanished.
async fn falls_into_a_hole(file: &Path) -> Duration {
    let world = Faulty::start().await;
    world.before_store(HOLE);
    let revui = world.revui();
    let upload = revui.start_upload(file, Faulty::TASK);
    // Parts are sent side by side: any of them may be the first.
    let held = |seen: &Seen| {
        let mut puts = seen.exchanges.iter();
        let put = puts.find(|put| put.rules.iter().any(|rule| rule == "hole"));
        put.filter(|put| put.forwarded_bytes == 1 << 20).cloned()
    };
    let seen = in_time("the hole", world.store.until(|seen| held(seen).is_some())).await;
    let begun = Instant::now();
    let part = held(&seen).and_then(|put| put.part);
    let again = |seen: &Seen| {
        let puts = seen.requests("PUT", "");
        puts.iter().filter(|put| put.part == part).count() >= 2
    };
    in_time("another request", world.store.until(again)).await;
    let noticed = begun.elapsed();
    let done = upload.finish().await.exits(0).event("done");
    world.has(&done, file).await;
    noticed
}

/// Half a minute of silence is enough to know; a request and a part alike. Nothing slower than that is a hole.
#[tokio::test(flavor = "multi_thread")]
async fn a_black_hole() {
    let folder = tempfile::tempdir().unwrap();
    let (one, three) = (of_one_piece(folder.path()), of_three_parts(folder.path()));
    let (whole, part) = tokio::join!(falls_into_a_hole(&one), falls_into_a_hole(&three));
    for noticed in [whole, part] {
        // It is to take 35 s at most, which `cargo xtask bench` measures; here a dozen other journeys go on.
        let patience = Duration::from_secs(25)..Duration::from_secs(45);
        assert!(patience.contains(&noticed), "{noticed:?}");
    }
}

/// The slowest line that is still one: it takes longer than a hole is waited for, and something moves all the time.
#[tokio::test(flavor = "multi_thread")]
async fn slow_but_moving() {
    let world = Faulty::start().await;
    world.before_store(
        "[[rule]]\nname = \"line\"\nmethod = \"PUT\"\nfault = \"bandwidth\"\nupload = \"64kbit/s\"\n",
    );
    let folder = tempfile::tempdir().unwrap();
    let file = fixtures::sparse(folder.path(), "slow.webm", 320 << 10);
    let begun = Instant::now();
    let done = world.revui().uploaded(&file, Faulty::TASK).await;
    let took = begun.elapsed();
    assert!(took > Duration::from_secs(35), "{took:?}: no slow line");
    assert_eq!(done["attempts"], 1, "{done}");
    assert_eq!(world.store.seen().requests("PUT", "").len(), 1);
    world.has(&done, &file).await;
}

/// The computer stands still, and meanwhile the other side gives its connections up. How long it stood doesn't matter to
/// it: the first thing that it sees is that they are gone.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_lid_closed() {
    let folder = tempfile::tempdir().unwrap();
    for file in [of_one_piece(folder.path()), of_three_parts(folder.path())] {
        let world = Faulty::start().await;
        world.before_store(
            "[[rule]]\nname = \"line\"\nfault = \"bandwidth\"\nupload = \"2MiB/s\"\n",
        );
        let revui = world.revui();
        let upload = revui.start_upload(&file, Faulty::TASK);
        let begun = |seen: &Seen| seen.forwarded_bytes() > 2 << 20;
        in_time("some bytes", world.store.until(begun)).await;
        upload.signal("STOP").await;
        world.store.cut_all(faults::Break::Reset);
        let over = |seen: &Seen| seen.exchanges.iter().all(|put| put.ended);
        in_time("the end of the connections", world.store.until(over)).await;
        let before = world.store.forwarded_bytes();
        tokio::time::sleep(Duration::from_secs(6)).await;

        let woken = Instant::now();
        upload.signal("CONT").await;
        let moves = |seen: &Seen| seen.forwarded_bytes() > before;
        in_time("progress", world.store.until(moves)).await;
        let moved = woken.elapsed();
        // It is to take 5 s at most, which `cargo xtask bench` measures; here a dozen other journeys go on.
        assert!(moved < Duration::from_secs(10), "{moved:?}");
        let done = upload.finish().await.exits(0).event("done");
        world.has(&done, &file).await;
    }
}

//! Clocks that are twenty minutes off.

use std::path::{Path, PathBuf};
use std::time::Duration;

use world::strict::{Strict, Variant};
use world::{Revui, fixtures, skip};

const OFF: Duration = Duration::from_mins(20);

async fn upload(revui: &Revui) {
    let short = fixtures::short();
    let upload = ["upload", short.to_str().unwrap(), "--task", "t", "--json"];
    let done = revui.run(upload).await.exits(0).event("done");
    assert_eq!(
        done["attempts"], 1,
        "a clock alone is no reason to send anything twice: {done}"
    );
}

/// The server's clock is behind: its tickets look old from the start.
#[tokio::test(flavor = "multi_thread")]
async fn the_servers_clock_is_behind() {
    let strict = Strict::start(Variant {
        clock_behind: OFF,
        ..Variant::default()
    })
    .await;
    upload(&strict.revui()).await;
}

/// This computer's clock is ahead or behind, with tickets that live for less than the difference.
#[tokio::test(flavor = "multi_thread")]
async fn this_computers_clock_is_off() {
    let Some(library) = faketime() else {
        return skip(
            "this_computers_clock_is_off",
            "there is no libfaketime on this machine",
        );
    };
    let strict = Strict::start(Variant {
        ticket_life: Duration::from_mins(10),
        ..Variant::default()
    })
    .await;
    for shift in ["+20m", "-20m"] {
        let revui = strict
            .revui()
            .with("LD_PRELOAD", library.to_str().unwrap())
            .with("FAKETIME", shift)
            // Timers go by the monotonic clock, which is right however wrong the date is.
            .with("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        upload(&revui).await;
    }
}

/// Debian keeps it beside its other libraries, by machine.
fn faketime() -> Option<PathBuf> {
    let machines = std::fs::read_dir(Path::new("/usr/lib")).ok()?;
    machines
        .flatten()
        .map(|machine| machine.path().join("faketime/libfaketime.so.1"))
        .find(|library| library.is_file())
}

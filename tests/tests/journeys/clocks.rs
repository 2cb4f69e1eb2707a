//! Clocks that are twenty minutes off: this computer's, the server's, the store's.

use std::path::{Path, PathBuf};
use std::time::Duration;

use world::strict::{Strict, Variant};
use world::{Keychain, Revui, World, fixtures, skip};

const OFF: Duration = Duration::from_mins(20);

/// The same, as libfaketime reads it.
const AHEAD_AND_BEHIND: [&str; 2] = ["+20m", "-20m"];

/// What makes a program's clock be off.
fn bent(library: &Path, shift: &'static str) -> [(&'static str, String); 3] {
    [
        ("LD_PRELOAD", library.display().to_string()),
        ("FAKETIME", shift.to_owned()),
        // Timers go by the monotonic clock, which is right however wrong the date is.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ]
}

fn with_clock(revui: Revui, library: &Path, shift: &'static str) -> Revui {
    let variables = bent(library, shift);
    variables
        .iter()
        .fold(revui, |revui, (name, value)| revui.with(name, value))
}

async fn world_with_clock(library: &Path, shift: &'static str) -> World {
    let variables = bent(library, shift);
    let variables: Vec<_> = variables
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    World::start_with(&variables).await
}

/// Debian keeps it beside its other libraries, by machine.
fn faketime() -> Option<PathBuf> {
    let machines = std::fs::read_dir(Path::new("/usr/lib")).ok()?;
    machines
        .flatten()
        .map(|machine| machine.path().join("faketime/libfaketime.so.1"))
        .find(|library| library.is_file())
}

const MISSING: &str = "there is no libfaketime on this machine";

async fn uploads_at_once(revui: &Revui, task: &str) {
    let done = revui.uploaded(&fixtures::short(), task).await;
    assert_eq!(
        done["attempts"], 1,
        "a clock alone is no reason to send anything twice: {done}"
    );
}

/// The server's clock is behind: its tickets look old from the start.
#[tokio::test(flavor = "multi_thread")]
async fn the_servers_clock_is_behind() {
    let variant = Variant {
        clock_behind: OFF,
        ..Variant::default()
    };
    let strict = Strict::start(variant).await;
    uploads_at_once(&strict.revui(), "t").await;
}

/// This computer's clock is ahead or behind, with tickets that live for less than the difference.
#[tokio::test(flavor = "multi_thread")]
async fn this_computers_clock_is_off() {
    let Some(library) = faketime() else {
        return skip("this_computers_clock_is_off", MISSING);
    };
    let variant = Variant {
        ticket_life: Duration::from_mins(10),
        ..Variant::default()
    };
    let strict = Strict::start(variant).await;
    for shift in AHEAD_AND_BEHIND {
        uploads_at_once(&with_clock(strict.revui(), &library, shift), "t").await;
    }
}

/// The real backend's sessions live for fifteen minutes: less than the difference, whoever is wrong.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_by_another_clock() {
    let Some(library) = faketime() else {
        return skip("a_session_by_another_clock", MISSING);
    };
    if let Some(missing) = Keychain::missing_piece() {
        return skip("a_session_by_another_clock", &missing);
    }
    let keychain = Keychain::start().await;
    let world = World::start().await;
    let user = world.user();
    for shift in AHEAD_AND_BEHIND {
        let revui = with_clock(keychain.lend_to(Revui::new()), &library, shift);
        let signed_in = revui.log_in(&world.server, &user.email, &user.password);
        signed_in.await.exits(0);
        uploads_at_once(&revui, &world.task).await;
        revui.run(["list"]).await.exits(0);
        revui.run(["logout"]).await.exits(0);
    }
}

/// Server and store share a machine whose clock is off; everybody else's is right.
#[tokio::test(flavor = "multi_thread")]
async fn the_clock_of_server_and_store_is_off() {
    let Some(library) = faketime() else {
        return skip("the_clock_of_server_and_store_is_off", MISSING);
    };
    for shift in AHEAD_AND_BEHIND {
        let world = world_with_clock(&library, shift).await;
        let revui = world.revui_of(world.user()).await;
        uploads_at_once(&revui, &world.task).await;
    }
}

/// A token that ran out while nobody looked: the upload is kept, and goes on with the next one.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_yesterday() {
    let Some(library) = faketime() else {
        return skip("a_token_of_yesterday", MISSING);
    };
    let mut world = world_with_clock(&library, "-1d").await;
    let revui = world.revui_of(world.user()).await;
    world.kill().await;
    world.forget_environment();
    world.start_again().await;
    let revui = revui.with("REVUI_SERVER", &world.server);

    revui.run(["list"]).await.exits(3);
    let failed = revui.upload(&fixtures::short(), &world.task).await;
    let failed = failed.exits(3).event("failed");
    let token = world.token_of(world.user()).await;
    let done = revui.with("REVUI_TOKEN", &token).resumed().await;
    assert_eq!(done["jobId"], failed["jobId"]);
}

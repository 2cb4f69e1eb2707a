//! The operating system's own keychain: Secret Service, on a bus of its own. Each test starts this very program again
//! within that bus, and there does what it is about.

#![cfg(target_os = "linux")]

use std::io::Write as _;
use std::process::Command;

use client::{Client, ClientOptions, Code, Home, Keeping, Settings};
use tempfile::TempDir;

use super::recordings::OURS;
use super::{World, password};

/// Set for the program that runs inside.
const INSIDE: &str = "REVUI_TEST_INSIDE";

/// A bus with an unlocked keychain.
const WITH_KEYCHAIN: &str = r#"eval "$(printf 'test\n' | gnome-keyring-daemon --unlock --components=secrets --daemonize)"; "$@""#;

/// Runs a test of this program again within a command, over throw-away folders.
fn run_inside(test: &str, command: &mut Command) {
    let folder = TempDir::new().unwrap();
    let module = module_path!().split_once("::").unwrap().1;
    let output = command
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", &format!("{module}::{test}")])
        .env(INSIDE, "1")
        .env("HOME", folder.path())
        .env("XDG_DATA_HOME", folder.path().join("data"))
        .env("XDG_CONFIG_HOME", folder.path().join("config"))
        .env("XDG_CACHE_HOME", folder.path().join("cache"))
        .env("XDG_RUNTIME_DIR", folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    let ran = output.status.success() && said.contains("1 passed");
    assert!(ran, "{said}\n{complained}");
}

fn is_inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// With `CI` set a test that cannot run is a failure.
fn skip(test: &str, reason: &str) {
    let must_run = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
    assert!(!must_run, "{test} cannot run here: {reason}");
    // Not by a macro, whose words the harness keeps to itself: `cargo xtask test` counts these lines.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {test}: {reason}");
}

fn client(world: &World) -> Client {
    Client::open(ClientOptions::new(Home::at(world.home.path()))).unwrap()
}

#[tokio::test]
async fn the_systems_keychain_keeps_a_session_over_three_programs() {
    if is_inside() {
        return keep_a_session_over_three_programs().await;
    }
    let test = "the_systems_keychain_keeps_a_session_over_three_programs";
    if !(is_installed("dbus-run-session") && is_installed("gnome-keyring-daemon")) {
        return skip(
            test,
            "dbus-run-session and gnome-keyring-daemon are not installed",
        );
    }
    let mut bus = Command::new("dbus-run-session");
    bus.args(["--", "bash", "-c", WITH_KEYCHAIN, "_"]);
    run_inside(test, &mut bus);
}

async fn keep_a_session_over_three_programs() {
    let world = World::start(OURS).await;
    let first = client(&world);
    let server = world.server.origin();
    first
        .sign_in(&server, password(), Keeping::KeychainOnly)
        .await
        .unwrap();
    drop(first);

    let second = client(&world);
    assert_eq!(second.restore().await.unwrap().unwrap().name, "Anna");
    world.recordings.expire();
    second.recording(&"r1".into()).await.unwrap();
    drop(second);

    let third = client(&world);
    assert!(
        third.restore().await.unwrap().is_some(),
        "the rotated token was kept"
    );
    third.sign_out().await.unwrap();
    assert_eq!(client(&world).restore().await.unwrap(), None);
}

#[tokio::test]
async fn without_a_keychain_it_is_said_and_nothing_is_kept() {
    if is_inside() {
        return keep_nothing().await;
    }
    let mut bare = Command::new("env");
    bare.args([
        "-u",
        "DISPLAY",
        "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent",
    ]);
    run_inside(
        "without_a_keychain_it_is_said_and_nothing_is_kept",
        &mut bare,
    );
}

async fn keep_nothing() {
    let world = World::start(OURS).await;
    let client = client(&world);
    let server = world.server.origin();
    let refused = client
        .sign_in(&server, password(), Keeping::KeychainOnly)
        .await;
    assert_eq!(
        refused.unwrap_err().diagnosis().code,
        Code::KeychainUnavailable
    );
    assert_eq!(
        Settings::load(&Home::at(world.home.path())).unwrap(),
        Settings::default()
    );
    client
        .sign_in(&server, password(), Keeping::KeychainOrMemory)
        .await
        .unwrap();
    client.recording(&"r1".into()).await.unwrap();
    client.sign_out().await.unwrap();
}

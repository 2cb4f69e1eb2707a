//! Commands to a server that says nothing.

use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use world::{Faulty, Keychain, Revui, fixtures, in_time, skip};

/// From the moment on that the server was asked. A program starts in no time where nothing else does.
const AT_ONCE: Duration = Duration::from_secs(1);

/// A machine with other things to do may be late once or twice; a command that is late is late each time.
const TRIES: usize = 5;

const SILENT: &str = "[[rule]]\nname = \"silent\"\nfault = \"black-hole\"\n";

/// Whoever presses Return sees something change: what the command says, or at least that it waits.
#[tokio::test(flavor = "multi_thread")]
async fn every_command_does_something_within_a_second() {
    let world = Faulty::start().await;
    world.before_backend(SILENT);
    let server = world.server();
    let (signed_in, nobody) = (world.revui(), Revui::new());
    let short = fixtures::short();
    let id = "0191f3c6-7d1a-7c50-9a3e-1f2b3c4d5e6f";
    let login = ["login", "--server", &server, "--email", Faulty::EMAIL];
    for (revui, arguments) in [
        (&nobody, [&login[..], &["--password-stdin"]].concat()),
        (&signed_in, vec!["whoami"]),
        (&signed_in, vec!["list"]),
        (&signed_in, vec!["show", id]),
        (&signed_in, vec!["link", id]),
        (&signed_in, vec!["download", id]),
        (&signed_in, vec!["delete", id]),
        (&signed_in, vec!["resume"]),
        (&signed_in, vec!["pause", id]),
        (&signed_in, vec!["limit", id, "1M"]),
        (&signed_in, vec!["cancel", id]),
        (
            &signed_in,
            vec!["upload", short.to_str().unwrap(), "--task", Faulty::TASK],
        ),
    ] {
        let mut took = Vec::new();
        while took.last().is_none_or(|took| *took > AT_ONCE) {
            assert!(took.len() < TRIES, "{arguments:?}: {took:?}");
            took.push(until_it_says_that_it_waits(&world, revui, &arguments).await);
        }
    }
}

/// The same for the one that needs somebody to be signed in.
#[tokio::test(flavor = "multi_thread")]
async fn signing_out_does_something_within_a_second() {
    if let Some(missing) = Keychain::missing_piece() {
        return skip("signing_out_does_something_within_a_second", &missing);
    }
    let keychain = Keychain::start().await;
    let revui = keychain.lend_to(Revui::new());
    let world = Faulty::start().await;
    let mut took = Vec::new();
    while took.last().is_none_or(|took| *took > AT_ONCE) {
        assert!(took.len() < TRIES, "{took:?}");
        world.before_backend("");
        let (server, password) = (world.server(), Faulty::PASSWORD);
        let signed_in = revui.log_in(&server, Faulty::EMAIL, password).await;
        signed_in.exits(0);
        world.before_backend(SILENT);
        took.push(until_it_says_that_it_waits(&world, &revui, &["logout"]).await);
    }
}

/// From its question to the server to what it says of it. It is ended then.
async fn until_it_says_that_it_waits(
    world: &Faulty,
    revui: &Revui,
    arguments: &[&str],
) -> Duration {
    let before = world.backend.seen().connections;
    let mut command = revui.command(arguments);
    let mut running = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = running.stdin.take().unwrap();
    // Read by those alone that want a password.
    let _ = stdin.write_all(Faulty::PASSWORD.as_bytes()).await;
    drop(stdin);
    let mut said = BufReader::new(running.stderr.take().unwrap()).lines();
    let asks = world.backend.until(|seen| seen.connections > before);
    in_time("a connection", asks).await;
    let asked = Instant::now();
    let line = in_time("something", said.next_line()).await.unwrap();
    let took = asked.elapsed();
    let line = line.as_deref();
    assert_eq!(line, Some("Waiting for an answer …"), "{arguments:?}");
    running.kill().await.unwrap();
    took
}

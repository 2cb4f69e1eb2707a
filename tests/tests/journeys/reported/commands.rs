//! Commands to a server that says nothing.

use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, BufReader};
use world::{Faulty, fixtures, in_time};

/// A second, and one for a machine that has other things to do.
const AT_ONCE: Duration = Duration::from_secs(2);

/// Whoever presses Return sees something change: what the command says, or at least that it waits.
#[tokio::test(flavor = "multi_thread")]
async fn every_command_does_something_within_a_second() {
    let world = Faulty::start().await;
    world.before_backend("[[rule]]\nname = \"silent\"\nfault = \"black-hole\"\n");
    let revui = world.revui();
    let short = fixtures::short();
    let id = "0191f3c6-7d1a-7c50-9a3e-1f2b3c4d5e6f";
    for arguments in [
        vec!["whoami"],
        vec!["list"],
        vec!["show", id],
        vec!["link", id],
        vec!["download", id],
        vec!["delete", id],
        vec!["resume"],
        vec!["pause", id],
        vec!["cancel", id],
        vec!["upload", short.to_str().unwrap(), "--task", Faulty::TASK],
    ] {
        let begun = Instant::now();
        let mut command = revui.command(&arguments);
        let mut running = command.stdout(Stdio::null()).spawn().unwrap();
        let mut said = BufReader::new(running.stderr.take().unwrap()).lines();
        let line = in_time("something", said.next_line()).await.unwrap();
        assert_eq!(
            line.as_deref(),
            Some("Waiting for an answer …"),
            "{arguments:?}"
        );
        assert!(
            begun.elapsed() < AT_ONCE,
            "{arguments:?}: {:?}",
            begun.elapsed()
        );
        running.kill().await.unwrap();
    }
}

//! `cargo xtask bench server`: what is measured is in `tests/benches/server`; here it gets what it needs.

use std::process::Command;

use super::programs::executable;
use crate::arguments::BenchServerOptions;
use crate::failure::Failure;
use crate::packages::{self, Purpose};
use crate::postgres::Postgres;
use crate::{processes, ui, workspace};

/// Sets up, measures, tells; with `--check` a figure that isn't reached is a failure.
pub(crate) fn run(options: &BenchServerOptions) -> Result<(), Failure> {
    packages::ensure(Purpose::BenchServer)?;
    let node = workspace::root().join("tests/benches/server/node");
    ui::install_locked(&node)?;
    let messages = build(options.quickly)?;
    let built = |name: &str| {
        executable(&messages, name).ok_or_else(|| Failure::Unexpected {
            what: format!("cargo does not say where it put `{name}`"),
        })
    };
    // As it comes: what either service acknowledges is on the disk.
    let postgres = Postgres::start_durable()?;
    let mut command = Command::new(built("backend")?);
    command
        .arg("--server")
        .arg(built("revui-server")?)
        .arg("--node")
        .arg(&node)
        .args(["--postgres", &postgres.url, "--programs"])
        .arg(&postgres.programs)
        .args(["--pairs", &options.pairs.to_string()])
        .args(["--rounds", &options.rounds.to_string()])
        .args(["--rows", &options.rows.to_string()]);
    for (wanted, flag) in [(options.check, "--check"), (options.json, "--json")] {
        if wanted {
            command.arg(flag);
        }
    }
    match processes::run(&mut command) {
        Err(Failure::Ended { status, .. }) if options.check && status.code() == Some(1) => {
            Err(Failure::ChecksFailed)
        }
        outcome => outcome,
    }
}

fn build(quickly: bool) -> Result<String, Failure> {
    let mut command = workspace::cargo();
    command
        .args([
            "build",
            "--locked",
            "--message-format",
            "json-render-diagnostics",
        ])
        .args(["--package", "server", "--package", "world"])
        .args(["--bin", "revui-server", "--bench", "backend"]);
    if !quickly {
        command.arg("--release");
    }
    processes::capture(&mut command)
}

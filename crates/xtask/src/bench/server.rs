//! `cargo xtask bench server`: what is measured is in `tests/benches/server`; here it gets what it needs.

use std::process::Command;

use super::programs::{Build, Profile};
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
    let build = Build::run(
        Profile::of_bench(options.quickly),
        &["revui-server"],
        "backend",
    )?;
    // As it comes: what either service acknowledges is on the disk.
    let postgres = Postgres::start_durable()?;
    let mut command = Command::new(build.program("backend")?);
    command
        .arg("--server")
        .arg(build.program("revui-server")?)
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

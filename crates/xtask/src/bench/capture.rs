//! `cargo xtask bench capture`: what is measured is in `tests/benches/capture`; here it gets what it needs.

use std::fs;
use std::process::Command;

use super::programs::{Build, Profile};
use crate::arguments::BenchCaptureOptions;
use crate::failure::Failure;
use crate::packages::{self, Purpose};
use crate::{processes, workspace};

/// The programs that take part.
const PROGRAMS: [&str; 3] = ["revui", "revui-capture-helper", "revui-server"];

/// Sets up, measures, tells; with `--check` a figure that isn't reached is a failure.
pub(crate) fn run(options: &BenchCaptureOptions) -> Result<(), Failure> {
    packages::ensure(Purpose::BenchCapture)?;
    let programs = workspace::target().join("bench").join("recording");
    fs::create_dir_all(&programs).map_err(Failure::file("make", &programs))?;
    let build = Build::run(Profile::of_bench(options.quickly), &PROGRAMS, "capture")?;
    for program in PROGRAMS {
        // Copies, so that nothing that is built meanwhile gets into a run.
        build.copy(program, &programs)?;
    }
    let mut command = Command::new(build.program("capture")?);
    command
        .args(["--rounds", &options.rounds.to_string()])
        .env("REVUI_BIN_DIR", &programs)
        // What cannot be measured is told in a line.
        .env("RUST_BACKTRACE", "0");
    if let Some(part) = &options.only {
        command.args(["--only", part]);
    }
    for (wanted, flag) in [
        (options.check, "--check"),
        (options.markdown, "--markdown"),
        (options.long, "--long"),
    ] {
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

//! `cargo xtask bench capture`: what is measured is in `tests/benches/capture`; here it gets what it needs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::programs::executable;
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
    let capture = build(options.quickly, &programs)?;
    let mut command = Command::new(capture);
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

/// Builds the programs, and copies them where nothing that is built meanwhile gets into a run; returns the measurement.
fn build(quickly: bool, to: &Path) -> Result<PathBuf, Failure> {
    let mut command = workspace::cargo();
    command
        .args([
            "build",
            "--locked",
            "--message-format",
            "json-render-diagnostics",
        ])
        .args(if quickly {
            // As everything else is built when the optimizer has no part in it: nothing is built twice.
            ["--workspace", "--exclude=xtask"].as_slice()
        } else {
            &[
                "--package=cli",
                "--package=capture-helper",
                "--package=server",
                "--package=world",
            ]
        })
        .args(PROGRAMS.iter().flat_map(|program| ["--bin", program]))
        .args(["--bench", "capture"]);
    if !quickly {
        command.arg("--release");
    }
    let messages = processes::capture(&mut command)?;
    let find = |name: &str| {
        executable(&messages, name).ok_or_else(|| Failure::Unexpected {
            what: format!("cargo does not say where it put `{name}`"),
        })
    };
    for program in PROGRAMS {
        let copy = to.join(program);
        fs::copy(find(program)?, &copy).map_err(Failure::file("write", &copy))?;
    }
    find("capture")
}

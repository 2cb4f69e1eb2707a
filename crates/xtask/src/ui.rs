//! What is of npm: the window's pages, installed as locked, built into `ui/dist`, from where the shell embeds them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::{processes, workspace};

fn folder() -> PathBuf {
    workspace::root().join("ui")
}

/// `npm` in the folder of the pages.
pub(crate) fn npm() -> Command {
    npm_in(&folder())
}

fn npm_in(folder: &Path) -> Command {
    // On Windows npm is a script, which only a name with its ending starts.
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(folder);
    command
}

/// Installs what the pages are made with.
pub(crate) fn install() -> Result<(), Failure> {
    install_locked(&folder())
}

/// Installs the identity provider that journeys sign in at.
pub(crate) fn install_identity_provider() -> Result<(), Failure> {
    install_locked(&workspace::root().join("tests").join("identity-provider"))
}

/// Installs what the lock file in this folder names, if that isn't what is installed.
pub(crate) fn install_locked(folder: &Path) -> Result<(), Failure> {
    let lock = folder.join("package-lock.json");
    let locked = fs::read(&lock).map_err(Failure::file("read", &lock))?;
    // A copy of the lock file, made once `npm ci` has succeeded.
    let stamp = folder.join("node_modules").join(".installed-from");
    if fs::read(&stamp).is_ok_and(|installed| installed == locked) {
        return Ok(());
    }
    processes::run(npm_in(folder).args(["ci", "--no-audit", "--no-fund"]))?;
    fs::write(&stamp, locked).map_err(Failure::file("write", &stamp))
}

/// Installs and builds.
pub(crate) fn build() -> Result<(), Failure> {
    install()?;
    processes::run(npm().args(["run", "--silent", "build"]))
}

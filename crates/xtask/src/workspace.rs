//! Where things are in this checkout.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The checkout's top folder.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Programs that were built already, where whoever runs this says so.
pub(crate) fn built_before() -> Option<PathBuf> {
    env::var_os("REVUI_BIN_DIR").map(|folder| root().join(folder))
}

/// Where our programs are: where the development profile puts them, if they were not built before.
pub(crate) fn programs() -> PathBuf {
    built_before().unwrap_or_else(|| target().join("debug"))
}

/// One of our programs, as built last.
pub(crate) fn program(name: &str) -> PathBuf {
    programs().join(format!("{name}{}", env::consts::EXE_SUFFIX))
}

/// The cargo that runs this task, at the top of the checkout.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

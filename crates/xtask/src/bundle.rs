//! Installers, by Tauri's own bundler.

use std::path::PathBuf;
use std::process::Command;

use crate::failure::Failure;
use crate::packages::{self, Purpose};
use crate::{processes, ui, workspace};

/// Makes the installers of the system that this runs on, in the release profile.
pub(crate) fn bundle() -> Result<(), Failure> {
    packages::ensure(Purpose::Bundle)?;
    ui::install()?;
    processes::run(
        Command::new(tauri_program())
            .current_dir(workspace::root())
            .args(["build", "--bundles", kinds(), "--", "--locked"]),
    )?;
    println!(
        "The installers are in {}",
        workspace::target().join("release").join("bundle").display()
    );
    Ok(())
}

/// The bundler comes with the pages' locked dependencies: no second version of it to keep in step.
fn tauri_program() -> PathBuf {
    let name = if cfg!(windows) { "tauri.cmd" } else { "tauri" };
    workspace::root()
        .join("ui")
        .join("node_modules")
        .join(".bin")
        .join(name)
}

fn kinds() -> &'static str {
    if cfg!(target_os = "macos") {
        "dmg"
    } else if cfg!(target_os = "windows") {
        "msi"
    } else {
        "deb,rpm"
    }
}

//! Installers, by Tauri's own bundler: of the window, the command line, and the recorder's helper, which the two look for
//! beside themselves.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::failure::Failure;
use crate::packages::{self, Purpose};
use crate::{processes, ui, workspace};

/// What is installed beside the window: packages, and their programs.
const BESIDE: [(&str, &str); 2] = [("cli", "revui"), ("capture-helper", "revui-capture-helper")];

/// Makes the installers of the system that this runs on, in the release profile.
pub(crate) fn bundle() -> Result<(), Failure> {
    packages::ensure(Purpose::Bundle)?;
    ui::install()?;
    let beside = build_beside()?;
    // Not in the file of settings: the window's own build would ask for them, too.
    let more = json!({ "bundle": { "externalBin": beside } });
    processes::run(
        Command::new(tauri_program())
            .current_dir(workspace::root())
            .args(["build", "--bundles", kinds(), "--config", &more.to_string()])
            .args(["--", "--locked"]),
    )?;
    let folder = workspace::target().join("release").join("bundle");
    if cfg!(target_os = "linux") {
        look_into(&folder.join("deb"))?;
    }
    println!("The installers are in {}", folder.display());
    Ok(())
}

/// Builds what is installed beside the window, and puts it where the bundler takes it from: under names that end with what it
/// was built for. Returns the names without that.
fn build_beside() -> Result<Vec<String>, Failure> {
    let mut build = workspace::cargo();
    build.args(["build", "--release", "--locked"]);
    for (package, program) in BESIDE {
        build.args(["--package", package, "--bin", program]);
    }
    processes::run(&mut build)?;
    let machine = machine()?;
    let folder = workspace::target().join("beside");
    fs::create_dir_all(&folder).map_err(|error| unexpected(&folder, &error))?;
    let mut names = Vec::new();
    for (_, program) in BESIDE {
        let built = workspace::target()
            .join("release")
            .join(format!("{program}{EXE_SUFFIX}"));
        let place = folder.join(format!("{program}-{machine}{EXE_SUFFIX}"));
        fs::copy(&built, &place).map_err(|error| unexpected(&built, &error))?;
        names.push(folder.join(program).display().to_string());
    }
    Ok(names)
}

/// What the compiler builds for, by its name: `x86_64-unknown-linux-gnu`.
fn machine() -> Result<String, Failure> {
    let told = processes::capture(Command::new("rustc").args(["--print", "host-tuple"]))?;
    Ok(told.trim().to_owned())
}

/// Fails unless every program is in each of the packages in this folder.
fn look_into(folder: &Path) -> Result<(), Failure> {
    let entries = fs::read_dir(folder).map_err(|error| unexpected(folder, &error))?;
    let packages: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .collect();
    if packages.is_empty() {
        return Err(Failure::Unexpected {
            what: format!("there is no package in {}", folder.display()),
        });
    }
    for package in packages {
        let listed = processes::capture(Command::new("dpkg-deb").arg("--contents").arg(&package))?;
        let missing = missing_in(&listed);
        if !missing.is_empty() {
            return Err(Failure::Unexpected {
                what: format!("{} lacks {}", package.display(), missing.join(", ")),
            });
        }
    }
    Ok(())
}

/// The programs that are not among the files that `dpkg-deb` lists.
fn missing_in(listed: &str) -> Vec<&'static str> {
    let has = |program: &str| {
        let place = format!("./usr/bin/{program}");
        let mut files = listed
            .lines()
            .filter_map(|line| line.split_whitespace().last());
        files.any(|file| file == place || Some(file) == place.strip_prefix("./"))
    };
    let programs = BESIDE.iter().map(|(_, program)| *program);
    programs
        .chain(["revui-uploader"])
        .filter(|program| !has(program))
        .collect()
}

fn unexpected(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Unexpected {
        what: format!("{}: {error}", path.display()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_without_one_of_the_programs_is_noticed() {
        let listed = "drwxr-xr-x 0/0               0 2026-11-20 10:00 usr/bin/\n\
            -rwxr-xr-x 0/0         9000000 2026-11-20 10:00 usr/bin/revui\n\
            -rwxr-xr-x 0/0         9000000 2026-11-20 10:00 usr/bin/revui-uploader\n";
        assert_eq!(missing_in(listed), ["revui-capture-helper"]);
        let whole =
            format!("{listed}-rwxr-xr-x 0/0 9 2026-11-20 10:00 ./usr/bin/revui-capture-helper\n");
        assert!(missing_in(&whole).is_empty());
        assert_eq!(missing_in("").len(), 3);
    }
}

//! `cargo xtask run`: from a fresh clone to the product's main job, done on this computer.

use std::env;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::arguments::RunOptions;
use crate::demo::{self, Demo};
use crate::failure::Failure;
use crate::packages::{self, Purpose};
use crate::{headless, processes, ui, workspace};

/// The programs, in the form in which tests are built, so that what is built here need not be built for them again: with
/// an example, cargo joins the features of what only tests depend on, too.
const AS_FOR_TESTS: &[&str] = &[
    "--workspace",
    "--exclude",
    "xtask",
    "--bins",
    "--example",
    "probe",
];

/// The line that ends every run.
const WHAT_NEXT: &str = "To run the tests: cargo xtask test";

/// Sets up, builds, starts the backend, and shows the window in front of it or does the same without one.
pub(crate) fn run(options: &RunOptions) -> Result<(), Failure> {
    let data = data_folder(options)?;
    let file = options.file.as_deref().map(readable).transpose()?;
    demo::check_ports(options.port)?;
    if options.headless || !has_display() {
        packages::ensure(Purpose::Headless)?;
        // Only these two: neither the window's libraries nor Node.js are needed on a machine without a display.
        build(&["--package", "server", "--package", "cli"])?;
        let demo = Demo::start(server(), &data, options.port)?;
        headless::show(&demo, &data, file.as_deref())?;
        if options.keep {
            return keep(&demo);
        }
    } else {
        packages::ensure(Purpose::Window)?;
        if workspace::built_before().is_none() {
            ui::build()?;
        }
        build(AS_FOR_TESTS)?;
        let demo = Demo::start(server(), &data, options.port)?;
        if let Some(file) = &file {
            headless::upload(&demo, &data, file)?;
        }
        show_window(&demo, &data)?;
        if options.keep {
            return keep(&demo);
        }
    }
    println!("{WHAT_NEXT}");
    Ok(())
}

/// Relative folders are meant from where the command was given; the default lies in the checkout wherever that was.
fn data_folder(options: &RunOptions) -> Result<PathBuf, Failure> {
    match &options.data {
        None => Ok(workspace::root().join(".demo")),
        Some(folder) => std::path::absolute(folder).map_err(Failure::file("find", folder)),
    }
}

/// The file, as an absolute path, if it can be opened: better known now than after minutes of building.
fn readable(path: &Path) -> Result<PathBuf, Failure> {
    let unreadable = |source| Failure::Unreadable {
        path: path.to_owned(),
        source,
    };
    File::open(path).map_err(unreadable)?;
    std::path::absolute(path).map_err(unreadable)
}

fn has_display() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn build(what: &[&str]) -> Result<(), Failure> {
    if workspace::built_before().is_some() {
        return Ok(());
    }
    processes::run(workspace::cargo().args(["build", "--locked"]).args(what))
}

fn server() -> Command {
    Command::new(workspace::program("revui-server"))
}

fn show_window(demo: &Demo, data: &Path) -> Result<(), Failure> {
    println!("Sign in as {} with {}", demo.email, demo.password);
    println!("Closing the window ends the backend too.");
    processes::run(
        Command::new(workspace::program("revui-uploader"))
            .env("REVUI_HOME", data.join("home"))
            .env("REVUI_SERVER", &demo.server)
            .env("REVUI_EMAIL", &demo.email),
    )
}

fn keep(demo: &Demo) -> Result<(), Failure> {
    println!("The backend stays up at {} until Ctrl+C.", demo.server);
    println!("{WHAT_NEXT}");
    match demo.program.wait() {
        // Ctrl+C is how this is meant to end.
        Err(Failure::Interrupted) => Ok(()),
        Ok(Some(status)) if !status.success() => Err(Failure::Ended {
            program: "revui-server".to_owned(),
            status,
        }),
        ended => ended.map(drop),
    }
}

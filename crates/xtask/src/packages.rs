//! System packages: what of those that a purpose needs is missing, and how it gets there.

mod elsewhere;
mod purpose;

use std::env;
use std::process::{Command, Stdio};

use elsewhere::ProgramToFind;

use crate::failure::Failure;
use crate::processes;

pub(crate) use purpose::Purpose;

/// Makes this machine ready: installs what is missing where that needs no password, and otherwise fails with the
/// command that would.
pub(crate) fn ensure(purpose: Purpose) -> Result<(), Failure> {
    if cfg!(target_os = "linux") && answers("dpkg-query", &["--version"]) {
        ensure_on_debian(&purpose.debian_packages())?;
    } else {
        ensure_by_hand(purpose.programs())?;
        if cfg!(target_os = "linux") && purpose.needs_the_window() {
            ensure_window_libraries()?;
        }
    }
    if purpose.needs_node() {
        ensure_node()?;
    }
    Ok(())
}

fn ensure_on_debian(wanted: &[&str]) -> Result<(), Failure> {
    let missing = missing_of(wanted, &installed_of(wanted)?);
    if missing.is_empty() {
        return Ok(());
    }
    let Some(privilege) = privilege() else {
        return Err(Failure::NotSetUp(format!(
            "some system packages are missing. Install them and start again:\n\n  \
             sudo apt-get update && sudo apt-get install --no-install-recommends {}\n",
            missing.join(" ")
        )));
    };
    println!("Installing {}", missing.join(" "));
    apt_get(privilege, &["update"])?;
    apt_get(
        privilege,
        &[
            &["install", "--yes", "--no-install-recommends"],
            &missing[..],
        ]
        .concat(),
    )
}

/// The packages among these that are installed, one a line, as dpkg knows them.
fn installed_of(wanted: &[&str]) -> Result<String, Failure> {
    // dpkg-query fails when it doesn't know one of the names, and lists the others all the same.
    let output = Command::new("dpkg-query")
        .args(["--show", "--showformat=${Package} ${db:Status-Status}\n"])
        .args(wanted)
        .stderr(Stdio::null())
        .output()
        .map_err(|source| Failure::NotStarted {
            program: "dpkg-query".to_owned(),
            source,
        })?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn missing_of<'a>(wanted: &[&'a str], installed: &str) -> Vec<&'a str> {
    let is_installed = |package: &str| {
        installed
            .lines()
            .any(|line| line.split_once(' ') == Some((package, "installed")))
    };
    let mut missing = wanted.to_vec();
    missing.retain(|package| !is_installed(package));
    missing
}

#[derive(Clone, Copy)]
enum Privilege {
    Root,
    Sudo,
}

/// How this user may install packages without being asked for a password; `None` if not at all.
fn privilege() -> Option<Privilege> {
    let user = processes::capture(Command::new("id").arg("--user")).unwrap_or_default();
    if user.trim() == "0" {
        Some(Privilege::Root)
    } else {
        answers("sudo", &["-n", "true"]).then_some(Privilege::Sudo)
    }
}

fn apt_get(privilege: Privilege, arguments: &[&str]) -> Result<(), Failure> {
    let mut command = match privilege {
        Privilege::Root => Command::new("env"),
        Privilege::Sudo => {
            let mut sudo = Command::new("sudo");
            sudo.args(["-n", "env"]);
            sudo
        }
    };
    command
        .args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"])
        // Another installation may be under way: a fresh machine updates itself.
        .args(["-o", "DPkg::Lock::Timeout=900", "-o", "Dpkg::Use-Pty=0"])
        .args(arguments)
        .stdin(Stdio::null());
    processes::run(&mut command)
}

fn ensure_by_hand(wanted: &[ProgramToFind]) -> Result<(), Failure> {
    let missing: Vec<_> = wanted
        .iter()
        .filter(|program| !is_on_path(program.name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = |name: fn(&ProgramToFind) -> &str| -> String {
        let names: Vec<_> = missing.iter().map(|program| name(program)).collect();
        names.join(" ")
    };
    let command = match env::consts::OS {
        "macos" => format!("brew install {}", list(|program| program.homebrew)),
        "windows" => format!(
            "winget install --exact --id {}",
            list(|program| program.winget).replace(' ', " && winget install --exact --id ")
        ),
        _ => format!(
            "sudo dnf install {}\n  sudo pacman -S {}",
            list(|program| program.fedora),
            list(|program| program.arch)
        ),
    };
    Err(Failure::NotSetUp(format!(
        "some programs are missing. Install them and start again:\n\n  {command}\n"
    )))
}

/// Debian's packages are looked for by name; elsewhere the compiler's own finder is asked.
fn ensure_window_libraries() -> Result<(), Failure> {
    if answers(
        "pkg-config",
        &["--exists", "webkit2gtk-4.1", "dbus-1", "gstreamer-1.0"],
    ) {
        return Ok(());
    }
    Err(Failure::NotSetUp(format!(
        "libraries of the window or the recorder are missing. Install them by your system's own tool and start again:\n\n  \
         {}\n\nWithout them: cargo xtask run --headless\n",
        elsewhere::WINDOW
    )))
}

/// Vite needs this Node.js or a newer one.
const LEAST_NODE: (u32, u32) = (20, 19);

fn ensure_node() -> Result<(), Failure> {
    let version = processes::capture(Command::new("node").arg("--version")).unwrap_or_default();
    if node_suffices(&version) {
        return Ok(());
    }
    let (major, minor) = LEAST_NODE;
    let found = match version.trim() {
        "" => "there is none".to_owned(),
        version => format!("this is {version}"),
    };
    Err(Failure::NotSetUp(format!(
        "the window's pages need Node.js {major}.{minor} or newer, and {found}: see https://nodejs.org/en/download"
    )))
}

fn node_suffices(version: &str) -> bool {
    let mut numbers = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= LEAST_NODE,
        _ => false,
    }
}

fn answers(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Whether a folder of `PATH` holds a program of this name.
pub(crate) fn is_on_path(program: &str) -> bool {
    let file = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(&file).is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_fully_installed_counts() {
        let installed = "curl installed\nffmpeg config-files\nxvfb half-installed\n";
        assert_eq!(
            missing_of(&["curl", "ffmpeg", "xvfb", "rpm"], installed),
            ["ffmpeg", "xvfb", "rpm"]
        );
    }

    #[test]
    fn node_is_compared_as_numbers() {
        for (version, enough) in [
            ("v20.19.0\n", true),
            ("v20.20.2", true),
            ("v22.1.0", true),
            ("v100.0.0", true),
            ("v20.9.0", false),
            ("v18.20.4", false),
            ("", false),
            ("something", false),
        ] {
            assert_eq!(node_suffices(version), enough, "{version}");
        }
    }
}

//! System packages: what each purpose needs, what of it is missing, and how it gets there.

mod elsewhere;

use std::env;
use std::process::{Command, Stdio};

use elsewhere::{CURL, FFMPEG, NODE, POSTGRESQL, PYTHON, ProgramToFind};

use crate::failure::Failure;
use crate::processes;

/// What a machine is to be made ready for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Server and command line, with a sample to send.
    Headless,
    /// Those, and the window.
    Window,
    /// Making recordings for tests.
    Fixtures,
    /// Building everything and testing it, in a window too.
    Test,
    /// The same, against a Ceph object gateway besides.
    TestFull,
    /// Taking pictures of the window.
    Pictures,
    /// Measuring uploads, ours and others'.
    Bench,
    /// Trying something on a PostgreSQL server.
    Postgres,
    /// Measuring the backend, ours and another.
    BenchServer,
    /// Measuring the recorder.
    BenchCapture,
    /// Making installers.
    Bundle,
}

const COMPILING: &[&str] = &["build-essential", "pkg-config"];
const SENDING_A_SAMPLE: &[&str] = &["curl", "ffmpeg"];
const WINDOW: &[&str] = &[
    "gstreamer1.0-plugins-good",
    "libayatana-appindicator3-dev",
    "libdbus-1-dev",
    "librsvg2-common",
    "libwebkit2gtk-4.1-dev",
];
/// What the recorder is linked with, and what it records by beside the window's plugins.
const RECORDING: &[&str] = &["gstreamer1.0-plugins-base", "libgstreamer1.0-dev"];
const DRIVING_A_WINDOW: &[&str] = &[
    "at-spi2-core",
    "dbus",
    "gnome-keyring",
    "openbox",
    "webkit2gtk-driver",
    "xclip",
    "xdotool",
    "xvfb",
];
const PICTURING: &[&str] = &["pngquant"];
/// For recordings of what a computer plays, and for a recorder that others wrote, watched as it writes.
const PLAYING: &[&str] = &[
    "gstreamer1.0-tools",
    "pulseaudio",
    "pulseaudio-utils",
    "strace",
];
/// For a desktop under Wayland, without a monitor.
const PORTAL: &[&str] = &[
    "gstreamer1.0-pipewire",
    "mutter",
    "pipewire",
    "wireplumber",
    "xdg-desktop-portal-gnome",
];
/// For a display that is recorded without a window of ours, and an uplink that is as slow as wanted.
const SHOWING: &[&str] = &["gstreamer1.0-plugins-good", "iproute2", "xvfb"];
/// For a browser that searches in a recording.
const BROWSING: &[&str] = &["chromium", "chromium-driver"];
/// For the journeys of a computer whose clock is off.
const BENDING_TIME: &[&str] = &["libfaketime"];
/// For what comes from the Python index.
const CHECKING: &[&str] = &["python3-venv"];
const POSTGRES: &[&str] = &["postgresql"];
const CEPH: &[&str] = &[
    "ceph-common",
    "ceph-mgr",
    "ceph-mon",
    "ceph-osd",
    "openssl",
    "radosgw",
];
const PACKING: &[&str] = &["fakeroot", "file", "patchelf", "rpm"];

impl Purpose {
    /// Debian's names.
    fn debian_packages(self) -> Vec<&'static str> {
        let groups: &[&[&str]] = match self {
            Self::Headless => &[COMPILING, SENDING_A_SAMPLE],
            Self::Window => &[COMPILING, SENDING_A_SAMPLE, WINDOW, RECORDING],
            Self::Fixtures => &[SENDING_A_SAMPLE],
            Self::Test => &[
                COMPILING,
                SENDING_A_SAMPLE,
                WINDOW,
                RECORDING,
                DRIVING_A_WINDOW,
                PLAYING,
                PORTAL,
                BENDING_TIME,
                CHECKING,
                POSTGRES,
            ],
            Self::TestFull => &[
                COMPILING,
                SENDING_A_SAMPLE,
                WINDOW,
                RECORDING,
                DRIVING_A_WINDOW,
                PLAYING,
                PORTAL,
                BENDING_TIME,
                CHECKING,
                POSTGRES,
                CEPH,
            ],
            Self::Pictures => &[
                COMPILING,
                SENDING_A_SAMPLE,
                WINDOW,
                RECORDING,
                DRIVING_A_WINDOW,
                PLAYING,
                PICTURING,
            ],
            Self::Bench => &[COMPILING, SENDING_A_SAMPLE, CHECKING],
            Self::Postgres => &[POSTGRES],
            Self::BenchServer => &[COMPILING, POSTGRES],
            Self::BenchCapture => &[
                COMPILING,
                SENDING_A_SAMPLE,
                RECORDING,
                SHOWING,
                PLAYING,
                BROWSING,
            ],
            Self::Bundle => &[COMPILING, WINDOW, RECORDING, PACKING],
        };
        groups.concat()
    }

    /// Programs looked for where there is no Debian, with other systems' names for what holds them.
    fn programs(self) -> &'static [ProgramToFind] {
        match self {
            Self::Headless | Self::Fixtures | Self::BenchCapture => &[CURL, FFMPEG],
            Self::Bench => &[CURL, FFMPEG, PYTHON],
            Self::Window | Self::Pictures => &[CURL, FFMPEG, NODE],
            Self::Test | Self::TestFull => &[CURL, FFMPEG, NODE, PYTHON, POSTGRESQL],
            Self::Postgres => &[POSTGRESQL],
            Self::BenchServer => &[NODE, POSTGRESQL],
            Self::Bundle => &[NODE],
        }
    }

    fn needs_the_window(self) -> bool {
        self.debian_packages().contains(&"libwebkit2gtk-4.1-dev")
    }

    fn needs_node(self) -> bool {
        !matches!(
            self,
            Self::Headless | Self::Fixtures | Self::Bench | Self::BenchCapture | Self::Postgres
        )
    }
}

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
    fn headless_needs_nothing_of_window_and_recorder() {
        let packages = Purpose::Headless.debian_packages();
        let others = [WINDOW, RECORDING].concat();
        assert!(packages.iter().all(|package| !others.contains(package)));
        assert!(!Purpose::Headless.needs_node());
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

//! What a machine is used for, and what each use needs of it.

use super::elsewhere::{CURL, FFMPEG, NODE, POSTGRESQL, PYTHON, ProgramToFind};

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
    "openbox",
    "webkit2gtk-driver",
    "xclip",
    "xdotool",
    "xvfb",
];
/// For sessions that are kept as a person's are.
const KEEPING_A_SESSION: &[&str] = &["dbus", "gnome-keyring"];
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
/// For a display that is recorded without a window of ours, and a film that is shown on it, and an uplink that is as slow as
/// wanted.
const SHOWING: &[&str] = &[
    "gstreamer1.0-plugins-good",
    "gstreamer1.0-x",
    "iproute2",
    "xvfb",
];
/// For a browser that searches in a recording.
const BROWSING: &[&str] = &["chromium", "chromium-driver"];
/// For the journeys of a computer whose clock is off.
const BENDING_TIME: &[&str] = &["libfaketime"];
/// For what comes from the Python index.
const CHECKING: &[&str] = &["python3-venv"];
/// For a hash that another program makes as ours does.
const HASHING: &[&str] = &["openssl"];
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
    pub(super) fn debian_packages(self) -> Vec<&'static str> {
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
                KEEPING_A_SESSION,
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
                KEEPING_A_SESSION,
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
                KEEPING_A_SESSION,
                PLAYING,
                PICTURING,
            ],
            Self::Bench => &[COMPILING, SENDING_A_SAMPLE, CHECKING, HASHING],
            Self::Postgres => &[POSTGRES],
            Self::BenchServer => &[COMPILING, POSTGRES],
            Self::BenchCapture => &[
                COMPILING,
                SENDING_A_SAMPLE,
                RECORDING,
                SHOWING,
                PLAYING,
                BROWSING,
                KEEPING_A_SESSION,
            ],
            Self::Bundle => &[COMPILING, WINDOW, RECORDING, PACKING],
        };
        groups.concat()
    }

    /// Programs looked for where there is no Debian, with other systems' names for what holds them.
    pub(super) fn programs(self) -> &'static [ProgramToFind] {
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

    pub(super) fn needs_the_window(self) -> bool {
        self.debian_packages().contains(&"libwebkit2gtk-4.1-dev")
    }

    pub(super) fn needs_node(self) -> bool {
        !matches!(
            self,
            Self::Headless | Self::Fixtures | Self::Bench | Self::BenchCapture | Self::Postgres
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headless_needs_nothing_of_window_and_recorder() {
        let packages = Purpose::Headless.debian_packages();
        let others = [WINDOW, RECORDING].concat();
        assert!(packages.iter().all(|package| !others.contains(package)));
        assert!(!Purpose::Headless.needs_node());
    }
}

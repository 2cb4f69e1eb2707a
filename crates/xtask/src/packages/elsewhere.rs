//! What other systems than Debian call it.

#[derive(Debug, Clone, Copy)]
pub(super) struct ProgramToFind {
    pub(super) name: &'static str,
    pub(super) fedora: &'static str,
    pub(super) arch: &'static str,
    pub(super) homebrew: &'static str,
    pub(super) winget: &'static str,
}

pub(super) const CURL: ProgramToFind = ProgramToFind {
    name: "curl",
    fedora: "curl",
    arch: "curl",
    homebrew: "curl",
    winget: "cURL.cURL",
};
pub(super) const FFMPEG: ProgramToFind = ProgramToFind {
    name: "ffmpeg",
    fedora: "ffmpeg-free",
    arch: "ffmpeg",
    homebrew: "ffmpeg",
    winget: "Gyan.FFmpeg",
};
pub(super) const NODE: ProgramToFind = ProgramToFind {
    name: "node",
    fedora: "nodejs-npm",
    arch: "npm",
    homebrew: "node",
    winget: "OpenJS.NodeJS.LTS",
};

pub(super) const PYTHON: ProgramToFind = ProgramToFind {
    name: "python3",
    fedora: "python3",
    arch: "python",
    homebrew: "python",
    winget: "Python.Python.3.13",
};

pub(super) const POSTGRESQL: ProgramToFind = ProgramToFind {
    name: "pg_ctl",
    fedora: "postgresql-server",
    arch: "postgresql",
    homebrew: "postgresql@17",
    winget: "PostgreSQL.PostgreSQL.17",
};

/// What the window and the recorder are built with, where it isn't Debian: Fedora's and Arch Linux's names.
pub(super) const WINDOW: &str = "\
sudo dnf install webkit2gtk4.1-devel libappindicator-gtk3-devel librsvg2-devel dbus-devel gstreamer1-devel gstreamer1-plugins-base gstreamer1-plugins-good gcc pkgconf-pkg-config
  sudo pacman -S webkit2gtk-4.1 libappindicator-gtk3 librsvg dbus gstreamer gst-plugins-base gst-plugins-good base-devel";

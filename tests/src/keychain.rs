//! A session bus of its own with an unlocked keychain on it, as after somebody logged in to their desktop.

use std::path::PathBuf;
use std::process::Stdio;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::{Revui, in_time};

/// What it is made of.
const PIECES: [&str; 3] = ["dbus-daemon", "gnome-keyring-daemon", "gdbus"];

/// A running keychain. Dropping it ends it and forgets what it kept.
pub struct Keychain {
    /// First, so that they end before their folder goes.
    pieces: Vec<Child>,
    folder: TempDir,
}

impl Keychain {
    /// What keeps one from running on this machine.
    pub fn missing_piece() -> Option<String> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        PIECES
            .iter()
            .find(|piece| !std::env::split_paths(&path).any(|folder| folder.join(piece).is_file()))
            .map(|piece| format!("there is no {piece} on this machine"))
    }

    /// Starts it, and returns once it answers.
    pub async fn start() -> Self {
        let folder = TempDir::with_prefix("revui-keychain-").expect("a temporary folder");
        let mut keychain = Self {
            pieces: Vec::new(),
            folder,
        };
        let bus = keychain.start_bus().await;
        let daemon = keychain.start_daemon().await;
        keychain.pieces = vec![daemon, bus];
        keychain
    }

    /// Gives somebody's command line this keychain.
    #[must_use]
    pub fn lend_to(&self, revui: Revui) -> Revui {
        revui
            .with("DBUS_SESSION_BUS_ADDRESS", &self.address())
            .with("XDG_RUNTIME_DIR", &self.folder.path().display().to_string())
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("bus")
    }

    fn address(&self) -> String {
        format!("unix:path={}", self.socket().display())
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| name == "PATH"))
            .env("HOME", self.folder.path())
            .env("XDG_RUNTIME_DIR", self.folder.path())
            .env("DBUS_SESSION_BUS_ADDRESS", self.address())
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// The bus says its address once it listens.
    async fn start_bus(&self) -> Child {
        let mut bus = self
            .command("dbus-daemon")
            .args(["--session", "--nofork", "--print-address=1"])
            .arg(format!("--address={}", self.address()))
            .stdout(Stdio::piped())
            .spawn()
            .expect("dbus-daemon starts");
        let mut lines = BufReader::new(bus.stdout.take().expect("a pipe")).lines();
        in_time("the bus", lines.next_line())
            .await
            .expect("its address");
        bus
    }

    async fn start_daemon(&self) -> Child {
        let mut daemon = self
            .command("gnome-keyring-daemon")
            .args(["--unlock", "--components=secrets", "--foreground"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("gnome-keyring-daemon starts");
        let mut login = daemon.stdin.take().expect("a pipe");
        login
            .write_all(b"a password\n")
            .await
            .expect("a password is taken");
        drop(login);
        let waiting = self
            .command("gdbus")
            .args([
                "wait",
                "--session",
                "--timeout",
                "60",
                "org.freedesktop.secrets",
            ])
            .stdout(Stdio::null())
            .status();
        let there = in_time("the keychain", waiting)
            .await
            .expect("gdbus starts");
        assert!(there.success(), "the keychain is there");
        daemon
    }
}

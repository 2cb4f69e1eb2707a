//! A session bus of its own with an unlocked keychain on it, as after somebody logged in to their desktop.

use std::path::PathBuf;
use std::process::Stdio;

use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

use crate::{Revui, bare, in_time, missing_piece, start_piece};

/// A bus as the system's own, but that nobody on it is started because somebody else asks for them: no keychain either.
const BUS_ALONE: &str = r#"<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// What the bus starts where somebody asks for the desktop's portal: nothing that stays. Where there is one it mounts a file
/// system in the session's folder, which could not be removed then.
const NO_PORTAL: &str = "[D-BUS Service]
Name=org.freedesktop.portal.Desktop
Exec=/bin/false
";

/// A running keychain. Dropping it ends it and forgets what it kept.
pub struct Keychain {
    /// First, so that they end before their folder goes.
    pieces: Vec<Child>,
    folder: TempDir,
}

impl Keychain {
    /// What keeps one from running on this machine.
    pub fn missing_piece() -> Option<String> {
        missing_piece(&["dbus-daemon", "gnome-keyring-daemon", "gdbus"])
    }

    /// Starts it, and returns once it answers.
    pub async fn start() -> Self {
        let mut keychain = Self::nowhere();
        // Looked for here before the system's own.
        let services = keychain.folder.path().join("dbus-1").join("services");
        std::fs::create_dir_all(&services).expect("a folder");
        let portal = services.join("org.freedesktop.portal.Desktop.service");
        std::fs::write(portal, NO_PORTAL).expect("a file");
        let bus = keychain.start_bus("--session").await;
        let daemon = keychain.start_daemon().await;
        keychain.pieces = vec![daemon, bus];
        keychain
    }

    /// Starts its bus alone, as on a desktop that has no keychain.
    pub async fn absent() -> Self {
        let mut keychain = Self::nowhere();
        let file = keychain.folder.path().join("bus.conf");
        std::fs::write(&file, BUS_ALONE).expect("a file");
        let configuration = format!("--config-file={}", file.display());
        keychain.pieces = vec![keychain.start_bus(&configuration).await];
        keychain
    }

    fn nowhere() -> Self {
        Self {
            pieces: Vec::new(),
            folder: TempDir::with_prefix("revui-keychain-").expect("a temporary folder"),
        }
    }

    /// What programs find it by.
    pub fn environment(&self) -> [(&'static str, String); 2] {
        let runtime = self.folder.path().display().to_string();
        [
            ("DBUS_SESSION_BUS_ADDRESS", self.address()),
            ("XDG_RUNTIME_DIR", runtime),
        ]
    }

    /// Gives somebody's command line this keychain.
    #[must_use]
    pub fn lend_to(&self, revui: Revui) -> Revui {
        let environment = self.environment();
        environment
            .iter()
            .fold(revui, |revui, (name, value)| revui.with(name, value))
    }

    /// The address of its session bus.
    pub fn address(&self) -> String {
        format!("unix:path={}", self.socket().display())
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("bus")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = bare(program);
        command
            .env("HOME", self.folder.path())
            .envs(self.environment())
            .stderr(Stdio::null());
        command
    }

    /// The bus says its address once it listens.
    async fn start_bus(&self, configuration: &str) -> Child {
        let mut bus = self.command("dbus-daemon");
        bus.args([configuration, "--nofork", "--print-address=1"])
            .arg(format!("--address={}", self.address()));
        start_piece(bus).await.0
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
            .args(["wait", "--session", "--timeout", "180"])
            .arg("org.freedesktop.secrets")
            .stdout(Stdio::null())
            .status();
        let there = in_time("the keychain", waiting)
            .await
            .expect("gdbus starts");
        assert!(there.success(), "the keychain is there");
        daemon
    }
}

//! One person's desktop: a screen, a session bus, a keychain that is unlocked, and a window manager.
//!
//! Each test has its own, so that tests can run side by side: two windows on one bus would take each other for a second
//! start of the same program.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Longest start of any of the pieces; two cores may be busy with other tests.
const START: Duration = Duration::from_secs(30);

/// Programs of the system that a desktop is made of.
const PIECES: [&str; 8] = [
    "Xvfb",
    "dbus-daemon",
    "gnome-keyring-daemon",
    "gdbus",
    "openbox",
    "xclip",
    "xdotool",
    "WebKitWebDriver",
];

/// Light or dark, as the desktop asks programs to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Light,
    Dark,
}

/// A running desktop. Dropping it ends all its programs and removes its files.
pub(crate) struct Desktop {
    /// First, so that they end before their folder goes.
    pieces: Vec<Child>,
    folder: TempDir,
    display: String,
}

/// What keeps a desktop from being started on this machine; `None` where everything is there.
pub(crate) fn missing_piece() -> Option<String> {
    let path = std::env::var_os("PATH")?;
    PIECES
        .iter()
        .find(|piece| !std::env::split_paths(&path).any(|folder| folder.join(piece).is_file()))
        .map(|piece| format!("there is no {piece} on this machine"))
}

impl Desktop {
    pub(crate) async fn start(look: Look) -> Self {
        let mut desktop = Self {
            pieces: Vec::new(),
            folder: TempDir::with_prefix("revui-desktop-").expect("a temporary folder"),
            display: String::new(),
        };
        desktop.make_folders(look);

        // The server picks a display number that is free and says which, once it accepts clients.
        let screen = desktop.start_piece(
            "Xvfb",
            &[
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1280x900x24",
                "-nolisten",
                "tcp",
            ],
        );
        desktop.display = format!(":{}", screen.await);
        let bus = format!("--address=unix:path={}", desktop.bus().display());
        desktop
            .start_piece(
                "dbus-daemon",
                &["--session", "--nofork", &bus, "--print-address=1"],
            )
            .await;
        desktop.start_keychain().await;
        desktop
            .start_piece("openbox", &["--sm-disable", "--startup", "echo ready"])
            .await;
        desktop
    }

    /// A program as a person at this desktop would start it: nothing of the tests' own surroundings reaches it.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let home = self.folder.path();
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| name == "PATH"))
            .env("LANG", "C.UTF-8")
            .env("HOME", home)
            .env("XDG_RUNTIME_DIR", home.join("run"))
            .env("DISPLAY", &self.display)
            .env(
                "DBUS_SESSION_BUS_ADDRESS",
                format!("unix:path={}", self.bus().display()),
            )
            .env("GDK_BACKEND", "x11")
            .env("NO_AT_BRIDGE", "1")
            .current_dir(home)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Where this person keeps files.
    pub(crate) fn home(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a program of this desktop to its end.
    pub(crate) async fn output(&self, program: &str, arguments: &[&str]) -> Output {
        let output = self.command(program).args(arguments).output();
        world::in_time(program, output)
            .await
            .unwrap_or_else(|error| panic!("{program} cannot be started: {error}"))
    }

    /// Runs a program of this desktop to its end, and returns what it wrote. Fails if it does.
    pub(crate) async fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.output(program, arguments).await;
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs a program of this desktop to its end, and returns whether it succeeds.
    pub(crate) async fn succeeds(&self, program: &str, arguments: &[&str]) -> bool {
        self.output(program, arguments).await.status.success()
    }

    /// Whether a program has this name on the session bus.
    pub(crate) async fn has_on_its_bus(&self, name: &str) -> bool {
        let bus = "--dest=org.freedesktop.DBus";
        let path = "--object-path=/org/freedesktop/DBus";
        let question = "--method=org.freedesktop.DBus.NameHasOwner";
        self.run("gdbus", &["call", "--session", bus, path, question, name])
            .await
            .contains("true")
    }

    /// What a person would paste, once it begins like this: a program hands its clipboard over in its own time.
    pub(crate) async fn clipboard_like(&self, beginning: &str) -> String {
        world::in_time("the clipboard", async {
            loop {
                let output = self
                    .output("xclip", &["-selection", "clipboard", "-out"])
                    .await;
                let text = String::from_utf8_lossy(&output.stdout);
                if text.starts_with(beginning) {
                    return text.into_owned();
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await
    }

    fn bus(&self) -> PathBuf {
        self.folder.path().join("run").join("bus")
    }

    fn make_folders(&self, look: Look) {
        let home = self.folder.path();
        let gtk = home.join(".config").join("gtk-3.0");
        std::fs::create_dir_all(&gtk).expect("folders");
        std::fs::create_dir(home.join("run")).expect("a folder");
        let dark = u8::from(look == Look::Dark);
        let settings = format!("[Settings]\ngtk-application-prefer-dark-theme={dark}\n");
        std::fs::write(gtk.join("settings.ini"), settings).expect("a file");
    }

    /// Starts the secret service with a keychain that a login has opened.
    async fn start_keychain(&mut self) {
        let mut keychain = self
            .command("gnome-keyring-daemon")
            .args(["--unlock", "--components=secrets", "--foreground"])
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("gnome-keyring-daemon starts");
        let mut login = keychain.stdin.take().expect("a pipe");
        login
            .write_all(b"a password\n")
            .await
            .expect("a password is taken");
        drop(login);
        self.pieces.push(keychain);
        self.run(
            "gdbus",
            &[
                "wait",
                "--session",
                "--timeout",
                "30",
                "org.freedesktop.secrets",
            ],
        )
        .await;
    }

    /// Starts a program that goes on, and returns the first line it writes, by which it says that it is ready.
    async fn start_piece(&mut self, program: &str, arguments: &[&str]) -> String {
        let mut piece = self
            .command(program)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{program} cannot be started: {error}"));
        let mut lines = BufReader::new(piece.stdout.take().expect("a pipe")).lines();
        self.pieces.push(piece);
        timeout(START, lines.next_line())
            .await
            .unwrap_or_else(|_| panic!("{program} does not get ready"))
            .expect("what it writes can be read")
            .unwrap_or_else(|| panic!("{program} ended"))
    }
}

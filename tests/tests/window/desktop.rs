//! One person's desktop: a screen, a session bus, a keychain that is unlocked, and a window manager.
//!
//! Each test has its own, so that tests can run side by side: two windows on one bus would take each other for a second
//! start of the same program.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::sleep;
use world::{Keychain, bare, start_piece};

/// Programs of the system that a desktop is made of, beside those of the keychain.
const PIECES: [&str; 5] = ["Xvfb", "openbox", "xclip", "xdotool", "WebKitWebDriver"];

/// Loudspeakers, and a microphone that hears a tone.
const SOUNDS: [&str; 4] = [
    r#"module-null-sink sink_name=speakers norewinds=1 sink_properties=device.description="Desk\ speakers""#,
    "module-null-sink sink_name=throat norewinds=1",
    "module-sine sink=throat frequency=440",
    HEADSET,
];

/// The microphone among them, to be pulled out and plugged in.
pub(crate) const HEADSET: &str = r#"module-remap-source master=throat.monitor source_name=headset source_properties=device.description="Headset\ microphone""#;

/// How often the window system is asked: what it tells, it tells to its windows only.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(50);

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
    keychain: Keychain,
    folder: TempDir,
    display: String,
}

/// What keeps a desktop from being started on this machine; `None` where everything is there.
pub(crate) fn missing_piece() -> Option<String> {
    world::missing_piece(&PIECES).or_else(Keychain::missing_piece)
}

impl Desktop {
    pub(crate) async fn start(look: Look) -> Self {
        Self::start_with(look, Keychain::start().await).await
    }

    /// Starts one on which nobody keeps secrets.
    pub(crate) async fn start_without_a_keychain(look: Look) -> Self {
        Self::start_with(look, Keychain::absent().await).await
    }

    async fn start_with(look: Look, keychain: Keychain) -> Self {
        let folder = TempDir::with_prefix("revui-desktop-").expect("a temporary folder");
        furnish(folder.path(), look);
        // The server picks a display number that is free and says which, once it accepts clients.
        let mut screen = bare("Xvfb");
        // No key repeats itself where whoever presses it is kept from letting it go.
        screen.args("-displayfd 1 -screen 0 1440x900x24 -nolisten tcp -r".split(' '));
        let (screen, number) = start_piece(screen).await;
        let mut desktop = Self {
            pieces: vec![screen],
            keychain,
            folder,
            display: format!(":{number}"),
        };
        let mut manager = desktop.command("openbox");
        manager.args(["--sm-disable", "--startup", "echo ready"]);
        desktop.pieces.push(start_piece(manager).await.0);
        desktop
    }

    /// A program as a person at this desktop would start it: nothing of the tests' own surroundings reaches it.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let home = self.home();
        let mut command = bare(program);
        command
            .env("PATH", path_with(&own_programs(home)))
            .env("LANG", "C.UTF-8")
            .env("HOME", home)
            .env("DISPLAY", &self.display)
            .env("GDK_BACKEND", "x11")
            .env("GSETTINGS_BACKEND", "keyfile")
            .env("NO_AT_BRIDGE", "1")
            // Nobody's real microphone is heard; GStreamer's plugins are looked through once, and not for each home.
            .env("PULSE_SERVER", format!("unix:{}", sound(home).display()))
            .env("GST_REGISTRY", registry())
            .envs(self.keychain.environment())
            .current_dir(home);
        command
    }

    /// Starts a sound server with somebody who hums into a microphone, and with loudspeakers. Dropping it ends it.
    pub(crate) async fn start_sound(&self) -> Child {
        let socket = sound(self.home());
        let mut server = self.command("pulseaudio");
        server
            .args([
                "-n",
                "--daemonize=no",
                "--exit-idle-time=-1",
                "--use-pid-file=no",
            ])
            .arg(format!(
                "--load=module-native-protocol-unix auth-anonymous=1 socket={}",
                socket.display()
            ))
            .args(SOUNDS.map(|module| format!("--load={module}")))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let server = server.spawn().expect("pulseaudio starts");
        world::in_time("the sound server", async {
            while !self.succeeds("pactl", &["info"]).await {
                sleep(LOOK_EVERY).await;
            }
        })
        .await;
        server
    }

    /// Where this person keeps files.
    pub(crate) fn home(&self) -> &Path {
        self.folder.path()
    }

    /// Where they keep recordings: the folder with which a file chooser begins.
    pub(crate) fn videos(&self) -> PathBuf {
        videos(self.home())
    }

    /// Its screen, as programs of the window system name it.
    pub(crate) fn display(&self) -> &str {
        &self.display
    }

    /// The address of its session bus.
    pub(crate) fn bus(&self) -> String {
        self.keychain.address()
    }

    /// Puts a program of the person's own in front of the system's of the same name.
    pub(crate) fn install(&self, name: &str, script: &str) {
        let program = own_programs(self.home()).join(name);
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).expect("a script");
        let runnable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&program, runnable).expect("it may be run");
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

    /// Presses these keys, one after the other, wherever the keyboard is.
    pub(crate) async fn press(&self, keys: &[&str]) {
        let arguments = [&["key", "--clearmodifiers"], keys].concat();
        self.run("xdotool", &arguments).await;
    }

    /// Types, wherever the keyboard is.
    pub(crate) async fn type_text(&self, text: &str) {
        self.run("xdotool", &["type", "--delay", "5", text]).await;
    }

    /// Clicks on the middle of the window with this title.
    pub(crate) async fn click_on(&self, title: &str) {
        let window = self
            .window_titled(title)
            .await
            .expect("it is on the screen");
        let sizes = self
            .run("xdotool", &["getwindowgeometry", "--shell", &window])
            .await;
        let half = |name: &str| {
            let size: Option<u32> = sizes
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix('=')?.parse().ok());
            (size.expect("its size") / 2).to_string()
        };
        let (x, y) = (half("WIDTH"), half("HEIGHT"));
        self.run("xdotool", &["mousemove", "--window", &window, &x, &y])
            .await;
        self.run("xdotool", &["click", "1"]).await;
    }

    /// The window on the screen whose title matches this expression, if there is one.
    pub(crate) async fn window_titled(&self, title: &str) -> Option<String> {
        loop {
            let output = self
                .output("xdotool", &["search", "--onlyvisible", "--name", title])
                .await;
            if output.status.success() {
                return String::from_utf8_lossy(&output.stdout)
                    .lines()
                    .next()
                    .map(str::to_owned);
            }
            // It says nothing when there is none, and complains when a window goes while it looks through them.
            if output.stderr.is_empty() {
                return None;
            }
        }
    }

    /// Gives the window with this title the keyboard, as soon as there is one.
    pub(crate) async fn focus(&self, title: &str) {
        world::in_time(title, async {
            loop {
                if let Some(window) = self.window_titled(title).await
                    && self
                        .succeeds("xdotool", &["windowfocus", "--sync", &window])
                        .await
                {
                    return;
                }
                sleep(LOOK_EVERY).await;
            }
        })
        .await;
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
                sleep(LOOK_EVERY).await;
            }
        })
        .await
    }
}

/// Where their sound server listens, if there is one.
fn sound(home: &Path) -> PathBuf {
    home.join("sound")
}

/// What GStreamer knows of its plugins.
fn registry() -> PathBuf {
    let folder = std::env::var_os("REVUI_FIXTURES").map_or_else(std::env::temp_dir, PathBuf::from);
    folder.join("gstreamer-registry.bin")
}

/// Where a person keeps programs of their own.
fn own_programs(home: &Path) -> PathBuf {
    home.join("bin")
}

fn videos(home: &Path) -> PathBuf {
    home.join("Videos")
}

fn path_with(first: &Path) -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(first.to_owned()).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).expect("folders without a colon")
}

fn furnish(home: &Path, look: Look) {
    let gtk = home.join(".config").join("gtk-3.0");
    std::fs::create_dir_all(&gtk).expect("folders");
    std::fs::create_dir(own_programs(home)).expect("a folder");
    std::fs::create_dir(videos(home)).expect("a folder");
    let dark = u8::from(look == Look::Dark);
    let settings = format!("[Settings]\ngtk-application-prefer-dark-theme={dark}\n");
    std::fs::write(gtk.join("settings.ini"), settings).expect("a file");

    // File choosers begin in the folder in which the program was started, not with what was used last.
    let choices = home.join(".config").join("glib-2.0").join("settings");
    std::fs::create_dir_all(&choices).expect("folders");
    let chooser = "[org/gtk/settings/file-chooser]\nstartup-mode='cwd'\n";
    std::fs::write(choices.join("keyfile"), chooser).expect("a file");
}

//! What a recording needs around it: a display of its own, and a sound server of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use tokio::time::sleep;
use world::{Revui, Running, bare, in_time, start_piece};

/// How often is looked where nobody tells.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How large the display of a test is.
pub(crate) const SIZE: (u16, u16) = (640, 360);

/// A voice of 440 Hz. The sound server has a source of a tone itself, but that one speaks every two seconds only.
pub(crate) const MICROPHONE: [&str; 3] = [
    "module-null-sink sink_name=throat norewinds=1",
    "module-sine sink=throat frequency=440",
    r#"module-remap-source master=throat.monitor source_name=headset source_properties=device.description="Headset\ microphone""#,
];
/// Its name.
pub(crate) const HEADSET: &str = "Headset microphone";
/// Loudspeakers, and music of 880 Hz on them.
pub(crate) const SPEAKERS: [&str; 2] = [
    r#"module-null-sink sink_name=speakers norewinds=1 sink_properties=device.description="Desk\ speakers""#,
    "module-sine sink=speakers frequency=880",
];

/// Held for writing by the tests that count frames: on two cores nobody else may encode then.
static QUIET: RwLock<()> = RwLock::const_new(());

/// Nobody else records as long as this is held.
pub(crate) async fn quiet() -> RwLockWriteGuard<'static, ()> {
    QUIET.write().await
}

/// The system's programs that it is made of.
const PIECES: [&str; 5] = ["Xvfb", "pulseaudio", "pactl", "ffmpeg", "ffprobe"];

/// What keeps tests from recording on this machine.
pub(crate) fn missing_piece() -> Option<String> {
    world::missing_piece(&PIECES)
}

/// Ends a test here, said loudly, where it cannot run.
macro_rules! stage_or_skip {
    ($test:literal) => {
        if let Some(missing) = crate::stage::missing_piece() {
            return world::skip($test, &missing);
        }
    };
}
pub(crate) use stage_or_skip;

/// A display and a folder; dropping it ends all its programs.
pub(crate) struct Stage {
    pieces: Vec<Child>,
    folder: TempDir,
    display: String,
    size: (u16, u16),
    _turn: Turn,
}

#[expect(dead_code, reason = "held for as long as the stage is")]
enum Turn {
    Shared(RwLockReadGuard<'static, ()>),
    Alone(RwLockWriteGuard<'static, ()>),
}

impl Stage {
    /// One beside others.
    pub(crate) async fn start() -> Self {
        Self::with(Turn::Shared(QUIET.read().await), SIZE).await
    }

    /// One that has the machine for itself, as far as these tests go.
    pub(crate) async fn start_alone() -> Self {
        Self::start_alone_of_size(SIZE).await
    }

    /// The same, as large as this.
    pub(crate) async fn start_alone_of_size(size: (u16, u16)) -> Self {
        Self::with(Turn::Alone(QUIET.write().await), size).await
    }

    async fn with(turn: Turn, size: (u16, u16)) -> Self {
        let mut screen = bare("Xvfb");
        let (width, height) = size;
        let mode = format!("{width}x{height}x24");
        screen.args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", &mode]);
        let (screen, number) = start_piece(screen).await;
        Self {
            pieces: vec![screen],
            folder: TempDir::with_prefix("revui-stage-").expect("a temporary folder"),
            display: format!(":{number}"),
            size,
            _turn: turn,
        }
    }

    /// The words that record the screen for a second, without sound.
    pub(crate) fn a_second_into(file: &Path) -> [&str; 6] {
        let file = file.to_str().unwrap();
        ["record", file, "--mic", "none", "--seconds", "1"]
    }

    /// Its display, as programs name it.
    pub(crate) fn display(&self) -> &str {
        &self.display
    }

    /// How large its display is.
    pub(crate) fn size(&self) -> (u16, u16) {
        self.size
    }

    /// Ends its display, as a display server that crashes does.
    pub(crate) async fn end_display(&mut self) {
        self.pieces[0].kill().await.expect("it is killed");
    }

    /// Where recordings go.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// Everything that a program has to know of it.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let at = |name: &str| self.file(name).display().to_string();
        vec![
            ("DISPLAY", self.display.clone()),
            ("PULSE_SERVER", format!("unix:{}", at("sound"))),
            ("XDG_RUNTIME_DIR", at("")),
            // Looked through once, and not for each home of each test.
            ("GST_REGISTRY", registry().display().to_string()),
        ]
    }

    /// A command line before it.
    pub(crate) fn revui(&self) -> Revui {
        self.give(Revui::new())
    }

    /// This command line, before it.
    pub(crate) fn give(&self, revui: Revui) -> Revui {
        let environment = self.environment();
        environment
            .iter()
            .fold(revui, |revui, (name, value)| revui.with(name, value))
    }

    /// Starts a sound server with these modules. The first that can play is the default.
    pub(crate) async fn start_sound(&mut self, modules: &[&str]) {
        let mut server = bare("pulseaudio");
        let home = self.folder().display().to_string();
        let socket = self.file("sound");
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
            .args(modules.iter().map(|module| format!("--load={module}")))
            .env("HOME", &home)
            .env("XDG_RUNTIME_DIR", &home)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.pieces.push(server.spawn().expect("pulseaudio starts"));
        in_time("the sound server", async {
            while !self.pactl(&["info"]).await.0 {
                sleep(LOOK_EVERY).await;
            }
        })
        .await;
    }

    /// Plugs in a microphone whose clock runs so much faster than this computer's. It hears a beep every second of its own.
    pub(crate) async fn plug_in(&mut self, name: &str, faster: f64) {
        let fifo = self.file(name).display().to_string();
        let named = [format!("file={fifo}"), format!("source_name={name}")];
        let kind = ["format=s16le", "rate=48000", "channels=1"];
        let module = ["load-module", "module-pipe-source"].into_iter();
        let module = module.chain(named.iter().map(String::as_str)).chain(kind);
        let (plugged_in, said) = self.pactl(&module.collect::<Vec<_>>()).await;
        assert!(plugged_in, "{said}");
        let beeps = "aevalsrc=exprs='0.8*sin(2*PI*1000*t)*lt(mod(t,1),0.1)':s=48000:nb_samples=480";
        let mut membrane = bare("ffmpeg");
        membrane
            .args(["-v", "error", "-nostdin", "-y"])
            .args(["-readrate", &faster.to_string()])
            .args(["-f", "lavfi", "-i", beeps, "-f", "s16le", "-ac", "1", &fifo]);
        self.pieces.push(membrane.spawn().expect("ffmpeg starts"));
    }

    /// Tells the sound server something; whether it did it, and what it answers.
    pub(crate) async fn pactl(&self, arguments: &[&str]) -> (bool, String) {
        let mut pactl = bare("pactl");
        pactl.args(arguments).envs(self.environment());
        let answer = in_time("pactl", pactl.output()).await.expect("it starts");
        let said = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
        (answer.status.success(), said)
    }
}

/// What GStreamer knows of its plugins.
pub(crate) fn registry() -> PathBuf {
    let folder = std::env::var_os("REVUI_FIXTURES").map_or_else(std::env::temp_dir, PathBuf::from);
    folder.join("gstreamer-registry.bin")
}

/// Those of `revui`'s children that record.
pub(crate) async fn helper_of(revui: u32) -> u32 {
    let children = format!("/proc/{revui}/task");
    in_time("the helper", async {
        loop {
            for thread in std::fs::read_dir(&children).into_iter().flatten().flatten() {
                let list = std::fs::read_to_string(thread.path().join("children"));
                let list = list.unwrap_or_default();
                if let Some(child) = list.split_whitespace().next() {
                    return child.parse().expect("a process id");
                }
            }
            sleep(LOOK_EVERY).await;
        }
    })
    .await
}

/// Sends a signal, by its name without `SIG`.
pub(crate) async fn signal(process: u32, name: &str) {
    let sent = Command::new("kill")
        .args(["-s", name, &process.to_string()])
        .status()
        .await;
    assert!(sent.is_ok_and(|status| status.success()), "SIG{name}");
}

/// Kills one together with its helper, which cannot finish its file then. Stopping that first would not do: the end of its
/// parent wakes it, as the system does with whatever nobody else could wake.
pub(crate) async fn kill_both(running: Running, helper: u32) {
    let both = [running.id(), helper].map(|process| process.to_string());
    let sent = Command::new("kill")
        .args(["-s", "KILL"])
        .args(both)
        .status()
        .await;
    assert!(sent.is_ok_and(|status| status.success()), "SIGKILL");
    running.kill().await;
    is_gone(helper).await;
}

/// Waits until a process is no more.
pub(crate) async fn is_gone(process: u32) {
    let entry = PathBuf::from(format!("/proc/{process}/exe"));
    in_time("its end", async {
        // A dead process that nobody has asked about yet has no program any more.
        while std::fs::read_link(&entry).is_ok() {
            sleep(LOOK_EVERY).await;
        }
    })
    .await;
}

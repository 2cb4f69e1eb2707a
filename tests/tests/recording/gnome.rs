//! A GNOME desktop without a monitor: its compositor, `PipeWire`, the portal with GNOME's part of it, and a hand that answers
//! the dialog which that shows.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::sync::RwLockWriteGuard;
use tokio::time::sleep;
use world::{Revui, bare, in_time, start_piece};
use zbus::zvariant::{DynamicType, OwnedObjectPath};
use zbus::{Proxy, connection};

use crate::stage::{LOOK_EVERY, quiet, registry, signal};

/// Its virtual monitor, of odd sides. The compositor renders without a graphics card: small is quick.
const MONITOR: &str = "641x361";
const DISPLAY: &str = "wayland-revui";

/// Where the dialog, in the middle of that monitor, has its buttons.
const SHARE: (f64, f64) = (534.0, 53.0);
const CANCEL: (f64, f64) = (111.0, 53.0);
/// The dialog takes its time to come.
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// Linux's number of the left button.
const LEFT: i32 = 272;

const PIECES: [&str; 7] = [
    "dbus-daemon",
    "ffmpeg",
    "ffplay",
    "ffprobe",
    "mutter",
    "pipewire",
    "wireplumber",
];
/// What the bus starts when somebody asks for it, as the distribution's packages say how.
const SERVICES: &str = "/usr/share/dbus-1/services";
const STARTED_WHEN_ASKED: [&str; 3] = [
    "org.freedesktop.portal.Desktop.service",
    "org.freedesktop.impl.portal.desktop.gnome.service",
    "org.freedesktop.impl.portal.PermissionStore.service",
];

/// Why there can be none on this machine.
pub(crate) fn missing_piece() -> Option<String> {
    world::missing_piece(&PIECES).or_else(|| {
        let is_there = |name: &str| Path::new(SERVICES).join(name).is_file();
        let missing = STARTED_WHEN_ASKED.iter().find(|name| !is_there(name));
        missing.map(|name| format!("there is no {name} on this machine"))
    })
}

/// A desktop's session. Dropping it ends all its programs.
pub(crate) struct Gnome {
    pieces: Vec<Child>,
    folder: TempDir,
    _quiet: RwLockWriteGuard<'static, ()>,
}

impl Gnome {
    /// A bus, and nothing on it.
    pub(crate) async fn bare_bus() -> Self {
        Self::with(&[]).await
    }

    /// All of it.
    pub(crate) async fn start() -> Self {
        let mut this = Self::with(&STARTED_WHEN_ASKED).await;
        this.begin("pipewire", &[]);
        this.has("pipewire-0").await;
        this.begin("wireplumber", &[]);
        let monitor = ["--virtual-monitor", MONITOR];
        let display = format!("--wayland-display={DISPLAY}");
        let headless = ["--headless", "--wayland", "--no-x11", &display];
        this.begin("mutter", &[&headless[..], &monitor[..]].concat());
        this.has(DISPLAY).await;
        this
    }

    async fn with(services: &[&str]) -> Self {
        let folder = TempDir::with_prefix("revui-gnome-").expect("a temporary folder");
        let offered = folder.path().join("services");
        std::fs::create_dir(&offered).unwrap();
        for name in services {
            std::fs::copy(Path::new(SERVICES).join(name), offered.join(name)).unwrap();
        }
        let bus = folder.path().join("bus.conf");
        let settings = format!(
            r#"<busconfig><type>session</type><listen>unix:path={}</listen><servicedir>{}</servicedir>
<policy context="default"><allow send_destination="*"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"#,
            folder.path().join("bus").display(),
            offered.display(),
        );
        std::fs::write(&bus, settings).unwrap();
        let mut this = Self {
            pieces: Vec::new(),
            folder,
            _quiet: quiet().await,
        };
        let mut daemon = this.program("dbus-daemon");
        daemon
            .arg(format!("--config-file={}", bus.display()))
            .args(["--nofork", "--print-address"]);
        let (daemon, _) = start_piece(daemon).await;
        this.pieces.push(daemon);
        this
    }

    /// Where recordings go, and the session has its sockets.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn bus(&self) -> String {
        format!("unix:path={}", self.file("bus").display())
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        let folder = self.folder.path().display().to_string();
        vec![
            ("DBUS_SESSION_BUS_ADDRESS", self.bus()),
            ("GSETTINGS_BACKEND", "memory".to_owned()),
            ("GST_REGISTRY", registry().display().to_string()),
            ("WAYLAND_DISPLAY", DISPLAY.to_owned()),
            ("XDG_CURRENT_DESKTOP", "GNOME".to_owned()),
            ("XDG_RUNTIME_DIR", folder),
        ]
    }

    fn program(&self, name: &str) -> Command {
        let mut program = bare(name);
        program
            .env("HOME", self.folder.path())
            .envs(self.environment())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        program
    }

    fn begin(&mut self, name: &str, arguments: &[&str]) {
        let begun = self.program(name).args(arguments).spawn();
        self.pieces.push(begun.expect("it starts"));
    }

    async fn has(&self, socket: &str) {
        let socket = self.file(socket);
        in_time("a socket", async {
            while !socket.exists() {
                sleep(LOOK_EVERY).await;
            }
        })
        .await;
    }

    /// A command line in it.
    pub(crate) fn revui(&self) -> Revui {
        let environment = self.environment();
        environment
            .iter()
            .fold(Revui::new(), |revui, (name, value)| revui.with(name, value))
    }

    /// Fills its screen with the time, as [`Pattern`](crate::pattern::Pattern) does, thirty times a second.
    pub(crate) fn show_the_time(&mut self) {
        const GRAY: &str = "st(0,N+floor(N/2)-2*bitand(N,floor(N/2)))";
        let columns = format!(
            "color=s=20x2:r=30,format=gray,geq=lum='{GRAY};255*mod(floor(ld(0)/pow(2,X)),2)',\
             scale=640:360:flags=neighbor,setsar=1"
        );
        let mut player = self.program("ffplay");
        player
            .args(["-v", "quiet", "-fs", "-f", "lavfi", "-i", &columns])
            .env("SDL_AUDIODRIVER", "dummy")
            .env("SDL_RENDER_DRIVER", "software")
            .env("SDL_VIDEODRIVER", "wayland");
        self.pieces.push(player.spawn().expect("it starts"));
    }

    /// Sends its compositor a signal, by its name without `SIG`.
    pub(crate) async fn signal_compositor(&self, name: &str) {
        // It was begun after the bus, PipeWire and what joins its streams.
        let compositor = self.pieces[3].id().expect("it goes on");
        signal(compositor, name).await;
    }

    /// Lets the desktop's person answer its dialog until something comes of it.
    pub(crate) async fn answers<T>(&self, allow: bool, outcome: impl Future<Output = T>) -> T {
        let hand = Hand::on(&self.bus()).await;
        let at = if allow { SHARE } else { CANCEL };
        let clicking = async {
            loop {
                sleep(AGAIN_AFTER).await;
                hand.clicks(at).await;
            }
        };
        tokio::select! {
            outcome = outcome => outcome,
            never = clicking => never,
        }
    }
}

/// A mouse, which the compositor lends to programs that help from afar.
struct Hand {
    session: Proxy<'static>,
}

impl Hand {
    async fn on(bus: &str) -> Self {
        const NAME: &str = "org.gnome.Mutter.RemoteDesktop";
        const SESSION: &str = "org.gnome.Mutter.RemoteDesktop.Session";
        let connection = connection::Builder::address(bus).unwrap().build();
        let connection = connection.await.expect("a bus");
        let path = "/org/gnome/Mutter/RemoteDesktop";
        let desktop = Proxy::new(&connection, NAME, path, NAME).await.unwrap();
        // The compositor has its socket before it has its name on the bus.
        let session: OwnedObjectPath = in_time("a mouse", async {
            loop {
                match desktop.call("CreateSession", &()).await {
                    Ok(session) => return session,
                    Err(_) => sleep(LOOK_EVERY).await,
                }
            }
        })
        .await;
        let session = Proxy::new(&connection, NAME, session, SESSION)
            .await
            .unwrap();
        session.call_method("Start", &()).await.expect("a mouse");
        Self { session }
    }

    async fn clicks(&self, at: (f64, f64)) {
        const FAR: f64 = -10_000.0;
        // From the upper left corner, beyond which there is nothing.
        for by in [(FAR, FAR), at] {
            self.does("NotifyPointerMotionRelative", &by).await;
        }
        for pressed in [true, false] {
            self.does("NotifyPointerButton", &(LEFT, pressed)).await;
        }
    }

    async fn does<B: serde::Serialize + DynamicType>(&self, what: &str, how: &B) {
        let done = self.session.call_method(what, how).await;
        done.unwrap_or_else(|error| panic!("{what}: {error}"));
    }
}

//! A PostgreSQL server of a test's own, which it stops and starts as it likes. `REVUI_TEST_POSTGRES_PROGRAMS` names the
//! folder of its programs.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use url::Url;

/// A server tells nobody when it is ready but whoever asks.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Below it are the ports of well-known services.
const LOWEST_PORT: u16 = 10_000;

/// A server and its folder. Dropping it ends it.
pub(crate) struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    server: Option<Child>,
}

impl Cluster {
    /// One that runs; none where the programs are not named.
    pub(crate) async fn start() -> Option<Self> {
        let programs = PathBuf::from(std::env::var_os("REVUI_TEST_POSTGRES_PROGRAMS")?);
        let mut make = as_postgres("mktemp");
        make.args(["--directory", "--tmpdir", "revui-cluster-XXXXXX"]);
        let made = make.output().unwrap();
        let folder = PathBuf::from(String::from_utf8(made.stdout).unwrap().trim_end());
        let made = as_postgres(programs.join("initdb"))
            .arg("--pgdata")
            .arg(folder.join("data"))
            // Nobody but this test knows the port, and for no longer than it runs.
            .args(["--username=postgres", "--auth=trust", "--no-sync"])
            .args(["--encoding=UTF8", "--locale=C.UTF-8"])
            .stdout(Stdio::null())
            .status();
        assert!(made.unwrap().success(), "initdb");
        let port = free_port();
        let mut cluster = Self {
            programs,
            folder,
            port,
            server: None,
        };
        cluster.go_on().await;
        Some(cluster)
    }

    /// Its administrator's address.
    pub(crate) fn administrator(&self) -> Url {
        let url = format!("postgres://postgres:none@127.0.0.1:{}/postgres", self.port);
        url.parse().unwrap()
    }

    /// Starts it over what it had.
    pub(crate) async fn go_on(&mut self) {
        let mut command = as_postgres(self.programs.join("postgres"));
        command
            .arg("-D")
            .arg(self.folder.join("data"))
            .args(["-p", &self.port.to_string(), "-k"])
            .arg(&self.folder)
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.server = Some(command.spawn().unwrap());
        while !self.is_ready() {
            let ended = self.server.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "PostgreSQL ended: {ended:?}");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn is_ready(&self) -> bool {
        Command::new(self.programs.join("pg_isready"))
            .args(["--quiet", "--host=127.0.0.1"])
            .args(["--port", &self.port.to_string()])
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Ends it, and with it every connection.
    pub(crate) fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let id = server.id().to_string();
            let told = Command::new("kill").args(["-s", "INT", &id]).status();
            assert!(told.unwrap().success());
            server.wait().unwrap();
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let id = server.id().to_string();
            let _ = Command::new("kill").args(["-s", "QUIT", &id]).status();
            let _ = server.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// It refuses to run as root: for root it is run by the user that its package has made. It ends with this test, whatever
/// ends that.
fn as_postgres(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if owner_of(Path::new("/proc/self")) == 0 {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    }
    command.arg("--").arg(program).current_dir("/");
    command
}

/// A port that nobody else is given while this test runs: free now, and below those that the system hands out to whoever
/// asks for any.
fn free_port() -> u16 {
    let handed_out = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap();
    let first: u16 = handed_out
        .split_whitespace()
        .next()
        .unwrap()
        .parse()
        .unwrap();
    loop {
        let port = rand::random_range(LOWEST_PORT..first.max(LOWEST_PORT + 1_000));
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn owner_of(path: &Path) -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).unwrap().uid()
}

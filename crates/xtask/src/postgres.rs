//! A PostgreSQL server on this computer, for the length of a test run: Debian's programs over a folder of its own, on a port
//! that only this computer reaches. Nothing of it outlives the run.

use std::ffi::OsString;
use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::packages::{self, Purpose};
use crate::processes::{self, Program};

/// Its administrator's URL, for whoever makes databases on it.
pub(crate) const URL_VARIABLE: &str = "REVUI_TEST_POSTGRES";

/// Where its programs are, for whoever starts one of their own.
pub(crate) const PROGRAMS_VARIABLE: &str = "REVUI_TEST_POSTGRES_PROGRAMS";

/// The database that tests keep their rows in.
pub(crate) const DATABASE_VARIABLE: &str = "REVUI_TEST_DATABASE";

/// Debian keeps each version's programs in a folder of their own, outside `PATH`.
const DEBIAN_PROGRAMS: &str = "/usr/lib/postgresql";

const READY_WITHIN: Duration = Duration::from_mins(1);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What is held to nothing but this run: what it wrote need not survive the computer.
const HASTY: &[&str] = &[
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
];

/// What every server of ours is told: nobody but this computer reaches it, and many tests at once do.
const SETTINGS: &[&str] = &["listen_addresses=127.0.0.1", "max_connections=300"];

/// A running server. Dropping it ends it and removes its folder.
pub(crate) struct Postgres {
    /// The administrator's.
    pub(crate) url: String,
    /// Its programs.
    pub(crate) programs: PathBuf,
    server: Option<Program>,
    folder: PathBuf,
}

impl Postgres {
    /// For tests: it writes nothing to the disk before it has to.
    pub(crate) fn start() -> Result<Self, Failure> {
        Self::start_with(HASTY)
    }

    /// As it comes, for measuring: what it acknowledges is on the disk.
    pub(crate) fn start_durable() -> Result<Self, Failure> {
        Self::start_with(&["shared_buffers=1GB"])
    }

    fn start_with(settings: &[&str]) -> Result<Self, Failure> {
        let programs = programs()?;
        let made = processes::capture(as_postgres("mktemp").args([
            "--directory",
            "--tmpdir",
            "revui-postgres-XXXXXX",
        ]))?;
        let folder = PathBuf::from(made.trim_end());
        let mut postgres = Self {
            url: String::new(),
            programs,
            server: None,
            folder,
        };
        postgres.lay_out_and_run(settings)?;
        Ok(postgres)
    }

    fn lay_out_and_run(&mut self, settings: &[&str]) -> Result<(), Failure> {
        let password = format!("{:016x}", RandomState::new().hash_one(&self.folder));
        let password_file = self.folder.join("password");
        // Not by an argument, which everybody on this computer may read.
        processes::capture_with_input(
            as_postgres("sh")
                .args(["-c", r#"umask 077; cat > "$0""#])
                .arg(&password_file),
            &password,
        )?;
        let data = self.folder.join("data");
        processes::capture(
            as_postgres(self.programs.join("initdb"))
                .arg("--pgdata")
                .arg(&data)
                .arg("--pwfile")
                .arg(&password_file)
                .args([
                    "--username=postgres",
                    "--auth-local=reject",
                    "--auth-host=password",
                ])
                .args(["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
                .stdin(Stdio::null()),
        )?;
        let port = free_port()?;
        let mut command = as_postgres(self.programs.join("postgres"));
        command
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string()])
            .arg("-k")
            .arg(&self.folder);
        for setting in SETTINGS.iter().chain(settings) {
            command.args(["-c", setting]);
        }
        let log = self.folder.join("log");
        processes::capture(as_postgres("touch").arg(&log))?;
        let log = fs::File::options()
            .append(true)
            .open(&log)
            .map_err(Failure::file("open", &log))?;
        let server = Program::start(
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log),
        )?;
        self.wait_for(&server, port)?;
        self.server = Some(server);
        self.url = format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres");
        Ok(())
    }

    fn wait_for(&self, server: &Program, port: u16) -> Result<(), Failure> {
        let began = Instant::now();
        let ready = || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
                && Command::new(self.programs.join("pg_isready"))
                    .args(["--quiet", "--host=127.0.0.1", "--port", &port.to_string()])
                    .status()
                    .is_ok_and(|status| status.success())
        };
        while !ready() {
            if let Some(status) = server.ends_within(LOOK_EVERY)? {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                return Err(Failure::Unexpected {
                    what: format!("PostgreSQL ended ({status}):\n{log}"),
                });
            }
            if began.elapsed() > READY_WITHIN {
                return Err(Failure::Unexpected {
                    what: "PostgreSQL is not ready".to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Tells a command where it is.
    pub(crate) fn tell<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env(URL_VARIABLE, &self.url)
            .env(PROGRAMS_VARIABLE, &self.programs)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // First it, then what it lives on. Asked like this it does not wait for whoever is still connected.
        if self.server.is_some() {
            let mut stop = as_postgres(self.programs.join("pg_ctl"));
            stop.args(["stop", "--silent", "--mode=fast", "--pgdata"])
                .arg(self.folder.join("data"));
            let _ = stop.stdout(Stdio::null()).stderr(Stdio::null()).status();
        }
        self.server = None;
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// `cargo xtask with postgres -- COMMAND…`: a command of the developer's, with a server to try things on.
pub(crate) fn run_with(command: &[OsString]) -> Result<(), Failure> {
    packages::ensure(Purpose::Postgres)?;
    let Some((program, arguments)) = command.split_first() else {
        return Err(Failure::Usage("a command is missing".to_owned()));
    };
    let postgres = Postgres::start()?;
    let mut command = Command::new(program);
    command.args(arguments).env(DATABASE_VARIABLE, "postgres");
    processes::run(postgres.tell(&mut command))
}

/// The newest version's.
fn programs() -> Result<PathBuf, Failure> {
    if let Some(path) = std::env::var_os("PATH")
        && let Some(folder) = std::env::split_paths(&path).find(|folder| has_all(folder))
    {
        return Ok(folder);
    }
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(DEBIAN_PROGRAMS)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, folder)| has_all(folder))
        .collect();
    versions.sort();
    versions.pop().map(|(_, folder)| folder).ok_or_else(|| {
        Failure::NotSetUp(format!(
            "PostgreSQL's programs are neither on PATH nor in {DEBIAN_PROGRAMS}"
        ))
    })
}

fn has_all(folder: &Path) -> bool {
    ["initdb", "postgres", "pg_isready", "pg_ctl", "psql"]
        .iter()
        .all(|program| folder.join(program).is_file())
}

/// A program that ends with this one, whatever ends this one. PostgreSQL refuses to run as root: for root it is run by the
/// user that its package has made.
fn as_postgres(program: impl AsRef<std::ffi::OsStr>) -> Command {
    if !cfg!(target_os = "linux") {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    // SIGINT ends it at once; SIGTERM would wait for whoever is connected.
    command.args(["--pdeathsig", "INT"]);
    if is_root() {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    }
    command.arg("--").arg(program);
    // What it makes lies where that user may go.
    command.current_dir(std::env::temp_dir());
    command
}

#[cfg(unix)]
fn is_root() -> bool {
    processes::capture(Command::new("id").arg("--user")).is_ok_and(|id| id.trim() == "0")
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16, Failure> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Failure::Unexpected {
            what: format!("no free port: {error}"),
        })
}

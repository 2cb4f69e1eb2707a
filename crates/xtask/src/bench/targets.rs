//! Where uploads go: a discarding server, plain or behind TLS, and the embedded store; each with a backend that signs for
//! it.

use std::cell::RefCell;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use super::programs::Built;
use crate::api;
use crate::demo::Demo;
use crate::failure::Failure;
use crate::processes::{self, Program};

/// What a discarding server takes for a bucket and an account: it looks at neither.
const BUCKET: &str = "bench-recordings";
const KEYS: (&str, &str) = ("bench", "bench-discards-everything");

const TENANT: &str = "bench";
const TASK: &str = "bench-task";
const EMAIL: &str = "bench@bench.example";
/// For a user of a backend on loopback that ends with this run.
const PASSWORD: &str = "bench of this machine";

/// An access token lives for fifteen minutes, and the longest single upload for less than ten.
const TOKEN_USED_FOR: Duration = Duration::from_mins(4);

const READY_WITHIN: Duration = Duration::from_mins(1);

/// Which kind of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Plain,
    Tls,
    Embedded,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Plain, Self::Tls, Self::Embedded];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plain => "discarding, plain",
            Self::Tls => "discarding, TLS",
            Self::Embedded => "embedded store",
        }
    }
}

/// A store that is reached, with the account that may.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub(crate) kind: Kind,
    pub(crate) endpoint: String,
    pub(crate) bucket: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    /// The authority's certificate to trust.
    pub(crate) certificates: Option<PathBuf>,
}

/// A backend that signs for a store.
pub(crate) struct Backend {
    /// Its origin.
    pub(crate) server: String,
    pub(crate) task: String,
    email: String,
    password: String,
    token: RefCell<Option<(String, Instant)>>,
}

/// A store with its backend. Dropping it ends both.
pub(crate) struct Target {
    pub(crate) store: Store,
    pub(crate) backend: Backend,
    /// Whether the backend takes uploads in parts.
    pub(crate) takes_parts: bool,
    /// The backend's origin when it says nothing of parts.
    pub(crate) without_parts: String,
    _programs: Vec<Program>,
}

impl Target {
    /// Starts it over an empty folder.
    pub(crate) fn start(kind: Kind, built: &Built, room: &Path) -> Result<Self, Failure> {
        let mut programs = Vec::new();
        let (store, backend) = if kind == Kind::Embedded {
            let (store, backend, program) = embedded(built, room)?;
            programs.push(program);
            (store, backend)
        } else {
            let (store, discarding) = discarding(kind, built, room)?;
            let (backend, program) = Backend::start(built, &store, room)?;
            programs.extend([program, discarding]);
            (store, backend)
        };
        let (front, without_parts) =
            first_line(Command::new(&built.far_side).args(["without-parts", &backend.server]))?;
        programs.insert(0, front);
        Ok(Self {
            takes_parts: api::takes_parts(&backend.server)?,
            store,
            backend,
            without_parts,
            _programs: programs,
        })
    }
}

/// Starts a program that says where it serves.
pub(crate) fn telling(
    command: &mut Command,
) -> Result<(Program, String, Receiver<String>), Failure> {
    let (program, lines) = Program::start_telling(command)?;
    let first = lines.recv_timeout(READY_WITHIN);
    processes::check_interrupt()?;
    let first = first.map_err(|_| Failure::Unexpected {
        what: "a program that should serve says nothing".to_owned(),
    })?;
    Ok((program, first, lines))
}

fn first_line(command: &mut Command) -> Result<(Program, String), Failure> {
    let (program, line, _) = telling(command)?;
    Ok((program, line))
}

fn discarding(kind: Kind, built: &Built, room: &Path) -> Result<(Store, Program), Failure> {
    let mut command = Command::new(&built.far_side);
    command.arg("discard");
    let certificates = (kind == Kind::Tls).then(|| room.join("authority.pem"));
    if let Some(file) = &certificates {
        command.arg(file);
    }
    let (program, endpoint) = first_line(&mut command)?;
    let store = Store {
        kind,
        endpoint,
        bucket: BUCKET.to_owned(),
        access_key_id: KEYS.0.to_owned(),
        secret_access_key: KEYS.1.to_owned(),
        certificates,
    };
    Ok((store, program))
}

fn embedded(built: &Built, room: &Path) -> Result<(Store, Backend, Program), Failure> {
    let mut server = Command::new(&built.server);
    server.stdout(Stdio::null());
    let demo = Demo::start(server, room, 0)?;
    let secrets = room.join("secrets.json");
    let secrets = fs::read_to_string(&secrets).map_err(Failure::file("read", &secrets))?;
    let store = Store {
        kind: Kind::Embedded,
        endpoint: demo.store,
        bucket: demo.bucket,
        access_key_id: api::text_at(&secrets, "/accessKeyId")?,
        secret_access_key: api::text_at(&secrets, "/secretAccessKey")?,
        certificates: None,
    };
    let backend = Backend {
        server: demo.server,
        task: demo.task,
        email: demo.email,
        password: demo.password,
        token: RefCell::default(),
    };
    Ok((store, backend, demo.program))
}

impl Backend {
    /// The real one, over a store that is not its own: its one user is made first.
    pub(crate) fn start(
        built: &Built,
        store: &Store,
        room: &Path,
    ) -> Result<(Self, Program), Failure> {
        let order = |words: &[&str]| {
            let mut command = Command::new(&built.server);
            command.args(words).current_dir(room).env(
                "DATABASE_URL",
                format!("sqlite:{}", room.join("bench.db").display()),
            );
            command
        };
        let add_user = ["user", "add", EMAIL, "--tenant", TENANT, "--name", "Bench"];
        processes::capture(&mut order(&["tenant", "add", TENANT, "--name", "Bench"]))?;
        processes::capture(&mut order(&[
            "task", "add", TASK, "--tenant", TENANT, "--name", "Bench",
        ]))?;
        processes::capture_with_input(&mut order(&add_user), &format!("{PASSWORD}\n"))?;

        let log = room.join("server.log");
        let log = fs::File::create(&log).map_err(Failure::file("write", &log))?;
        let mut serve = order(&["serve", "--port", "0"]);
        serve
            .env("AWS_REGION", "us-east-1")
            .env("AWS_S3_BUCKET_NAME", &store.bucket)
            .env("AWS_ACCESS_KEY_ID", &store.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", &store.secret_access_key)
            .env("AWS_ENDPOINT_URL_S3", &store.endpoint)
            // What it is on AWS without a word: what is measured is what is shipped.
            .env("AWS_S3_CHECKSUM", "CRC64NVME")
            .env("JWT_SECRET", "signs tokens of one run of a benchmark")
            .env_remove("HOST")
            .stderr(log);
        trusting(&mut serve, store);
        let (program, server) = first_line(&mut serve)?;
        let backend = Self {
            server,
            task: TASK.to_owned(),
            email: EMAIL.to_owned(),
            password: PASSWORD.to_owned(),
            token: RefCell::default(),
        };
        Ok((backend, program))
    }

    /// An access token with most of its life before it.
    pub(crate) fn token(&self) -> Result<String, Failure> {
        if let Some((token, since)) = &*self.token.borrow()
            && since.elapsed() < TOKEN_USED_FOR
        {
            return Ok(token.clone());
        }
        let token = api::sign_in(&self.server, &self.email, &self.password)?;
        self.token.replace(Some((token.clone(), Instant::now())));
        Ok(token)
    }

    /// A presigned URL for one recording.
    pub(crate) fn presigned(&self) -> Result<String, Failure> {
        api::presigned(&self.server, &self.token()?, &self.task)
    }
}

/// Lets a program trust the store's certificate, in the words that Rust's and Go's programs know.
pub(crate) fn trusting(command: &mut Command, store: &Store) {
    if let Some(certificates) = &store.certificates {
        command.env("SSL_CERT_FILE", certificates);
    }
}

/// How many bytes of bodies a plain discarding server has received so far.
pub(crate) fn received_bytes(store: &Store) -> Result<u64, Failure> {
    let ask = || -> std::io::Result<String> {
        let address = store.endpoint.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(b"GET /-/received HTTP/1.1\r\nhost: bench\r\n\r\n")?;
        stream.shutdown(std::net::Shutdown::Write)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = ask().unwrap_or_default();
    let count = answer
        .rsplit("\r\n")
        .next()
        .and_then(|text| text.parse().ok());
    count.ok_or_else(|| Failure::Unexpected {
        what: "the discarding server does not say what it has received".to_owned(),
    })
}

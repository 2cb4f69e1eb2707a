//! Where uploads are killed: a store, a backend and a client, each a process of its own, started as their users start
//! them, with the way to the store counted.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use server::configuration::ServeOptions;
use server::{Clock, Configuration};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

use super::Victim;
use super::tally::Tally;
use crate::ports::Ports;
use crate::{Revui, bare, files_under, in_time, program};

const TENANT: &str = "killing";
pub(super) const TASK: &str = "killing-task";
const USER: &str = "user@killing.example";
const ADMIN: &str = "admin@killing.example";
/// Of accounts that live as long as a temporary folder.
const PASSWORD: &str = "killed again and again";

/// The sweep leaves alone what is younger than a day.
const DAYS_LATER: i64 = 3;

/// An access token lives for fifteen minutes; no upload here takes five.
const TOKENS_USED_FOR: Duration = Duration::from_mins(8);

/// Three processes and their data. Dropping it kills them.
pub(super) struct Ground {
    folder: TempDir,
    store: Process,
    backend: Process,
    pub(super) tally: Tally,
    user: String,
    admin: String,
    signed_in_at: Instant,
    /// What lay in the store before anything was uploaded.
    furniture: BTreeSet<PathBuf>,
    pub(super) http: reqwest::Client,
    _ports: Ports,
}

/// A program that is started again as it was.
struct Process {
    listens_at: SocketAddr,
    environment: Vec<(&'static str, String)>,
    arguments: Vec<String>,
    folder: PathBuf,
    child: Option<Child>,
}

impl Process {
    /// Starts it, and returns once it says where it serves.
    async fn start(&mut self) {
        let mut command = revui_server(&self.folder);
        command.args(&self.arguments).envs(self.environment.clone());
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("revui-server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let said = in_time("revui-server", lines.next_line())
            .await
            .expect("lines");
        assert!(said.is_some(), "revui-server ended:\n{}", log(&self.folder));
        self.child = Some(child);
    }

    async fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().await.expect("it is killed");
        }
    }
}

/// `revui-server`, in its folder, with nothing of the tests' own surroundings.
fn revui_server(folder: &Path) -> Command {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("server.log"))
        .expect("a log file");
    let mut command = bare(program("revui-server"));
    command
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(log);
    command
}

/// The end of what a server has logged.
fn log(folder: &Path) -> String {
    let text = std::fs::read_to_string(folder.join("server.log")).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

impl Ground {
    /// Starts everything over empty folders.
    pub(super) async fn start() -> Self {
        let folder = TempDir::with_prefix("revui-killing-").expect("a temporary folder");
        let [store_folder, backend_folder] = ["store", "backend"].map(|name| {
            let folder = folder.path().join(name);
            std::fs::create_dir(&folder).expect("a folder");
            folder
        });
        let ports = Ports::claim(3);
        let [beside, store_port, backend_port] = [0, 1, 2].map(|next| ports.first() + next);
        let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut store = Process {
            listens_at: loopback(store_port),
            environment: Vec::new(),
            arguments: words(&["serve", "--embedded", "--data", ".", "--port"], beside),
            folder: store_folder,
            child: None,
        };
        store.start().await;
        let tally = Tally::to(loopback(store_port)).await;
        let keys = Keys::of(&store.folder);
        let backend = Process {
            listens_at: loopback(backend_port),
            environment: keys.environment(tally.address(), &backend_folder),
            arguments: words(&["serve", "--port"], backend_port),
            folder: backend_folder,
            child: None,
        };
        let mut ground = Self {
            furniture: BTreeSet::new(),
            folder,
            store,
            backend,
            tally,
            user: String::new(),
            admin: String::new(),
            signed_in_at: Instant::now(),
            http: reqwest::Client::new(),
            _ports: ports,
        };
        ground.make_accounts().await;
        ground.backend.start().await;
        ground.sign_in().await;
        ground.furniture = ground.files();
        ground
    }

    /// The backend's origin.
    fn server(&self) -> String {
        format!("http://{}", self.backend.listens_at)
    }

    async fn make_accounts(&self) {
        let tenant = ["--tenant", TENANT, "--name", "Killing"];
        self.order(&["tenant", "add", TENANT, "--name", "Killing"], "")
            .await;
        self.order(&[&["task", "add", TASK], &tenant[..]].concat(), "")
            .await;
        for (email, role) in [(USER, "USER"), (ADMIN, "ADMIN")] {
            let order = [&["user", "add", email, "--role", role], &tenant[..]].concat();
            self.order(&order, PASSWORD).await;
        }
    }

    async fn order(&self, arguments: &[&str], input: &str) {
        let mut command = revui_server(&self.backend.folder);
        command
            .args(arguments)
            .envs(self.backend.environment.clone())
            .stdin(Stdio::piped());
        let mut child = command.spawn().expect("revui-server starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(input.as_bytes()).await.expect("it reads");
        drop(stdin);
        let status = in_time("an order", child.wait()).await.expect("its status");
        assert!(
            status.success(),
            "{arguments:?}: {}",
            log(&self.backend.folder)
        );
    }

    async fn sign_in(&mut self) {
        self.user = self.token(USER).await;
        self.admin = self.token(ADMIN).await;
        self.signed_in_at = Instant::now();
    }

    /// Signs in anew when the tokens have had their time. Everything must be running.
    pub(super) async fn freshen(&mut self) {
        if self.signed_in_at.elapsed() > TOKENS_USED_FOR {
            self.sign_in().await;
        }
    }

    async fn token(&self, email: &str) -> String {
        let account = json!({ "email": email, "password": PASSWORD });
        let login = self.http.post(format!("{}/api/auth/login", self.server()));
        let answer = login.json(&account).send().await.expect("an answer");
        let session: Value = answer.json().await.expect("a session");
        let token = session["accessToken"].as_str();
        token
            .unwrap_or_else(|| panic!("no token: {session}"))
            .to_owned()
    }

    /// The user's command line, with an empty home.
    pub(super) fn revui(&self) -> Revui {
        Revui::new().with_session(&self.server(), &self.user)
    }

    /// A new file's place.
    pub(super) fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Kills a server, at whatever instruction it is.
    pub(super) async fn kill(&mut self, victim: Victim) {
        match victim {
            Victim::Client => {}
            Victim::Backend => self.backend.kill().await,
            Victim::Store => self.store.kill().await,
        }
    }

    /// Starts it again.
    pub(super) async fn revive(&mut self, victim: Victim) {
        match victim {
            Victim::Client => {}
            Victim::Backend => self.backend.start().await,
            Victim::Store => self.store.start().await,
        }
    }

    /// Every recording of the user's, of either status.
    pub(super) async fn recordings(&self) -> Vec<Value> {
        let page = self.get("recordings?limit=100").await;
        let recordings = page["recordings"].as_array();
        recordings.expect("a list of recordings").clone()
    }

    /// A recording as its owner sees it.
    pub(super) async fn recording(&self, id: &str) -> Value {
        self.get(&format!("recordings/{id}")).await
    }

    async fn get(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}/api/{path}", self.server()));
        let answer = request.bearer_auth(&self.user).send().await;
        answer.expect("an answer").json().await.expect("JSON")
    }

    /// Has an administrator delete it, bytes and all.
    pub(super) async fn delete(&self, id: &str) {
        let address = format!("{}/api/recordings/{id}", self.server());
        let request = self.http.delete(address).bearer_auth(&self.admin);
        let answer = request.send().await.expect("an answer");
        assert!(
            answer.status().is_success(),
            "deleting: {}",
            answer.status()
        );
    }

    /// Sweeps as a backend does that is still running some days later.
    pub(super) async fn sweep_days_later(&self) {
        let environment = self.backend.environment.clone();
        // On a thread of its own: the compiler cannot see that the server's futures may change threads.
        let runtime = tokio::runtime::Handle::current();
        let sweep = move || runtime.block_on(sweep_days_later(environment));
        tokio::task::spawn_blocking(sweep).await.expect("a sweep");
    }

    fn files(&self) -> BTreeSet<PathBuf> {
        files_under(&self.store.folder.join("store"))
            .into_iter()
            .collect()
    }

    /// Files of the store beside those of its first hour.
    pub(super) fn goods(&self) -> Vec<PathBuf> {
        self.files().difference(&self.furniture).cloned().collect()
    }
}

async fn sweep_days_later(environment: Vec<(&'static str, String)>) {
    let environment: BTreeMap<_, _> = environment.into_iter().collect();
    let options = ServeOptions {
        port: Some(0),
        ..ServeOptions::default()
    };
    let configuration = Configuration::read(|name| environment.get(name).cloned(), options);
    let later = Clock::new(|| Timestamp::now() + SignedDuration::from_hours(24 * DAYS_LATER));
    let configuration = configuration.expect("the backend's own configuration");
    let backend = server::start(configuration, later).await;
    let backend = backend.expect("a backend");
    let swept = backend.sweep().await;
    backend.stop().await;
    assert_eq!(swept.failed, 0, "{swept:?}");
}

/// The store's account, as its folder keeps it.
struct Keys {
    access_key_id: String,
    secret_access_key: String,
}

const BUCKET: &str = "revui-recordings";
const REGION: &str = "us-east-1";

impl Keys {
    fn of(folder: &Path) -> Self {
        let secrets = std::fs::read(folder.join("secrets.json")).expect("the store's secrets");
        let secrets: Value = serde_json::from_slice(&secrets).expect("JSON");
        let text = |name: &str| secrets[name].as_str().expect("a text").to_owned();
        Self {
            access_key_id: text("accessKeyId"),
            secret_access_key: text("secretAccessKey"),
        }
    }

    fn environment(&self, store: SocketAddr, folder: &Path) -> Vec<(&'static str, String)> {
        let database = folder.join("killing.db");
        vec![
            ("DATABASE_URL", format!("sqlite:{}", database.display())),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_S3_BUCKET_NAME", BUCKET.to_owned()),
            ("AWS_ACCESS_KEY_ID", self.access_key_id.clone()),
            ("AWS_SECRET_ACCESS_KEY", self.secret_access_key.clone()),
            ("AWS_ENDPOINT_URL_S3", format!("http://{store}")),
            (
                "JWT_SECRET",
                "signs tokens in a temporary folder".to_owned(),
            ),
        ]
    }
}

fn words(arguments: &[&str], port: u16) -> Vec<String> {
    let mut words: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
    words.push(port.to_string());
    words
}

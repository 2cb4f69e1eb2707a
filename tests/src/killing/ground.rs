//! Where uploads are killed: a store, a backend and a client, each a process of its own, started as their users start
//! them, with the way to the store counted.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use server::configuration::ServeOptions;
use server::{Clock, Configuration};
use tempfile::TempDir;

use super::Victim;
use super::tally::Tally;
use crate::ports::Ports;
use crate::process::{Process, backend_variables};
use crate::store::store_variables;
use crate::{Revui, files_under};

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
    backend_at: SocketAddr,
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
        let serve = words(&["serve", "--embedded", "--data", ".", "--port"], beside);
        let mut store = Process::new(store_folder, Vec::new(), serve);
        store.start().await;
        let tally = Tally::to(loopback(store_port)).await;
        let keys = Keys::of(&store.folder);
        let environment = keys.environment(tally.address(), &backend_folder);
        let serve = words(&["serve", "--port"], backend_port);
        let backend = Process::new(backend_folder, environment, serve);
        let mut ground = Self {
            furniture: BTreeSet::new(),
            folder,
            backend_at: loopback(backend_port),
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
        format!("http://{}", self.backend_at)
    }

    async fn make_accounts(&self) {
        let tenant = ["--tenant", TENANT, "--name", "Killing"];
        self.backend
            .order(&["tenant", "add", TENANT, "--name", "Killing"], "")
            .await;
        self.backend
            .order(&[&["task", "add", TASK], &tenant[..]].concat(), "")
            .await;
        for (email, role) in [(USER, "USER"), (ADMIN, "ADMIN")] {
            let order = [&["user", "add", email, "--role", role], &tenant[..]].concat();
            self.backend.order(&order, PASSWORD).await;
        }
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
        let mut environment = backend_variables(folder);
        let Self {
            access_key_id,
            secret_access_key,
        } = self;
        environment.extend(store_variables(
            store,
            BUCKET,
            access_key_id,
            secret_access_key,
        ));
        environment
    }
}

fn words(arguments: &[&str], port: u16) -> Vec<String> {
    let mut words: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
    words.push(port.to_string());
    words
}

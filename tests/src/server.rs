//! The real backend over its real store, as `revui-server serve --embedded --demo` starts them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Child;
use wire::Role;

use crate::ports::Ports;
use crate::{Revui, bare, in_time, program};

/// A file system tells nobody when a file appears (without a watcher, which would be one more part to trust).
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A running backend and what its `demo.json` says. Dropping it kills it.
pub struct World {
    /// The backend's origin.
    pub server: String,
    /// The store's origin.
    pub store: String,
    /// The bucket's name.
    pub bucket: String,
    /// The task that recordings are for.
    pub task: String,
    /// A user of each role, and one of another tenant.
    pub accounts: Vec<Account>,
    /// Its own and its store's, where they have to last; any otherwise.
    ports: Option<Ports>,
    environment: Vec<(String, String)>,
    process: Child,
    data: TempDir,
}

/// Somebody who may sign in.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// What they sign in with.
    pub email: String,
    /// And with.
    pub password: String,
    /// What they may do.
    pub role: Role,
    /// Whose they are.
    pub tenant_id: String,
    /// `sub` of their tokens.
    pub user_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Note {
    server: String,
    store: String,
    bucket: String,
    task_id: String,
    users: Vec<Account>,
}

impl World {
    /// Starts one with an empty data folder, on ports that are free.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts one with more in its environment.
    pub async fn start_with(environment: &[(&str, &str)]) -> Self {
        Self::start_on(None, environment).await
    }

    /// Starts one on a port that is still its own after it was killed and started again.
    pub async fn start_on_a_lasting_port() -> Self {
        Self::start_on(Some(Ports::claim(2)), &[]).await
    }

    async fn start_on(ports: Option<Ports>, environment: &[(&str, &str)]) -> Self {
        let data = TempDir::with_prefix("revui-world-").expect("a temporary folder");
        let environment: Vec<_> = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let (process, note) = serve(data.path(), port_of(ports.as_ref()), &environment).await;
        Self {
            server: note.server,
            store: note.store,
            bucket: note.bucket,
            task: note.task_id,
            accounts: note.users,
            ports,
            environment,
            process,
            data,
        }
    }

    /// Kills the backend with its store, at whatever instruction they are.
    pub async fn kill(&mut self) {
        self.process.kill().await.expect("the backend is killed");
    }

    /// Takes everything out of its environment that [`World::start_with`] put there; for its next start.
    pub fn forget_environment(&mut self) {
        self.environment.clear();
    }

    /// Stops the backend with its store where they are, as a computer does that goes to sleep.
    pub async fn freeze(&self) {
        self.signal("STOP").await;
    }

    /// Lets them go on.
    pub async fn thaw(&self) {
        self.signal("CONT").await;
    }

    async fn signal(&self, name: &str) {
        let id = self.process.id().expect("the backend runs").to_string();
        let sent = bare("kill").args(["-s", name, &id]).status().await;
        assert!(
            sent.is_ok_and(|status| status.success()),
            "SIG{name} is sent"
        );
    }

    /// Starts it again over the same data.
    pub async fn start_again(&mut self) {
        let (process, note) = serve(
            self.data.path(),
            port_of(self.ports.as_ref()),
            &self.environment,
        )
        .await;
        self.process = process;
        self.server = note.server;
        self.store = note.store;
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(log(self.data())).unwrap_or_default()
    }

    /// The first tenant's plain user.
    pub fn user(&self) -> &Account {
        self.account(Role::User)
    }

    /// The first tenant's user of this role.
    pub fn account(&self, role: Role) -> &Account {
        let tenant = &self.accounts[0].tenant_id;
        self.accounts
            .iter()
            .find(|account| account.role == role && account.tenant_id == *tenant)
            .expect("a user of each role")
    }

    /// Somebody of another tenant.
    pub fn stranger(&self) -> &Account {
        let tenant = &self.accounts[0].tenant_id;
        self.accounts
            .iter()
            .find(|account| account.tenant_id != *tenant)
            .expect("a second tenant")
    }

    /// An access token of this account, by signing in.
    pub async fn token_of(&self, account: &Account) -> String {
        let answer = reqwest::Client::new()
            .post(format!("{}/api/auth/login", self.server))
            .json(&json!({ "email": account.email, "password": account.password }))
            .send()
            .await
            .expect("an answer");
        let session: Value = answer.json().await.expect("a session");
        let token = session["accessToken"].as_str();
        token
            .unwrap_or_else(|| panic!("no token for {}: {session}", account.email))
            .to_owned()
    }

    /// This account's command line, signed in by the environment.
    pub async fn revui_of(&self, account: &Account) -> Revui {
        Revui::new().with_session(&self.server, &self.token_of(account).await)
    }
}

fn log(data: &Path) -> PathBuf {
    data.join("server.log")
}

/// Starts the program, and returns once it has written its note: it accepts connections then.
async fn serve(data: &Path, port: u16, environment: &[(String, String)]) -> (Child, Note) {
    let note = data.join("demo.json");
    let earlier = written(&note);
    let log_file = File::options()
        .create(true)
        .append(true)
        .open(log(data))
        .expect("a log file");
    let mut process = bare(program("revui-server"))
        .args([
            "serve",
            "--embedded",
            "--demo",
            "--port",
            &port.to_string(),
            "--data",
        ])
        .arg(data)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .current_dir(data)
        .stdout(Stdio::null())
        .stderr(log_file)
        .spawn()
        .expect("revui-server starts");
    in_time("the backend's note", async {
        while written(&note).is_none_or(|now| Some(now) == earlier) {
            if let Some(status) = process.try_wait().expect("its status") {
                let log = std::fs::read_to_string(log(data)).unwrap_or_default();
                panic!("the backend ended ({status}):\n{log}");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    })
    .await;
    let text = std::fs::read(&note).expect("the note");
    (
        process,
        serde_json::from_slice(&text).expect("a note of the agreed form"),
    )
}

/// What `--port` is given: 0 lets the backend choose two.
fn port_of(ports: Option<&Ports>) -> u16 {
    ports.map_or(0, Ports::first)
}

fn written(note: &Path) -> Option<SystemTime> {
    note.metadata().and_then(|facts| facts.modified()).ok()
}

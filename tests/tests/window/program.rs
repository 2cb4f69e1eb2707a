//! The program and what drives it, as processes: started, ended, and waited for.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tokio::process::Child;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use world::Ports;

use crate::desktop::{Desktop, LOOK_EVERY};

/// Longest wait for the driver to take its first session. A debug build on two busy cores is slow to paint.
const START: Duration = Duration::from_mins(2);

/// Longest that a program is open. What is asked of a page that hangs is never answered: then its driver is killed, and with
/// it the question.
const LONGEST: Duration = Duration::from_mins(10);

/// After so long somebody presses again the keys that end it.
const TRIES_AGAIN: Duration = Duration::from_secs(20);

/// The name on the session bus by which the program knows that it runs already.
const ONLY_INSTANCE: &str = "dev.revui.uploader.SingleInstance";

/// What the program is started with.
pub(crate) struct Start<'a> {
    pub(crate) server: &'a str,
    pub(crate) email: &'a str,
    /// `REVUI_HOME`: journal and settings.
    pub(crate) home: &'a Path,
    /// More of its environment.
    pub(crate) environment: &'a [(&'a str, &'a Path)],
}

/// The running program, and the driver that started it.
pub(crate) struct Program {
    driver: Child,
    /// Its process id.
    id: String,
    log: PathBuf,
    /// What kills the driver in the end. Dropping it ends it.
    _end: JoinSet<()>,
    /// The driver's: nobody else may take it before the driver listens there.
    _ports: Ports,
}

impl Program {
    /// Starts it on this desktop; and what its page is driven by.
    pub(crate) async fn start(desktop: &Desktop, start: &Start<'_>) -> (Self, Client) {
        let ports = Ports::claim(1);
        let port = ports.first();
        let log = desktop.home().join("revui-uploader.log");
        let log_file = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .expect("a log file");
        let driver = desktop
            .command("WebKitWebDriver")
            .args(["--host=127.0.0.1", &format!("--port={port}")])
            // The driver hands its own surroundings to the program that it starts.
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("REVUI_HOME", start.home)
            .env("REVUI_SERVER", start.server)
            .env("REVUI_EMAIL", start.email)
            .envs(start.environment.iter().copied())
            .current_dir(desktop.videos())
            .stdout(Stdio::null())
            .stderr(log_file)
            .spawn()
            .expect("WebKitWebDriver starts");
        let client = world::in_time("the window", connect(port)).await;
        let program = Self {
            id: child_of(&driver),
            _end: end_of(desktop, &driver),
            driver,
            log,
            _ports: ports,
        };
        (program, client)
    }

    /// What it has to say for itself.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// How much memory it has, with what it started: the processes of its page. In bytes.
    pub(crate) fn memory_bytes(&self) -> u64 {
        let mut processes = vec![self.id.clone()];
        let mut bytes = 0;
        while let Some(id) = processes.pop() {
            let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
            let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
            let kilobytes = resident.and_then(|size| size.trim().strip_suffix(" kB"));
            bytes += kilobytes.map_or(0, |size| size.parse::<u64>().expect("a size")) * 1024;
            let Ok(threads) = std::fs::read_dir(format!("/proc/{id}/task")) else {
                continue;
            };
            for thread in threads.flatten() {
                let children = std::fs::read_to_string(thread.path().join("children"));
                processes.extend(
                    children
                        .unwrap_or_default()
                        .split_whitespace()
                        .map(str::to_owned),
                );
            }
        }
        bytes
    }

    /// Kills it without any notice, as a power cut would.
    pub(crate) async fn kill(&self, desktop: &Desktop) {
        desktop
            .run("sh", &["-c", "kill -s KILL -- $0", &self.id])
            .await;
    }

    /// Kills it at once with the recorder that it has started, which cannot finish its file then.
    pub(crate) async fn kill_with_its_recorder(&self, desktop: &Desktop) {
        let both = [&self.id, &self.recorder()];
        desktop
            .run("sh", &["-c", "kill -s KILL -- $0 $1", both[0], both[1]])
            .await;
    }

    /// Sends the recorder that it has started a signal, by its name without `SIG`.
    pub(crate) async fn signal_its_recorder(&self, desktop: &Desktop, name: &str) {
        desktop
            .run("sh", &["-c", "kill -s $1 -- $0", &self.recorder(), name])
            .await;
    }

    /// The process id of the recorder that it has started.
    fn recorder(&self) -> String {
        let recorders = self.recorders();
        recorders.first().expect("a recorder").to_owned()
    }

    /// The process ids of those that it has started to record, or to look at what would be recorded.
    pub(crate) fn recorders(&self) -> Vec<String> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.id));
        let children: Vec<_> = tasks
            .expect("its threads")
            .flatten()
            .filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok())
            .collect();
        let children = children.iter().flat_map(|list| list.split_whitespace());
        let recorders = children.filter(|child| {
            let name = std::fs::read_to_string(format!("/proc/{child}/comm"));
            // The system keeps fifteen letters of a name.
            name.is_ok_and(|name| name.starts_with("revui-capture"))
        });
        recorders.map(str::to_owned).collect()
    }

    /// Whether it ends by itself before a user would try again.
    pub(crate) async fn ends_soon(&self) -> bool {
        let asked = Instant::now();
        while self.is_running() && asked.elapsed() < TRIES_AGAIN {
            sleep(LOOK_EVERY).await;
        }
        !self.is_running()
    }

    /// Returns once it has ended and the bus knows it: until then, a second one would only show the first.
    pub(crate) async fn end(mut self, desktop: &Desktop) {
        world::in_time("the program's end", async {
            while self.is_running() || desktop.has_on_its_bus(ONLY_INSTANCE).await {
                sleep(LOOK_EVERY).await;
            }
        })
        .await;
        self.driver.kill().await.expect("the driver ends");
    }

    /// Whether there is such a process; one that has ended and waits to be noticed by its parent counts as none.
    fn is_running(&self) -> bool {
        std::fs::read_to_string(format!("/proc/{}/stat", self.id)).is_ok_and(|facts| {
            !facts
                .rsplit(')')
                .next()
                .unwrap_or_default()
                .starts_with(" Z")
        })
    }
}

/// Kills this driver once it has had time enough.
fn end_of(desktop: &Desktop, driver: &Child) -> JoinSet<()> {
    let driver = driver.id().expect("the driver runs").to_string();
    let mut kill = desktop.command("sh");
    kill.args(["-c", "kill -s KILL -- $0", &driver]);
    let mut end = JoinSet::new();
    end.spawn(async move {
        sleep(LONGEST).await;
        let _ = kill.status().await;
    });
    end
}

/// The process id of the program that this driver started.
fn child_of(driver: &Child) -> String {
    let driver = driver.id().expect("the driver runs");
    let children = std::fs::read_to_string(format!("/proc/{driver}/task/{driver}/children"));
    let program = children.expect("the driver's children").trim().to_owned();
    assert!(!program.is_empty(), "the driver started the program");
    program
}

async fn connect(port: u16) -> Client {
    let program = json!({ "binary": world::program("revui-uploader"), "args": [] });
    let capabilities = json!({ "webkitgtk:browserOptions": program });
    let capabilities = capabilities.as_object().expect("an object");
    let address = format!("http://127.0.0.1:{port}");
    let began = Instant::now();
    loop {
        let outcome = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.clone())
            .connect(&address)
            .await;
        match outcome {
            Ok(client) => return client,
            // The driver is not listening yet.
            Err(_) if began.elapsed() < START => sleep(LOOK_EVERY).await,
            Err(error) => panic!("the window cannot be driven: {error}"),
        }
    }
}

//! The window, as a person with eyes, a mouse and a keyboard has it: through the real program, by WebDriver.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tokio::process::Child;
use tokio::time::{Instant, sleep};

use crate::desktop::Desktop;

/// Longest wait for anything to appear. A debug build on two busy cores is slow to paint.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often the page is looked at meanwhile: WebDriver tells nothing by itself.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The name on the session bus by which the program knows that it runs already.
const ONLY_INSTANCE: &str = "dev.revui.uploader.SingleInstance";

/// What the program is started with.
pub(crate) struct Start<'a> {
    pub(crate) server: &'a str,
    pub(crate) email: &'a str,
    /// `REVUI_HOME`: journal and settings.
    pub(crate) home: &'a Path,
}

/// A running program with its window.
pub(crate) struct Window {
    client: Client,
    driver: Child,
    /// The program's process id.
    program: String,
    /// What the program has to say for itself.
    log: PathBuf,
}

impl Window {
    /// Starts the program on this desktop, and returns once its page has something to show.
    pub(crate) async fn open(desktop: &Desktop, start: &Start<'_>) -> Self {
        let port = free_port();
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
            .stdout(Stdio::null())
            .stderr(log_file)
            .spawn()
            .expect("WebKitWebDriver starts");
        let program = json!({ "binary": program(), "args": [] });
        let capabilities = json!({ "webkitgtk:browserOptions": program });
        let client = world::in_time("the window", connect(port, &capabilities)).await;
        let program = child_of(&driver);
        let window = Self {
            client,
            driver,
            program,
            log,
        };
        window.element("main[data-screen]").await;
        window
    }

    /// The element that this CSS selector finds, as soon as there is one.
    pub(crate) async fn element(&self, css: &str) -> Element {
        let began = Instant::now();
        loop {
            if let Ok(element) = self.client.find(Locator::Css(css)).await {
                return element;
            }
            if began.elapsed() > PATIENCE {
                let log = std::fs::read_to_string(&self.log).unwrap_or_default();
                panic!(
                    "`{css}` does not appear. The page:\n{}\nThe log:\n{log}",
                    self.text().await
                );
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Whether anything matches now.
    pub(crate) async fn has(&self, css: &str) -> bool {
        self.client.find(Locator::Css(css)).await.is_ok()
    }

    /// Waits for a screen: `sign-in`, `ready` or `upload`.
    pub(crate) async fn screen(&self, name: &str) {
        self.element(&format!("main[data-screen='{name}']")).await;
    }

    /// Waits until the upload on the stage is in this phase.
    pub(crate) async fn phase(&self, name: &str) {
        self.element(&format!("main[data-phase='{name}']")).await;
    }

    /// Waits until a task has been chosen: where the backend lists a single one, the window does that by itself.
    pub(crate) async fn has_a_task(&self) {
        self.element("[data-action='task'] strong:not(.missing)")
            .await;
    }

    /// Presses the button of this action.
    pub(crate) async fn press(&self, action: &str) {
        self.click(&format!("[data-action='{action}']:not([disabled])"))
            .await;
    }

    /// Presses the row of the side list that has this name, in the list `uploads` or `recent`.
    pub(crate) async fn press_row(&self, list: &str, name: &str) {
        self.click(&format!("[data-list='{list}'] [title='{name}']"))
            .await;
    }

    /// Clicks on what this selector finds. The page may draw it anew between finding and clicking: then once more.
    async fn click(&self, css: &str) {
        let began = Instant::now();
        while let Err(error) = self.element(css).await.click().await {
            assert!(
                began.elapsed() < PATIENCE,
                "`{css}` cannot be pressed: {error}"
            );
        }
    }

    /// Types into the field that this selector finds, in place of what is there.
    pub(crate) async fn fill(&self, css: &str, text: &str) {
        let field = self.element(css).await;
        field.clear().await.expect("a field can be cleared");
        field.send_keys(text).await.expect("a field takes keys");
    }

    /// Signs in with the server and address that are filled in already.
    pub(crate) async fn sign_in(&self, password: &str) {
        self.screen("sign-in").await;
        self.fill("input[type='password']", password).await;
        self.press("sign-in").await;
    }

    /// Waits until the bar has passed this percentage, and returns what it shows.
    pub(crate) async fn progress_past(&self, percent: u64) -> u64 {
        let began = Instant::now();
        loop {
            let bar = self.element("[role='progressbar']").await;
            let now = bar.attr("aria-valuenow").await.ok().flatten();
            if let Some(now) = now.and_then(|value| value.parse().ok())
                && now > percent
            {
                return now;
            }
            assert!(began.elapsed() < PATIENCE, "{percent} % is never passed");
            sleep(LOOK_EVERY).await;
        }
    }

    /// The link on the stage.
    pub(crate) async fn link(&self) -> String {
        let shown = self.element("[data-link]").await;
        shown
            .attr("data-link")
            .await
            .expect("an attribute")
            .expect("a link")
    }

    /// All that can be read on the page. Asked of the page itself: WebDriver leaves out what an ellipsis may cut.
    pub(crate) async fn text(&self) -> String {
        match self
            .client
            .execute("return document.body.innerText", Vec::new())
            .await
        {
            Ok(text) => text.as_str().unwrap_or_default().to_owned(),
            Err(error) => format!("(nothing: {error})"),
        }
    }

    /// A picture of the page, as PNG, once what it shows has been painted.
    pub(crate) async fn picture(&self) -> Vec<u8> {
        let two_frames = "const done = arguments[0]; \
            requestAnimationFrame(() => requestAnimationFrame(() => done(true)))";
        self.client
            .execute_async(two_frames, Vec::new())
            .await
            .expect("frames are painted");
        self.client.screenshot().await.expect("a screenshot")
    }

    /// Kills the program without any notice, as a power cut would.
    pub(crate) async fn kill(self, desktop: &Desktop) {
        desktop
            .run("sh", &["-c", "kill -s KILL -- $0", &self.program])
            .await;
        self.wait_for_its_end(desktop).await;
    }

    /// Closes the window in order.
    pub(crate) async fn close(self, desktop: &Desktop) {
        let client = self.client.clone();
        client.close().await.expect("the session closes");
        self.wait_for_its_end(desktop).await;
    }

    /// Until the program has ended, and the bus knows it, a second one would only show the first.
    async fn wait_for_its_end(mut self, desktop: &Desktop) {
        world::in_time("the program's end", async {
            while is_running(&self.program) || desktop.has_on_its_bus(ONLY_INSTANCE).await {
                sleep(LOOK_EVERY).await;
            }
        })
        .await;
        self.driver.kill().await.expect("the driver ends");
    }
}

/// The process id of the program that this driver started.
fn child_of(driver: &Child) -> String {
    let driver = driver.id().expect("the driver runs");
    let children = std::fs::read_to_string(format!("/proc/{driver}/task/{driver}/children"));
    let program = children.expect("the driver's children").trim().to_owned();
    assert!(!program.is_empty(), "the driver started the program");
    program
}

/// Whether there is such a process; one that has ended and waits to be noticed by its parent counts as none.
fn is_running(process: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|facts| {
        !facts
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .starts_with(" Z")
    })
}

async fn connect(port: u16, capabilities: &serde_json::Value) -> Client {
    let capabilities = capabilities.as_object().expect("an object").clone();
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
            Err(_) if began.elapsed() < PATIENCE => sleep(LOOK_EVERY).await,
            Err(error) => panic!("the window cannot be driven: {error}"),
        }
    }
}

/// The desktop program, as built.
fn program() -> PathBuf {
    world::program("revui-uploader")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

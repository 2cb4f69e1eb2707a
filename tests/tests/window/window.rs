//! The window, as a person with eyes, a mouse and a keyboard has it: through the real program, by WebDriver.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fantoccini::actions::MouseActions;
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, Locator};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::desktop::{Desktop, LOOK_EVERY};
use crate::program::{Program, Start};

/// Longest wait for anything to appear. A debug build on two busy cores is slow to paint, and slower to send.
pub(crate) const PATIENCE: Duration = Duration::from_mins(3);

/// Its title, as an expression for the window system.
pub(crate) const TITLE: &str = "^Revui Uploader$";

/// A running program with its window.
pub(crate) struct Window {
    client: Client,
    program: Program,
    desktop: Arc<Desktop>,
}

impl Window {
    /// Starts the program on this desktop, and returns once its page has something to show.
    pub(crate) async fn open(desktop: Arc<Desktop>, start: &Start<'_>) -> Self {
        let (program, client) = Program::start(&desktop, start).await;
        let window = Self {
            client,
            program,
            desktop,
        };
        window.element("main[data-screen]").await;
        window
    }

    /// The desktop that it is on.
    pub(crate) fn desktop(&self) -> &Desktop {
        &self.desktop
    }

    /// The element that this CSS selector finds, as soon as there is one.
    pub(crate) async fn element(&self, css: &str) -> Element {
        let began = Instant::now();
        loop {
            if let Ok(element) = self.client.find(Locator::Css(css)).await {
                return element;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "`{css}` does not appear. The page:\n{}\nThe log:\n{}",
                self.text().await,
                self.program.log()
            );
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

    /// Types a task where none can be chosen from.
    pub(crate) async fn choose_task(&self, task: &str) {
        self.press("task").await;
        self.fill("input[name='task']", task).await;
        self.press("use-task").await;
    }

    /// Presses the button of this action.
    pub(crate) async fn press(&self, action: &str) {
        self.click(&format!("[data-action='{action}']:not([disabled])"))
            .await;
    }

    /// Opens what hangs on the button of this action. What stands above the button comes and goes with the phase of an
    /// upload, and a click may fall on where it was: then once more.
    pub(crate) async fn unfold(&self, action: &str) {
        let began = Instant::now();
        let open = format!("[data-action='{action}'][aria-expanded='true']");
        while !self.has(&open).await {
            assert!(began.elapsed() < PATIENCE, "`{action}` does not open");
            self.press(action).await;
        }
    }

    /// Presses the row of the side list that has this name, in the list `uploads` or `recent`.
    pub(crate) async fn press_row(&self, list: &str, name: &str) {
        self.click(&format!("[data-list='{list}'] [title='{name}']"))
            .await;
    }

    /// What a script makes of the page, which hands it over by the function that is its last argument.
    pub(crate) async fn execute(&self, script: &str) -> Value {
        let made = self.client.execute_async(script, Vec::new()).await;
        made.expect("a page that can be asked")
    }

    /// Clicks on what this selector finds. The page may draw it anew between finding and clicking: then once more.
    pub(crate) async fn click(&self, css: &str) {
        let began = Instant::now();
        while let Err(error) = self.element(css).await.click().await {
            assert!(
                began.elapsed() < PATIENCE,
                "`{css}` cannot be pressed: {error}"
            );
        }
    }

    /// Does this with the mouse.
    pub(crate) async fn mouse(&self, actions: MouseActions) {
        let done = self.client.perform_actions(actions).await;
        done.expect("a mouse");
    }

    /// Types into the field that this selector finds, in place of what is there. The page may draw it anew between finding
    /// and typing: then once more.
    pub(crate) async fn fill(&self, css: &str, text: &str) {
        let began = Instant::now();
        while let Err(error) = self.type_into(css, text).await {
            assert!(
                began.elapsed() < PATIENCE,
                "`{css}` cannot be typed into: {error}"
            );
            sleep(LOOK_EVERY).await;
        }
    }

    async fn type_into(&self, css: &str, text: &str) -> Result<(), CmdError> {
        let field = self.element(css).await;
        field.clear().await?;
        field.send_keys(text).await
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
        let began = Instant::now();
        loop {
            // The page may draw it anew between finding and reading.
            let read = self.element("[data-link]").await.attr("data-link").await;
            if let Ok(Some(link)) = read {
                return link;
            }
            assert!(began.elapsed() < PATIENCE, "no link: {read:?}");
            sleep(LOOK_EVERY).await;
        }
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
        self.execute(two_frames).await;
        self.client.screenshot().await.expect("a screenshot")
    }

    /// Makes a kept picture small: a palette is enough for a window.
    pub(crate) async fn with_few_colours(&self, picture: &Path) {
        let path = picture.to_str().expect("a plain path");
        let arguments = [
            "--force", "--strip", "--nofs", "--output", path, "128", path,
        ];
        self.desktop.run("pngquant", &arguments).await;
    }

    /// Waits until the chosen files have been looked at.
    pub(crate) async fn review_is_ready(&self) {
        self.screen("review").await;
        world::in_time("the review", async {
            while self.has("[data-verdict='looking']").await {
                sleep(LOOK_EVERY).await;
            }
        })
        .await;
    }

    /// Waits until the review lists exactly these files, none of them wrong.
    pub(crate) async fn review_shows(&self, files: &[PathBuf]) {
        self.screen("review").await;
        let row = |name: &str| format!("[data-file='{name}']:not([data-verdict='wrong'])");
        self.has_rows("review", files, row).await;
        self.has_as_many("[data-list='review'] [data-file]", files)
            .await;
    }

    /// Waits until the list of finished recordings has exactly these.
    pub(crate) async fn recent_shows(&self, files: &[PathBuf]) {
        self.has_rows("recent", files, |name| format!("li [title='{name}']"))
            .await;
        self.has_as_many("[data-list='recent'] li", files).await;
    }

    /// Waits until as many match as there are files.
    async fn has_as_many(&self, css: &str, files: &[PathBuf]) {
        let began = Instant::now();
        while self.count(css).await != files.len() {
            assert!(
                began.elapsed() < PATIENCE,
                "`{css}` is not {files:?}:\n{}",
                self.text().await
            );
            sleep(LOOK_EVERY).await;
        }
    }

    /// Waits until a list has a row for each of these files, in any order.
    async fn has_rows(&self, list: &str, files: &[PathBuf], row: impl Fn(&str) -> String) {
        for file in files {
            let row = row(&name_of(file));
            self.element(&format!("[data-list='{list}'] {row}")).await;
        }
    }

    /// How many match now.
    pub(crate) async fn count(&self, css: &str) -> usize {
        let found = self.client.find_all(Locator::Css(css)).await;
        found.map_or(0, |elements| elements.len())
    }

    /// Waits until this can be read on the page.
    pub(crate) async fn says(&self, words: &str) {
        let began = Instant::now();
        while !self.text().await.contains(words) {
            assert!(
                began.elapsed() < PATIENCE,
                "`{words}` is not on the page:\n{}",
                self.text().await
            );
            sleep(LOOK_EVERY).await;
        }
    }

    /// How much memory the program has with all that it started, in bytes.
    pub(crate) fn memory_bytes(&self) -> u64 {
        self.program.memory_bytes()
    }

    /// Kills the program without any notice, as a power cut would.
    pub(crate) async fn kill(self) {
        self.program.kill(&self.desktop).await;
        self.program.end(&self.desktop).await;
    }

    /// The same, and the program that records for it with it.
    pub(crate) async fn kill_with_its_recorder(self) {
        self.program.kill_with_its_recorder(&self.desktop).await;
        self.program.end(&self.desktop).await;
    }

    /// Sends the program that records for it a signal, by its name without `SIG`.
    pub(crate) async fn signal_its_recorder(&self, name: &str) {
        self.program.signal_its_recorder(&self.desktop, name).await;
    }

    /// Waits until as many recorders are at work for it, and returns their process ids.
    pub(crate) async fn recorders(&self, count: usize) -> Vec<String> {
        world::in_time("its recorders", async {
            loop {
                let recorders = self.program.recorders();
                if recorders.len() == count {
                    return recorders;
                }
                sleep(LOOK_EVERY).await;
            }
        })
        .await
    }

    /// Presses the window manager's keys for closing a window.
    pub(crate) async fn ask_to_close(&self) {
        self.desktop.focus(TITLE).await;
        self.desktop.press(&["alt+F4"]).await;
    }

    /// Closes the window as its user does, and waits until the program has ended.
    pub(crate) async fn close(self) {
        self.ask_to_close().await;
        // A window manager that is behind gives keys to whatever had them before.
        world::in_time("the program's end", async {
            while !self.program.ends_soon().await {
                if self.desktop.window_titled(TITLE).await.is_some() {
                    self.ask_to_close().await;
                }
            }
        })
        .await;
        self.has_ended().await;
    }

    /// Quits by the window's keys, and waits until the program has ended.
    pub(crate) async fn quit(self) {
        self.desktop.focus(TITLE).await;
        self.desktop.press(&["ctrl+q"]).await;
        self.has_ended().await;
    }

    /// Waits until the program has ended by itself.
    pub(crate) async fn has_ended(self) {
        self.program.end(&self.desktop).await;
    }
}

fn name_of(file: &Path) -> String {
    let name = file.file_name().expect("a name");
    name.to_string_lossy().into_owned()
}

//! The system's own file chooser: a window of its own, which WebDriver cannot see. Keys do it, as for a person without
//! a mouse.

use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::desktop::{Desktop, LOOK_EVERY};

/// The title that the program gives it.
const TITLE: &str = "Choose recordings";

/// Its title where it is asked under which name a report is kept.
const REPORT: &str = "Save a report for support";

/// Its title where it is asked for a folder to watch.
const FOLDER: &str = "Choose a folder to watch";

/// How long the chooser may take to close after it was confirmed.
const CLOSING: Duration = Duration::from_secs(15);

/// Chooses this file in the chooser that is about to open.
pub(crate) async fn choose(desktop: &Desktop, file: &Path) {
    answer(desktop, TITLE, file).await;
}

/// Keeps a report under this name, in the chooser that is about to open.
pub(crate) async fn keep_the_report(desktop: &Desktop, file: &Path) {
    answer(desktop, REPORT, file).await;
}

/// Chooses this folder in the chooser that is about to open.
pub(crate) async fn choose_folder(desktop: &Desktop, folder: &Path) {
    answer(desktop, FOLDER, folder).await;
}

/// Answers the chooser with this title with a path.
async fn answer(desktop: &Desktop, title: &str, path: &Path) {
    desktop.focus(title).await;
    // A chooser that is still reading its folder loses keys, or only completes the path: then once more.
    world::in_time("the chooser's end", async {
        loop {
            go_to(desktop, path).await;
            if has_closed(desktop, title).await {
                return;
            }
        }
    })
    .await;
}

/// Chooses all recordings in the folder with which the chooser that is about to open begins.
pub(crate) async fn choose_all(desktop: &Desktop) {
    desktop.focus(TITLE).await;
    world::in_time("the chooser's end", async {
        loop {
            desktop.click_on(TITLE).await;
            desktop.press(&["ctrl+a", "alt+o"]).await;
            if has_closed(desktop, TITLE).await {
                return;
            }
        }
    })
    .await;
}

/// Waits for the chooser that is about to open.
pub(crate) async fn is_open(desktop: &Desktop) {
    desktop.focus(TITLE).await;
}

/// Leaves the chooser without choosing.
pub(crate) async fn leave(desktop: &Desktop) {
    desktop.focus(TITLE).await;
    world::in_time("the chooser's end", async {
        loop {
            desktop.press(&["Escape"]).await;
            if has_closed(desktop, TITLE).await {
                return;
            }
        }
    })
    .await;
}

/// Types a path where the chooser takes one, and confirms it.
async fn go_to(desktop: &Desktop, path: &Path) {
    let path = path.to_str().expect("a path that can be typed");
    desktop.press(&["ctrl+l", "ctrl+a"]).await;
    desktop.type_text(path).await;
    desktop.press(&["Return"]).await;
}

/// Whether the chooser with this title closes in the time that it may take.
async fn has_closed(desktop: &Desktop, title: &str) -> bool {
    let began = Instant::now();
    while desktop.window_titled(title).await.is_some() {
        if began.elapsed() > CLOSING {
            return false;
        }
        sleep(LOOK_EVERY).await;
    }
    true
}

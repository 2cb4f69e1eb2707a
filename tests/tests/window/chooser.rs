//! The system's own file chooser: a window of its own, which WebDriver cannot see. Keys do it, as for a person without
//! a mouse.

use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::desktop::{Desktop, LOOK_EVERY};

/// The title that the program gives it.
const TITLE: &str = "Choose recordings";

/// How long the chooser may take to close after it was confirmed.
const CLOSING: Duration = Duration::from_secs(2);

/// Chooses this file in the chooser that is about to open.
pub(crate) async fn choose(desktop: &Desktop, file: &Path) {
    desktop.focus(TITLE).await;
    // A chooser that is still reading its folder loses keys, or only completes the path: then once more.
    world::in_time("the chooser's end", async {
        loop {
            go_to(desktop, file).await;
            if has_closed(desktop).await {
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
            if has_closed(desktop).await {
                return;
            }
        }
    })
    .await;
}

/// Leaves the chooser without choosing.
pub(crate) async fn leave(desktop: &Desktop) {
    desktop.focus(TITLE).await;
    desktop.press(&["Escape"]).await;
}

/// Types a path where the chooser takes one, and confirms it.
async fn go_to(desktop: &Desktop, path: &Path) {
    let path = path.to_str().expect("a path that can be typed");
    desktop.press(&["ctrl+l", "ctrl+a"]).await;
    desktop.type_text(path).await;
    desktop.press(&["Return"]).await;
}

/// Whether the chooser closes in the time that it may take.
async fn has_closed(desktop: &Desktop) -> bool {
    let began = Instant::now();
    while desktop.window_titled(TITLE).await.is_some() {
        if began.elapsed() > CLOSING {
            return false;
        }
        sleep(LOOK_EVERY).await;
    }
    true
}

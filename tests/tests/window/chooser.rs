//! The system's own file chooser: a window of its own, which WebDriver cannot see. Keys do it, as for a person without
//! a mouse.

use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::desktop::Desktop;

/// The title that the program gives it.
const TITLE: &str = "Choose recordings";
/// The window system tells nobody who isn't listening when a window goes.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How long the chooser may take to close after it was confirmed.
const CLOSING: Duration = Duration::from_secs(2);

/// Chooses this file in the chooser that is about to open.
pub(crate) async fn choose(desktop: &Desktop, file: &Path) {
    let path = file.to_str().expect("a path that can be typed");
    wait(desktop).await;
    // A chooser that is still reading its folder loses keys, or only completes the path: then once more.
    world::in_time("the chooser's end", async {
        while is_open(desktop).await {
            press(desktop, "ctrl+l").await;
            press(desktop, "ctrl+a").await;
            desktop
                .run("xdotool", &["type", "--delay", "5", path])
                .await;
            press(desktop, "Return").await;
            let confirmed = Instant::now();
            while is_open(desktop).await && confirmed.elapsed() < CLOSING {
                sleep(LOOK_EVERY).await;
            }
        }
    })
    .await;
}

/// Leaves the chooser without choosing.
pub(crate) async fn leave(desktop: &Desktop) {
    wait(desktop).await;
    press(desktop, "Escape").await;
}

/// Returns once the chooser is there and has the keyboard.
async fn wait(desktop: &Desktop) {
    world::in_time("the chooser", async {
        loop {
            if let Some(window) = find(desktop).await
                && desktop
                    .succeeds("xdotool", &["windowfocus", "--sync", &window])
                    .await
            {
                return;
            }
            sleep(LOOK_EVERY).await;
        }
    })
    .await;
}

async fn is_open(desktop: &Desktop) -> bool {
    find(desktop).await.is_some()
}

/// The chooser's window, if it is open.
async fn find(desktop: &Desktop) -> Option<String> {
    loop {
        let output = desktop
            .output("xdotool", &["search", "--onlyvisible", "--name", TITLE])
            .await;
        if output.status.success() {
            return String::from_utf8_lossy(&output.stdout)
                .lines()
                .next()
                .map(str::to_owned);
        }
        // It says nothing when there is none, and complains when a window goes while it looks through them.
        if output.stderr.is_empty() {
            return None;
        }
    }
}

async fn press(desktop: &Desktop, key: &str) {
    desktop
        .run("xdotool", &["key", "--clearmodifiers", key])
        .await;
}

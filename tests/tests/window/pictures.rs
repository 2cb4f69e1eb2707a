//! Pictures of the window for the documentation and for critical eyes, taken in passing.

use std::path::PathBuf;

use crate::desktop::Look;
use crate::window::Window;

/// The window as it is pictured, in pixels.
const USUAL: (i32, i32) = (1280, 800);
/// As on a small screen.
const SMALL: (i32, i32) = (800, 600);

/// The look that the desktop is to ask for.
pub(crate) fn look() -> Look {
    match std::env::var("REVUI_LOOK").as_deref() {
        Ok("dark") => Look::Dark,
        _ => Look::Light,
    }
}

/// Keeps a picture of the window as it is, if pictures are wanted: `{state}-{look}.png`.
pub(crate) async fn take(window: &Window, state: &str) {
    keep(window, state, USUAL).await;
}

/// As [`take`], and a further picture as on a small screen.
pub(crate) async fn take_small_too(window: &Window, state: &str) {
    keep(window, &format!("{state}-small"), SMALL).await;
    keep(window, state, USUAL).await;
}

async fn keep(window: &Window, state: &str, (width, height): (i32, i32)) {
    let Some(folder) = std::env::var_os("REVUI_PICTURES").map(PathBuf::from) else {
        return;
    };
    let look = match look() {
        Look::Light => "light",
        Look::Dark => "dark",
    };
    window.resize(width, height).await;
    std::fs::create_dir_all(&folder).expect("a folder for pictures");
    let file = folder.join(format!("{state}-{look}.png"));
    std::fs::write(&file, window.picture().await).expect("a picture can be kept");
    window.with_few_colours(&file).await;
}

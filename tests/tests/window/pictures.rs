//! Pictures of the window for the documentation and for critical eyes, taken in passing.

use std::path::PathBuf;

use crate::desktop::Look;
use crate::window::Window;

/// The look that the desktop is to ask for.
pub(crate) fn look() -> Look {
    match std::env::var("REVUI_LOOK").as_deref() {
        Ok("dark") => Look::Dark,
        _ => Look::Light,
    }
}

/// Keeps a picture of the window as it is, if pictures are wanted: `{state}-{look}.png`.
pub(crate) async fn take(window: &Window, state: &str) {
    let Some(folder) = std::env::var_os("REVUI_PICTURES").map(PathBuf::from) else {
        return;
    };
    let look = match look() {
        Look::Light => "light",
        Look::Dark => "dark",
    };
    std::fs::create_dir_all(&folder).expect("a folder for pictures");
    std::fs::write(
        folder.join(format!("{state}-{look}.png")),
        window.picture().await,
    )
    .expect("a picture can be kept");
}

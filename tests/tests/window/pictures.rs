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

/// Keeps a picture of a window that no WebDriver reaches: of its place on the screen.
pub(crate) async fn take_of_the_screen(window: &Window, number: &str, state: &str) {
    let Some(file) = file_of(state) else { return };
    let place = ["getwindowgeometry", "--shell", number];
    let told = window.desktop().run("xdotool", &place).await;
    let value = |name: &str| {
        let mut values = told
            .lines()
            .filter_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        values.next().expect("its place").to_owned()
    };
    let size = format!("{}x{}", value("WIDTH"), value("HEIGHT"));
    let input = format!(
        "{}+{},{}",
        window.desktop().display(),
        value("X"),
        value("Y")
    );
    let arguments = format!(
        "-y -loglevel error -f x11grab -draw_mouse 0 -video_size {size} -i {input} -frames:v 1"
    );
    let file = file.to_str().expect("a plain path").to_owned();
    let arguments = [
        &arguments.split(' ').collect::<Vec<_>>()[..],
        &[file.as_str()],
    ]
    .concat();
    window.desktop().run("ffmpeg", &arguments).await;
}

/// Where a picture of this state is kept, if pictures are wanted.
fn file_of(state: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("REVUI_PICTURES").map(PathBuf::from)?;
    let look = match look() {
        Look::Light => "light",
        Look::Dark => "dark",
    };
    std::fs::create_dir_all(&folder).expect("a folder for pictures");
    Some(folder.join(format!("{state}-{look}.png")))
}

async fn keep(window: &Window, state: &str, (width, height): (i32, i32)) {
    let Some(file) = file_of(state) else { return };
    window.resize(width, height).await;
    std::fs::write(&file, window.picture().await).expect("a picture can be kept");
    window.with_few_colours(&file).await;
}

//! The small bar that stays above everything while something is recorded: time, loudness, and what can be done.

use tauri::{
    AppHandle, Emitter, LogicalPosition, LogicalSize, Manager, WebviewUrl, WebviewWindow,
    WebviewWindowBuilder,
};

use crate::ipc::Recording;

/// Its name in `capabilities/bar.json`.
pub(crate) const BAR: &str = "bar";

/// What our windows' titles end in.
pub(super) const PROGRAM: &str = "Revui Uploader";

/// Its one event: a [`Recording`], or none.
const RECORDING_CHANGED: &str = "recording-changed";

const SIZE: LogicalSize<f64> = LogicalSize::new(400.0, 56.0);

/// Between it and the screen's lower edge.
const DISTANCE: f64 = 64.0;

fn bar(app: &AppHandle) -> Option<WebviewWindow> {
    app.get_webview_window(BAR)
}

/// Shows it. Without one a recording is stopped in the window, in the tray or by its keys.
pub(crate) fn show(app: &AppHandle) {
    if bar(app).is_some() {
        return;
    }
    let built = WebviewWindowBuilder::new(app, BAR, WebviewUrl::App("bar.html".into()))
        .title(format!("Recording – {PROGRAM}"))
        .inner_size(SIZE.width, SIZE.height)
        // The shell takes a click near the edge of a bare window that can be resized for a hand that resizes it; and with GTK,
        // which may not know yet where the window system has put the bar, any click at all.
        .resizable(false)
        .maximizable(false)
        .minimizable(false)
        .decorations(false)
        .always_on_top(true)
        .visible_on_all_workspaces(true)
        .skip_taskbar(true)
        .accept_first_mouse(true)
        .focused(false)
        .visible(false)
        .build();
    let shown = built.and_then(|window| {
        stand_alone(&window)?;
        place(&window)?;
        window.show()
    });
    if let Err(error) = shown {
        tracing::warn!(%error, "there is no bar");
    }
}

/// Has it take clicks while the main window's dialogs are open, which GTK gives all of a group's. And without a wish of its
/// own GTK makes a window that cannot be resized higher than this one.
#[cfg(target_os = "linux")]
fn stand_alone(window: &WebviewWindow) -> tauri::Result<()> {
    use gtk::prelude::{WidgetExt as _, WindowGroupExt as _};

    let bar = window.clone();
    window.run_on_main_thread(move || {
        let (width, height) = SIZE.into();
        match bar.gtk_window() {
            Ok(window) => {
                gtk::WindowGroup::new().add_window(&window);
                window.set_size_request(width, height);
            }
            Err(error) => tracing::warn!(%error, "the bar may be too high"),
        }
    })
}

#[cfg(not(target_os = "linux"))]
#[allow(clippy::unnecessary_wraps, reason = "as on Linux")]
fn stand_alone(_: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

/// In the middle, above the lower edge.
fn place(window: &WebviewWindow) -> tauri::Result<()> {
    let Some(monitor) = window.primary_monitor()? else {
        return window.center();
    };
    let scale = monitor.scale_factor();
    let corner: LogicalPosition<f64> = monitor.position().to_logical(scale);
    let screen: LogicalSize<f64> = monitor.size().to_logical(scale);
    window.set_position(LogicalPosition::new(
        corner.x + (screen.width - SIZE.width) / 2.0,
        corner.y + screen.height - SIZE.height - DISTANCE,
    ))
}

/// Takes it away.
pub(crate) fn hide(app: &AppHandle) {
    if let Some(Err(error)) = bar(app).map(|window| window.destroy()) {
        tracing::warn!(%error, "the bar stays");
    }
}

/// Tells it how the recording stands.
pub(crate) fn tell(app: &AppHandle, recording: Option<&Recording>) {
    if bar(app).is_some()
        && let Err(error) = app.emit_to(BAR, RECORDING_CHANGED, recording)
    {
        tracing::warn!(%error, "the bar was not told of a change");
    }
}

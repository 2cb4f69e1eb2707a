//! The one window: opened, brought to the front, and what happens to it.

use std::sync::Arc;

use tauri::{AppHandle, DragDropEvent, Manager, WebviewWindow, WindowEvent};

use crate::shell::Shell;
use crate::{choosing, closing};

/// The window's name in `tauri.conf.json`.
pub(crate) const MAIN: &str = "main";

fn main_window(app: &AppHandle) -> Option<WebviewWindow> {
    app.get_webview_window(MAIN)
}

/// Brings the window to the front, wherever it was.
pub(crate) fn show(app: &AppHandle) {
    let Some(window) = main_window(app) else {
        return;
    };
    let shown = window
        .show()
        .and_then(|()| window.unminimize())
        .and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "the window did not come to the front");
    }
}

/// Takes the window off the screen; the program goes on.
pub(crate) fn hide(app: &AppHandle) {
    if let Some(Err(error)) = main_window(app).map(|window| window.hide()) {
        tracing::warn!(%error, "the window did not hide");
    }
}

/// Lays the window down, so that it covers nothing.
pub(crate) fn minimise(app: &AppHandle) {
    if let Some(Err(error)) = main_window(app).map(|window| window.minimize()) {
        tracing::warn!(%error, "the window is in the way");
    }
}

/// Whether the user is looking at the window.
pub(crate) fn has_focus(app: &AppHandle) -> bool {
    main_window(app).is_some_and(|window| window.is_focused().unwrap_or(false))
}

/// What the window system tells of the window.
pub(crate) fn on_event(shell: &Arc<Shell>, event: &WindowEvent) {
    match event {
        WindowEvent::CloseRequested { api, .. } => {
            api.prevent_close();
            closing::request(shell);
        }
        WindowEvent::DragDrop(DragDropEvent::Enter { paths, .. }) => {
            shell.set_files_over_window(paths.len().max(1));
        }
        WindowEvent::DragDrop(DragDropEvent::Leave) => shell.set_files_over_window(0),
        WindowEvent::DragDrop(DragDropEvent::Drop { paths, .. }) => {
            shell.set_files_over_window(0);
            choosing::take_dropped(shell, paths.clone());
        }
        _ => {}
    }
}

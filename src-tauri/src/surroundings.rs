//! What the shell does to the desktop around it. The rest of the shell knows no window, so that what it decides can be
//! tested without one.

use client::Snapshot;
use tauri::AppHandle;

use crate::{notification, window};

/// The desktop, as the shell needs it.
pub(crate) trait Surroundings: Send + Sync {
    /// Tells a user who is looking elsewhere what an upload has come to.
    fn notify(&self, upload: &Snapshot);

    /// Brings the window to the front, wherever it was.
    fn show_window(&self);

    /// Takes the window off the screen; the program goes on.
    fn hide_window(&self);

    /// From here on a new start is a first start, and not the return of a window that is about to vanish.
    fn make_way(&self);

    /// Ends the program.
    fn end(&self);
}

impl Surroundings for AppHandle {
    fn notify(&self, upload: &Snapshot) {
        notification::tell(self, upload);
    }

    fn show_window(&self) {
        window::show(self);
    }

    fn hide_window(&self) {
        window::hide(self);
    }

    fn make_way(&self) {
        tauri_plugin_single_instance::destroy(self);
    }

    fn end(&self) {
        self.exit(0);
    }
}

//! What the shell does to the desktop around it. The rest of the shell knows no window, so that what it decides can be
//! tested without one.

use client::Snapshot;
use tauri::AppHandle;

use crate::recording::bar;
use crate::{notification, window};

/// The desktop, as the shell needs it.
pub(crate) trait Surroundings: Send + Sync {
    /// Tells a user who is looking elsewhere what an upload has come to.
    fn notify(&self, upload: &Snapshot);

    /// Tells its user, who has closed the window, that this folder is watched on, if one is yet to be told of, and how the
    /// window comes back.
    fn say_still_here(&self, folder: Option<String>);

    /// Brings the window to the front, wherever it was.
    fn show_window(&self);

    /// Takes the window off the screen; the program goes on.
    fn hide_window(&self);

    /// Lets others be seen: they are about to be recorded.
    fn step_aside(&self);

    /// Shows the small bar that stays above everything while something is recorded.
    fn show_bar(&self);

    /// Takes it away.
    fn hide_bar(&self);

    /// From here on a new start is a first start, and not the return of a window that is about to vanish.
    fn make_way(&self);

    /// Ends the program.
    fn end(&self);
}

impl Surroundings for AppHandle {
    fn notify(&self, upload: &Snapshot) {
        notification::tell(self, upload);
    }

    fn say_still_here(&self, folder: Option<String>) {
        notification::still_here(self, folder);
    }

    fn show_window(&self) {
        window::show(self);
    }

    fn hide_window(&self) {
        window::hide(self);
    }

    fn step_aside(&self) {
        window::minimise(self);
    }

    fn show_bar(&self) {
        bar::show(self);
    }

    fn hide_bar(&self) {
        bar::hide(self);
    }

    fn make_way(&self) {
        tauri_plugin_single_instance::destroy(self);
    }

    fn end(&self) {
        self.exit(0);
    }
}

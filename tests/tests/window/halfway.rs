//! An upload that stands still halfway, because nothing more is let through to the store.

use std::path::PathBuf;

use world::strict::Strict;

use crate::download;
use crate::person::Person;
use crate::tray::Tray;
use crate::window::Window;

/// Bytes that are let through: a third of what is sent.
const LET_THROUGH_BYTES: u64 = 8 * 1024 * 1024;

/// The upload's surroundings.
pub(crate) struct Halfway {
    pub(crate) backend: Strict,
    pub(crate) person: Person,
    pub(crate) file: PathBuf,
}

impl Halfway {
    /// Somebody who is sending a recording of this name, and the window in which they see it; `None` on a machine that
    /// can have no desktop, after saying so.
    pub(crate) async fn sending(name: &str) -> Option<(Self, Window)> {
        let (backend, person) = Person::with_a_strict_backend().await?;
        Some(Self::sending_as(backend, person, name).await)
    }

    /// As [`Self::sending`], on a desktop that has a tray.
    pub(crate) async fn sending_with_a_tray(name: &str) -> Option<(Self, Window, Tray)> {
        let (backend, person) = Person::with_a_strict_backend().await?;
        let tray = Tray::start(&person.desktop).await;
        let (halfway, window) = Self::sending_as(backend, person, name).await;
        Some((halfway, window, tray))
    }

    async fn sending_as(backend: Strict, person: Person, name: &str) -> (Self, Window) {
        let window = person.open_with_task("onboarding").await;
        let file = person.large_recording(name);
        let halfway = Self {
            backend,
            person,
            file,
        };
        halfway.send_in(&window).await;
        (halfway, window)
    }

    async fn send_in(&self, window: &Window) {
        self.backend.line.hold_after(LET_THROUGH_BYTES);
        self.person.upload(window, &self.file).await;
        self.backend.line.is_held().await;
        window.progress_past(20).await;
    }

    /// Sends it once more, and as far, after it was cancelled.
    pub(crate) async fn send_again_in(&self, window: &Window) {
        // What is left of the one before is not counted.
        self.backend.line.cut();
        self.backend.line.release();
        self.send_in(window).await;
    }

    /// Waits until the upload is done on this window's stage, holds the link against the file, and closes the window.
    pub(crate) async fn is_finished_in(&self, window: Window) {
        window.phase("done").await;
        download::is(&window.link().await, &self.file).await;
        window.close().await;
    }
}

//! Somebody at their desktop, with an account at a backend.

use std::path::{Path, PathBuf};

use world::World;
use world::strict::{self, Strict};

use crate::desktop::{Desktop, missing_piece};
use crate::window::{Start, Window};
use crate::{chooser, pictures};

/// The person, their desktop and their account.
pub(crate) struct Person {
    pub(crate) desktop: Desktop,
    pub(crate) password: String,
    server: String,
    email: String,
}

impl Person {
    /// The plain user of the real backend; `None` on a machine that can have no desktop, after saying so.
    pub(crate) async fn of_world(world: &World) -> Option<Self> {
        let user = world.user();
        Self::with_account(&world.server, &user.email, &user.password).await
    }

    /// The user of a backend that keeps only the base contract; `None` as above.
    pub(crate) async fn of_strict(backend: &Strict) -> Option<Self> {
        Self::with_account(&backend.server, strict::EMAIL, strict::PASSWORD).await
    }

    async fn with_account(server: &str, email: &str, password: &str) -> Option<Self> {
        if let Some(reason) = missing_piece() {
            let thread = std::thread::current();
            world::skip(thread.name().unwrap_or("a test of the window"), &reason);
            return None;
        }
        Some(Self {
            desktop: Desktop::start(pictures::look()).await,
            password: password.to_owned(),
            server: server.to_owned(),
            email: email.to_owned(),
        })
    }

    /// Opens the window, as the demo does: server and address are filled in.
    pub(crate) async fn open(&self) -> Window {
        let start = Start {
            server: &self.server,
            email: &self.email,
            home: &self.desktop.home().join("revui"),
        };
        Window::open(&self.desktop, &start).await
    }

    /// Opens the window and signs in.
    pub(crate) async fn open_signed_in(&self) -> Window {
        let window = self.open().await;
        window.sign_in(&self.password).await;
        window.screen("ready").await;
        window
    }

    /// As [`Self::open_signed_in`], at a backend that lists no tasks: one is typed.
    pub(crate) async fn open_with_task(&self, task: &str) -> Window {
        let window = self.open_signed_in().await;
        window.press("task").await;
        window.fill("input[name='task']", task).await;
        window.press("use-task").await;
        window
    }

    /// Chooses a file: the button, then the system's chooser.
    pub(crate) async fn choose(&self, window: &Window, file: &Path) {
        window.press("choose").await;
        chooser::choose(&self.desktop, file).await;
    }

    /// A recording of some size among their files: long enough on its way to be looked at.
    pub(crate) fn large_recording(&self, name: &str) -> PathBuf {
        world::fixtures::sparse(self.desktop.home(), name, 24 * 1024 * 1024)
    }
}

//! Somebody at their desktop, with an account at a backend.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use world::World;
use world::fixtures;
use world::strict::{self, Strict, Variant};

use crate::desktop::{Desktop, missing_piece};
use crate::program::Start;
use crate::window::Window;
use crate::{chooser, pictures};

/// The person, their desktop and their account.
pub(crate) struct Person {
    pub(crate) desktop: Arc<Desktop>,
    pub(crate) email: String,
    pub(crate) password: String,
    server: String,
}

impl Person {
    /// The plain user of a new backend, which is to be kept; `None` on a machine that can have no desktop, after saying so.
    pub(crate) async fn with_a_world() -> Option<(World, Self)> {
        let world = World::start().await;
        let person = Self::of_world(&world).await?;
        Some((world, person))
    }

    /// The user of a new backend that keeps only the base contract; `None` as above.
    pub(crate) async fn with_a_strict_backend() -> Option<(Strict, Self)> {
        Self::with_a_strict_backend_at(Desktop::start(pictures::look())).await
    }

    /// As [`Self::with_a_strict_backend`], at this desktop.
    pub(crate) async fn with_a_strict_backend_at(
        desktop: impl Future<Output = Desktop>,
    ) -> Option<(Strict, Self)> {
        let backend = Strict::start(Variant::default()).await;
        let (server, email, password) = (&backend.server, strict::EMAIL, strict::PASSWORD);
        let person = Self::with_account(desktop, server, email, password).await?;
        Some((backend, person))
    }

    /// The plain user of the real backend; `None` on a machine that can have no desktop, after saying so.
    pub(crate) async fn of_world(world: &World) -> Option<Self> {
        Self::of_world_at(world, &world.server).await
    }

    /// As [`Self::of_world`], who reaches it at this address.
    pub(crate) async fn of_world_at(world: &World, server: &str) -> Option<Self> {
        let desktop = Desktop::start(pictures::look());
        let user = world.user();
        Self::with_account(desktop, server, &user.email, &user.password).await
    }

    /// The desktop is started only on a machine that can have one.
    async fn with_account(
        desktop: impl Future<Output = Desktop>,
        server: &str,
        email: &str,
        password: &str,
    ) -> Option<Self> {
        if let Some(reason) = missing_piece() {
            let thread = std::thread::current();
            world::skip(thread.name().unwrap_or("a test of the window"), &reason);
            return None;
        }
        Some(Self {
            desktop: Arc::new(desktop.await),
            email: email.to_owned(),
            password: password.to_owned(),
            server: server.to_owned(),
        })
    }

    /// Opens the window, as the demo does: server and address are filled in.
    pub(crate) async fn open(&self) -> Window {
        self.open_at(&self.server).await
    }

    /// As [`Self::open`], with another server filled in.
    pub(crate) async fn open_at(&self, server: &str) -> Window {
        self.open_with(server, &[]).await
    }

    /// As [`Self::open`], on a computer whose plugins for video are in this folder.
    pub(crate) async fn open_with_plugins_in(&self, folder: &Path) -> Window {
        // What is known of these plugins is nothing for others.
        let registry = self.desktop.home().join("plugins.bin");
        let instead = [
            ("GST_PLUGIN_SYSTEM_PATH_1_0", folder),
            ("GST_REGISTRY", registry.as_path()),
        ];
        self.open_with(&self.server, &instead).await
    }

    /// As [`Self::open`], on a computer where what belongs to the program lies in this folder, or does not.
    pub(crate) async fn open_with_programs_in(&self, folder: &Path) -> Window {
        self.open_with(&self.server, &[("REVUI_BIN_DIR", folder)])
            .await
    }

    /// As [`Self::open`], on a computer whose programs tell a screen reader what they show.
    pub(crate) async fn open_for_a_screen_reader(&self) -> Window {
        let told = [("NO_AT_BRIDGE", Path::new("0"))];
        self.open_with(&self.server, &told).await
    }

    /// As [`Self::open`], on a computer whose camera shows the test picture.
    pub(crate) async fn open_with_a_camera(&self) -> Window {
        let camera = ("REVUI_CAMERA_TEST", Path::new("on"));
        self.open_with(&self.server, &[camera]).await
    }

    async fn open_with(&self, server: &str, environment: &[(&str, &Path)]) -> Window {
        let start = Start {
            server,
            email: &self.email,
            home: &self.desktop.home().join("revui"),
            environment,
        };
        Window::open(self.desktop.clone(), &start).await
    }

    /// Opens the window and signs in.
    pub(crate) async fn open_signed_in(&self) -> Window {
        let window = self.open().await;
        window.sign_in(&self.password).await;
        window.screen("ready").await;
        window
    }

    /// As [`Self::open_signed_in`], at a backend that lists a single task: the window chooses it by itself.
    pub(crate) async fn open_with_the_task(&self) -> Window {
        let window = self.open_signed_in().await;
        window.has_a_task().await;
        window
    }

    /// As [`Self::open_signed_in`], at a backend that lists no tasks: one is typed.
    pub(crate) async fn open_with_task(&self, task: &str) -> Window {
        let window = self.open_signed_in().await;
        window.choose_task(task).await;
        window
    }

    /// Chooses a file: the button, then the system's chooser.
    pub(crate) async fn choose(&self, window: &Window, file: &Path) {
        window.press("choose").await;
        chooser::choose(&self.desktop, file).await;
    }

    /// Chooses all recordings of their folder, so many, at once.
    pub(crate) async fn choose_all(&self, window: &Window, count: usize) {
        loop {
            window.press("choose").await;
            chooser::choose_all(&self.desktop).await;
            window.review_is_ready().await;
            if window.count("[data-list='review'] [data-file]").await == count {
                return;
            }
            // A chooser that is still reading its folder gives what it has read: then once more.
            window.press("discard").await;
            window.element("main:not([data-screen='review'])").await;
        }
    }

    /// Chooses a file, sees that it is a recording, and uploads it.
    pub(crate) async fn upload(&self, window: &Window, file: &Path) {
        self.choose(window, file).await;
        window.review_is_ready().await;
        window.press("upload").await;
    }

    /// A recording among their files.
    pub(crate) fn recording(&self, name: &str) -> PathBuf {
        fixtures::named(self.desktop.home(), name)
    }

    /// A recording of some size among their files: long enough on its way to be looked at.
    pub(crate) fn large_recording(&self, name: &str) -> PathBuf {
        fixtures::sparse(self.desktop.home(), name, 24 * 1024 * 1024)
    }
}

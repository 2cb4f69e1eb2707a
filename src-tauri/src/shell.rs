//! The shell's state: what the window shows, and the few choices that outlive a click.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use client::{Client, Home, Settings};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Notify;
use wire::TaskId;

use crate::closing::Closing;
use crate::damaged::Damaged;
use crate::folder::Folder;
use crate::ipc::Failure;
use crate::links::Links;
use crate::log::RecentLines;
use crate::playback::Playback;
use crate::recording::Recorder;
use crate::review::Review;
use crate::session::Restoration;
use crate::surroundings::Surroundings;
use crate::uploads::Uploads;

/// One window's state; shared by commands, tray and watchers.
pub(crate) struct Shell {
    /// The engine.
    pub(crate) client: Client,
    /// The desktop around it.
    pub(crate) surroundings: Box<dyn Surroundings>,
    /// Where settings live.
    home: Home,
    /// Uploads that this program knows of.
    pub(crate) uploads: Uploads,
    /// Records of uploads that cannot be read any more.
    pub(crate) damaged: Damaged,
    /// Chosen files that have not been sent.
    pub(crate) review: Review,
    /// What the webview may play of them.
    pub(crate) playback: Playback,
    /// The folder that is watched.
    pub(crate) folder: Folder,
    /// The recording that is being made.
    pub(crate) recorder: Recorder,
    /// Links that have been proven to open.
    pub(crate) links: Links,
    /// How far the stored session has been restored.
    pub(crate) restoration: Mutex<Restoration>,
    /// Rung to try the stored session again at once.
    pub(crate) restore_now: Notify,
    /// Rung when its user waits no longer for a sign-in in the browser.
    pub(crate) sign_in_given_up: Notify,
    /// Whether the window is about to close.
    pub(crate) closing: Mutex<Closing>,
    /// The log's last lines.
    pub(crate) lines: RecentLines,
    /// Rung whenever something that the window shows has changed.
    pub(crate) changed: Notify,
    task: Mutex<Option<TaskId>>,
    files_over_window: AtomicUsize,
}

/// Locks, whoever panicked while holding it: every value behind these locks is whole after each statement.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shell {
    /// A shell over this engine, with the task that was chosen last.
    pub(crate) fn new(
        client: Client,
        home: Home,
        lines: RecentLines,
        surroundings: Box<dyn Surroundings>,
    ) -> Self {
        let settings = Settings::load(&home)
            .inspect_err(|error| tracing::warn!(%error, "the settings cannot be read"))
            .unwrap_or_default();
        Self {
            client,
            surroundings,
            home,
            uploads: Uploads::default(),
            damaged: Damaged::default(),
            review: Review::default(),
            playback: Playback::default(),
            folder: Folder::of(&settings),
            recorder: Recorder::default(),
            links: Links::default(),
            restoration: Mutex::new(Restoration::Trying),
            restore_now: Notify::new(),
            sign_in_given_up: Notify::new(),
            closing: Mutex::new(Closing::No),
            lines,
            changed: Notify::new(),
            task: Mutex::new(settings.task),
            files_over_window: AtomicUsize::new(0),
        }
    }

    /// Says that something that the window shows has changed.
    pub(crate) fn touch(&self) {
        self.changed.notify_one();
    }

    /// The task that the next recordings are for.
    pub(crate) fn task(&self) -> Option<TaskId> {
        lock(&self.task).clone()
    }

    /// Chooses the task for the next recordings, and remembers it for the next start.
    pub(crate) fn choose_task(&self, task: TaskId) -> Result<(), Failure> {
        *lock(&self.task) = Some(task.clone());
        self.touch();
        self.change_settings(|settings| settings.task = Some(task))
    }

    /// Changes what is remembered for the next start.
    pub(crate) fn change_settings(
        &self,
        change: impl FnOnce(&mut Settings),
    ) -> Result<(), Failure> {
        let mut settings = Settings::load(&self.home)?;
        change(&mut settings);
        Ok(settings.save(&self.home)?)
    }

    /// What the shell keeps in the settings under this key; `None` where there is nothing that can be read.
    pub(crate) fn own_setting<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        Settings::load(&self.home)
            .inspect_err(|error| tracing::warn!(%error, "the settings cannot be read"))
            .ok()?
            .own(key)
    }

    /// Keeps something there.
    pub(crate) fn keep_own_setting(&self, key: &str, kept: &impl Serialize) -> Result<(), Failure> {
        let mut settings = Settings::load(&self.home)?;
        settings.keep_own(key, kept);
        Ok(settings.save(&self.home)?)
    }

    /// Shows, or no longer shows, that files are being dragged over the window.
    pub(crate) fn set_files_over_window(&self, count: usize) {
        self.files_over_window.store(count, Ordering::Relaxed);
        self.touch();
    }

    /// How many files are being dragged over the window.
    pub(crate) fn files_over_window(&self) -> usize {
        self.files_over_window.load(Ordering::Relaxed)
    }
}

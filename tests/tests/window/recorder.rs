//! Somebody who records: what they chose before, what is on their disk, and the buttons that they press.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tokio::time::sleep;
use world::World;

use crate::desktop::LOOK_EVERY;
use crate::person::Person;
use crate::window::Window;

/// The bar's title, as an expression for the window system.
pub(crate) const BAR: &str = "^Recording – Revui Uploader$";

/// A small part of the desktop, so that two busy cores keep up.
pub(crate) fn small_region() -> Value {
    json!({ "kind": "region", "x": 0, "y": 0, "width": 320, "height": 180 })
}

/// What records, with the rest as it is chosen at first but for the sound: nobody speaks here.
pub(crate) fn choices(target: &Value, after_stop: &str) -> Value {
    json!({
        "target": target,
        "microphone": { "kind": "off" },
        "afterStop": after_stop,
        "countsDown": false,
    })
}

impl Person {
    /// As [`Person::with_a_world`], who chose this the last time they recorded.
    pub(crate) async fn who_recorded(choices: &Value) -> Option<(World, Self)> {
        let (world, person) = Self::with_a_world().await?;
        person.keep("recording", choices);
        Some((world, person))
    }

    /// Puts something into their settings.
    pub(crate) fn keep(&self, key: &str, value: &Value) {
        let home = self.desktop.home().join("revui");
        std::fs::create_dir_all(&home).expect("a folder");
        let settings = json!({ key: value });
        std::fs::write(home.join("settings.json"), settings.to_string()).expect("their settings");
    }

    /// What they have recorded.
    pub(crate) fn recorded(&self) -> Vec<PathBuf> {
        let folder = self.desktop.videos().join("Revui");
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        files.map(|file| file.path()).collect()
    }

    /// Waits until nothing is left of what they have recorded.
    pub(crate) async fn has_nothing_recorded(&self) {
        world::in_time("a folder without recordings", async {
            while !self.recorded().is_empty() {
                sleep(LOOK_EVERY).await;
            }
        })
        .await;
    }

    /// The one file that they have recorded.
    pub(crate) fn only_recorded(&self) -> PathBuf {
        let files = self.recorded();
        assert_eq!(files.len(), 1, "{files:?}");
        files.into_iter().next().expect("one")
    }

    /// Waits until something has been written of a recording.
    pub(crate) async fn is_recording(&self) -> PathBuf {
        world::in_time("a recording that grows", async {
            loop {
                for file in self.recorded() {
                    if file.metadata().is_ok_and(|file| file.len() > 20_000) {
                        return file;
                    }
                }
                sleep(LOOK_EVERY).await;
            }
        })
        .await
    }

    /// Presses the keys that start and stop a recording from anywhere.
    pub(crate) async fn press_record(&self) {
        self.desktop.press(&["ctrl+shift+r"]).await;
    }

    /// The bar's number with the window system, once it is on the screen.
    pub(crate) async fn bar(&self) -> String {
        world::in_time("the bar", async {
            loop {
                if let Some(number) = self.desktop.window_titled(BAR).await {
                    return number;
                }
                sleep(LOOK_EVERY).await;
            }
        })
        .await
    }
}

impl Window {
    /// Brings it back from where it made way for the recording, as its user does by starting it once more.
    pub(crate) async fn comes_back(&self) {
        self.is_gone().await;
        self.start_once_more().await;
        self.is_on_the_screen().await;
    }

    /// Waits until the recorded file is under review and can be sent.
    pub(crate) async fn reviews_what_was_recorded(&self, file: &Path) {
        self.reviews(file, "good").await;
    }
}

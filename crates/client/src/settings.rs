//! `settings.json`: what the user chose. No secret.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wire::TaskId;

use crate::{ClientError, Home, ServerOrigin};

/// What the user chose, shared by the window and the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// The server that was used last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerOrigin>,
    /// The account that was used last: an e-mail address, or the user's id where the session names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The task that was chosen last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// The folder that the window watches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watching: Option<Watching>,
    /// Keys of single programs, and of later versions, kept as they are.
    #[serde(flatten)]
    pub other: serde_json::Map<String, serde_json::Value>,
}

/// A folder whose recordings the window uploads by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Watching {
    /// The folder.
    pub folder: PathBuf,
    /// What the recordings in it are for.
    pub task: TaskId,
    /// The server to which they go.
    pub server: ServerOrigin,
    /// The account that they become part of. Nothing is taken for anybody else.
    pub email: String,
    /// Whether it is being watched.
    pub is_on: bool,
}

/// The settings could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The file is there and cannot be read, or cannot be set aside.
    #[error("`{}` cannot be read", file.display())]
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("`{}` cannot be written", file.display())]
    Unwritable {
        /// Which file.
        file: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl Settings {
    /// Reads them; defaults where there are none. A garbled file is set aside as `settings.json.garbled`, not lost.
    pub fn load(home: &Home) -> Result<Self, ClientError> {
        let file = file_in(home);
        let unreadable = |source| SettingsError::Unreadable {
            file: file.clone(),
            source,
        };
        let text = match std::fs::read(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(unreadable(error).into()),
        };
        match serde_json::from_slice(&text) {
            Ok(settings) => Ok(settings),
            Err(error) => {
                let aside = home.path().join("settings.json.garbled");
                tracing::warn!(%error, aside = %aside.display(), "the settings are garbled and were set aside");
                std::fs::rename(&file, &aside).map_err(unreadable)?;
                Ok(Self::default())
            }
        }
    }

    /// What a program keeps in here under a key of its own; `None` where there is nothing, or nothing that it can read.
    pub fn own<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let kept = self.other.get(key)?;
        T::deserialize(kept)
            .inspect_err(|error| tracing::warn!(key, %error, "a setting is garbled"))
            .ok()
    }

    /// Keeps something under a key of a program's own. What JSON cannot hold is not kept.
    pub fn keep_own(&mut self, key: &str, kept: &impl Serialize) {
        match serde_json::to_value(kept) {
            Ok(kept) => drop(self.other.insert(key.to_owned(), kept)),
            Err(error) => tracing::warn!(key, %error, "a setting cannot be kept"),
        }
    }

    /// Writes them whole (a temporary file, then a rename): whoever reads meanwhile sees the old ones or the new ones.
    pub fn save(&self, home: &Home) -> Result<(), ClientError> {
        home.make()?;
        let file = file_in(home);
        replace(&file, self).map_err(|source| SettingsError::Unwritable { file, source })?;
        Ok(())
    }
}

fn file_in(home: &Home) -> PathBuf {
    home.path().join("settings.json")
}

fn replace(file: &Path, settings: &Settings) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(settings)?;
    text.push(b'\n');
    // Named after the process: the window and the command line may write at the same moment.
    let draft = file.with_extension(format!("json.{}.new", std::process::id()));
    let written = write_durably(&draft, &text).and_then(|()| std::fs::rename(&draft, file));
    if written.is_err() {
        // The draft is of no use any more; what matters is the first error.
        let _ = std::fs::remove_file(&draft);
    }
    written
}

fn write_durably(file: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = std::fs::File::create(file)?;
    file.write_all(text)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_loaded_with_the_keys_of_later_versions() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path().join("home"));
        assert_eq!(Settings::load(&home).unwrap(), Settings::default());

        let mut settings: Settings =
            serde_json::from_str(r#"{"server":"https://recordings.example","theme":"dark"}"#)
                .unwrap();
        settings.email = Some("anna@example.com".into());
        settings.save(&home).unwrap();
        let loaded = Settings::load(&home).unwrap();
        assert_eq!(loaded, settings);
        assert_eq!(loaded.other["theme"], "dark");
        let files: Vec<_> = std::fs::read_dir(home.path()).unwrap().collect();
        assert_eq!(files.len(), 1, "{files:?}");
    }

    #[test]
    fn what_a_program_keeps_of_its_own_is_read_or_passed_over() {
        let mut settings = Settings::default();
        assert_eq!(settings.own::<Vec<u8>>("numbers"), None);
        settings.keep_own("numbers", &[1, 2]);
        assert_eq!(settings.own::<Vec<u8>>("numbers"), Some(vec![1, 2]));
        assert_eq!(settings.own::<String>("numbers"), None, "of another kind");
    }

    #[test]
    fn a_garbled_file_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        for garbled in ["", "{", "[]", r#"{"server":"http://elsewhere.example"}"#] {
            std::fs::write(folder.path().join("settings.json"), garbled).unwrap();
            assert_eq!(
                Settings::load(&home).unwrap(),
                Settings::default(),
                "{garbled}"
            );
            let aside = std::fs::read_to_string(folder.path().join("settings.json.garbled"));
            assert_eq!(aside.unwrap(), garbled);
        }
    }
}

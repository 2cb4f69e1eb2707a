//! The folder that holds journal, settings and locks.

use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

/// `REVUI_HOME`, else the platform's local data folder of `dev.revui.uploader`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home(PathBuf);

/// The application's name towards the system: its data folder, and its service in the keychain.
pub(crate) const APPLICATION: &str = "dev.revui.uploader";

/// There is no such folder, or it cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HomeError {
    /// The environment names no home directory.
    #[error("the environment names no home directory")]
    Unknown(#[source] etcetera::HomeDirError),
    /// The folder cannot be made.
    #[error("the folder `{}` cannot be made", folder.display())]
    Unwritable {
        /// Which folder.
        folder: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl Home {
    /// As the environment says: `REVUI_HOME`; else `$XDG_DATA_HOME` or `~/.local/share` (Linux), `~/Library/Application
    /// Support` (macOS), `%LOCALAPPDATA%` (Windows), and the application's name in it.
    pub fn from_environment() -> Result<Self, crate::ClientError> {
        match std::env::var_os("REVUI_HOME").filter(|folder| !folder.is_empty()) {
            Some(folder) => Ok(Self::at(folder)),
            None => Ok(Self(local_data()?.join(APPLICATION))),
        }
    }

    /// This folder.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Makes the folder if it isn't there, for its owner's eyes only.
    pub(crate) fn make(&self) -> Result<(), HomeError> {
        let unwritable = |source| HomeError::Unwritable {
            folder: self.0.clone(),
            source,
        };
        if self.0.is_dir() {
            return Ok(());
        }
        let mut folder = std::fs::DirBuilder::new();
        folder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder.create(&self.0).map_err(unwritable)
    }
}

/// The folder for data of this computer alone. On Windows `LOCALAPPDATA`: what roams is copied from computer to
/// computer, and a journal with paths of this one has no business there.
fn local_data() -> Result<PathBuf, HomeError> {
    let strategy = etcetera::base_strategy::choose_native_strategy().map_err(HomeError::Unknown)?;
    Ok(if cfg!(windows) {
        strategy.cache_dir()
    } else {
        strategy.data_dir()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_made_for_its_owner_alone() {
        let temporary = tempfile::tempdir().unwrap();
        let home = Home::at(temporary.path().join("a/b"));
        home.make().unwrap();
        home.make().unwrap();
        assert!(home.path().is_dir());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(home.path()).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
        }
    }

    #[test]
    fn a_file_in_its_place_is_said() {
        let temporary = tempfile::tempdir().unwrap();
        let place = temporary.path().join("file");
        std::fs::write(&place, b"").unwrap();
        assert!(matches!(
            Home::at(place.join("home")).make(),
            Err(HomeError::Unwritable { .. })
        ));
    }
}

//! Where a recording goes: a folder, and a name that no other file has.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use jiff::civil::DateTime;

/// The folder in the user's own for films.
const FOLDER: &str = "Revui";

/// So many recordings of one second have names of their own.
const MOST_OF_A_SECOND: u32 = 100;

/// Why there is no file to record to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// The system names no folder of this user's.
    #[error("this system names no folder for films, and no home")]
    NoFolder,
    /// The folder cannot be made.
    #[error("the folder `{}` cannot be made", folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// There is a file of this name already.
    #[error("`{}` exists already", path.display())]
    Exists {
        /// Which.
        path: PathBuf,
    },
    /// The file cannot be made.
    #[error("`{}` cannot be written", path.display())]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// JSON, in which the helper is told, cannot hold the name.
    #[error("`{}` has a name that is not Unicode", path.display())]
    NotUnicode {
        /// Which.
        path: PathBuf,
    },
}

/// Where recordings go if nobody says otherwise: `Revui` in the user's folder for films.
pub fn default_folder() -> Result<PathBuf, OutputError> {
    dirs::video_dir()
        // A home that was never set up for a desktop has no such folder; the one that it would have.
        .or_else(|| Some(dirs::home_dir()?.join("Videos")))
        .map(|films| films.join(FOLDER))
        .ok_or(OutputError::NoFolder)
}

/// Makes an empty file in `folder`, named by the local date and time; the folder too, if it is not there.
pub fn new_in(folder: &Path, now: DateTime) -> Result<PathBuf, OutputError> {
    fs::create_dir_all(folder).map_err(|source| OutputError::Folder {
        folder: folder.to_owned(),
        source,
    })?;
    // No colons: Windows does not take them in a name.
    let name = now.strftime("Recording %Y-%m-%d %H.%M.%S").to_string();
    for number in 1..MOST_OF_A_SECOND {
        let path = folder.join(match number {
            1 => format!("{name}.webm"),
            _ => format!("{name} ({number}).webm"),
        });
        match reserve(path) {
            Err(OutputError::Exists { .. }) => {}
            reserved => return reserved,
        }
    }
    Err(OutputError::Exists {
        path: folder.join(format!("{name}.webm")),
    })
}

/// Makes an empty file of this name, which no other file has.
pub fn reserve(path: PathBuf) -> Result<PathBuf, OutputError> {
    if path.to_str().is_none() {
        return Err(OutputError::NotUnicode { path });
    }
    match File::create_new(&path) {
        Ok(_) => Ok(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(OutputError::Exists { path })
        }
        Err(source) => Err(OutputError::Unwritable { path, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn two_recordings_of_one_second_have_two_names() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("Videos").join("Revui");
        let now = date(2026, 11, 28).at(21, 5, 9, 0);
        let names = [(); 3].map(|()| {
            let path = new_in(&folder, now).unwrap();
            assert!(path.is_file());
            path.file_name().unwrap().to_owned()
        });
        assert_eq!(
            names,
            [
                "Recording 2026-11-28 21.05.09.webm",
                "Recording 2026-11-28 21.05.09 (2).webm",
                "Recording 2026-11-28 21.05.09 (3).webm",
            ]
        );
    }

    #[test]
    fn nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.webm");
        fs::write(&path, "precious").unwrap();
        let refused = reserve(path.clone()).unwrap_err();
        assert!(matches!(refused, OutputError::Exists { .. }), "{refused}");
        assert_eq!(fs::read_to_string(path).unwrap(), "precious");
    }

    #[test]
    fn a_folder_that_is_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let refused = new_in(&file.join("Revui"), date(2026, 1, 1).at(0, 0, 0, 0)).unwrap_err();
        assert!(matches!(refused, OutputError::Folder { .. }), "{refused}");
    }
}

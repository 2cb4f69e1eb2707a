//! Files that hold secrets: for their owner's eyes, and whole or not there at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A file or folder could not be handled.
#[derive(Debug, thiserror::Error)]
#[error("could not {step} {}", path.display())]
pub struct FileError {
    /// What was tried, as a verb.
    pub step: &'static str,
    /// With which file.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

impl FileError {
    pub(crate) fn new(step: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self { step, path, source }
    }
}

/// Makes the file, as far as these options say, for its owner alone.
fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.open(path)
}

/// Writes the whole file under another name, makes it durable, and renames it.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), FileError> {
    let staged = path.with_extension("new");
    // One that was left behind could have other permissions.
    match fs::remove_file(&staged) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(FileError::new("replace", &staged)(error));
        }
        _ => {}
    }
    let mut file = open(File::options().write(true).create_new(true), &staged)
        .map_err(FileError::new("create", &staged))?;
    file.write_all(content)
        .and_then(|()| file.sync_all())
        .map_err(FileError::new("write", &staged))?;
    fs::rename(&staged, path).map_err(FileError::new("write", path))
}

/// The file's content; `None` when it is not there.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, FileError> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::new("read", path)(error)),
    }
}

/// Makes the file, empty, unless it is there.
pub(crate) fn touch(path: &Path) -> Result<File, FileError> {
    open(
        File::options().write(true).create(true).truncate(false),
        path,
    )
    .map_err(FileError::new("open", path))
}

/// Makes the folder, for its owner alone, unless it is there.
pub(crate) fn make_folder(path: &Path) -> Result<(), FileError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(FileError::new("make", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.json");
        assert_eq!(read(&path).unwrap(), None);
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(read(&path).unwrap().as_deref(), Some(&b"two"[..]));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}

//! A file that is written whole, or not at all.

use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::NamedTempFile;

/// What is written is gathered to this much.
const BUFFER_BYTES: usize = 1 << 20;

/// Why there is no new file.
#[derive(Debug, thiserror::Error)]
pub enum NewFileError<E> {
    /// Something has its name already, or it cannot be told whether something has. It was not touched.
    #[error("there is a file of that name")]
    Exists,
    /// Somebody said stop.
    #[error("it was stopped")]
    Stopped,
    /// The file system refused.
    #[error("it cannot be written")]
    Unwritable(#[source] io::Error),
    /// What was to be written could not be.
    #[error("its content failed")]
    Content(#[source] E),
}

/// Writes a file under a passing name beside its place, and moves it there once it is whole. Nothing is overwritten, and
/// nothing is left of what could not be finished, or was stopped by `is_stopped`. Whoever may read its `original` may
/// read it, too.
///
/// It writes for as long as that takes: not on a thread that others wait for.
pub fn write_new_file<T, E>(
    to: &Path,
    original: Permissions,
    is_stopped: &AtomicBool,
    content: impl FnOnce(&mut dyn Write) -> Result<T, E>,
) -> Result<T, NewFileError<E>> {
    if is_there(to) {
        return Err(NewFileError::Exists);
    }
    let folder = match to.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let passing = tempfile::Builder::new()
        .prefix(".revui-")
        .suffix(".part")
        .tempfile_in(folder)
        .map_err(NewFileError::Unwritable)?;
    let stoppable = Stoppable {
        file: passing.as_file(),
        is_stopped,
    };
    let mut writer = BufWriter::with_capacity(BUFFER_BYTES, stoppable);
    let written = content(&mut writer);
    if is_stopped.load(Ordering::Relaxed) {
        drop(writer.into_parts());
        return Err(NewFileError::Stopped);
    }
    let written = written.map_err(NewFileError::Content)?;
    writer.flush().map_err(NewFileError::Unwritable)?;
    drop(writer);
    let file = passing.as_file();
    file.set_permissions(original)
        .and_then(|()| file.sync_all())
        .map_err(NewFileError::Unwritable)?;
    keep(passing, to)?;
    Ok(written)
}

/// Whatever is there, or cannot be looked at, is not written over.
pub(crate) fn is_there(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}

fn keep<E>(passing: NamedTempFile, to: &Path) -> Result<(), NewFileError<E>> {
    let Err(refused) = passing.persist_noclobber(to) else {
        return Ok(());
    };
    // A file system may know no way to move without overwriting.
    if refused.error.kind() == io::ErrorKind::AlreadyExists || is_there(to) {
        return Err(NewFileError::Exists);
    }
    let kept = refused.file.persist(to);
    kept.map(drop)
        .map_err(|refused| NewFileError::Unwritable(refused.error))
}

/// A file that takes nothing more once somebody has said stop.
struct Stoppable<'s> {
    file: &'s File,
    is_stopped: &'s AtomicBool,
}

impl Write for Stoppable<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_stopped.load(Ordering::Relaxed) {
            return Err(io::Error::other("stopped"));
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_whole_or_not_there_and_nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let original = folder.path().join("original");
        fs::write(&original, "0").unwrap();
        let to = folder.path().join("copy");
        let write = |is_stopped: bool, content: Result<&str, io::Error>| {
            let like = fs::metadata(&original).unwrap().permissions();
            write_new_file(&to, like, &AtomicBool::new(is_stopped), |writer| {
                writer.write_all(content?.as_bytes())
            })
        };
        let files = || fs::read_dir(folder.path()).unwrap().count();
        let stopped = write(true, Ok("1")).unwrap_err();
        assert!(matches!(stopped, NewFileError::Stopped), "{stopped:?}");
        let failed = write(false, Err(io::Error::other("unreadable"))).unwrap_err();
        assert!(matches!(failed, NewFileError::Content(_)), "{failed:?}");
        assert_eq!(files(), 1);
        write(false, Ok("2")).unwrap();
        let refused = write(false, Ok("3")).unwrap_err();
        assert!(matches!(refused, NewFileError::Exists), "{refused:?}");
        assert_eq!(fs::read_to_string(&to).unwrap(), "2");
        assert_eq!(files(), 2);
    }
}

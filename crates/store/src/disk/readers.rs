//! Who is reading out of which folder of parts, so that none is removed under a reader.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The folders that are being read.
#[derive(Debug, Clone, Default)]
pub(super) struct Readers(Arc<Mutex<HashMap<PathBuf, Readership>>>);

#[derive(Debug, Default)]
struct Readership {
    readers: usize,
    /// Where the last reader moves the folder, to remove it there.
    doomed: Option<PathBuf>,
}

/// The folder stays while this value lives.
#[derive(Debug)]
pub(super) struct Reading {
    folder: PathBuf,
    readers: Readers,
}

impl Readers {
    /// `None` when the folder is not there (any more).
    pub(super) fn enter(&self, folder: PathBuf) -> Option<Reading> {
        // Entered first and looked for then: a folder that is found now is not removed any more.
        self.lock().entry(folder.clone()).or_default().readers += 1;
        let reading = Reading {
            folder,
            readers: self.clone(),
        };
        reading.folder.is_dir().then_some(reading)
    }

    /// Removes `folder` by way of `trash`, a name that is free: at once, or when its last reader has left. What fails now
    /// is swept when the store is next opened.
    pub(super) fn remove(&self, folder: &Path, trash: PathBuf) {
        let mut read = self.lock();
        if let Some(readership) = read.get_mut(folder) {
            readership.doomed = Some(trash);
            return;
        }
        let moved = fs::rename(folder, &trash);
        drop(read);
        if let Err(error) = moved.and_then(|()| fs::remove_dir_all(&trash)) {
            tracing::warn!(folder = %folder.display(), %error, "parts stay until the store is next opened");
        }
    }

    fn leave(&self, folder: &Path) {
        let mut read = self.lock();
        let Some(readership) = read.get_mut(folder) else {
            return;
        };
        readership.readers -= 1;
        if readership.readers > 0 {
            return;
        }
        let left = read.remove(folder);
        drop(read);
        if let Some(trash) = left.and_then(|readership| readership.doomed) {
            let (readers, folder) = (self.clone(), folder.to_owned());
            // The last reader may be a thread that must not block.
            std::thread::spawn(move || readers.remove(&folder, trash));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, Readership>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reading {
    pub(super) fn path(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.readers.leave(&self.folder);
    }
}

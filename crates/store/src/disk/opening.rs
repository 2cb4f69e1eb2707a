//! Opening the store's folder: the lock, the master key, and what an earlier process left half done.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;

use super::OpenError;
use super::folder::sync_folder;
use super::sealing::{self, KeyBytes, MasterKey};
use super::staging::private_file;

pub(super) fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path)
}

pub(super) fn lock(root: &Path) -> Result<File, OpenError> {
    let path = root.join("lock");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    let file = options.open(&path).map_err(|source| OpenError::Prepare {
        path: path.clone(),
        source,
    })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse {
            folder: root.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(OpenError::Prepare { path, source }),
    }
}

/// Bodies whose upload ended with the process that took it, and folders of parts that were on their way out.
pub(super) fn sweep(staging: &Path) -> io::Result<()> {
    for entry in fs::read_dir(staging)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

pub(super) fn master_key(root: &Path, buckets: &Path) -> Result<MasterKey, OpenError> {
    let path = root.join("master.key");
    let prepare = |source| OpenError::Prepare {
        path: path.clone(),
        source,
    };
    let key = match fs::read(&path) {
        Ok(bytes) => {
            let bytes = <[u8; sealing::KEY_BYTES]>::try_from(bytes);
            KeyBytes::new(bytes.map_err(|_| OpenError::MasterKeyDamaged { path: path.clone() })?)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if holds_objects(buckets).map_err(prepare)? {
                return Err(OpenError::MasterKeyMissing { path });
            }
            new_master_key(root, &path).map_err(prepare)?
        }
        Err(source) => return Err(prepare(source)),
    };
    MasterKey::new(&key).map_err(prepare)
}

/// Durable before anything is sealed with it.
fn new_master_key(root: &Path, path: &Path) -> io::Result<KeyBytes> {
    let key = sealing::new_key()?;
    let unfinished = root.join("master.key.new");
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private_file(&unfinished)?;
    file.write_all(key.as_ref())?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    sync_folder(root)?;
    Ok(key)
}

fn holds_objects(buckets: &Path) -> io::Result<bool> {
    for bucket in fs::read_dir(buckets)? {
        let bucket = bucket?.path();
        for sealed in [bucket.join("objects"), bucket.join("uploads")] {
            if sealed.is_dir() && fs::read_dir(sealed)?.next().is_some() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

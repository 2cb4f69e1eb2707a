//! The store's folder: opening it, its buckets, and the moment in which a staged body becomes an object.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};

use super::sealing::{self, KeyBytes, MasterKey};
use super::staging::private_file;
use super::sums::hex;
use super::{Algorithm, CommitError, Described, OpenError, Record, Staged, Staging, StoredObject};

/// An opened folder, locked against other processes until it is dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    staging: PathBuf,
    buckets: PathBuf,
    master: MasterKey,
    _lock: File,
}

/// A bucket in a list of buckets.
pub(crate) struct BucketEntry {
    pub(crate) name: String,
    pub(crate) created_at: SystemTime,
}

impl Folder {
    pub(crate) fn open(root: &Path) -> Result<Self, OpenError> {
        let prepare = |path: &Path| {
            let path = path.to_owned();
            |source| OpenError::Prepare { path, source }
        };
        private_folder(root).map_err(prepare(root))?;
        let lock = lock(root)?;
        let staging = root.join("staging");
        let buckets = root.join("buckets");
        private_folder(&staging).map_err(prepare(&staging))?;
        private_folder(&buckets).map_err(prepare(&buckets))?;
        sweep(&staging).map_err(prepare(&staging))?;
        let master = master_key(root, &buckets)?;
        sync_folder(root).map_err(prepare(root))?;
        Ok(Self {
            staging,
            buckets,
            master,
            _lock: lock,
        })
    }

    /// Whether it is new.
    pub(crate) fn create_bucket(&self, name: &str) -> io::Result<bool> {
        let objects = self.objects(name);
        if objects.is_dir() {
            return Ok(false);
        }
        fs::create_dir_all(&objects)?;
        sync_folder(&self.buckets.join(name))?;
        sync_folder(&self.buckets)?;
        Ok(true)
    }

    pub(crate) fn has_bucket(&self, name: &str) -> bool {
        self.objects(name).is_dir()
    }

    /// By name.
    pub(crate) fn buckets(&self) -> io::Result<Vec<BucketEntry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.buckets)? {
            let entry = entry?;
            if let Ok(name) = entry.file_name().into_string() {
                let metadata = entry.metadata()?;
                let created_at = metadata.created().or_else(|_| metadata.modified())?;
                entries.push(BucketEntry { name, created_at });
            }
        }
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(entries)
    }

    /// Room for a body that is about to come.
    pub(crate) fn stage(&self, wanted: &[Algorithm]) -> io::Result<Staging> {
        Staging::begin(&self.staging, wanted)
    }

    /// Makes a staged body durable and gives it its name, in that order. With `write_once` an existing object wins, whoever
    /// else is writing at the same time: a hard link, unlike a rename, never replaces.
    pub(crate) fn commit(
        &self,
        bucket: &str,
        key: &str,
        described: Described,
        mut staged: Staged,
        write_once: bool,
    ) -> Result<Record, CommitError> {
        let record = Record {
            key: key.to_owned(),
            size_bytes: staged.size_bytes,
            sha256: staged.digests.sha256_hex(),
            modified_at_ms: milliseconds(SystemTime::now()),
            described,
        };
        let end = record.to_bytes(&self.master, &staged.data_key)?;
        staged.file.write_all(&end)?;
        staged.file.sync_all()?;

        let objects = self.objects(bucket);
        let path = objects.join(file_name(key));
        if write_once {
            match fs::hard_link(&staged.place.0, &path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    return Err(CommitError::Exists);
                }
                linked => linked?,
            }
        } else {
            fs::rename(&staged.place.0, &path)?;
        }
        sync_folder(&objects)?;
        Ok(record)
    }

    /// `None` when there is none of that key.
    pub(crate) fn object(&self, bucket: &str, key: &str) -> io::Result<Option<StoredObject>> {
        StoredObject::open(&self.objects(bucket).join(file_name(key)), &self.master)
    }

    /// A key that isn't there is no error.
    pub(crate) fn delete(&self, bucket: &str, key: &str) -> io::Result<()> {
        let objects = self.objects(bucket);
        match fs::remove_file(objects.join(file_name(key))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
            Ok(()) => sync_folder(&objects),
        }
    }

    /// Every record of the bucket whose key begins with `prefix`, by key. A damaged file is left out, and logged; one that
    /// cannot be read fails the list, which would otherwise deny an object that is there.
    pub(crate) fn records(&self, bucket: &str, prefix: &str) -> io::Result<Vec<Record>> {
        let mut records = Vec::new();
        for entry in fs::read_dir(self.objects(bucket))? {
            let path = entry?.path();
            match StoredObject::open(&path, &self.master) {
                Ok(Some(object)) if object.record.key.starts_with(prefix) => {
                    records.push(object.record);
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    tracing::warn!(file = %path.display(), %error, "left out of a list");
                }
                Err(error) => return Err(error),
            }
        }
        records.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(records)
    }

    /// Names of buckets were checked where they came in: they are no paths.
    fn objects(&self, bucket: &str) -> PathBuf {
        self.buckets.join(bucket).join("objects")
    }
}

fn file_name(key: &str) -> String {
    hex(digest(&SHA256, key.as_bytes()).as_ref())
}

fn milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path)
}

fn lock(root: &Path) -> Result<File, OpenError> {
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

/// Bodies whose upload ended with the process that took it.
fn sweep(staging: &Path) -> io::Result<()> {
    for entry in fs::read_dir(staging)? {
        fs::remove_file(entry?.path())?;
    }
    Ok(())
}

fn master_key(root: &Path, buckets: &Path) -> Result<MasterKey, OpenError> {
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
        let objects = bucket?.path().join("objects");
        if objects.is_dir() && fs::read_dir(objects)?.next().is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Makes new and removed names durable. Windows keeps them in its journal and opens no folders.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(path)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

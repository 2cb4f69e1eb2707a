//! The store's folder: opening it, its buckets, and the moment in which a staged body becomes an object.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use aws_lc_rs::digest::{SHA256, digest};

use super::opening::{lock, master_key, private_folder, sweep};
use super::readers::Readers;
use super::record::milliseconds;
use super::sealing::{MasterKey, damaged};
use super::staging::{StagingPlace, new_name};
use super::sums::hex;
use super::turns::Turns;
use super::{
    Algorithm, CommitError, Described, OpenError, Record, Staged, Staging, StoredObject, object,
    trailer,
};

/// How often an object is opened again when it was replaced between two looks at it.
const OPENINGS: usize = 16;

/// An opened folder, locked against other processes until it is dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    staging: PathBuf,
    buckets: PathBuf,
    pub(super) master: Arc<MasterKey>,
    /// By object: giving its name away, and taking it back.
    pub(super) names: Turns,
    /// By upload: anything that changes its folder. Taken before a name's turn.
    pub(super) uploads: Turns,
    readers: Readers,
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
        let folder = Self {
            staging,
            buckets,
            master: Arc::new(master),
            names: Turns::default(),
            uploads: Turns::default(),
            readers: Readers::default(),
            _lock: lock,
        };
        folder.settle_uploads().map_err(prepare(&folder.buckets))?;
        Ok(folder)
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
    /// else is writing at the same time.
    pub(crate) fn commit(
        &self,
        bucket: &str,
        key: &str,
        described: Described,
        staged: Staged,
        write_once: bool,
    ) -> Result<Record, CommitError> {
        let record = Record {
            key: key.to_owned(),
            size_bytes: staged.size_bytes,
            sha256: staged.digests.sha256_hex(),
            modified_at_ms: milliseconds(SystemTime::now()),
            described,
            parts: None,
        };
        self.publish(bucket, &record, staged, write_once)?;
        Ok(record)
    }

    /// The moment in which an object appears. What it replaces goes away with its parts.
    pub(super) fn publish(
        &self,
        bucket: &str,
        record: &Record,
        mut staged: Staged,
        write_once: bool,
    ) -> Result<(), CommitError> {
        let end = trailer::write(record, &self.master, &staged.data_key)?;
        staged.file.write_all(&end)?;
        staged.file.sync_all()?;

        let objects = self.objects(bucket);
        let name = file_name(&record.key);
        let turn = self.names.take(&name);
        let replaced = if write_once {
            link(&staged.place, &objects.join(&name))?;
            None
        } else {
            let replaced = self.upload_of(&objects.join(&name));
            fs::rename(&staged.place.0, objects.join(&name))?;
            replaced
        };
        sync_folder(&objects)?;
        self.forget_tags(bucket, &name);
        drop(turn);
        if let Some(upload_id) = replaced {
            self.discard_parts(bucket, &upload_id);
        }
        Ok(())
    }

    /// `None` when there is none of that key.
    pub(crate) fn record(&self, bucket: &str, key: &str) -> io::Result<Option<Record>> {
        let path = self.objects(bucket).join(file_name(key));
        Ok(object::open(&path, &self.master)?.map(|(record, _)| record))
    }

    /// `None` when there is none of that key.
    pub(crate) fn object(&self, bucket: &str, key: &str) -> io::Result<Option<StoredObject>> {
        let path = self.objects(bucket).join(file_name(key));
        for _ in 0..OPENINGS {
            let Some((record, chunks)) = object::open(&path, &self.master)? else {
                return Ok(None);
            };
            let Some(of) = &record.parts else {
                return Ok(Some(StoredObject::whole(record, chunks)));
            };
            let parts = self.upload_folder(bucket, &of.upload_id);
            if let Some(reading) = self.readers.enter(parts) {
                let master = Arc::clone(&self.master);
                return StoredObject::in_parts(record, chunks, reading, master).map(Some);
            }
        }
        // Replaced at this very moment, again and again, or its parts are gone.
        Err(damaged("object"))
    }

    /// A key that isn't there is no error.
    pub(crate) fn delete(&self, bucket: &str, key: &str) -> io::Result<()> {
        let objects = self.objects(bucket);
        let name = file_name(key);
        let turn = self.names.take(&name);
        let deleted = self.upload_of(&objects.join(&name));
        match fs::remove_file(objects.join(&name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            removed => removed?,
        }
        sync_folder(&objects)?;
        self.forget_tags(bucket, &name);
        drop(turn);
        if let Some(upload_id) = deleted {
            self.discard_parts(bucket, &upload_id);
        }
        Ok(())
    }

    /// Every record of the bucket whose key begins with `prefix`, by key. A damaged file is left out, and logged; one that
    /// cannot be read fails the list, which would otherwise deny an object that is there.
    pub(crate) fn records(&self, bucket: &str, prefix: &str) -> io::Result<Vec<Record>> {
        let mut records = Vec::new();
        for entry in fs::read_dir(self.objects(bucket))? {
            let path = entry?.path();
            match object::open(&path, &self.master) {
                Ok(Some((record, _))) if record.key.starts_with(prefix) => records.push(record),
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

    /// Removes the folder of an upload that no object is made of any more.
    pub(super) fn discard_parts(&self, bucket: &str, upload_id: &str) {
        let folder = self.upload_folder(bucket, upload_id);
        match new_name() {
            Ok(name) => self.readers.remove(&folder, self.staging.join(name)),
            Err(error) => tracing::warn!(%error, "parts stay until the store is next opened"),
        }
    }

    /// The upload that the object in the file `path` was made of. What cannot be read was made of none.
    fn upload_of(&self, path: &Path) -> Option<String> {
        let (record, _) = object::open(path, &self.master).ok().flatten()?;
        record.parts.map(|of| of.upload_id)
    }

    /// Names of buckets were checked where they came in: they are no paths.
    fn objects(&self, bucket: &str) -> PathBuf {
        self.buckets.join(bucket).join("objects")
    }

    pub(super) fn staging(&self) -> &Path {
        &self.staging
    }

    /// Where tags are that came after their objects.
    pub(super) fn tags_folder(&self, bucket: &str) -> PathBuf {
        self.buckets.join(bucket).join("tags")
    }

    /// Where the folders of uploads are.
    pub(super) fn upload_folders(&self, bucket: &str) -> PathBuf {
        self.buckets.join(bucket).join("uploads")
    }

    /// Ids of uploads are checked where they come in, or are our own.
    pub(super) fn upload_folder(&self, bucket: &str, upload_id: &str) -> PathBuf {
        self.upload_folders(bucket).join(upload_id)
    }
}

/// A hard link, unlike a rename, never replaces.
fn link(place: &StagingPlace, path: &Path) -> Result<(), CommitError> {
    match fs::hard_link(&place.0, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(CommitError::Exists),
        linked => Ok(linked?),
    }
}

pub(super) fn file_name(key: &str) -> String {
    hex(digest(&SHA256, key.as_bytes()).as_ref())
}

/// Makes new and removed names durable. Windows keeps them in its journal and opens no folders.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(path)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

//! Uploads in parts, until they are completed or given up.
//!
//! An upload is pending as long as its folder has the file `upload`. Its turn ([`Folder::uploads`]) is taken for whatever
//! depends on that: a part that comes late, a second completion, an abort.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::SystemTime;

use super::folder::sync_folder;
use super::opening::private_folder;
use super::record::milliseconds;
use super::staging::{new_name, private_file};
use super::upload::{part_file, part_number};
use super::{Algorithm, Folder, PartRecord, Staged, UploadRecord, sealing, trailer};

/// The file of a pending upload.
pub(super) const PENDING: &str = "upload";
/// The same file once its object exists.
pub(super) const COMPLETED: &str = "completed";

/// A pending upload in a list.
pub(crate) struct BegunUpload {
    pub(crate) upload_id: String,
    pub(crate) record: UploadRecord,
}

/// Some parts of an upload, by number.
pub(crate) struct PartsPage {
    pub(crate) upload: UploadRecord,
    pub(crate) parts: Vec<PartRecord>,
    /// Whether there are more behind these.
    pub(crate) more: bool,
}

impl Folder {
    /// Begins an upload; durable when this returns its id.
    pub(crate) fn begin_upload(&self, bucket: &str, record: &UploadRecord) -> io::Result<String> {
        let uploads = self.upload_folders(bucket);
        if !uploads.is_dir() {
            private_folder(&uploads)?;
            if let Some(bucket) = uploads.parent() {
                sync_folder(bucket)?;
            }
        }
        let upload_id = new_name()?;
        let unfinished = self.staging().join(&upload_id);
        private_folder(&unfinished)?;
        let mut file = private_file(&unfinished.join(PENDING))?;
        file.write_all(&trailer::write(record, &self.master, &sealing::new_key()?)?)?;
        file.sync_all()?;
        sync_folder(&unfinished)?;
        fs::rename(unfinished, uploads.join(&upload_id))?;
        sync_folder(&uploads)?;
        Ok(upload_id)
    }

    /// `None` when no such upload of that key is pending.
    pub(crate) fn upload(
        &self,
        bucket: &str,
        key: &str,
        upload_id: &str,
    ) -> io::Result<Option<UploadRecord>> {
        if !is_upload_id(upload_id) {
            return Ok(None);
        }
        let path = self.upload_folder(bucket, upload_id).join(PENDING);
        let record = read_record::<UploadRecord>(&path, self)?;
        Ok(record.filter(|record| record.key == key))
    }

    /// Makes a staged part durable and puts it in the place of that number, in that order. `None` when the upload is not
    /// pending any more: nothing is left of the part then.
    pub(crate) fn commit_part(
        &self,
        bucket: &str,
        key: &str,
        upload_id: &str,
        number: u32,
        mut staged: Staged,
        checksums: BTreeMap<Algorithm, String>,
    ) -> io::Result<Option<PartRecord>> {
        let record = PartRecord {
            upload_id: upload_id.to_owned(),
            number,
            size_bytes: staged.size_bytes,
            sha256: staged.digests.sha256_hex(),
            modified_at_ms: milliseconds(SystemTime::now()),
            checksums,
        };
        let end = trailer::write(&record, &self.master, &staged.data_key)?;
        staged.file.write_all(&end)?;
        staged.file.sync_all()?;

        let _turn = self.uploads.take(upload_id);
        if self.upload(bucket, key, upload_id)?.is_none() {
            return Ok(None);
        }
        let folder = self.upload_folder(bucket, upload_id);
        fs::rename(&staged.place.0, folder.join(part_file(number)))?;
        sync_folder(&folder)?;
        Ok(Some(record))
    }

    /// At most `most` parts with numbers above `after`. `None` when no such upload of that key is pending.
    pub(crate) fn parts(
        &self,
        bucket: &str,
        key: &str,
        upload_id: &str,
        after: u32,
        most: usize,
    ) -> io::Result<Option<PartsPage>> {
        let _turn = self.uploads.take(upload_id);
        let Some(upload) = self.upload(bucket, key, upload_id)? else {
            return Ok(None);
        };
        let mut numbers = self.part_numbers(bucket, upload_id)?;
        numbers.retain(|number| *number > after);
        let more = numbers.len() > most;
        numbers.truncate(most);
        let parts: io::Result<Vec<_>> = numbers
            .into_iter()
            .map(|number| self.part(bucket, upload_id, number))
            .collect();
        Ok(Some(PartsPage {
            upload,
            parts: parts?.into_iter().flatten().collect(),
            more,
        }))
    }

    /// Gives a pending upload up, with its parts. Whether there was one.
    pub(crate) fn abort_upload(
        &self,
        bucket: &str,
        key: &str,
        upload_id: &str,
    ) -> io::Result<bool> {
        let _turn = self.uploads.take(upload_id);
        if self.upload(bucket, key, upload_id)?.is_none() {
            return Ok(false);
        }
        // Its name goes in one step; what is under it then takes its time.
        let trash = self.staging().join(new_name()?);
        fs::rename(self.upload_folder(bucket, upload_id), &trash)?;
        sync_folder(&self.upload_folders(bucket))?;
        fs::remove_dir_all(trash)?;
        Ok(true)
    }

    /// Every pending upload whose key begins with `prefix`, by key and then by age.
    pub(crate) fn uploads(&self, bucket: &str, prefix: &str) -> io::Result<Vec<BegunUpload>> {
        let mut uploads = Vec::new();
        for upload_id in self.upload_ids(bucket)? {
            let path = self.upload_folder(bucket, &upload_id).join(PENDING);
            match read_record::<UploadRecord>(&path, self)? {
                Some(record) if record.key.starts_with(prefix) => {
                    uploads.push(BegunUpload { upload_id, record });
                }
                _ => {}
            }
        }
        uploads.sort_by(|one, other| {
            let place =
                |upload: &BegunUpload| (upload.record.begun_at_ms, upload.upload_id.clone());
            let by_key = one.record.key.cmp(&other.record.key);
            by_key.then_with(|| place(one).cmp(&place(other)))
        });
        Ok(uploads)
    }

    /// When the store is opened: a completion that was cut off after its object appeared is finished, and parts whose
    /// object is gone are removed. What cannot be read is left where it is.
    pub(super) fn settle_uploads(&self) -> io::Result<()> {
        for bucket in self.buckets()? {
            for upload_id in self.upload_ids(&bucket.name)? {
                if let Err(error) = self.settle(&bucket.name, &upload_id) {
                    tracing::warn!(upload_id, %error, "an upload could not be settled");
                }
            }
        }
        Ok(())
    }

    fn settle(&self, bucket: &str, upload_id: &str) -> io::Result<()> {
        let folder = self.upload_folder(bucket, upload_id);
        let pending = read_record::<UploadRecord>(&folder.join(PENDING), self)?;
        let completed = read_record::<UploadRecord>(&folder.join(COMPLETED), self)?;
        let Some(upload) = pending.as_ref().or(completed.as_ref()) else {
            return Ok(());
        };
        let object = self.record(bucket, &upload.key)?;
        let made_of_it = object
            .and_then(|record| record.parts)
            .is_some_and(|of| of.upload_id == upload_id);
        match (pending.is_some(), made_of_it) {
            (true, true) => self.mark_completed(bucket, upload_id),
            (false, false) => {
                self.discard_parts(bucket, upload_id);
                Ok(())
            }
            (true, false) | (false, true) => Ok(()),
        }
    }

    /// From here on the upload is no more: there is the object.
    pub(super) fn mark_completed(&self, bucket: &str, upload_id: &str) -> io::Result<()> {
        let folder = self.upload_folder(bucket, upload_id);
        fs::rename(folder.join(PENDING), folder.join(COMPLETED))?;
        sync_folder(&folder)
    }

    /// Numbers of the parts that are there, ascending.
    pub(super) fn part_numbers(&self, bucket: &str, upload_id: &str) -> io::Result<Vec<u32>> {
        let mut numbers = Vec::new();
        for entry in fs::read_dir(self.upload_folder(bucket, upload_id))? {
            let name = entry?.file_name();
            numbers.extend(name.to_str().and_then(part_number));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// `None` when there is no part of that number.
    pub(super) fn part(
        &self,
        bucket: &str,
        upload_id: &str,
        number: u32,
    ) -> io::Result<Option<PartRecord>> {
        let folder = self.upload_folder(bucket, upload_id);
        let record = read_record::<PartRecord>(&folder.join(part_file(number)), self)?;
        Ok(record.filter(|part| part.number == number && part.upload_id == upload_id))
    }

    fn upload_ids(&self, bucket: &str) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(self.upload_folders(bucket)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut ids = Vec::new();
        for entry in entries {
            let name = entry?.file_name().into_string().ok();
            ids.extend(name.filter(|name| is_upload_id(name)));
        }
        Ok(ids)
    }
}

/// As we make them: anything else is no path of ours.
fn is_upload_id(text: &str) -> bool {
    text.len() == 32
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The record of a file; `None` when there is no such file.
fn read_record<T: serde::de::DeserializeOwned>(
    path: &Path,
    folder: &Folder,
) -> io::Result<Option<T>> {
    match File::open(path) {
        Ok(mut file) => Ok(Some(trailer::read::<T>(&mut file, &folder.master)?.record)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;

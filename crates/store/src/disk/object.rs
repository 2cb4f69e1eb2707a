//! Reading an object back, any part of it.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use super::chunks::Chunks;
use super::manifest::{Entry, Manifest};
use super::readers::Reading;
use super::sealing::{MasterKey, damaged, sealed_length};
use super::sums::hex;
use super::upload::{PartRecord, part_file};
use super::{Record, trailer};

/// An opened object. It stays readable when it is replaced or deleted meanwhile.
pub(crate) struct StoredObject {
    pub(crate) record: Record,
    bytes: Holding,
}

/// Where its bytes are.
enum Holding {
    /// In the object's own file.
    Whole(Chunks),
    /// In the files of its parts, of which one at a time is open.
    Parts {
        manifest: Manifest,
        current: Option<(u32, Chunks)>,
        folder: Reading,
        master: Arc<MasterKey>,
    },
}

/// Reads the record of an object's file, and what is needed to read its bytes. `None` when there is no such file.
pub(super) fn open(path: &Path, master: &MasterKey) -> io::Result<Option<(Record, Chunks)>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let end = trailer::read::<Record>(&mut file, master)?;
    let filed_bytes = end.record.filed_bytes();
    if sealed_length(filed_bytes) != end.sealed_bytes {
        return Err(damaged("object file"));
    }
    let chunks = Chunks::new(file, &end.data_key, filed_bytes)?;
    Ok(Some((end.record, chunks)))
}

impl StoredObject {
    /// Of an object that came in one piece.
    pub(super) fn whole(record: Record, chunks: Chunks) -> Self {
        let bytes = Holding::Whole(chunks);
        Self { record, bytes }
    }

    /// Of an object whose parts lie in `folder`.
    pub(super) fn in_parts(
        record: Record,
        mut chunks: Chunks,
        folder: Reading,
        master: Arc<MasterKey>,
    ) -> io::Result<Self> {
        let manifest = Manifest::read(&chunks.read_all()?)?;
        let bytes = Holding::Parts {
            manifest,
            current: None,
            folder,
            master,
        };
        Ok(Self { record, bytes })
    }

    /// The beginning of `wanted`, at most 256 KiB of it; empty when `wanted` is.
    pub(crate) fn read(&mut self, wanted: &Range<u64>) -> io::Result<Bytes> {
        if wanted.is_empty() {
            return Ok(Bytes::new());
        }
        match &mut self.bytes {
            Holding::Whole(chunks) => chunks.read(wanted),
            Holding::Parts {
                manifest,
                current,
                folder,
                master,
            } => {
                let found = manifest.find(wanted);
                let (entry, wanted) = found.ok_or_else(|| damaged("list of parts"))?;
                if current
                    .as_ref()
                    .is_none_or(|(number, _)| *number != entry.number)
                {
                    *current = Some((entry.number, open_part(folder.path(), &entry, master)?));
                }
                match current {
                    Some((_, chunks)) => chunks.read(&wanted),
                    None => Err(damaged("part")),
                }
            }
        }
    }

    /// Its parts in order; none when it came in one piece.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.bytes {
            Holding::Whole(_) => &[],
            Holding::Parts { manifest, .. } => manifest.entries(),
        }
    }
}

/// Opens a part's file, if it is the part that the object was made of.
fn open_part(folder: &Path, entry: &Entry, master: &MasterKey) -> io::Result<Chunks> {
    let mut file = File::open(folder.join(part_file(entry.number)))?;
    let end = trailer::read::<PartRecord>(&mut file, master)?;
    let same = end.record.size_bytes == entry.size_bytes && end.record.sha256 == hex(&entry.sha256);
    if !same || sealed_length(entry.size_bytes) != end.sealed_bytes {
        return Err(damaged("part"));
    }
    Chunks::new(file, &end.data_key, entry.size_bytes)
}

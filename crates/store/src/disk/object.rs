//! Reading an object back, any part of it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use bytes::{Bytes, BytesMut};

use super::Record;
use super::sealing::{CHUNK_BYTES, MasterKey, Opener, chunk_place, damaged};

/// Chunks read at once: 256 KiB.
const CHUNKS_AT_ONCE: u64 = 4;

/// An opened object. It stays readable when it is replaced or deleted meanwhile.
pub(crate) struct StoredObject {
    pub(crate) record: Record,
    file: File,
    opener: Opener,
}

impl StoredObject {
    /// `None` when there is no such file.
    pub(super) fn open(path: &Path, master: &MasterKey) -> io::Result<Option<Self>> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let (record, data_key) = Record::read(&mut file, master)?;
        let opener = Opener::new(&data_key)?;
        Ok(Some(Self {
            record,
            file,
            opener,
        }))
    }

    /// The beginning of `wanted`, at most 256 KiB of it; empty when `wanted` is.
    pub(crate) fn read(&mut self, wanted: &Range<u64>) -> io::Result<Bytes> {
        if wanted.is_empty() {
            return Ok(Bytes::new());
        }
        let first = wanted.start / CHUNK_BYTES;
        let beyond = wanted.end.div_ceil(CHUNK_BYTES).min(first + CHUNKS_AT_ONCE);
        let mut clear = BytesMut::new();
        for number in first..beyond {
            let place = chunk_place(number, self.record.size_bytes);
            self.file.seek(SeekFrom::Start(place.offset))?;
            let mut sealed = vec![0; to_usize(place.length)?];
            self.file.read_exact(&mut sealed)?;
            clear.extend_from_slice(self.opener.open(number, place.last, &mut sealed)?);
        }
        let mut clear = clear.freeze();
        let skipped = to_usize(wanted.start - first * CHUNK_BYTES)?;
        let length = (clear.len() - skipped).min(to_usize(wanted.end - wanted.start)?);
        clear = clear.slice(skipped..skipped + length);
        Ok(clear)
    }
}

fn to_usize(length: u64) -> io::Result<usize> {
    usize::try_from(length).map_err(|_| damaged("object file"))
}

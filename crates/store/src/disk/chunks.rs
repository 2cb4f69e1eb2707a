//! Reading a file's sealed chunks, any range of what they hold.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use bytes::{Bytes, BytesMut};

use super::sealing::{CHUNK_BYTES, KeyBytes, Opener, chunk_place, damaged};

/// Chunks read at once: 256 KiB.
const CHUNKS_AT_ONCE: u64 = 4;

/// An opened file of sealed chunks.
pub(super) struct Chunks {
    file: File,
    opener: Opener,
    size_bytes: u64,
}

impl Chunks {
    /// `size_bytes` is what the file holds in the clear.
    pub(super) fn new(file: File, data_key: &KeyBytes, size_bytes: u64) -> io::Result<Self> {
        Ok(Self {
            file,
            opener: Opener::new(data_key)?,
            size_bytes,
        })
    }

    /// The beginning of `wanted`, at most 256 KiB of it; empty when `wanted` is.
    pub(super) fn read(&mut self, wanted: &Range<u64>) -> io::Result<Bytes> {
        if wanted.is_empty() {
            return Ok(Bytes::new());
        }
        let first = wanted.start / CHUNK_BYTES;
        let beyond = wanted.end.div_ceil(CHUNK_BYTES).min(first + CHUNKS_AT_ONCE);
        let mut clear = BytesMut::new();
        for number in first..beyond {
            let place = chunk_place(number, self.size_bytes);
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

    /// Everything: for small files.
    pub(super) fn read_all(&mut self) -> io::Result<Vec<u8>> {
        let mut wanted = 0..self.size_bytes;
        let mut all = Vec::with_capacity(to_usize(self.size_bytes)?);
        while !wanted.is_empty() {
            let bytes = self.read(&wanted)?;
            wanted.start += bytes.len() as u64;
            all.extend_from_slice(&bytes);
        }
        Ok(all)
    }
}

fn to_usize(length: u64) -> io::Result<usize> {
    usize::try_from(length).map_err(|_| damaged("object file"))
}

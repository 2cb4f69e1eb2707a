//! The list of an object's parts: what its file holds in place of its bytes.
//!
//! Fixed-size entries, so that ten thousand parts take 440 kB, and only a reader of the bytes reads them.

use std::io;
use std::ops::Range;

use super::sealing::damaged;

/// Number (4), size (8) and SHA-256 (32) of a part; numbers little-endian.
const ENTRY_BYTES: usize = 4 + 8 + 32;

/// One part of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) number: u32,
    pub(super) size_bytes: u64,
    pub(super) sha256: [u8; 32],
}

/// Length of the list of `count` parts.
pub(super) fn length(count: u32) -> u64 {
    u64::from(count) * ENTRY_BYTES as u64
}

pub(super) fn write(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len() * ENTRY_BYTES);
    for entry in entries {
        bytes.extend_from_slice(&entry.number.to_le_bytes());
        bytes.extend_from_slice(&entry.size_bytes.to_le_bytes());
        bytes.extend_from_slice(&entry.sha256);
    }
    bytes
}

/// An object's parts, and where in the object each one ends.
#[derive(Debug)]
pub(super) struct Manifest {
    entries: Vec<Entry>,
    ends: Vec<u64>,
}

impl Manifest {
    pub(super) fn read(bytes: &[u8]) -> io::Result<Self> {
        let (entries, rest) = bytes.as_chunks::<ENTRY_BYTES>();
        if !rest.is_empty() {
            return Err(damaged("list of parts"));
        }
        let entries: Option<Vec<_>> = entries.iter().map(entry).collect();
        let entries = entries.ok_or_else(|| damaged("list of parts"))?;
        let ends = entries.iter().scan(0_u64, |end, entry| {
            *end += entry.size_bytes;
            Some(*end)
        });
        Ok(Self {
            ends: ends.collect(),
            entries,
        })
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The part that holds the object's byte at `wanted.start`, and the range of that part, up to its end, that `wanted`
    /// asks for. `None` behind the end.
    pub(super) fn find(&self, wanted: &Range<u64>) -> Option<(Entry, Range<u64>)> {
        let index = self.ends.partition_point(|end| *end <= wanted.start);
        let entry = *self.entries.get(index)?;
        let end = *self.ends.get(index)?;
        let begin = end - entry.size_bytes;
        Some((entry, wanted.start - begin..wanted.end.min(end) - begin))
    }
}

fn entry(bytes: &[u8; ENTRY_BYTES]) -> Option<Entry> {
    let (number, rest) = bytes.split_first_chunk()?;
    let (size_bytes, sha256) = rest.split_first_chunk()?;
    Some(Entry {
        number: u32::from_le_bytes(*number),
        size_bytes: u64::from_le_bytes(*size_bytes),
        sha256: *sha256.first_chunk()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_in_its_part() {
        let entries: Vec<_> = [(1, 10), (4, 5), (9, 0), (10, 7)]
            .map(|(number, size_bytes)| Entry {
                number,
                size_bytes,
                sha256: [7; 32],
            })
            .into();
        let bytes = write(&entries);
        assert_eq!(bytes.len() as u64, length(4));
        let manifest = Manifest::read(&bytes).unwrap();
        assert_eq!(manifest.entries(), entries);
        for (wanted, number, range) in [
            (0..22, 1, 0..10),
            (9..11, 1, 9..10),
            (10..12, 4, 0..2),
            (14..22, 4, 4..5),
            (15..22, 10, 0..7),
            (21..22, 10, 6..7),
        ] {
            let (entry, found) = manifest.find(&wanted).unwrap();
            assert_eq!((entry.number, found), (number, range), "{wanted:?}");
        }
        assert_eq!(manifest.find(&(22..23)), None);
        assert!(Manifest::read(&bytes[1..]).is_err());
    }
}

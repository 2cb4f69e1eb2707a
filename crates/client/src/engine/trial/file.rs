//! The recording on the disk: bytes are told apart only by where they lie and which edition of the file they are of.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use crate::source::{Checksum, ChecksumKind};

/// The unit in which the file is written and cut, in bytes.
pub(super) const BLOCK_BYTES: u64 = 100_000;

/// How often a block has been written over.
pub(super) type Edition = u8;

/// Some of the file's bytes, as they were read at one time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Content {
    pub(super) range: Range<u64>,
    pub(super) blocks: Vec<Edition>,
}

impl Content {
    pub(super) fn checksum(&self, kind: ChecksumKind) -> Checksum {
        let mut hasher = DefaultHasher::new();
        (&self.range, &self.blocks).hash(&mut hasher);
        let sum = hasher.finish();
        match kind {
            ChecksumKind::Crc64Nvme => Checksum::Crc64Nvme(sum),
            ChecksumKind::Sha256 => {
                let mut digits = [0; 32];
                digits[..8].copy_from_slice(&sum.to_be_bytes());
                Checksum::Sha256(digits)
            }
        }
    }

    /// As S3 makes it of the bytes alone: the same bytes, the same tag.
    pub(super) fn etag(&self) -> String {
        format!("\"{}\"", self.checksum(ChecksumKind::Crc64Nvme).digits())
    }
}

/// SHA-256 of a whole file, which here is legible.
pub(super) fn sha256(blocks: &[Edition]) -> String {
    let mut digits = String::with_capacity(2 * blocks.len());
    for edition in blocks {
        let _ = write!(digits, "{edition:02x}");
    }
    digits
}

/// The file, and every content that it ever had.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Recording {
    pub(super) size_bytes: u64,
    pub(super) blocks: Vec<Edition>,
    pub(super) editions: Vec<Vec<Edition>>,
}

impl Recording {
    pub(super) fn new(size_bytes: u64) -> Self {
        let count = usize::try_from(size_bytes.div_ceil(BLOCK_BYTES)).unwrap();
        let blocks = vec![0; count];
        Self {
            size_bytes,
            editions: vec![blocks.clone()],
            blocks,
        }
    }

    pub(super) fn read(&self, range: Range<u64>) -> Content {
        let first = usize::try_from(range.start / BLOCK_BYTES).unwrap();
        let end = usize::try_from(range.end.div_ceil(BLOCK_BYTES)).unwrap();
        Content {
            blocks: self.blocks[first..end].to_vec(),
            range,
        }
    }

    pub(super) fn whole(&self) -> Content {
        self.read(0..self.size_bytes)
    }

    /// Somebody writes over a block, and nothing outside shows it.
    pub(super) fn write_over(&mut self, block: usize) {
        self.blocks[block] += 1;
        self.editions.push(self.blocks.clone());
    }
}

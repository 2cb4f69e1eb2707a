//! Sources for tests: one that counts, and one that makes up gigabytes as they are read.

use std::io::{self, Read, Seek, SeekFrom};

use crate::builder::{CLUSTER, Recording, SIMPLE_BLOCK, TIMESTAMP, header, number, open_header};

/// Counts what is read from a source.
pub(crate) struct Counted<S> {
    source: S,
    pub(crate) bytes_read: u64,
    pub(crate) reads: u64,
}

impl<S> Counted<S> {
    pub(crate) fn new(source: S) -> Self {
        Self {
            source,
            bytes_read: 0,
            reads: 0,
        }
    }
}

impl<S: Read> Read for Counted<S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(into)?;
        self.reads += 1;
        self.bytes_read += length as u64;
        Ok(length)
    }
}

impl<S: Seek> Seek for Counted<S> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.source.seek(to)
    }
}

/// Bytes for each block's header, timestamps included.
const BLOCK_HEAD: usize = 13;

/// A recording of any size, made up as it is read: a head, then equal clusters of equal blocks of zeros.
pub(crate) struct MadeUp {
    head: Vec<u8>,
    pub(crate) clusters: u64,
    pub(crate) blocks_a_cluster: u64,
    pub(crate) block_bytes: u64,
    pub(crate) are_clusters_open: bool,
    position: u64,
}

impl MadeUp {
    /// A live recording: open Segment, no duration. Blocks are 33 ms apart.
    pub(crate) fn live(
        clusters: u64,
        blocks_a_cluster: u64,
        block_bytes: u64,
        are_clusters_open: bool,
    ) -> Self {
        let head = Recording::live().with_body(&[]).bytes();
        Self {
            head,
            clusters,
            blocks_a_cluster,
            block_bytes,
            are_clusters_open,
            position: 0,
        }
    }

    pub(crate) fn size_bytes(&self) -> u64 {
        self.head.len() as u64 + self.clusters * self.cluster_bytes()
    }

    pub(crate) fn seconds(&self) -> f64 {
        (self.clusters * self.blocks_a_cluster * 33) as f64 / 1_000.0
    }

    fn cluster_head(&self, cluster: u64) -> Vec<u8> {
        let content = 17 + self.blocks_a_cluster * (BLOCK_HEAD as u64 + self.block_bytes);
        let mut head = if self.are_clusters_open {
            open_header(CLUSTER)
        } else {
            header(CLUSTER, content)
        };
        head.extend(number(TIMESTAMP, cluster * self.blocks_a_cluster * 33));
        head
    }

    fn cluster_bytes(&self) -> u64 {
        self.cluster_head(0).len() as u64
            + self.blocks_a_cluster * (BLOCK_HEAD as u64 + self.block_bytes)
    }

    /// The bytes at `position` up to the next change, or how many zeros follow.
    fn piece(&self, position: u64) -> (Vec<u8>, u64) {
        let Some(in_body) = position.checked_sub(self.head.len() as u64) else {
            return (self.head[position as usize..].to_vec(), 0);
        };
        let (cluster, within) = (
            in_body / self.cluster_bytes(),
            in_body % self.cluster_bytes(),
        );
        let head = self.cluster_head(cluster);
        let Some(in_blocks) = within.checked_sub(head.len() as u64) else {
            return (head[within as usize..].to_vec(), 0);
        };
        let block_length = BLOCK_HEAD as u64 + self.block_bytes;
        let (block, within) = (in_blocks / block_length, in_blocks % block_length);
        let [high, low] = ((block * 33 % 30_000) as i16).to_be_bytes();
        let mut head = header(SIMPLE_BLOCK, self.block_bytes + 4);
        head.extend([0x81, high, low, 0x80]);
        match head.get(within as usize..) {
            Some(rest) if !rest.is_empty() => (rest.to_vec(), 0),
            _ => (Vec::new(), block_length - within),
        }
    }
}

impl Read for MadeUp {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.size_bytes().saturating_sub(self.position);
        let wanted = into.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let mut filled = 0;
        while filled < wanted {
            let (bytes, zeros) = self.piece(self.position + filled as u64);
            let rest = &mut into[filled..wanted];
            let length = if bytes.is_empty() {
                usize::try_from(zeros).unwrap()
            } else {
                bytes.len()
            }
            .min(rest.len());
            match bytes.get(..length) {
                Some(bytes) if length > 0 => rest[..length].copy_from_slice(bytes),
                _ => rest[..length].fill(0),
            }
            filled += length;
        }
        self.position += filled as u64;
        Ok(filled)
    }
}

impl Seek for MadeUp {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let SeekFrom::Start(position) = to else {
            return Err(io::Error::other("only from the start"));
        };
        self.position = position;
        Ok(position)
    }
}

//! What a walk over a whole recording finds.

use crate::ebml::{Element, Id};

/// A recording, seen whole: what of it is sound, and where that stands.
///
/// Its memory is that of its index: some 48 bytes a cluster and 24 a keyframe, of which there are a million at most.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Scan {
    /// Where the header ends and the first cluster with a block begins, in bytes from the start of the file.
    pub header_end: u64,
    /// The clusters that have a whole block, in the file's order; at least one.
    pub clusters: Vec<Cluster>,
    /// The keyframes of the first video track: the first of each cluster, and others half a second or more apart. None in
    /// a recording of sound.
    pub keyframes: Vec<Keyframe>,
    /// Where the last whole element ends: in a recording that was cut off, its last block.
    pub end: u64,
    /// When the first block begins, in ticks.
    pub first_tick: i64,
    /// When the last frame ends, in ticks: its beginning and its duration, which may be a guess.
    pub end_ticks: f64,
    /// Length of a tick, in nanoseconds; never 0.
    pub tick_nanoseconds: u64,
    pub(crate) layout: Layout,
}

/// One Cluster (RFC 9559, 5.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cluster {
    /// Where its header begins, in bytes from the start of the file.
    pub offset: u64,
    /// Where its content begins.
    pub content: u64,
    /// Where its last whole element ends.
    pub end: u64,
    /// When its first block begins, in ticks.
    pub tick: i64,
    /// The track of that block.
    pub track: u64,
    /// Bytes of its content that are worth keeping wherever it stands.
    pub(crate) kept_bytes: u64,
}

/// A frame that needs no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Keyframe {
    /// When it begins, in ticks.
    pub tick: i64,
    /// Its track.
    pub track: u64,
    /// Its cluster's place in [`Scan::clusters`].
    pub cluster: usize,
}

/// How the file is laid out around its clusters.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Layout {
    /// Where the EBML header ends.
    pub(crate) document_end: u64,
    /// Where the Segment's header begins.
    pub(crate) segment: u64,
    /// Where its content begins, which positions count from.
    pub(crate) origin: u64,
    /// Whether the Segment says where it ends, and ends there.
    pub(crate) is_closed: bool,
    /// The Segment's other children, in the file's order.
    pub(crate) others: Vec<Element>,
    /// The children of the first Info.
    pub(crate) info: Vec<Element>,
    /// The duration that Info states, in ticks.
    pub(crate) stated_ticks: Option<f64>,
    /// An index that leads to clusters only.
    pub(crate) cues: Option<Element>,
    /// Where a `SeekHead` says that the index is.
    pub(crate) named_cues: Option<u64>,
    /// Clusters that don't say where they end, or say it wrongly.
    pub(crate) open_clusters: usize,
    /// Whether the last one is among them.
    pub(crate) is_last_open: bool,
    /// A checksum in the last cluster.
    pub(crate) last_checksum: Option<u64>,
    /// Bytes between sound elements that are none.
    pub(crate) gap_bytes: u64,
    /// Whether a cluster that says where it ends is damaged inside.
    pub(crate) is_damaged: bool,
    /// Bytes behind the last whole element that are none.
    pub(crate) torn_bytes: u64,
    /// Bytes behind the Segment: of another document, or of nothing known.
    pub(crate) foreign_bytes: u64,
}

impl Layout {
    /// The first of the Segment's children of this kind.
    pub(crate) fn first(&self, id: Id) -> Option<Element> {
        self.others.iter().copied().find(|element| element.id == id)
    }
}

impl Scan {
    /// Whether there is an index that is of use, since players find it: before the clusters, or where the `SeekHead` leads.
    pub(crate) fn is_indexed(&self) -> bool {
        self.layout.cues.is_some_and(|cues| {
            cues.offset < self.header_end || self.layout.named_cues == Some(cues.offset)
        })
    }
}

/// Whether a cluster's child is left out where the cluster is moved: it says where others stand, sums up what changes, or
/// says nothing.
pub(crate) fn leaves_out(id: Id) -> bool {
    matches!(id, Id::POSITION | Id::PREV_SIZE | Id::CRC_32 | Id::VOID)
}

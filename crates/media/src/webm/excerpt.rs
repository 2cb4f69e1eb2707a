//! Which blocks of a recording are in a stretch of it, and what they become when that begins at 0.

use super::block::Block;
use super::cluster::{Content, Framed, read_block, timestamp};
use super::scan::Cluster;
use super::timeline::Timeline;
use super::track::Track;
use crate::codec::Content as Codec;
use crate::ebml::{Element, Extent, Id, Stop, Window};

/// Blocks from one tick to before another, taken cluster by cluster in the file's order.
///
/// Pictures begin with one that needs no others; sound with the first block that begins in the stretch.
pub(crate) struct Excerpt {
    from: i64,
    to: i64,
    /// Tracks with pictures that have not begun.
    awaited: Vec<u64>,
}

/// A `SimpleBlock` or `BlockGroup` that is kept.
pub(crate) struct Kept {
    /// The whole of it.
    pub(crate) element: Element,
    /// Where its two bytes of time stand.
    pub(crate) time_at: u64,
    /// What its cluster counts from, in ticks from the stretch's beginning.
    pub(crate) cluster_ticks: i64,
    /// When it begins, in ticks from the stretch's beginning.
    pub(crate) tick: i64,
    /// Its track.
    pub(crate) track: u64,
    /// Whether it needs no others.
    pub(crate) is_keyframe: bool,
}

impl Kept {
    /// What its two bytes of time become.
    pub(crate) fn relative_ticks(&self) -> Result<i16, Stop> {
        i16::try_from(self.tick - self.cluster_ticks).map_err(|_| Stop::Damaged {
            offset: self.element.offset,
        })
    }
}

impl Excerpt {
    pub(crate) fn new(from: i64, to: i64, tracks: &[Track]) -> Self {
        let is_picture =
            |track: &&Track| matches!(Codec::of(&track.codec_id), Some(Codec::Video(_)));
        Self {
            from,
            to,
            awaited: tracks
                .iter()
                .filter(is_picture)
                .map(|track| track.number)
                .collect(),
        }
    }

    /// What a cluster counts from once it is part of the stretch, in ticks from its beginning: not before it.
    fn moved(&self, origin: i64) -> i64 {
        origin.saturating_sub(self.from).max(0)
    }

    /// Calls `visit` for each block of a cluster that is kept.
    pub(crate) fn of_cluster<E: From<Stop>>(
        &mut self,
        window: &mut Window<'_>,
        cluster: &Cluster,
        timeline: &mut Timeline,
        mut visit: impl FnMut(&mut Window<'_>, Kept) -> Result<(), E>,
    ) -> Result<(), E> {
        let extent = Extent::Closed(cluster.end);
        let element = Element {
            id: Id::CLUSTER,
            offset: cluster.offset,
            content: cluster.content,
            extent,
        };
        // A second one of the same cluster is none that a muxer writes; what is written here counts from the first.
        let (mut origin, mut cluster_ticks) = (None, None);
        let mut children = Content::of(window, element, extent);
        while let Some(child) = children.next(window)? {
            if child.id == Id::TIMESTAMP {
                let ticks = timestamp(window, child)?;
                origin = Some(ticks);
                cluster_ticks = cluster_ticks.or(Some(self.moved(ticks)));
            } else if let Some(mut kept) = self.take(window, child, origin, timeline)? {
                kept.cluster_ticks = cluster_ticks.unwrap_or(0);
                visit(window, kept)?;
            }
        }
        Ok(())
    }

    fn take(
        &mut self,
        window: &mut Window<'_>,
        child: Element,
        origin: Option<i64>,
        timeline: &mut Timeline,
    ) -> Result<Option<Kept>, Stop> {
        let Some(framed) = Framed::open(window, child)? else {
            return Ok(None);
        };
        let (block, tick) = read_block(window, framed.block, origin)?;
        let is_keyframe = framed.is_keyframe(&block);
        if tick < self.from || tick >= self.to || !self.has_begun(&block, is_keyframe) {
            return Ok(None);
        }
        let tick = tick.saturating_sub(self.from);
        timeline.add(&block, tick, framed.duration_ticks);
        // Track, two bytes of time, flags.
        let time_at = framed.block.content + block.head_bytes as u64 - 3;
        Ok(Some(Kept {
            element: child,
            time_at,
            cluster_ticks: 0,
            tick,
            track: block.track,
            is_keyframe,
        }))
    }

    fn has_begun(&mut self, block: &Block<'_>, is_keyframe: bool) -> bool {
        let waits = self.awaited.contains(&block.track);
        if waits && is_keyframe {
            self.awaited.retain(|track| *track != block.track);
        }
        !waits || is_keyframe
    }
}

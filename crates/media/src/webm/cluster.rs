//! Clusters: walking over them, and reading what is in them.

use super::block::Block;
use super::timeline::Timeline;
use crate::ebml::{Children, Element, Extent, Id, Stop, Window, unsigned};

/// Elements of a cluster that are looked at to find its first block.
const ELEMENTS_BEFORE_FIRST_BLOCK: usize = 64;
/// More elements than a `BlockGroup` has, frames added to its block's included.
const MOST_IN_GROUP: usize = 1 << 10;

/// Calls `visit` for each cluster of the Segment from `offset` on; it returns where the cluster ends. Whatever stands between
/// clusters is skipped, and the Segment's end is also that of its last child.
pub(super) fn for_each(
    window: &mut Window<'_>,
    offset: u64,
    segment: Extent,
    mut visit: impl FnMut(&mut Window<'_>, Element) -> Result<u64, Stop>,
) -> Result<(), Stop> {
    let end = window.end_of(segment);
    let mut next = offset;
    while next < end {
        let element = window.element(next, segment)?;
        next = match element.id {
            Id::CLUSTER => visit(window, element)?,
            id if id.ends_segment() => return Ok(()),
            // Between clusters only what belongs there: a stretch of noise must not pass for a long element.
            id if id.ends_cluster() || matches!(id, Id::VOID | Id::CRC_32) => element.end()?,
            _ => return Err(Stop::Damaged { offset: next }),
        };
    }
    Ok(())
}

/// Finds where a cluster ends: its header says, or its children are walked over.
pub(super) fn skip(
    window: &mut Window<'_>,
    cluster: Element,
    segment: Extent,
) -> Result<u64, Stop> {
    if let Extent::Closed(end) = cluster.extent {
        return Ok(end);
    }
    let mut children = Content::of(window, cluster, segment);
    while children.next(window)?.is_some() {}
    Ok(children.next)
}

/// Takes note of a cluster's blocks; returns where it ends.
pub(super) fn read(
    window: &mut Window<'_>,
    cluster: Element,
    segment: Extent,
    timeline: &mut Timeline,
) -> Result<u64, Stop> {
    let mut origin = None;
    let mut children = Content::of(window, cluster, segment);
    while let Some(child) = children.next(window)? {
        match child.id {
            Id::TIMESTAMP => origin = Some(timestamp(window, child)?),
            _ => {
                if let Some(framed) = Framed::open(window, child)? {
                    let (block, tick) = read_block(window, framed.block, origin)?;
                    timeline.add(&block, tick, framed.duration_ticks);
                }
            }
        }
    }
    Ok(children.next)
}

/// When the first block of a cluster begins, in ticks; `None` where it has none among its first elements.
pub(super) fn first_tick(
    window: &mut Window<'_>,
    cluster: Element,
    segment: Extent,
) -> Result<Option<i64>, Stop> {
    let mut origin = None;
    let mut children = Content::of(window, cluster, segment);
    for _ in 0..ELEMENTS_BEFORE_FIRST_BLOCK {
        let Some(child) = children.next(window)? else {
            break;
        };
        if child.id == Id::TIMESTAMP {
            origin = Some(timestamp(window, child)?);
        } else if let Some(framed) = Framed::open(window, child)? {
            let (_, tick) = read_block(window, framed.block, origin)?;
            return Ok(Some(tick));
        }
    }
    Ok(None)
}

/// The children of a cluster, also of one that leaves its size unknown: then whatever can't be inside ends it.
pub(super) struct Content {
    /// Where the next one begins; after the last, where the cluster ends.
    pub(super) next: u64,
    parent: Extent,
    end: u64,
    is_open: bool,
}

impl Content {
    pub(super) fn of(window: &Window<'_>, cluster: Element, segment: Extent) -> Self {
        let is_open = cluster.extent == Extent::Open;
        let parent = if is_open { segment } else { cluster.extent };
        Self {
            next: cluster.content,
            parent,
            end: window.end_of(parent),
            is_open,
        }
    }

    pub(super) fn next(&mut self, window: &mut Window<'_>) -> Result<Option<Element>, Stop> {
        if self.next >= self.end {
            return Ok(None);
        }
        let child = window.element(self.next, self.parent)?;
        if self.is_open && child.id.ends_cluster() {
            return Ok(None);
        }
        self.next = child.end()?;
        Ok(Some(child))
    }
}

/// What a cluster's blocks count from, in ticks.
pub(super) fn timestamp(window: &mut Window<'_>, element: Element) -> Result<i64, Stop> {
    window
        .content(element, 8)?
        .and_then(unsigned)
        .and_then(|ticks| i64::try_from(ticks).ok())
        .ok_or(Stop::Damaged {
            offset: element.offset,
        })
}

/// A block, and what its group says of it, if it has one.
pub(super) struct Framed {
    /// The `SimpleBlock` or `Block`.
    pub(super) block: Element,
    /// How long the group says that it lasts.
    pub(super) duration_ticks: Option<u64>,
    /// Whether the group refers to other blocks that it needs; a `SimpleBlock` says so itself.
    needs_others: Option<bool>,
}

impl Framed {
    /// The block that this child of a cluster is or holds.
    pub(super) fn open(window: &mut Window<'_>, child: Element) -> Result<Option<Self>, Stop> {
        match child.id {
            Id::SIMPLE_BLOCK => Ok(Some(Self {
                block: child,
                duration_ticks: None,
                needs_others: None,
            })),
            Id::BLOCK_GROUP => Self::open_group(window, child),
            _ => Ok(None),
        }
    }

    fn open_group(window: &mut Window<'_>, group: Element) -> Result<Option<Self>, Stop> {
        let (mut block, mut duration_ticks, mut needs_others) = (None, None, false);
        let mut children = Children::of(group)?;
        let mut left = MOST_IN_GROUP;
        while let Some(child) = children.next(window)? {
            left = left.checked_sub(1).ok_or(Stop::Damaged {
                offset: group.offset,
            })?;
            match child.id {
                Id::BLOCK => block = Some(child),
                Id::BLOCK_DURATION => duration_ticks = window.content(child, 8)?.and_then(unsigned),
                Id::REFERENCE_BLOCK => needs_others = true,
                _ => {}
            }
        }
        Ok(block.map(|block| Self {
            block,
            duration_ticks,
            needs_others: Some(needs_others),
        }))
    }

    /// Whether its frames need no others before them.
    pub(super) fn is_keyframe(&self, block: &Block<'_>) -> bool {
        self.needs_others
            .map_or_else(|| block.is_keyframe(), |needs| !needs)
    }
}

/// A block's head, and when it begins. A block before its cluster's timestamp begins at no known time: damaged.
pub(super) fn read_block<'w>(
    window: &'w mut Window<'_>,
    element: Element,
    origin: Option<i64>,
) -> Result<(Block<'w>, i64), Stop> {
    let damaged = Stop::Damaged {
        offset: element.offset,
    };
    let length = element
        .content_bytes()
        .map_or(0, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
    let head = window.peek(element.content, length.min(Block::HEAD_BYTES))?;
    let block = Block::parse(head);
    let tick = block
        .as_ref()
        .zip(origin)
        .and_then(|(block, origin)| origin.checked_add(block.relative_ticks.into()));
    block.zip(tick).ok_or(damaged)
}

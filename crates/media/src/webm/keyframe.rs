//! The first frame of a track that can be decoded without any other.

use super::block::Block;
use super::cluster::{self, Content, Framed};
use super::{lace, segment::Segment};
use crate::ebml::{Element, Stop, Window};

/// Elements of clusters that are looked at: recordings whose sound begins some minutes before the first picture are not read
/// on.
const MOST_ELEMENTS: u32 = 10_000;

/// The largest frame that is taken: that of a picture of 4K at a quality that nobody records at.
pub(crate) const LARGEST_FRAME_BYTES: usize = 4 << 20;

/// What surrounds a frame in its block at most: the head, and the sizes of frames that are laced to it.
const LARGEST_BLOCK_BYTES: usize = LARGEST_FRAME_BYTES + (64 << 10);

/// The bytes of the first frame of this track that needs no other; `None` where there is none at the beginning, or where it is
/// larger than [`LARGEST_FRAME_BYTES`].
pub(crate) fn first_keyframe(
    window: &mut Window<'_>,
    segment: &Segment,
    first_cluster: u64,
    track: u64,
) -> Result<Option<Vec<u8>>, Stop> {
    let mut search = Search {
        track,
        elements_left: MOST_ELEMENTS,
    };
    let mut found = None;
    let extent = segment.extent;
    cluster::for_each(window, first_cluster, extent, |window, cluster| {
        let mut children = Content::of(window, cluster, extent);
        while let Some(child) = children.next(window)? {
            found = search.look_at(window, child)?;
            if found.is_some() {
                // Whatever comes behind it is passed over.
                return Ok(window.end_of(extent));
            }
        }
        Ok(children.next)
    })?;
    match found {
        Some(block) => read_frame(window, block),
        None => Ok(None),
    }
}

struct Search {
    track: u64,
    elements_left: u32,
}

impl Search {
    /// The `SimpleBlock` or `Block` that this child of a cluster is or holds, if it is the one.
    fn look_at(
        &mut self,
        window: &mut Window<'_>,
        child: Element,
    ) -> Result<Option<Element>, Stop> {
        self.elements_left = self.elements_left.checked_sub(1).ok_or(Stop::Spent {
            offset: child.offset,
        })?;
        let Some(framed) = Framed::open(window, child)? else {
            return Ok(None);
        };
        let element = framed.block;
        let head = window.peek(
            element.content,
            content_bytes(element).min(Block::HEAD_BYTES),
        )?;
        let block = Block::parse(head).ok_or(Stop::Damaged {
            offset: element.offset,
        })?;
        let is_it = block.track == self.track && framed.is_keyframe(&block);
        Ok(is_it.then_some(element))
    }
}

fn read_frame(window: &mut Window<'_>, block: Element) -> Result<Option<Vec<u8>>, Stop> {
    let length = content_bytes(block);
    if length > LARGEST_BLOCK_BYTES {
        return Ok(None);
    }
    let mut content = vec![0; length];
    window.read_at(block.content, &mut content)?;
    let frame = lace::first_frame(&content).filter(|frame| frame.len() <= LARGEST_FRAME_BYTES);
    Ok(frame.map(<[u8]>::to_vec))
}

/// A block has a known size; one without has no content that could be read.
fn content_bytes(block: Element) -> usize {
    let bytes = block.content_bytes().unwrap_or(0);
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

//! Finding the last clusters from the end of the file, so that two gigabytes of a live recording, which has no index, are
//! measured as fast as two megabytes.

use super::cluster;
use super::segment::Segment;
use super::timeline::Timeline;
use crate::ebml::{Extent, Id, Size, Stop, Window, size};

/// How far from the end a cluster is looked for. Recorders begin one with each key frame, or every few megabytes.
const SEARCHED_BYTES: u64 = 32 << 20;
/// How much of it is looked at in one go.
const STRETCH_BYTES: u64 = 256 << 10;
/// How many places that look like a cluster are tried.
const MOST_CANDIDATES: usize = 48;
/// Id and size of a cluster, then id and size of its first child.
pub(super) const CLUSTER_HEAD_BYTES: usize = 4 + 8 + 1 + 8;

/// Reads the last cluster, and those before it until the length of its last frames is known.
///
/// A cluster's id may also occur inside a frame. So a place counts only if the structure from there on is sound up to the
/// Segment's very end. `None` where no such place was found.
pub(super) fn read_last_clusters(
    window: &mut Window<'_>,
    segment: &Segment,
    first_cluster: u64,
) -> Result<Option<Timeline>, Stop> {
    let mut search = Search::new(first_cluster, window.end_of(segment.extent));
    let mut found = None;
    for _ in 0..MOST_CANDIDATES {
        let Some(offset) = search.previous(window)? else {
            break;
        };
        if !begins_like_cluster(window.peek(offset, CLUSTER_HEAD_BYTES)?) {
            continue;
        }
        let mut timeline = Timeline::new(&segment.tracks, segment.tick_nanoseconds);
        match read_on_from(window, offset, segment.extent, &mut timeline) {
            Ok(()) if timeline.is_settled() => return Ok(Some(timeline)),
            Ok(()) => found = Some(timeline),
            Err(Stop::Damaged { .. }) => {}
            Err(stop) => return Err(stop),
        }
    }
    Ok(found)
}

/// Takes note of all blocks from the cluster at `offset` to the end of the Segment.
pub(super) fn read_on_from(
    window: &mut Window<'_>,
    offset: u64,
    segment: Extent,
    timeline: &mut Timeline,
) -> Result<(), Stop> {
    cluster::for_each(window, offset, segment, |window, cluster| {
        cluster::read(window, cluster, segment, timeline)
    })
}

/// Whether the bytes, which begin with the id of a cluster, go on as a cluster does: with a size and a Timestamp, before which
/// a CRC-32 or Void may stand. The last bytes of a file don't; what is wrong with them is seen from the cluster before.
pub(super) fn begins_like_cluster(bytes: &[u8]) -> bool {
    let begins = || {
        let after_id = bytes.get(4..)?;
        let (_, length) = size(after_id).ok()?;
        let (&child, after_child) = after_id.get(length..)?.split_first()?;
        Some(match Id(child.into()) {
            Id::TIMESTAMP => matches!(size(after_child), Ok((Size::Known(1..=8), _))),
            Id::CRC_32 | Id::VOID => true,
            _ => false,
        })
    };
    begins().unwrap_or(false)
}

/// Looks for the id of clusters, from the end towards the beginning.
struct Search {
    /// Nothing before this is looked at.
    lowest: u64,
    /// Everything from here on has been.
    reached: u64,
    stretch: Vec<u8>,
}

impl Search {
    fn new(first_cluster: u64, end: u64) -> Self {
        Self {
            lowest: first_cluster.max(end.saturating_sub(SEARCHED_BYTES)),
            reached: end,
            stretch: Vec::new(),
        }
    }

    /// The next place towards the beginning where the id of a cluster stands.
    fn previous(&mut self, window: &mut Window<'_>) -> Result<Option<u64>, Stop> {
        let id = Id::CLUSTER.0.to_be_bytes();
        while self.reached > self.lowest {
            let from = self.reached.saturating_sub(STRETCH_BYTES).max(self.lowest);
            // An id that begins in this stretch may end behind it.
            let to = (self.reached + id.len() as u64 - 1).min(window.size_bytes());
            let mut stretch = std::mem::take(&mut self.stretch);
            stretch.resize(usize::try_from(to - from).unwrap_or(0), 0);
            window.read_at(from, &mut stretch)?;
            let found = last_position(&stretch, id);
            self.stretch = stretch;
            self.reached = found.map_or(from, |position| from + position as u64);
            if found.is_some() {
                return Ok(Some(self.reached));
            }
        }
        Ok(None)
    }
}

/// The last place of `id` in `bytes`. Looks at every fourth byte only, since each occurrence covers one of them and the four
/// bytes of the id differ: fast enough also without an optimising compiler.
fn last_position(bytes: &[u8], id: [u8; 4]) -> Option<usize> {
    let mut end = bytes.len();
    while end > 0 {
        let byte = bytes[end - 1];
        for (within, expected) in id.iter().enumerate() {
            let start = (end - 1).checked_sub(within);
            if byte == *expected
                && let Some(start) = start
                && bytes.get(start..start + id.len()) == Some(&id[..])
            {
                return Some(start);
            }
        }
        end = end.saturating_sub(id.len());
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn clusters_begin_with_their_timestamp() {
        let cases: &[(&[u8], bool)] = &[
            (b"\x1F\x43\xB6\x75\xFF\xE7\x81\0", true),
            (
                b"\x1F\x43\xB6\x75\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xE7\x84",
                true,
            ),
            (b"\x1F\x43\xB6\x75\x90\xBF\x84\0", true),
            (b"\x1F\x43\xB6\x75\xFF\xE7\x89\0", false),
            (b"\x1F\x43\xB6\x75\xFF\xA3\x81\0", false),
            (b"\x1F\x43\xB6\x75\0\xE7\x81\0", false),
            (b"\x1F\x43\xB6\x75\xFF\xE7\x01\0\0\0\0\0\0\x08", true),
            (b"\x1F\x43\xB6\x75\xFF", false),
            (b"\x1F\x43\xB6\x75\x10\0", false),
            (b"\x1F\x43\xB6\x75", false),
        ];
        for (bytes, expected) in cases {
            assert_eq!(begins_like_cluster(bytes), *expected, "{bytes:x?}");
        }
    }

    proptest! {
        #[test]
        fn finds_what_a_plain_search_finds(
            bytes in proptest::collection::vec(prop_oneof![Just(0x1F), Just(0x43), Just(0xB6), Just(0x75), Just(0)], 0..40),
            planted in proptest::option::of(0usize..40),
        ) {
            let id = Id::CLUSTER.0.to_be_bytes();
            let mut bytes: Vec<u8> = bytes;
            if let Some(place) = planted && place + 4 <= bytes.len() {
                bytes[place..place + 4].copy_from_slice(&id);
            }
            let plain = bytes.windows(4).rposition(|window| window == id);
            prop_assert_eq!(last_position(&bytes, id), plain);
        }
    }
}

//! The index for seeking, and the table of contents: Cues (RFC 9559, 5.1.5) and `SeekHead` (5.1.1).

use crate::ebml::{Id, element, integer, size_of_width, void_header};
use crate::webm::Scan;

/// Bytes of an id that has as many as it may.
const ID_BYTES: u64 = 4;

/// A line of a table of contents: an element, and its place, in bytes from the start of the Segment's content.
pub(super) type Entry = (Id, u64);

/// A place to begin playing at.
pub(super) struct Point {
    tick: i64,
    track: u64,
    cluster: usize,
}

/// The keyframes; where there are none, the clusters, at each of which sound may begin.
pub(super) fn points(scan: &Scan) -> impl Iterator<Item = Point> {
    let keyframes = scan.keyframes.iter().map(|keyframe| Point {
        tick: keyframe.tick,
        track: keyframe.track,
        cluster: keyframe.cluster,
    });
    let clusters = scan.clusters.iter().enumerate();
    let clusters = clusters.map(|(index, cluster)| Point {
        tick: cluster.tick,
        track: cluster.track,
        cluster: index,
    });
    let has_keyframes = !scan.keyframes.is_empty();
    keyframes.chain(clusters.filter(move |_| !has_keyframes))
}

/// Cues; `position` tells where the cluster of this index stands. They are as long wherever that is.
pub(super) fn cues(scan: &Scan, position: impl Fn(usize) -> u64) -> Vec<u8> {
    let mut content = Vec::new();
    for point in points(scan) {
        let place = [
            integer(Id::CUE_TRACK, point.track),
            element(
                Id::CUE_CLUSTER_POSITION,
                &position(point.cluster).to_be_bytes(),
            ),
        ];
        // A frame may belong before the beginning of time, by its cluster's; an index can't say so.
        let time = integer(Id::CUE_TIME, u64::try_from(point.tick).unwrap_or(0));
        let place = element(Id::CUE_TRACK_POSITIONS, &place.concat());
        content.extend(element(Id::CUE_POINT, &[time, place].concat()));
    }
    element(Id::CUES, &content)
}

/// The lines of a `SeekHead`: what stands where. They are as long wherever that is.
pub(super) fn seeks(entries: &[Entry]) -> Vec<u8> {
    let seek = |&(id, position): &Entry| {
        let children = [
            element(Id::SEEK_ID, &id.0.to_be_bytes()),
            element(Id::SEEK_POSITION, &position.to_be_bytes()),
        ];
        element(Id::SEEK, &children.concat())
    };
    entries.iter().flat_map(seek).collect()
}

/// A `SeekHead` of these lines, and a Void behind it that fills the room; `None` where the room is too small.
pub(super) fn seek_head_filling(entries: &[Entry], room_bytes: u64) -> Option<Vec<u8>> {
    let content = seeks(entries);
    let length = content.len() as u64;
    (1..=8u8).rev().find_map(|width| {
        let size = size_of_width(length, usize::from(width))?;
        let left = room_bytes.checked_sub(ID_BYTES + u64::from(width) + length)?;
        let void = match left {
            0 => Vec::new(),
            left => void_header(left)?,
        };
        Some([&Id::SEEK_HEAD.0.to_be_bytes()[..], &size, &content, &void].concat())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ebml::{Extent, Window};

    #[test]
    fn a_seek_head_fills_its_room_or_does_not_fit() {
        let entries = [(Id::INFO, 152), (Id::TRACKS, 261), (Id::CUES, 90_000)];
        let lines = seeks(&entries).len() as u64;
        assert_eq!(lines, 63);
        for room in 0..200 {
            let Some(bytes) = seek_head_filling(&entries, room) else {
                assert!(room < lines + 5, "{room}");
                continue;
            };
            let mut source = std::io::Cursor::new([&bytes[..], &[0; 200]].concat());
            let size_bytes = source.get_ref().len() as u64;
            let mut window = Window::new(&mut source, size_bytes);
            let seek_head = window.element(0, Extent::Open).unwrap();
            assert_eq!(seek_head.content_bytes(), Some(lines), "{room}");
            let end = seek_head.end().unwrap();
            if end != room {
                let void = window.element(end, Extent::Open).unwrap();
                assert_eq!((void.id, void.end().unwrap()), (Id::VOID, room));
            }
        }
    }
}

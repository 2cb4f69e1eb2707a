//! A WebM of one frame.

use super::picture::Picture;
use crate::ebml::{Id, element, integer};

/// `TrackType` of pictures (RFC 9559, 5.1.4.1.3).
const VIDEO: u64 = 1;
/// The only track's number, as elements and blocks write it (RFC 9559, 10.1).
const NUMBER: u64 = 1;
const NUMBER_OF_A_BLOCK: u8 = 0x80 | 1;
/// Flags of a `SimpleBlock`: a keyframe, alone in its block.
const KEYFRAME: u8 = 0x80;
/// The newest Matroska with an element that is used here (RFC 9559, 5.1.4.1.28: `Colour` and `Projection`), and the oldest
/// with a `SimpleBlock`.
const MATROSKA: (u64, u64) = (4, 2);

/// How long the file says that it lasts, in its ticks of a millisecond: as long as a picture does at 25 of them a second, so
/// that nobody has to look for its end.
const LENGTH_TICKS: f64 = 40.0;

/// A whole file: this track, and this frame of it at its very beginning.
pub(crate) fn still(picture: &Picture, frame: &[u8]) -> Vec<u8> {
    let document = [
        integer(Id::EBML_VERSION, 1),
        integer(Id::EBML_READ_VERSION, 1),
        integer(Id::EBML_MAX_ID_LENGTH, 4),
        integer(Id::EBML_MAX_SIZE_LENGTH, 8),
        element(Id::DOC_TYPE, b"webm"),
        integer(Id::DOC_TYPE_VERSION, MATROSKA.0),
        integer(Id::DOC_TYPE_READ_VERSION, MATROSKA.1),
    ];
    let info = [
        integer(Id::TIMESTAMP_SCALE, 1_000_000),
        element(Id::DURATION, &LENGTH_TICKS.to_be_bytes()),
        element(Id::MUXING_APP, b"revui"),
        element(Id::WRITING_APP, b"revui"),
    ];
    let block = [&[NUMBER_OF_A_BLOCK, 0, 0, KEYFRAME], frame].concat();
    let cluster = [integer(Id::TIMESTAMP, 0), element(Id::SIMPLE_BLOCK, &block)];
    let segment = [
        element(Id::INFO, &info.concat()),
        element(Id::TRACKS, &element(Id::TRACK_ENTRY, &track(picture))),
        element(Id::CLUSTER, &cluster.concat()),
    ];
    [
        element(Id::EBML, &document.concat()),
        element(Id::SEGMENT, &segment.concat()),
    ]
    .concat()
}

fn track(picture: &Picture) -> Vec<u8> {
    let private = picture.codec_private.as_deref();
    [
        integer(Id::TRACK_NUMBER, NUMBER),
        integer(Id::TRACK_UID, NUMBER),
        integer(Id::TRACK_TYPE, VIDEO),
        element(Id::CODEC_ID, picture.codec_id.as_bytes()),
        private.map_or_else(Vec::new, |bytes| element(Id::CODEC_PRIVATE, bytes)),
        element(Id::VIDEO, &picture.facts),
    ]
    .concat()
}

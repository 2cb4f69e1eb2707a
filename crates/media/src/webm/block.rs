//! What stands before the frames of a block (RFC 9559, 10.1 and 10.2).

use crate::ebml::track_number;

/// Bits of the flags that say how frames are laced.
pub(super) const LACING: u8 = 0b0000_0110;
/// Bit of a `SimpleBlock`'s flags: its frames need no others before them.
const KEYFRAME: u8 = 0b1000_0000;

/// The head of a `SimpleBlock` or `Block`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block<'b> {
    pub(super) track: u64,
    /// Ticks from the cluster's timestamp; negative for a frame that belongs before it.
    pub(super) relative_ticks: i16,
    /// How its frames are laced, and of a `SimpleBlock` more.
    pub(super) flags: u8,
    /// Bytes before its frames, or before what tells how they are laced.
    pub(super) head_bytes: usize,
    /// Frames laced into it; at least 1.
    pub(super) frames: u32,
    /// The first bytes of the frame, where it is alone.
    pub(super) only_frame: Option<&'b [u8]>,
}

impl<'b> Block<'b> {
    /// As many bytes as a head has at most, with two of the frame: 8 + 2 + 1 + 1 + 2.
    pub(super) const HEAD_BYTES: usize = 14;

    /// Reads a head from the first bytes of a block's content; `None` where the content is too short to be a block.
    pub(super) fn parse(bytes: &'b [u8]) -> Option<Self> {
        let (track, length) = track_number(bytes).ok()?;
        let (&[high, low, flags], frames) = bytes.get(length..)?.split_first_chunk()?;
        let relative_ticks = i16::from_be_bytes([high, low]);
        let (frames, only_frame) = if flags & LACING == 0 {
            (1, Some(frames))
        } else {
            (u32::from(*frames.first()?) + 1, None)
        };
        Some(Self {
            track,
            relative_ticks,
            flags,
            head_bytes: length + 3,
            frames,
            only_frame,
        })
    }

    /// Whether a `SimpleBlock` says that its frames need no others before them. A `Block` says it beside itself.
    pub(super) fn is_keyframe(&self) -> bool {
        self.flags & KEYFRAME != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads() {
        let cases: &[(&[u8], Option<Block<'_>>)] = &[
            (
                &[0x81, 0x00, 0x21, 0x80, 7, 8],
                Some(Block {
                    track: 1,
                    relative_ticks: 33,
                    flags: 0x80,
                    head_bytes: 4,
                    frames: 1,
                    only_frame: Some(&[7, 8]),
                }),
            ),
            (
                &[0x40, 0x02, 0xFF, 0xFF, 0x00],
                Some(Block {
                    track: 2,
                    relative_ticks: -1,
                    flags: 0,
                    head_bytes: 5,
                    frames: 1,
                    only_frame: Some(&[]),
                }),
            ),
            (
                &[0x82, 0x00, 0x00, 0x04, 3, 9],
                Some(Block {
                    track: 2,
                    relative_ticks: 0,
                    flags: 0x04,
                    head_bytes: 4,
                    frames: 4,
                    only_frame: None,
                }),
            ),
            (&[0x82, 0x00, 0x00, 0x02], None),
            (&[0x82, 0x00, 0x00], None),
            (&[0x00, 0x00, 0x00, 0x00], None),
            (&[], None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(Block::parse(bytes), *expected, "{bytes:x?}");
        }
    }
}

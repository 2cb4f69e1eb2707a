//! The first of the frames that a block has (RFC 9559, 10.3: several may be laced into one).

use super::block::{Block, LACING};
use crate::ebml::{Size, size};

const XIPH: u8 = 0b0000_0010;
const FIXED_SIZE: u8 = 0b0000_0100;
const EBML: u8 = 0b0000_0110;

/// The first frame among a block's content; `None` where there is none, or where it would be longer than the block.
pub(super) fn first_frame(content: &[u8]) -> Option<&[u8]> {
    let block = Block::parse(content)?;
    let frames = content.get(block.head_bytes..)?;
    let first = match block.flags & LACING {
        // After how many there are.
        XIPH => first_of_xiph(frames.get(1..)?, block.frames),
        FIXED_SIZE => first_of_equals(frames.get(1..)?, block.frames),
        EBML => first_of_ebml(frames.get(1..)?, block.frames),
        _ => Some(frames),
    };
    first.filter(|frame| !frame.is_empty())
}

/// Every size but the last, as a sum of bytes up to the first that is not 255; then the frames.
fn first_of_xiph(laced: &[u8], frames: u32) -> Option<&[u8]> {
    let mut first_bytes = None;
    let mut rest = laced;
    for _ in 1..frames {
        let full = rest.iter().take_while(|&&byte| byte == u8::MAX).count();
        let length = full * usize::from(u8::MAX) + usize::from(*rest.get(full)?);
        first_bytes = first_bytes.or(Some(length));
        rest = rest.get(full + 1..)?;
    }
    rest.get(..first_bytes.unwrap_or(rest.len()))
}

/// Frames of the same size.
fn first_of_equals(laced: &[u8], frames: u32) -> Option<&[u8]> {
    let frames = usize::try_from(frames).ok()?;
    laced
        .len()
        .is_multiple_of(frames)
        .then(|| &laced[..laced.len() / frames])
}

/// The first size, how the next differ from those before them up to the last but one; then the frames. Differences are as
/// long as sizes.
fn first_of_ebml(laced: &[u8], frames: u32) -> Option<&[u8]> {
    let mut first_bytes = None;
    let mut rest = laced;
    for _ in 1..frames {
        let (number, length) = size(rest).ok()?;
        if first_bytes.is_none() {
            let Size::Known(bytes) = number else {
                return None;
            };
            first_bytes = Some(usize::try_from(bytes).ok()?);
        }
        rest = rest.get(length..)?;
    }
    rest.get(..first_bytes.unwrap_or(rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Flags, what follows the head, and the first frame in it.
    type Case<'c> = (u8, &'c [u8], Option<&'c [u8]>);

    fn block(flags: u8, frames: &[u8]) -> Vec<u8> {
        [&[0x81, 0, 0, flags], frames].concat()
    }

    #[test]
    fn however_frames_are_laced_the_first_is_found() {
        let long = [vec![2, 255, 45, 1], vec![7; 300], vec![8], vec![9; 4]].concat();
        let cases: [Case<'_>; 16] = [
            (0x80, &[7, 8, 9], Some(&[7, 8, 9])),
            (0x80, &[], None),
            (XIPH, &[2, 2, 1, 7, 7, 8, 9, 9], Some(&[7, 7])),
            (XIPH, &[0, 7, 7], Some(&[7, 7])),
            (XIPH, &long, Some(&[7; 300])),
            (XIPH, &[1, 9, 7, 7], None),
            (XIPH, &[2, 255], None),
            (XIPH, &[1, 0, 7], None),
            (FIXED_SIZE, &[1, 7, 7, 8, 8], Some(&[7, 7])),
            (FIXED_SIZE, &[1, 7, 7, 8], None),
            (FIXED_SIZE, &[1], None),
            (EBML, &[2, 0x82, 0xBE, 7, 7, 8, 9], Some(&[7, 7])),
            (EBML, &[0, 7, 7], Some(&[7, 7])),
            (EBML, &[1, 0xFF, 7], None),
            (EBML, &[1, 0x89, 7], None),
            (EBML, &[2, 0x81], None),
        ];
        for (flags, frames, expected) in cases {
            let content = block(flags, frames);
            assert_eq!(first_frame(&content), expected, "{content:x?}");
        }
        assert_eq!(first_frame(&[0x81, 0, 0]), None);
    }
}

//! Variable-length numbers (RFC 8794, 4): the zeros before the first one say how many bytes follow.

use super::Id;

/// The longest element id of a Matroska file (RFC 9559, 4.4 keeps `EBMLMaxIDLength` at 4).
pub(super) const LONGEST_ID: usize = 4;
/// The longest size that RFC 8794 defines.
pub(super) const LONGEST_SIZE: usize = 8;

/// The bytes are no number of the kind that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// More bytes are needed: this many in all.
    Short(usize),
    /// No number begins like this.
    Invalid,
}

/// The size that an element header states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// So many bytes.
    Known(u64),
    /// All value bits are ones: the element lasts until something that can't be its child (RFC 8794, 6.2).
    Unknown,
}

/// Reads an element id; returns it and its length in bytes.
pub(super) fn id(bytes: &[u8]) -> Result<(Id, usize), Malformed> {
    let (value, length) = marked(bytes, LONGEST_ID)?;
    let data = without_marker(value, length);
    // All zeros and all ones are reserved.
    if data == 0 || data == ones(length) {
        return Err(Malformed::Invalid);
    }
    let id = u32::try_from(value).map_err(|_| Malformed::Invalid)?;
    Ok((Id(id), length))
}

/// Reads an element size; returns it and its length in bytes.
pub(crate) fn size(bytes: &[u8]) -> Result<(Size, usize), Malformed> {
    let (value, length) = marked(bytes, LONGEST_SIZE)?;
    let data = without_marker(value, length);
    if data == ones(length) {
        Ok((Size::Unknown, length))
    } else {
        Ok((Size::Known(data), length))
    }
}

/// Reads the track number that a block begins with (RFC 9559, 10.1); returns it and its length in bytes.
pub(crate) fn track_number(bytes: &[u8]) -> Result<(u64, usize), Malformed> {
    let (value, length) = marked(bytes, LONGEST_SIZE)?;
    Ok((without_marker(value, length), length))
}

/// The number with its marker bit, big-endian.
fn marked(bytes: &[u8], longest: usize) -> Result<(u64, usize), Malformed> {
    let first = bytes.first().ok_or(Malformed::Short(1))?;
    let length = first.leading_zeros() as usize + 1;
    if length > longest {
        return Err(Malformed::Invalid);
    }
    let bytes = bytes.get(..length).ok_or(Malformed::Short(length))?;
    let value = bytes
        .iter()
        .fold(0, |value, &byte| value << 8 | u64::from(byte));
    Ok((value, length))
}

fn without_marker(value: u64, length: usize) -> u64 {
    value & ones(length)
}

/// All value bits of a number of this length: seven a byte.
fn ones(length: usize) -> u64 {
    (1 << (7 * length)) - 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_keep_their_marker() {
        assert_eq!(id(&[0xA3, 0xFF]), Ok((Id::SIMPLE_BLOCK, 1)));
        assert_eq!(id(&[0x42, 0x82]), Ok((Id::DOC_TYPE, 2)));
        assert_eq!(id(&[0x2A, 0xD7, 0xB1]), Ok((Id::TIMESTAMP_SCALE, 3)));
        assert_eq!(id(&[0x1A, 0x45, 0xDF, 0xA3]), Ok((Id::EBML, 4)));
    }

    #[test]
    fn ids_that_are_none() {
        for bytes in [
            [0x00, 0, 0, 0],
            [0x08, 1, 1, 1],
            [0xFF, 0, 0, 0],
            [0x80, 0, 0, 0],
        ] {
            assert_eq!(id(&bytes), Err(Malformed::Invalid), "{bytes:x?}");
        }
        assert_eq!(id(&[]), Err(Malformed::Short(1)));
        assert_eq!(id(&[0x1A, 0x45]), Err(Malformed::Short(4)));
    }

    #[test]
    fn sizes_drop_their_marker() {
        assert_eq!(size(&[0x82]), Ok((Size::Known(2), 1)));
        assert_eq!(size(&[0x40, 0x02]), Ok((Size::Known(2), 2)));
        assert_eq!(size(&[0x01, 0, 0, 0, 0, 0, 0, 2]), Ok((Size::Known(2), 8)));
        assert_eq!(size(&[0xFF]), Ok((Size::Unknown, 1)));
        assert_eq!(
            size(&[0x01, 255, 255, 255, 255, 255, 255, 255]),
            Ok((Size::Unknown, 8))
        );
        assert_eq!(
            size(&[0x01, 255, 255, 255, 255, 255, 255, 254]),
            Ok((Size::Known((1 << 56) - 2), 8))
        );
        assert_eq!(size(&[0x00, 1]), Err(Malformed::Invalid));
        assert_eq!(size(&[0x01, 0]), Err(Malformed::Short(8)));
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read(value in 0u64..(1 << 56) - 1, spare in 0usize..8) {
            let shortest = (1..=8).find(|&length| value < ones(length)).unwrap();
            let length = (shortest + spare).min(8);
            let marked = value | 1 << (7 * length);
            let bytes = &marked.to_be_bytes()[8 - length..];
            prop_assert_eq!(size(bytes), Ok((Size::Known(value), length)));
            prop_assert_eq!(size(&bytes[..length - 1]).is_err(), true);
        }
    }
}

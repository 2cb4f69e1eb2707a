//! Writing elements, for the files that are made or mended here.

use super::Id;
use super::vint::LONGEST_SIZE;

/// A size of eight bytes that is left unknown (RFC 8794, 6.2).
pub(crate) const UNKNOWN_SIZE: [u8; 8] = [1, 255, 255, 255, 255, 255, 255, 255];

/// An element with this content; its size takes no more bytes than it needs.
pub(crate) fn element(id: Id, content: &[u8]) -> Vec<u8> {
    let length = content.len() as u64;
    let size = (1..LONGEST_SIZE).find_map(|width| size_of_width(length, width));
    let size = size.unwrap_or_else(|| long_size(length).to_vec());
    [&id_bytes(id)[..], &size, content].concat()
}

/// An element with this number, in no more bytes than it needs.
pub(crate) fn integer(id: Id, number: u64) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let leading_zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    element(id, &bytes[leading_zeros.min(bytes.len() - 1)..])
}

/// The header of an element of this size, with eight bytes for it.
pub(crate) fn header(id: Id, size_bytes: u64) -> Vec<u8> {
    [&id_bytes(id)[..], &long_size(size_bytes)].concat()
}

/// A size of eight bytes.
pub(crate) fn long_size(size_bytes: u64) -> [u8; 8] {
    (1 << 56 | size_bytes).to_be_bytes()
}

/// A size that takes this many bytes; `None` where it doesn't fit. All ones are kept for unknown sizes.
pub(crate) fn size_of_width(size_bytes: u64, width: usize) -> Option<Vec<u8>> {
    let marker = 1u64.checked_shl(u32::try_from(7 * width).ok()?)?;
    let fits = (1..=LONGEST_SIZE).contains(&width) && size_bytes < marker - 1;
    fits.then(|| (marker | size_bytes).to_be_bytes()[8 - width..].to_vec())
}

/// The header of a Void that fills so many bytes, itself included; `None` for fewer than 2.
pub(crate) fn void_header(filled_bytes: u64) -> Option<Vec<u8>> {
    /// Id and size, where the size is as long as it may be.
    const LONG: u64 = 1 + LONGEST_SIZE as u64;
    match filled_bytes {
        0..2 => None,
        2..LONG => Some(
            [
                &id_bytes(Id::VOID)[..],
                &size_of_width(filled_bytes - 2, 1)?,
            ]
            .concat(),
        ),
        LONG.. => Some(header(Id::VOID, filled_bytes - LONG)),
    }
}

fn id_bytes(id: Id) -> Vec<u8> {
    let bytes = id.0.to_be_bytes();
    bytes.into_iter().skip_while(|&byte| byte == 0).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::ebml::{Element, Extent, Window, unsigned};

    /// The element that these bytes begin with, of a file that is long enough for it.
    fn read(bytes: &[u8]) -> Element {
        let mut source = Cursor::new([bytes, &[0; 500]].concat());
        let size_bytes = source.get_ref().len() as u64;
        let mut window = Window::new(&mut source, size_bytes);
        window.element(0, Extent::Open).unwrap()
    }

    #[test]
    fn whatever_is_written_is_read() {
        for id in [Id::VOID, Id::DOC_TYPE, Id::TIMESTAMP_SCALE, Id::PIXEL_WIDTH] {
            for number in [0, 1, 255, 256, 70_000, u64::MAX] {
                let bytes = integer(id, number);
                let mut source = Cursor::new(&bytes);
                let mut window = Window::new(&mut source, bytes.len() as u64);
                let read = window.element(0, Extent::Open).unwrap();
                assert_eq!(read.id, id);
                assert_eq!(read.end().unwrap(), bytes.len() as u64);
                let content = window.content(read, 8).unwrap().and_then(unsigned);
                assert_eq!(content, Some(number), "{id:?}");
            }
        }
    }

    #[test]
    fn sizes_take_what_they_need_or_what_they_are_given() {
        for (length, header_bytes) in [(0, 2), (126, 2), (127, 3), (16_382, 3), (16_383, 4)] {
            let bytes = element(Id::VOID, &vec![0; length]);
            assert_eq!(bytes.len(), length + header_bytes, "{length}");
        }
        assert_eq!(size_of_width(5, 1), Some(vec![0x85]));
        assert_eq!(size_of_width(5, 8), Some(long_size(5).to_vec()));
        assert_eq!(size_of_width(127, 1), None, "that would be unknown");
        assert_eq!(size_of_width(5, 0), None);
        assert_eq!(size_of_width(5, 9), None);
    }

    #[test]
    fn voids_fill_what_they_are_to_fill() {
        assert_eq!(void_header(0), None);
        assert_eq!(void_header(1), None);
        for filled in [2, 3, 8, 9, 10, 26, 400] {
            let void = read(&void_header(filled).unwrap());
            assert_eq!((void.id, void.end().unwrap()), (Id::VOID, filled));
        }
    }
}

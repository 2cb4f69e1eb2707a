//! Writing elements, for the few files that are made here.

use super::Id;

/// Marks a size of eight bytes (RFC 8794, 4).
const EIGHT_BYTES: u64 = 1 << 56;

/// An element with this content.
pub(crate) fn element(id: Id, content: &[u8]) -> Vec<u8> {
    let id = id.0.to_be_bytes();
    let leading_zeros = id.iter().take_while(|&&byte| byte == 0).count();
    let size = EIGHT_BYTES | content.len() as u64;
    [&id[leading_zeros..], &size.to_be_bytes(), content].concat()
}

/// An element with this number.
pub(crate) fn integer(id: Id, number: u64) -> Vec<u8> {
    element(id, &number.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::ebml::{Extent, Window, unsigned};

    #[test]
    fn whatever_is_written_is_read() {
        for id in [Id::VOID, Id::DOC_TYPE, Id::TIMESTAMP_SCALE, Id::PIXEL_WIDTH] {
            let bytes = integer(id, 70_000);
            let mut source = Cursor::new(&bytes);
            let mut window = Window::new(&mut source, bytes.len() as u64);
            let read = window.element(0, Extent::Open).unwrap();
            assert_eq!(read.id, id);
            assert_eq!(read.end().unwrap(), bytes.len() as u64);
            let content = window.content(read, 8).unwrap().and_then(unsigned);
            assert_eq!(content, Some(70_000), "{id:?}");
        }
    }
}

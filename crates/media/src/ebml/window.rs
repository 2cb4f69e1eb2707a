//! A file seen through one small buffer, with a budget.

use std::io::{self, Read, Seek, SeekFrom};

use super::Element;

/// Bytes fetched when reading jumps to a new place: an element header and a few small elements after it.
const JUMP_BYTES: usize = 512;
/// The most that is fetched at once, and that one look can show.
const BUFFER_BYTES: usize = 64 << 10;

/// How much may be read of one file, over all of a probe.
const BUDGET_BYTES: u64 = 256 << 20;
/// How many element headers may be read: a two-hour recording of 30 pictures and 50 sounds a second has 576,000 blocks.
const BUDGET_HEADERS: u64 = 600_000;

/// Why reading could not go on.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The source failed.
    Io(io::Error),
    /// The file ends inside an element: its name, where it begins, and how many bytes it lacks.
    Cut {
        element: &'static str,
        offset: u64,
        missing_bytes: u64,
    },
    /// What stands here is not what the specification allows.
    Damaged { offset: u64 },
    /// The budget is spent; nothing is known about what begins here.
    Spent { offset: u64 },
}

/// Where something ends, and how that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// At this offset, as its header says; the offset is within the file.
    Closed(u64),
    /// Its size is unknown: with the file at the latest.
    Open,
}

/// Where the bytes are. One name for the two traits, so that a window needs no type parameter.
pub(crate) trait Source: Read + Seek {}

impl<S: Read + Seek + ?Sized> Source for S {}

/// A source of a fixed size, seen through one small buffer. Whatever happens, it reads no more than its budget, if it has one.
pub(crate) struct Window<'s> {
    source: &'s mut dyn Source,
    size_bytes: u64,
    buffer: Vec<u8>,
    /// Offset of the buffer's first byte.
    start: u64,
    /// How much was fetched last.
    ahead: usize,
    bytes_left: u64,
    headers_left: u64,
    may_be_torn: bool,
}

impl<'s> Window<'s> {
    pub(crate) fn new(source: &'s mut dyn Source, size_bytes: u64) -> Self {
        Self {
            source,
            size_bytes,
            buffer: Vec::new(),
            start: 0,
            ahead: JUMP_BYTES,
            bytes_left: BUDGET_BYTES,
            headers_left: BUDGET_HEADERS,
            may_be_torn: false,
        }
    }

    /// Without a budget, for whoever reads a file from its beginning to its end; and of one that may be torn: a Segment or
    /// Cluster that is longer than what there is counts as one that leaves its size unknown.
    pub(crate) fn of_torn(source: &'s mut dyn Source, size_bytes: u64) -> Self {
        Self {
            bytes_left: u64::MAX,
            headers_left: u64::MAX,
            may_be_torn: true,
            ..Self::new(source, size_bytes)
        }
    }

    pub(crate) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// The offset at which something of this extent ends at the latest.
    pub(crate) fn end_of(&self, extent: Extent) -> u64 {
        match extent {
            Extent::Closed(end) => end.min(self.size_bytes),
            Extent::Open => self.size_bytes,
        }
    }

    /// The bytes at `offset`: `length` of them, or fewer where the file ends (or the buffer: 64 KiB).
    pub(crate) fn peek(&mut self, offset: u64, length: usize) -> Result<&[u8], Stop> {
        let left = usize::try_from(self.size_bytes.saturating_sub(offset)).unwrap_or(usize::MAX);
        let length = length.min(left).min(BUFFER_BYTES);
        let from = if let Some(from) = self.held(offset, length) {
            from
        } else {
            self.ahead = self.next_ahead(offset);
            self.fill(offset, length.max(self.ahead).min(left))?;
            0
        };
        Ok(&self.buffer[from..from + length])
    }

    /// What is at hand of the bytes from `offset` on: `least` of them or more, or fewer where the file ends.
    pub(crate) fn peek_on(&mut self, offset: u64, least: usize) -> Result<&[u8], Stop> {
        self.peek(offset, least)?;
        Ok(self
            .held(offset, 0)
            .map_or(&[], |from| &self.buffer[from..]))
    }

    /// Reads a stretch of the file past the buffer.
    pub(crate) fn read_at(&mut self, offset: u64, into: &mut [u8]) -> Result<(), Stop> {
        self.bytes_left = self
            .bytes_left
            .checked_sub(into.len() as u64)
            .ok_or(Stop::Spent { offset })?;
        self.source
            .seek(SeekFrom::Start(offset))
            .map_err(Stop::Io)?;
        self.source.read_exact(into).map_err(Stop::Io)
    }

    /// Reads an element's header at `offset`, inside a parent of that extent.
    pub(crate) fn element(&mut self, offset: u64, parent: Extent) -> Result<Element, Stop> {
        self.headers_left = self
            .headers_left
            .checked_sub(1)
            .ok_or(Stop::Spent { offset })?;
        let (size_bytes, may_be_torn) = (self.size_bytes, self.may_be_torn);
        let header = self.peek(offset, Element::LONGEST_HEADER)?;
        if may_be_torn {
            Element::parse_torn(header, offset, parent, size_bytes)
        } else {
            Element::parse(header, offset, parent, size_bytes)
        }
    }

    /// The content of a small element, or `None` where it is larger than `longest` or has no known size.
    pub(crate) fn content(
        &mut self,
        element: Element,
        longest: usize,
    ) -> Result<Option<&[u8]>, Stop> {
        match element.content_bytes().map(usize::try_from) {
            Some(Ok(length)) if length <= longest => self.peek(element.content, length).map(Some),
            _ => Ok(None),
        }
    }

    /// Where in the buffer those bytes stand, if it has them all.
    fn held(&self, offset: u64, length: usize) -> Option<usize> {
        let from = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        (from.checked_add(length)? <= self.buffer.len()).then_some(from)
    }

    /// How much to fetch at `offset`: little after a jump, and ever more while reading goes on where it was. So many small
    /// elements in a row cost few reads, and a walk over large ones fetches little of what it passes over.
    fn next_ahead(&self, offset: u64) -> usize {
        let end = self.start + self.buffer.len() as u64;
        let goes_on = offset >= self.start && offset <= end + JUMP_BYTES as u64 && end > 0;
        if goes_on {
            (self.ahead * 2).min(BUFFER_BYTES)
        } else {
            JUMP_BYTES
        }
    }

    fn fill(&mut self, offset: u64, length: usize) -> Result<(), Stop> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.resize(length, 0);
        self.read_at(offset, &mut buffer)?;
        self.buffer = buffer;
        self.start = offset;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn looks_anywhere_and_shows_no_more_than_there_is() {
        let bytes: Vec<u8> = (0..200_000u32).map(|n| n.to_le_bytes()[0]).collect();
        let mut source = Cursor::new(&bytes);
        let mut window = Window::new(&mut source, 200_000);
        for (offset, length) in [
            (0, 4),
            (100_000, 4),
            (100_510, 12),
            (99_999, 9),
            (199_998, 12),
            (200_000, 1),
            (u64::MAX, 8),
        ] {
            let from = usize::try_from(offset).unwrap().min(bytes.len());
            let to = from.saturating_add(length).min(bytes.len());
            assert_eq!(
                window.peek(offset, length).unwrap(),
                &bytes[from..to],
                "{offset}"
            );
        }
        assert_eq!(window.peek(0, usize::MAX).unwrap().len(), BUFFER_BYTES);
    }

    #[test]
    fn a_source_that_is_shorter_than_it_was_said_to_be_is_an_error() {
        let mut source = Cursor::new([0u8; 10]);
        let mut window = Window::new(&mut source, 20);
        assert!(
            matches!(window.peek(8, 8), Err(Stop::Io(error)) if error.kind() == io::ErrorKind::UnexpectedEof)
        );
        assert_eq!(
            window.buffer.capacity(),
            0,
            "a failed read leaves nothing to be shown"
        );
    }

    #[test]
    fn the_budget_ends() {
        let mut source = Cursor::new([0x81u8; 8]);
        let mut window = Window::new(&mut source, 8);
        window.headers_left = 1;
        assert!(matches!(
            window.element(0, Extent::Open),
            Ok(_) | Err(Stop::Damaged { .. } | Stop::Cut { .. })
        ));
        assert!(matches!(
            window.element(0, Extent::Open),
            Err(Stop::Spent { .. })
        ));
        window.bytes_left = 0;
        window.buffer.clear();
        assert!(matches!(window.peek(0, 1), Err(Stop::Spent { .. })));
    }
}

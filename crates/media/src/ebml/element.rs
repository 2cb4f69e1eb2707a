//! Element headers: what begins here, and where it ends.

use super::vint::{self, LONGEST_ID, LONGEST_SIZE};
use super::{Extent, Id, Malformed, Size, Stop, Window};

/// An element's header, checked against the file and against its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) id: Id,
    /// Where its header begins.
    pub(crate) offset: u64,
    /// Where its content begins.
    pub(crate) content: u64,
    /// Where it ends.
    pub(crate) extent: Extent,
}

impl Element {
    pub(super) const LONGEST_HEADER: usize = LONGEST_ID + LONGEST_SIZE;

    /// Reads the header that stands at `offset`; `bytes` are those of the file from there on.
    ///
    /// An element that is longer than what is left of the file is cut; one that is longer than its parent is damaged, and
    /// so is one of unknown kind that is longer than the file: more likely it is noise.
    pub(crate) fn parse(
        bytes: &[u8],
        offset: u64,
        parent: Extent,
        file_bytes: u64,
    ) -> Result<Self, Stop> {
        Self::header(bytes, offset)?.within(parent, file_bytes)
    }

    /// The same of a file that may be torn: a Segment or Cluster that is longer than what there is counts as one that
    /// leaves its size unknown, for its children tell where it ends.
    pub(super) fn parse_torn(
        bytes: &[u8],
        offset: u64,
        parent: Extent,
        file_bytes: u64,
    ) -> Result<Self, Stop> {
        let header = Self::header(bytes, offset)?;
        match header.within(parent, file_bytes) {
            Err(_) if header.id.may_have_unknown_size() => Ok(Self {
                extent: Extent::Open,
                ..header
            }),
            checked => checked,
        }
    }

    /// What the header says, whether it can be or not.
    fn header(bytes: &[u8], offset: u64) -> Result<Self, Stop> {
        let damaged = Stop::Damaged { offset };
        let (id, id_length) = match vint::id(bytes) {
            Ok(read) => read,
            Err(Malformed::Short(needed)) => {
                return Err(cut_header("element", offset, needed, bytes));
            }
            Err(Malformed::Invalid) => return Err(damaged),
        };
        let (size, size_length) = match vint::size(&bytes[id_length..]) {
            Ok(read) => read,
            Err(Malformed::Short(needed)) => {
                let name = id.name().unwrap_or("element");
                return Err(cut_header(name, offset, id_length + needed, bytes));
            }
            Err(Malformed::Invalid) => return Err(damaged),
        };
        // Neither sum overflows: the header was read from the file, and a size has at most 56 bits.
        let content = offset + (id_length + size_length) as u64;
        let extent = match size {
            Size::Unknown if id.may_have_unknown_size() => Extent::Open,
            Size::Unknown => return Err(damaged),
            Size::Known(length) => Extent::Closed(content.saturating_add(length)),
        };
        Ok(Self {
            id,
            offset,
            content,
            extent,
        })
    }

    fn within(self, parent: Extent, file_bytes: u64) -> Result<Self, Stop> {
        let damaged = Stop::Damaged {
            offset: self.offset,
        };
        match (self.extent, parent) {
            (Extent::Closed(end), Extent::Closed(parent_end)) if end > parent_end => Err(damaged),
            (Extent::Closed(end), _) if end > file_bytes => Err(match self.id.name() {
                Some(element) => Stop::Cut {
                    element,
                    offset: self.offset,
                    missing_bytes: end - file_bytes,
                },
                None => damaged,
            }),
            _ => Ok(self),
        }
    }

    /// How long its content is, where its header says.
    pub(crate) fn content_bytes(self) -> Option<u64> {
        match self.extent {
            Extent::Closed(end) => Some(end - self.content),
            Extent::Open => None,
        }
    }

    /// Where it ends, for an element that must say so.
    pub(crate) fn end(self) -> Result<u64, Stop> {
        match self.extent {
            Extent::Closed(end) => Ok(end),
            Extent::Open => Err(Stop::Damaged {
                offset: self.offset,
            }),
        }
    }
}

fn cut_header(element: &'static str, offset: u64, needed: usize, bytes: &[u8]) -> Stop {
    Stop::Cut {
        element,
        offset,
        missing_bytes: (needed - bytes.len()) as u64,
    }
}

/// Walks over the children of an element of known size, one header at a time.
#[derive(Debug)]
pub(crate) struct Children {
    next: u64,
    parent: Extent,
    end: u64,
}

impl Children {
    pub(crate) fn of(parent: Element) -> Result<Self, Stop> {
        Ok(Self {
            next: parent.content,
            parent: parent.extent,
            end: parent.end()?,
        })
    }

    pub(crate) fn next(&mut self, window: &mut Window<'_>) -> Result<Option<Element>, Stop> {
        if self.next >= self.end {
            return Ok(None);
        }
        let child = window.element(self.next, self.parent)?;
        self.next = child.end()?;
        Ok(Some(child))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8], parent: Extent, file_bytes: u64) -> Result<Element, Stop> {
        Element::parse(bytes, 100, parent, file_bytes)
    }

    #[test]
    fn a_header_says_where_the_element_ends() {
        let element = parse(&[0xA3, 0x84, 0], Extent::Open, 106).unwrap();
        assert_eq!(
            (element.id, element.content, element.extent),
            (Id::SIMPLE_BLOCK, 102, Extent::Closed(106))
        );
        assert_eq!(element.content_bytes(), Some(4));
    }

    #[test]
    fn only_segments_and_clusters_may_leave_their_size_open() {
        let cluster = parse(&[0x1F, 0x43, 0xB6, 0x75, 0xFF], Extent::Open, 200).unwrap();
        assert_eq!(cluster.extent, Extent::Open);
        assert!(matches!(
            parse(&[0xA3, 0xFF], Extent::Open, 200),
            Err(Stop::Damaged { offset: 100 })
        ));
    }

    #[test]
    fn a_file_that_ends_inside_cuts_and_a_parent_that_ends_inside_damages() {
        let block = [0xA3, 0x90];
        assert!(matches!(
            parse(&block, Extent::Open, 110),
            Err(Stop::Cut {
                element: "SimpleBlock",
                offset: 100,
                missing_bytes: 8
            })
        ));
        assert!(matches!(
            parse(&block, Extent::Closed(110), 300),
            Err(Stop::Damaged { .. })
        ));
        assert!(matches!(
            parse(&[0x1F, 0x43], Extent::Open, 102),
            Err(Stop::Cut {
                element: "element",
                missing_bytes: 2,
                ..
            })
        ));
        assert!(matches!(
            parse(&[0xA3], Extent::Open, 101),
            Err(Stop::Cut {
                element: "SimpleBlock",
                missing_bytes: 1,
                ..
            })
        ));
    }
}

//! The EBML header, which opens every file.

use crate::ebml::{Children, Extent, Id, Stop, Window, text, unsigned};

/// The longest text of a header that is looked at; a longer one is none that matters.
pub(super) const LONGEST_TEXT_BYTES: usize = 64;

/// What the EBML header says (RFC 8794, 11.2).
#[derive(Debug)]
pub(crate) struct Document {
    /// `webm`, `matroska`; empty where it is missing or absurdly long.
    pub(crate) doc_type: String,
    /// Where the header ends and the Segment is looked for.
    pub(crate) end: u64,
}

impl Document {
    /// Whether the file begins like EBML. A file that ends within the first four bytes counts: it was cut.
    pub(crate) fn begins(window: &mut Window<'_>) -> Result<bool, Stop> {
        let magic = Id::EBML.0.to_be_bytes();
        let bytes = window.peek(0, magic.len())?;
        Ok(magic.starts_with(bytes))
    }

    pub(crate) fn read(window: &mut Window<'_>) -> Result<Self, Stop> {
        let header = window.element(0, Extent::Open)?;
        let mut doc_type = String::new();
        let mut children = Children::of(header)?;
        while let Some(child) = children.next(window)? {
            let content = window.content(child, LONGEST_TEXT_BYTES)?;
            // Longer ids and sizes than Matroska's could not be read here. Shorter limits than the usual need no check:
            // whoever breaks a rule of their own is still understood.
            let readable = match child.id {
                Id::DOC_TYPE => {
                    doc_type = content.map(text).unwrap_or_default();
                    true
                }
                Id::EBML_MAX_ID_LENGTH => content
                    .and_then(unsigned)
                    .is_some_and(|longest| longest <= 4),
                Id::EBML_MAX_SIZE_LENGTH => content
                    .and_then(unsigned)
                    .is_some_and(|longest| longest <= 8),
                _ => true,
            };
            if !readable {
                return Err(Stop::Damaged {
                    offset: child.offset,
                });
            }
        }
        Ok(Self {
            doc_type,
            end: header.end()?,
        })
    }
}

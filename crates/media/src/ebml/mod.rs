//! EBML, the markup that Matroska and WebM are written in ([RFC 8794](https://www.rfc-editor.org/rfc/rfc8794)): variable-length
//! numbers, element headers, reading both from a file through one small buffer, and writing a few.
//!
//! It knows the names of elements but not what they mean together; that is `webm`. Nothing here believes a size: sizes are
//! compared with the file's before they are used, and buffers have a fixed size. The work on one file has a budget, or goes
//! through it once.

mod element;
mod id;
mod value;
mod vint;
mod window;
mod writing;

pub(crate) use element::{Children, Element};
pub(crate) use id::Id;
pub(crate) use value::{float, text, unsigned};
use vint::Malformed;
pub(crate) use vint::{Size, size, track_number};
pub(crate) use window::{Extent, Stop, Window};
pub(crate) use writing::{
    UNKNOWN_SIZE, element, header, integer, long_size, size_of_width, void_header,
};

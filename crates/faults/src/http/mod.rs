//! As much of HTTP/1.1 (RFC 9112) as it takes to know where messages end. What passes is not changed.

mod framing;
mod head;

pub(crate) use framing::Framing;
pub(crate) use head::{Edits, RequestHead, ResponseHead};

//! What the elements of a WebM file mean: its header, its tracks, its clusters, and the time that passes in them.
//!
//! Written after [RFC 9559](https://www.rfc-editor.org/rfc/rfc9559) (Matroska) and the
//! [WebM container guidelines](https://www.webmproject.org/docs/container/). It decodes no frames, and judges no file: whether
//! what is found here is acceptable is decided in `probe`.

mod block;
mod cluster;
mod document;
mod duration;
mod excerpt;
mod keyframe;
mod lace;
mod opus;
mod picture;
mod resync;
mod scan;
mod seek_head;
mod segment;
mod still;
mod tail;
mod timeline;
mod track;
mod walk;

pub(crate) use document::Document;
pub(crate) use duration::duration_seconds;
pub(crate) use excerpt::{Excerpt, Kept};
pub(crate) use keyframe::first_keyframe;
pub(crate) use picture::Picture;
pub use scan::{Cluster, Keyframe, Scan};
pub(crate) use scan::{Layout, leaves_out};
pub(crate) use segment::Segment;
pub(crate) use still::still;
pub(crate) use timeline::Timeline;
pub(crate) use track::Track;
pub(crate) use walk::scan;

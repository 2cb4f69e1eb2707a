//! The bytes of a WebM file: is it one, what is in it, how long does it last, its first frame, mending it, taking
//! a stretch of it out, and which of its bytes are final while it is still written.
//!
//! A recording is looked at before it is sent, so that a person learns within a moment, and not after an upload of two
//! gigabytes, that the file is an MP4 with another name, or that half of it is missing. [`probe`] reads a few kilobytes from
//! the beginning and, where the header doesn't tell the length, some from the end; never the whole file. [`first_frame()`] takes
//! the first frame out, for a person to know the recording by. [`repair`] goes through a recording once, from header to
//! header, and adds what one lacks that was never finished. [`trim`] makes a recording of a stretch of one. [`Growing`] follows a file that a recorder is writing.
//!
//! It must never know where bytes come from or go to: no file names, no network, no clock, no async, nothing of ours. And
//! it must never believe a file: whatever the bytes say, a probe allocates less than a megabyte, reads less than 300, ends,
//! and doesn't panic; nor does taking out a frame, which allocates ten, nor a repair, whose memory is its index.
//!
//! ```
//! use std::io::Cursor;
//!
//! use media::{LooksLike, Refusal, probe};
//!
//! let renamed = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41";
//! let refusal = probe(&mut Cursor::new(renamed), renamed.len() as u64).unwrap_err();
//!
//! assert!(matches!(refusal, Refusal::NotEbml { looks_like: LooksLike::Mp4 }));
//! assert_eq!(refusal.to_string(), "not a WebM file: it looks like an MP4 or QuickTime movie");
//! ```

mod codec;
mod ebml;
mod first_frame;
mod growing;
mod probe;
mod refusal;
pub mod repair;
mod signature;
pub mod trim;
mod webm;

pub use codec::{AudioCodec, VideoCodec};
pub use first_frame::first_frame;
pub use growing::Growing;
pub use probe::{Kind, Probe, Structure, probe};
pub use refusal::{NotWebm, Refusal};
pub use signature::LooksLike;

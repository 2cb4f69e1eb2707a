//! What `probe` says about files, what `first_frame` takes out of them, and what `repair` makes of them: written byte by byte,
//! made by ffmpeg and GStreamer, and made by nobody.

// Tests may panic and print, their numbers are small, and their tables wide.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::type_complexity
)]

mod builder;
mod corpus;
mod cost;
mod documents;
mod finished;
mod frames;
mod growing;
mod hostile;
mod interrupted;
mod lengths;
mod mended;
mod mending;
mod reader;
mod recorder;
mod samples;
mod trimmed;

use std::io::Cursor;

use media::{Probe, Refusal};

/// Probes bytes in memory.
fn probe(bytes: &[u8]) -> Result<Probe, Refusal> {
    media::probe(&mut Cursor::new(bytes), bytes.len() as u64)
}

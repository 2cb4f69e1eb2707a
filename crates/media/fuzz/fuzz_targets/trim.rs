//! Whatever the bytes are, no stretch is taken out of them, or one that is a whole recording.
//!
//! `cargo +nightly fuzz run trim` in `crates/media`; recordings to begin with as for `probe`, with four bytes before them that
//! say which stretch, in tenths of a second.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use media::{repair, trim};

fuzz_target!(|bytes: &[u8]| {
    let Some((&[a, b, c, d], bytes)) = bytes.split_first_chunk() else {
        return;
    };
    let from = f64::from(u16::from_be_bytes([a, b])) / 10.0;
    let to = f64::from(u16::from_be_bytes([c, d])) / 10.0;
    let Ok(trim) = trim::plan(&mut Cursor::new(bytes), bytes.len() as u64, from..to) else {
        return;
    };
    let mut stretch = Vec::new();
    trim.copy(&mut Cursor::new(bytes), &mut stretch).unwrap();
    let size_bytes = stretch.len() as u64;
    let again = repair::plan(&mut Cursor::new(&stretch), size_bytes).unwrap();
    assert!(again.needs().is_empty(), "{:?}", again.needs());
});

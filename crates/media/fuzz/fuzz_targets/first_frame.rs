//! Whatever the bytes are, taking out a frame ends, doesn't panic, and gives a recording with pictures of a bounded size.
//!
//! `cargo +nightly fuzz run first_frame` in `crates/media`; recordings to begin with as for `probe`.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(Some(still)) = media::first_frame(&mut Cursor::new(bytes), bytes.len() as u64) {
        assert!(still.len() < 5 << 20);
        let probed = media::probe(&mut Cursor::new(&still), still.len() as u64).unwrap();
        assert_eq!(probed.kind, media::Kind::Video);
    }
});

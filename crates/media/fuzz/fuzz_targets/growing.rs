//! Whatever goes by, in whatever pieces: following ends, what it calls final lies in what went by and only grows, and is the
//! same for other pieces.
//!
//! `cargo +nightly fuzz run growing` in `crates/media`; recordings to begin with as for `probe`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut growing = media::Growing::new();
    let mut before = growing.final_range();
    let piece = usize::from(bytes.first().copied().unwrap_or(1)).max(1);
    for chunk in bytes.chunks(piece) {
        growing.feed(chunk);
        let range = growing.final_range();
        assert!(range.start <= range.end && range.end <= growing.followed_bytes());
        assert!(range.end >= before.end);
        before = range;
    }
    let mut at_once = media::Growing::new();
    at_once.feed(bytes);
    assert_eq!(at_once.final_range(), before);
    assert_eq!(at_once.followed_bytes(), bytes.len() as u64);
});

//! Whatever goes by, in whatever pieces: following ends, and what it calls final lies in what went by and only grows.

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
});

//! Whatever the bytes are, a probe ends, doesn't panic, and says a length that a recording can have.
//!
//! `cargo +nightly fuzz run probe` in `crates/media`; recordings to begin with are made by `cargo test -p media` and lie in
//! `target/tmp/recordings`.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(recording) = media::probe(&mut Cursor::new(bytes), bytes.len() as u64) {
        assert!(
            recording
                .duration_seconds
                .is_none_or(|seconds| seconds.is_finite() && seconds > 0.0)
        );
    }
});

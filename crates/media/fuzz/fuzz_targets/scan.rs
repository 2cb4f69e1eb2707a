//! Whatever the bytes are, a walk over them ends, doesn't panic, and finds things where they can be.
//!
//! `cargo +nightly fuzz run scan` in `crates/media`; recordings to begin with as for `probe`.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let size_bytes = bytes.len() as u64;
    if let Ok(scan) = media::repair::scan(&mut Cursor::new(bytes), size_bytes) {
        assert!(scan.end <= size_bytes);
        assert!(scan.end_ticks.is_finite());
        let mut reached = scan.header_end;
        assert!(!scan.clusters.is_empty());
        for cluster in &scan.clusters {
            assert!(reached <= cluster.offset);
            assert!(cluster.offset < cluster.content && cluster.content < cluster.end);
            reached = cluster.end;
        }
        assert!(reached <= scan.end);
        for keyframe in &scan.keyframes {
            assert!(keyframe.cluster < scan.clusters.len());
        }
    }
});

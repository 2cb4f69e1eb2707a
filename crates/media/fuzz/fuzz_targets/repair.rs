//! Whatever the bytes are, they are refused, or mended once and for all: in a copy, and where they are.
//!
//! `cargo +nightly fuzz run repair` in `crates/media`; recordings to begin with as for `probe`.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use media::repair::{Plan, plan};

fn lacking_nothing(bytes: &[u8]) -> Plan {
    let again = plan(&mut Cursor::new(bytes), bytes.len() as u64).unwrap();
    assert!(again.needs().is_empty(), "{:?}", again.needs());
    again
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(first) = plan(&mut Cursor::new(bytes), bytes.len() as u64) else {
        return;
    };
    let mut copied = Vec::new();
    first.copy(&mut Cursor::new(bytes), &mut copied).unwrap();
    let again = lacking_nothing(&copied);
    assert_eq!(again.scan().clusters.len(), first.scan().clusters.len());
    assert_eq!(again.scan().keyframes, first.scan().keyframes);
    let mut twice = Vec::new();
    again.copy(&mut Cursor::new(&copied), &mut twice).unwrap();
    assert_eq!(twice, copied);

    let mut file = Cursor::new(bytes.to_vec());
    if first.mend(&mut file).is_ok() {
        let again = lacking_nothing(file.get_ref());
        assert_eq!(again.scan().clusters.len(), first.scan().clusters.len());
        assert_eq!(again.scan().keyframes, first.scan().keyframes);
    } else {
        assert_eq!(file.get_ref(), bytes);
    }
});

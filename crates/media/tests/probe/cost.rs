//! What a probe costs: little, whatever the size of the file. Bytes and reads are counted, since time depends on the machine;
//! it is printed (`cargo test -p media cost -- --nocapture`).

use std::io::{Cursor, Read, Seek};
use std::time::Instant;

use crate::builder::{Recording, frame};
use crate::reader::{Counted, MadeUp};

/// Two gigabytes: 103 minutes at 30 pictures a second.
const CLUSTERS: u64 = 3_100;
const BLOCKS_A_CLUSTER: u64 = 60;
const BLOCK_BYTES: u64 = 11_000;

#[track_caller]
fn probe_counted(
    source: impl Read + Seek,
    size_bytes: u64,
    most_bytes: u64,
    most_reads: u64,
) -> Option<f64> {
    let mut source = Counted::new(source);
    let started = Instant::now();
    let probed = media::probe(&mut source, size_bytes).expect("an acceptable recording");
    println!(
        "{size_bytes} bytes: {:?}, {} bytes in {} reads",
        started.elapsed(),
        source.bytes_read,
        source.reads
    );
    assert!(
        source.bytes_read <= most_bytes,
        "{} bytes read",
        source.bytes_read
    );
    assert!(source.reads <= most_reads, "{} reads", source.reads);
    probed.duration_seconds
}

#[track_caller]
fn assert_close(measured: Option<f64>, expected: f64) {
    assert!(
        measured.is_some_and(|seconds| (seconds - expected).abs() < 0.1),
        "{measured:?}, not {expected}"
    );
}

#[test]
fn two_gigabytes_without_a_header_cost_a_few_reads() {
    for are_clusters_open in [true, false] {
        let made_up = MadeUp::live(CLUSTERS, BLOCKS_A_CLUSTER, BLOCK_BYTES, are_clusters_open);
        let (size_bytes, expected) = (made_up.size_bytes(), made_up.seconds());
        assert!(size_bytes > 2_000_000_000);
        assert_close(probe_counted(made_up, size_bytes, 2 << 20, 200), expected);
    }
}

#[test]
fn clusters_too_large_to_be_found_from_the_end_are_walked_over() {
    let made_up = MadeUp::live(50, 200, 200_000, false);
    let (size_bytes, expected) = (made_up.size_bytes(), made_up.seconds());
    assert_close(
        probe_counted(made_up, size_bytes, 40 << 20, 2_000),
        expected,
    );
    let made_up = MadeUp::live(50, 200, 200_000, true);
    let (size_bytes, expected) = (made_up.size_bytes(), made_up.seconds());
    assert_close(
        probe_counted(made_up, size_bytes, 64 << 20, 30_000),
        expected,
    );
}

#[test]
fn a_file_with_too_many_elements_is_left_with_its_duration_unknown() {
    let mut bytes = Recording::live().bytes();
    bytes.extend(frame(1, 0).repeat(1_000_000));
    let size_bytes = bytes.len() as u64;
    assert_eq!(
        probe_counted(Cursor::new(bytes), size_bytes, 300 << 20, 2_000),
        None
    );
}

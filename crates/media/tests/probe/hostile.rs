//! Bytes that nobody meant well with. Whatever they are, a probe ends, doesn't panic, and reads within its budget.

use std::io::Cursor;

use proptest::prelude::*;

use crate::builder::*;
use crate::reader::Counted;

/// One read for each element header of the budget, and some.
const MOST_READS: u64 = 700_000;

#[track_caller]
fn assert_sane(bytes: &[u8]) {
    let mut source = Counted::new(Cursor::new(bytes));
    let outcome = media::probe(&mut source, bytes.len() as u64);
    assert!(
        source.bytes_read <= 300 << 20,
        "{} bytes read",
        source.bytes_read
    );
    assert!(source.reads <= MOST_READS, "{} reads", source.reads);
    match outcome {
        Ok(probed) => assert!(
            probed
                .duration_seconds
                .is_none_or(|seconds| seconds > 0.0 && seconds < 1e8)
        ),
        Err(refusal) => assert!(!matches!(refusal, media::Refusal::Io(_)), "{refusal:?}"),
    }
    assert_frame_is_sane(bytes);
}

/// Taking out a frame reads little, never fails of what the bytes say, and gives a recording with pictures or nothing.
#[track_caller]
fn assert_frame_is_sane(bytes: &[u8]) {
    let mut source = Counted::new(Cursor::new(bytes));
    let still = media::first_frame(&mut source, bytes.len() as u64).expect("it can be read");
    assert!(source.bytes_read <= 300 << 20 && source.reads <= MOST_READS);
    if let Some(still) = still {
        assert!(still.len() < 5 << 20, "{} bytes", still.len());
        let probed = media::probe(&mut Cursor::new(&still), still.len() as u64);
        let probed = probed.expect("an acceptable recording");
        assert_eq!(
            (probed.kind, probed.audio_codec),
            (media::Kind::Video, None)
        );
    }
}

/// Valid files of every shape that the builder knows.
fn seeds() -> Vec<Vec<u8>> {
    let group = [
        element(BLOCK, &block_content(1, 300, &[0; 9])),
        number(BLOCK_DURATION, 450),
    ]
    .concat();
    let mut rich = Recording::of_two_seconds().with_head(&[
        element(
            SEEK_HEAD,
            &element(
                SEEK,
                &[
                    element(SEEK_ID, &id_bytes(TRACKS)),
                    number(SEEK_POSITION, 400),
                ]
                .concat(),
            ),
        ),
        element(VOID, &[0; 30]),
        info(&[element(DURATION, &0f64.to_be_bytes())]),
        element(
            TRACKS,
            &[
                track_with(1, b"V_VP8\0", &number(DEFAULT_DURATION, 33_000_000)),
                track(2, "A_OPUS"),
            ]
            .concat(),
        ),
    ]);
    rich.body.push(element(
        CLUSTER,
        &cluster(2_000, &[frame(2, 0), element(BLOCK_GROUP, &group)]),
    ));
    rich.body.push(element(CUES, &[0; 60]));
    let mut rich_live = rich.clone();
    rich_live.is_segment_open = true;
    [
        Recording::of_two_seconds(),
        Recording::live(),
        rich,
        rich_live,
    ]
    .iter()
    .map(Recording::bytes)
    .collect()
}

/// Xorshift: the same mutations on every machine, so that a seed in a failure can be tried again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides.max(1) as u64).unwrap()
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        let place = self.roll(bytes.len());
        let length = self.roll(64).min(bytes.len() - place);
        match self.roll(7) {
            0 if !bytes.is_empty() => bytes[place] ^= 1 << self.roll(8),
            1 if !bytes.is_empty() => bytes[place] = [0x00, 0x01, 0x7F, 0x80, 0xFF][self.roll(5)],
            2 => drop(bytes.drain(place..place + length)),
            3 => bytes.truncate(place),
            4 => {
                let copied = bytes[place..place + length].to_vec();
                let to = self.roll(bytes.len());
                bytes.splice(to..to, copied);
            }
            5 => {
                let ids = [
                    EBML,
                    SEGMENT,
                    CLUSTER,
                    TRACKS,
                    TIMESTAMP,
                    BLOCK_GROUP,
                    SIMPLE_BLOCK,
                    VOID,
                ];
                let header = open_header(ids[self.roll(ids.len())]);
                bytes.splice(place..place, header);
            }
            _ => bytes[place..place + length].fill(0xFF),
        }
    }
}

#[test]
fn mutated_recordings_never_break_a_probe() {
    let seeds = seeds();
    for bytes in &seeds {
        assert!(crate::probe(bytes).is_ok());
    }
    for round in 1..=40_000u64 {
        let mut dice = Dice(round.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut bytes = seeds[dice.roll(seeds.len())].clone();
        for _ in 0..=dice.roll(6) {
            dice.mutate(&mut bytes);
        }
        let outcome = std::panic::catch_unwind(|| assert_sane(&bytes));
        assert!(outcome.is_ok(), "round {round}: {bytes:x?}");
    }
}

#[test]
fn a_swarm_of_false_clusters_is_not_tried_to_the_last() {
    let decoy = [open_header(CLUSTER), vec![TIMESTAMP as u8, 0x81, 0]].concat();
    let mut recording = Recording::live();
    recording.body.push(decoy.repeat(400_000));
    recording.body.push(vec![0; 4]);
    assert_sane(&recording.bytes());
    let nested = Recording::live().with_body(&[open_header(CLUSTER).repeat(900_000)]);
    assert_sane(&nested.bytes());
}

#[test]
fn enormous_sizes_allocate_nothing() {
    for id in [EBML, SEGMENT, INFO, TRACKS, CLUSTER, DOC_TYPE, CODEC_ID] {
        for size in [(1 << 56) - 2, 1 << 40, u64::from(u32::MAX)] {
            assert_sane(&header(id, size));
            let inside = [
                Recording::live().with_body(&[]).bytes(),
                header(id, size),
                vec![0; 100],
            ]
            .concat();
            assert_sane(&inside);
        }
    }
}

proptest! {
    #[test]
    fn noise_never_breaks_a_probe(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        assert_sane(&bytes);
    }

    #[test]
    fn noise_after_a_header_never_breaks_a_probe(
        which in 0usize..4,
        keep in any::<proptest::sample::Index>(),
        noise in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        let mut bytes = seeds().swap_remove(which);
        bytes.truncate(keep.index(bytes.len()));
        bytes.extend(noise);
        assert_sane(&bytes);
    }

    #[test]
    fn what_a_recorder_wrote_is_measured(
        starts in 0u64..1_000_000,
        steps in proptest::collection::vec(1u64..2_000, 1..40),
        are_clusters_open: bool,
        is_segment_open: bool,
    ) {
        let group = |ticks| {
            let content = [number(BLOCK_DURATION, ticks), element(BLOCK, &block_content(1, 0, &[0; 20]))].concat();
            element(BLOCK_GROUP, &content)
        };
        let mut at = starts;
        let mut body = Vec::new();
        for step in &steps {
            let content = cluster(at, &[group(*step)]);
            body.push(if are_clusters_open { open(CLUSTER, &content) } else { element(CLUSTER, &content) });
            at += step;
        }
        let mut recording = Recording::live().with_body(&body);
        recording.is_segment_open = is_segment_open;
        let seconds = crate::probe(&recording.bytes()).unwrap().duration_seconds.unwrap();
        prop_assert!((seconds - (at - starts) as f64 / 1_000.0).abs() < 1e-6);
    }
}

//! Stretches of recordings, as recordings of their own.

use std::fs::{self, File};
use std::io::Cursor;
use std::path::{Path, PathBuf};

use media::repair;
use media::trim::{self, TrimError};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::builder::*;
use crate::corpus::{OPUS, VORBIS, VP8, VP9};
use crate::finished::{Block, Finished, take_apart};
use crate::recorder::{Corpus, complaints, packet_seconds, packets, pictures, stated_seconds};
use crate::samples::{WRITERS, sample};

/// The stretch, of which it must be said that it lacks nothing; and where it begins.
#[track_caller]
fn trimmed(bytes: &[u8], from: f64, to: f64) -> Result<(Vec<u8>, f64), TrimError> {
    let size_bytes = bytes.len() as u64;
    let trim = trim::plan(&mut Cursor::new(bytes), size_bytes, from..to)?;
    let mut stretch = Vec::new();
    let written = trim
        .copy(&mut Cursor::new(bytes), &mut stretch)
        .expect("what was planned can be written");
    assert_eq!(written, stretch.len() as u64);
    let again = repair::plan(&mut Cursor::new(&stretch), written).expect("a recording");
    assert_eq!(again.needs(), []);
    assert_eq!(again.scan().first_tick, 0);
    assert!((again.duration_seconds() - trim.duration_seconds()).abs() < 0.001);
    Ok((stretch, trim.starts_at_seconds()))
}

/// What must be in a stretch of these blocks: times are in ticks.
fn expected(blocks: &[Block], from: i64, to: i64, tracks_with_pictures: &[u8]) -> Vec<Block> {
    let mut waiting = tracks_with_pictures.to_vec();
    let mut kept = Vec::new();
    for block in blocks {
        if block.tick < from || block.tick >= to {
            continue;
        }
        if waiting.contains(&block.track) {
            if !block.is_keyframe {
                continue;
            }
            waiting.retain(|track| *track != block.track);
        }
        kept.push(Block {
            tick: block.tick - from,
            ..block.clone()
        });
    }
    kept
}

#[test]
fn whoever_wrote_it_a_stretch_has_the_same_frames_from_0_on() {
    for writer in WRITERS {
        let sample = sample(writer);
        let keyframes: Vec<_> = sample
            .blocks
            .iter()
            .filter(|block| block.track == 1 && block.is_keyframe)
            .map(|block| block.tick)
            .collect();
        assert!(keyframes.len() > 1, "{writer:?}");
        for (from, to) in [(0.0, 9.0), (1.0, 2.0), (1.5, 2.5), (0.2, 0.9), (2.9, 9.0)] {
            let (stretch, start) = trimmed(&sample.bytes, from, to).expect("a stretch");
            let start = (start * 1_000.0).round() as i64;
            let before = keyframes
                .iter()
                .rfind(|tick| **tick <= (from * 1_000.0) as i64);
            assert_eq!(Some(&start), before, "{writer:?} {from}");
            let finished = take_apart(&stretch);
            let end = (to * 1_000.0) as i64;
            assert!(
                finished.blocks == expected(&sample.blocks, start, end, &[1]),
                "{writer:?} {from}..{to}"
            );
            assert!(!finished.cues.is_empty());
            assert!(
                finished
                    .children
                    .iter()
                    .all(|id| *id != crate::samples::TAGS)
            );
            leads_to_keyframes(&finished);
        }
    }
}

fn leads_to_keyframes(finished: &Finished) {
    for &(time, track, cluster) in &finished.cues {
        let (_, first) = finished.clusters[cluster];
        let found = finished.blocks[first..]
            .iter()
            .find(|block| u64::from(block.track) == track && block.is_keyframe);
        assert_eq!(found.map(|block| block.tick as u64), Some(time));
    }
}

#[test]
fn where_nothing_is_there_is_no_stretch() {
    let bytes = Recording::of_two_seconds().bytes();
    for (from, to) in [
        (1.0, 1.0),
        (1.5, 0.5),
        (0.0, 0.0),
        (5.0, 1.0),
        (f64::NAN, f64::NAN),
    ] {
        let refused = trimmed(&bytes, from, to);
        assert!(matches!(refused, Err(TrimError::Nothing)), "{from} {to}");
    }
    assert!(matches!(
        trimmed(&[], 0.0, 1.0),
        Err(TrimError::Recording(_))
    ));
}

#[test]
fn sound_alone_begins_where_a_cluster_does() {
    let second = |from: u64| {
        let frames: Vec<_> = (0..50).map(|n| frame(1, n * 20)).collect();
        element(CLUSTER, &cluster(from, &frames))
    };
    let bytes = Recording::of_two_seconds()
        .with_tracks(&[track(1, "A_OPUS")])
        .with_body(&[second(0), second(1_000), second(2_000)])
        .bytes();
    let (stretch, start) = trimmed(&bytes, 1.3, 2.5).expect("a stretch");
    assert!((start - 1.0).abs() < 0.000_1);
    let finished = take_apart(&stretch);
    assert_eq!(finished.blocks.len(), 75);
    assert!((finished.duration_ticks - 1_500.0).abs() < 21.0);
}

/// Ticks between frames, whether each is a keyframe, and how many of them are in a cluster.
type Shape = (Vec<(u16, bool)>, usize);

fn shapes() -> impl Strategy<Value = Shape> {
    let frames = proptest::collection::vec((1u16..400, proptest::bool::weighted(0.2)), 2..80);
    (frames, 1usize..12)
}

/// A recording of this shape, with sound between its pictures, and its blocks.
fn recording((frames, a_cluster): &Shape) -> (Vec<u8>, Vec<Block>) {
    let mut blocks = Vec::new();
    let mut tick = 0;
    for (number, (after, is_keyframe)) in frames.iter().enumerate() {
        for (track, at, is_keyframe) in
            [(1, tick, *is_keyframe || number == 0), (2, tick + 1, true)]
        {
            blocks.push(Block {
                track,
                tick: at,
                is_keyframe,
                content: [
                    vec![if is_keyframe { 0x80 } else { 0 }],
                    vec![number as u8; 5 + number],
                ]
                .concat(),
            });
        }
        tick += i64::from(*after) + 1;
    }
    let clusters = blocks.chunks(2 * a_cluster).map(|blocks| {
        let origin = blocks[0].tick;
        let frames: Vec<_> = blocks
            .iter()
            .map(|block| {
                let [high, low] = ((block.tick - origin) as i16).to_be_bytes();
                let head = [0x80 | block.track, high, low];
                element(SIMPLE_BLOCK, &[&head[..], &block.content].concat())
            })
            .collect();
        element(CLUSTER, &cluster(origin as u64, &frames))
    });
    let bytes = Recording::of_two_seconds()
        .with_tracks(&[track(1, "V_VP9"), track(2, "A_OPUS")])
        .with_body(&clusters.collect::<Vec<_>>())
        .bytes();
    (bytes, blocks)
}

proptest! {
    #[test]
    fn any_stretch_of_any_recording_is_whole(
        shape in shapes(),
        from in 0.0..20.0f64,
        length in 0.001..20.0f64,
    ) {
        let (bytes, blocks) = recording(&shape);
        let Ok((stretch, start)) = trimmed(&bytes, from, from + length) else {
            // The keyframe before is as near as can be, so only a time past the end has nothing.
            return Ok(());
        };
        let from_tick = (start * 1_000.0).round() as i64;
        prop_assert!(start <= from + 0.000_6);
        let begins_there = |block: &Block| {
            block.track == 1 && block.is_keyframe && block.tick == from_tick
        };
        prop_assert!(blocks.iter().any(begins_there));
        let to_tick = ((from + length) * 1_000.0).round() as i64;
        let finished = take_apart(&stretch);
        prop_assert_eq!(&finished.blocks, &expected(&blocks, from_tick, to_tick, &[1]));
        leads_to_keyframes(&finished);
    }
}

proptest! {
    #[test]
    fn damage_leaves_no_stretch_or_a_whole_one(
        writer in 0..WRITERS.len(),
        keep in any::<Index>(),
        at in any::<Index>(),
        noise in proptest::collection::vec(any::<u8>(), 0..40),
        from in 0.0..3.5f64,
        length in 0.001..4.0f64,
    ) {
        let mut bytes = sample(WRITERS[writer]).bytes;
        bytes.truncate(keep.index(bytes.len()) + 1);
        let at = at.index(bytes.len());
        let end = bytes.len().min(at + noise.len());
        bytes[at..end].copy_from_slice(&noise[..end - at]);
        let size_bytes = bytes.len() as u64;
        let Ok(trim) = trim::plan(&mut Cursor::new(&bytes), size_bytes, from..from + length) else {
            return Ok(());
        };
        let mut stretch = Vec::new();
        let written = trim.copy(&mut Cursor::new(&bytes), &mut stretch).expect("as planned");
        let again = repair::plan(&mut Cursor::new(&stretch), written).expect("a recording");
        prop_assert_eq!(again.needs(), []);
    }
}

fn trimmed_file(path: &Path, from: f64, to: f64) -> (PathBuf, f64) {
    let name = path.file_stem().expect("a name").to_string_lossy();
    let to_path = path.with_file_name(format!("{name}-{from}-{to}.webm"));
    let mut file = File::open(path).expect("a recording");
    let size_bytes = file.metadata().expect("its size").len();
    let trim = trim::plan(&mut file, size_bytes, from..to).expect("a stretch");
    let mut into = File::create(&to_path).expect("a file");
    trim.copy(&mut file, &mut into).expect("written");
    (to_path, trim.starts_at_seconds())
}

#[test]
fn stretches_of_real_recordings_decode_to_the_same_pictures() {
    let Some(corpus) = Corpus::open("trimmed") else {
        return;
    };
    let cases: [(&str, &[&str], &[&str]); 4] = [
        ("vp9-opus", VP9, OPUS),
        ("vp8-vorbis", VP8, VORBIS),
        ("vp9", VP9, &[]),
        ("opus", &[], OPUS),
    ];
    for (name, video, audio) in cases {
        let whole = corpus.record(&format!("{name}.webm"), video, audio);
        let has_pictures = !video.is_empty();
        let all = if has_pictures {
            pictures(&whole, None)
        } else {
            Vec::new()
        };
        for (from, to) in [(0.0, 1.5), (1.3, 2.7), (2.0, 60.0)] {
            let (stretch, start) = trimmed_file(&whole, from, to);
            let shown = stretch.display();
            assert_eq!(complaints(&stretch), "", "{shown}");
            assert!(
                start <= from + 0.01 && (!has_pictures || from - start < 1.1),
                "{shown}: {start}"
            );
            let length = to.min(packet_seconds(&whole)) - start;
            let stated = stated_seconds(&stretch).expect("a duration");
            assert!(
                (stated - length).abs() < 0.1,
                "{shown}: {stated}, not {length}"
            );
            assert!((packet_seconds(&stretch) - stated).abs() < 0.1, "{shown}");
            if has_pictures {
                // Fifteen a second, from the one at the beginning on.
                let first = (start * 15.0).round() as usize;
                let found = pictures(&stretch, None);
                assert_eq!(found, all[first..first + found.len()], "{shown}");
                assert!((found.len() as f64 - length * 15.0).abs() <= 1.0, "{shown}");
            }
            // What a stretch of all of a stretch is, it is already.
            let (again, _) = trimmed_file(&stretch, 0.0, 60.0);
            assert_eq!(packets(&again), packets(&stretch), "{shown}");
            assert_eq!(
                fs::read(again).unwrap(),
                fs::read(&stretch).unwrap(),
                "{shown}"
            );
        }
    }
}

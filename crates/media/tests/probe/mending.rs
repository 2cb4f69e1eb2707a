//! What a repair makes of recordings that were not finished, written byte by byte.

use std::io::Cursor;

use media::repair::{self, Need, Obstacle, Plan, RepairError};
use media::{NotWebm, Refusal};
use proptest::prelude::*;

use crate::builder::*;
use crate::finished::{Finished, take_apart};
use crate::samples::{CHAPTERS, Sample, TAGS, WRITERS, Writer, sample, void};

pub(crate) fn plan(bytes: &[u8]) -> Result<Plan, RepairError> {
    repair::plan(&mut Cursor::new(bytes), bytes.len() as u64)
}

/// The mended copy, of which it must be said that it lacks nothing.
#[track_caller]
pub(crate) fn copy(bytes: &[u8]) -> Vec<u8> {
    let plan = plan(bytes).expect("it can be mended");
    let mut copied = Vec::new();
    let size_bytes = plan
        .copy(&mut Cursor::new(bytes), &mut copied)
        .expect("it is mended");
    assert_eq!(size_bytes, copied.len() as u64);
    assert_lacks_nothing(&copied);
    copied
}

/// The same in place.
#[track_caller]
pub(crate) fn mend(bytes: &[u8]) -> Result<Vec<u8>, Obstacle> {
    let mut file = Cursor::new(bytes.to_vec());
    match plan(bytes).expect("it can be mended").mend(&mut file) {
        Ok(()) => {
            assert_lacks_nothing(file.get_ref());
            Ok(file.into_inner())
        }
        Err(RepairError::NotInPlace(obstacle)) => {
            assert_eq!(file.get_ref(), bytes, "nothing was done");
            Err(obstacle)
        }
        Err(error) => panic!("{error:?}"),
    }
}

#[track_caller]
fn assert_lacks_nothing(bytes: &[u8]) {
    let again = plan(bytes).expect("it can be read");
    assert_eq!(again.needs(), []);
    let mut file = Cursor::new(bytes.to_vec());
    again.mend(&mut file).expect("nothing is to be done");
    assert_eq!(file.get_ref(), bytes);
    assert_eq!(again.in_place(), Ok(Vec::new()));
}

/// The recording has these blocks of the sample, the first so many, and is finished in every way.
#[track_caller]
pub(crate) fn assert_whole(bytes: &[u8], sample: &Sample, blocks: usize) -> Finished {
    let finished = take_apart(bytes);
    assert!(finished.blocks == sample.blocks[..blocks], "other blocks");
    let indexed: Vec<_> = finished
        .cues
        .iter()
        .map(|&(time, track, _)| (time, track))
        .collect();
    let expected: Vec<_> = sample.blocks[..blocks]
        .iter()
        .filter(|block| block.is_keyframe && block.track == 1)
        .map(|block| (block.tick as u64, 1))
        .collect();
    assert_eq!(indexed, expected);
    for &(time, track, cluster) in &finished.cues {
        let (_, first) = finished.clusters[cluster];
        let block = &finished.blocks[first];
        assert_eq!((block.tick as u64, u64::from(block.track)), (time, track));
    }
    finished
}

#[test]
fn every_writers_recording_is_whole_in_a_copy() {
    for writer in WRITERS {
        let sample = sample(writer);
        let copied = copy(&sample.bytes);
        let finished = assert_whole(&copied, &sample, sample.blocks.len());
        assert!(
            (finished.duration_ticks - 3_000.0).abs() < 0.1,
            "{writer:?}: {}",
            finished.duration_ticks
        );
        let told: &[u32] = match writer {
            Writer::Peculiar => &[SEEK_HEAD, INFO, TRACKS, TAGS, CHAPTERS, TAGS, CUES],
            _ => &[SEEK_HEAD, INFO, TRACKS, CUES],
        };
        assert_eq!(
            finished.children,
            [told, &[CLUSTER; 3]].concat(),
            "{writer:?}"
        );
        assert_eq!(copy(&copied), copied, "{writer:?}: once is enough");
        let probed = crate::probe(&copied).expect("an acceptable recording");
        assert_eq!(
            (probed.structure, probed.duration_seconds),
            (media::Structure::Closed, Some(3.0))
        );
    }
}

#[test]
fn each_lack_is_named() {
    let tail = |bytes: &[u8]| plan(bytes).unwrap().needs().to_vec();
    let open = |clusters| Need::ClusterSizes { clusters };
    for (writer, expected) in [
        (
            Writer::Browser,
            vec![Need::Size, open(3), Need::Duration, Need::Index],
        ),
        (
            Writer::GstreamerKilled,
            vec![Need::Size, open(1), Need::Duration, Need::Index],
        ),
        (
            Writer::FfmpegKilled,
            vec![Need::Size, Need::Duration, Need::Index],
        ),
        (Writer::Finished, vec![]),
        (
            Writer::Peculiar,
            vec![Need::Size, open(1), Need::Duration, Need::Index],
        ),
    ] {
        let sample = sample(writer);
        assert_eq!(tail(&sample.bytes), expected, "{writer:?}");
    }
    let finished = sample(Writer::Finished);
    let cut = finished.ends[finished.ends.len() - 2] + 5;
    let torn = plan(&finished.bytes[..cut]).unwrap();
    assert_eq!(
        torn.needs(),
        [Need::Tail { bytes: 5 }, Need::Size, open(1), Need::Index]
    );
    assert_eq!(torn.cut_bytes(), 5);
}

#[test]
fn in_place_nothing_moves_that_was_final() {
    for writer in [Writer::GstreamerKilled, Writer::FfmpegKilled] {
        let sample = sample(writer);
        let mended = mend(&sample.bytes).expect("there is room");
        let finished = assert_whole(&mended, &sample, sample.blocks.len());
        assert!((finished.duration_ticks - 3_000.0).abs() < 0.1);
        assert_eq!(finished.children.last(), Some(&CUES));
        let (last, end) = sample.clusters[2];
        assert_eq!(
            mended[sample.head_bytes..last],
            sample.bytes[sample.head_bytes..last]
        );
        assert_eq!(
            mended[last + 12..end],
            sample.bytes[last + 12..end],
            "only its size"
        );
    }
    for (writer, obstacle) in [
        (Writer::Browser, Obstacle::OpenClusters),
        (Writer::Peculiar, Obstacle::OpenClusters),
    ] {
        assert_eq!(mend(&sample(writer).bytes), Err(obstacle), "{writer:?}");
    }
}

#[test]
fn without_room_nothing_is_done_in_place() {
    let no_room = |element| Err(Obstacle::NoRoom { element });
    let recording = Recording::of_two_seconds();
    // Whole but for duration and index, and neither has a place.
    assert_eq!(mend(&recording.bytes()), no_room("SeekHead"));
    let with_room =
        recording
            .clone()
            .with_head(&[void(80), info(&[]), element(TRACKS, &track(1, "V_VP9"))]);
    assert_eq!(mend(&with_room.bytes()), no_room("Duration"));
    let mut open = recording;
    open.is_segment_open = true;
    assert_eq!(
        mend(&open.bytes()),
        no_room("Segment"),
        "its size has one byte"
    );
    let followed = [
        sample(Writer::GstreamerKilled).bytes,
        sample(Writer::Finished).bytes,
    ]
    .concat();
    assert_eq!(
        mend(&followed),
        Err(Obstacle::Foreign),
        "another recording is not cut off"
    );
}

#[test]
fn zeros_where_a_disk_lost_power_are_cut_off() {
    let sample = sample(Writer::GstreamerKilled);
    let bytes = [&sample.bytes[..], &[0; 5_000]].concat();
    let planned = plan(&bytes).unwrap();
    assert_eq!(planned.needs()[0], Need::Tail { bytes: 5_000 });
    assert_eq!(mend(&bytes), mend(&sample.bytes));
    assert_eq!(copy(&bytes), copy(&sample.bytes));
}

#[test]
fn what_is_damaged_in_the_middle_is_left_out() {
    let sample = sample(Writer::GstreamerKilled);
    let mut bytes = sample.bytes.clone();
    // The third block of the second cluster, and whatever follows it there.
    let second = sample.clusters[1];
    let from = sample
        .ends
        .iter()
        .copied()
        .filter(|end| *end > second.0)
        .nth(1)
        .unwrap();
    bytes[from..from + 20].fill(0);
    let gap = Need::Gap {
        bytes: (second.1 - from) as u64,
    };
    assert_eq!(plan(&bytes).unwrap().needs()[0], gap);
    let finished = take_apart(&copy(&bytes));
    let lost: Vec<_> = sample
        .ends
        .iter()
        .map(|end| *end > from && *end <= second.1)
        .collect();
    let kept = sample.blocks.iter().zip(&lost).filter(|(_, lost)| !**lost);
    assert!(finished.blocks.iter().eq(kept.map(|(block, _)| block)));
    assert_eq!(mend(&bytes), Err(Obstacle::Damaged));
}

#[test]
fn sound_alone_is_indexed_by_its_clusters() {
    let heard = |from| element(CLUSTER, &cluster(from, &[frame(1, 0), frame(1, 500)]));
    let recording = Recording::of_two_seconds()
        .with_tracks(&[track(1, "A_VORBIS")])
        .with_body(&[heard(0), heard(1_000), heard(2_000)]);
    let finished = take_apart(&copy(&recording.bytes()));
    assert_eq!(finished.cues, [(0, 1, 0), (1_000, 1, 1), (2_000, 1, 2)]);
}

#[test]
fn keyframes_of_one_cluster_are_indexed_half_a_second_apart() {
    let all_alone: Vec<_> = (0..30).map(|n| frame(1, n * 100)).collect();
    let recording =
        Recording::of_two_seconds().with_body(&[element(CLUSTER, &cluster(0, &all_alone))]);
    let finished = take_apart(&copy(&recording.bytes()));
    let times: Vec<_> = finished.cues.iter().map(|cue| cue.0).collect();
    assert_eq!(times, [0, 500, 1_000, 1_500, 2_000, 2_500]);
}

#[test]
fn where_ticks_are_told_twice_the_copy_keeps_what_was_believed() {
    let longer = element(INFO, &number(TIMESTAMP_SCALE, 4_000_000));
    let recording = Recording::of_two_seconds().with_head(&[
        longer,
        info(&[]),
        element(TRACKS, &track(1, "V_VP9")),
    ]);
    let seconds = plan(&recording.bytes()).unwrap().duration_seconds();
    let copied = copy(&recording.bytes());
    assert!((plan(&copied).unwrap().duration_seconds() - seconds).abs() < 0.001);
    assert_eq!(copy(&copied), copied);
}

#[test]
fn one_frame_is_a_recording() {
    let recording =
        Recording::of_two_seconds().with_body(&[element(CLUSTER, &cluster(70, &[frame(1, 0)]))]);
    let finished = take_apart(&copy(&recording.bytes()));
    assert!((finished.duration_ticks - 40.0).abs() < 0.1);
    assert_eq!(finished.cues, [(70, 1, 0)]);
}

#[test]
fn what_is_no_recording_is_refused() {
    let refused = |bytes: &[u8]| plan(bytes).unwrap_err();
    assert!(matches!(refused(b""), RepairError::Refused(Refusal::Empty)));
    assert!(matches!(
        refused(&[7; 900]),
        RepairError::Refused(Refusal::NotEbml { .. })
    ));
    let matroska = Recording::of_two_seconds()
        .with_doc_type(b"matroska")
        .bytes();
    assert!(matches!(
        refused(&matroska),
        RepairError::Refused(Refusal::NotWebm {
            reason: NotWebm::DocType(_)
        })
    ));
    let foreign = Recording::of_two_seconds()
        .with_tracks(&[track(1, "V_MPEG4/ISO/AVC")])
        .bytes();
    assert!(matches!(
        refused(&foreign),
        RepairError::Refused(Refusal::NotWebm {
            reason: NotWebm::Codec { .. }
        })
    ));
    for body in [vec![], vec![element(CLUSTER, &cluster(0, &[]))]] {
        let empty = Recording::live().with_body(&body).bytes();
        assert!(matches!(refused(&empty), RepairError::NothingWhole));
    }
}

#[test]
fn a_file_that_grows_meanwhile_is_left_alone() {
    let before = sample(Writer::GstreamerKilled).bytes;
    let planned = plan(&before).unwrap();
    let mut grown = Cursor::new([&before[..], &[0xA3]].concat());
    assert!(matches!(
        planned.mend(&mut grown),
        Err(RepairError::Changed)
    ));
    assert_eq!(grown.into_inner(), [&before[..], &[0xA3]].concat());
    let mut shrunk = Cursor::new(&before[..before.len() - 1]);
    assert!(matches!(
        planned.copy(&mut shrunk, &mut Vec::new()),
        Err(RepairError::Read(_))
    ));
}

proptest! {
    /// Whatever is done to a recording, it is refused, or mended once and for all.
    #[test]
    fn nothing_that_is_mended_needs_mending(
        writer in proptest::sample::select(WRITERS.to_vec()),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 0..4u8, any::<u8>()), 1..12),
    ) {
        let mut bytes = sample(writer).bytes;
        for (place, kind, value) in changes {
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = value,
                1 => bytes[at] ^= 1 << (value % 8),
                2 => drop(bytes.drain(at..(at + usize::from(value)).min(bytes.len() - 1).max(at))),
                _ => {
                    let stretch = bytes[at..(at + usize::from(value)).min(bytes.len())].to_vec();
                    drop(bytes.splice(at..at, stretch));
                }
            }
        }
        if plan(&bytes).is_ok() {
            let copied = copy(&bytes);
            prop_assert_eq!(copy(&copied), copied);
            // An obstacle is no failure; what was done is judged there.
            drop(mend(&bytes));
        }
    }
}

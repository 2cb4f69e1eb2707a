//! How long recordings last, with and without a header that says so.

use media::Structure;

use crate::builder::*;
use crate::probe;

fn seconds(recording: &Recording) -> Option<f64> {
    probe(&recording.bytes())
        .expect("an acceptable recording")
        .duration_seconds
}

fn stating(duration: f64) -> Recording {
    Recording::of_two_seconds().with_head(&[
        info(&[element(DURATION, &duration.to_be_bytes())]),
        element(TRACKS, &track(1, "V_VP9")),
    ])
}

#[track_caller]
fn assert_seconds(recording: &Recording, expected: f64) {
    let measured = seconds(recording).expect("a duration");
    assert!(
        (measured - expected).abs() < 0.001,
        "{measured}, not {expected}"
    );
}

#[test]
fn a_finished_files_header_counts() {
    assert_seconds(&stating(2_345.6), 2.3456);
    let single = element(DURATION, &1_500f32.to_be_bytes());
    let tracks = element(TRACKS, &track(1, "V_VP9"));
    assert_seconds(
        &Recording::of_two_seconds().with_head(&[info(&[single]), tracks.clone()]),
        1.5,
    );
    let tick = element(
        INFO,
        &[
            number(TIMESTAMP_SCALE, 1_000),
            element(DURATION, &2e6f64.to_be_bytes()),
        ]
        .concat(),
    );
    assert_seconds(&Recording::of_two_seconds().with_head(&[tick, tracks]), 2.0);
}

#[test]
fn nonsense_in_the_header_is_no_duration() {
    for duration in [0.0, -0.0, -5.0, f64::NAN, f64::INFINITY, 1e300] {
        assert_eq!(seconds(&stating(duration)), Some(2.0), "{duration}");
    }
    assert_seconds(
        &Recording::of_two_seconds().with_head(&[
            info(&[element(DURATION, &[1, 2, 3])]),
            element(TRACKS, &track(1, "V_VP9")),
        ]),
        2.0,
    );
}

#[test]
fn a_live_files_header_was_written_too_early_to_count() {
    let mut live = Recording::live();
    live.head[0] = info(&[element(DURATION, &9_000f64.to_be_bytes())]);
    assert_seconds(&live, 2.0);
}

#[test]
fn frames_tell_where_no_header_does() {
    assert_seconds(&Recording::of_two_seconds(), 2.0);
    assert_seconds(&Recording::live(), 2.0);
    let mut open_clusters = Recording::live();
    open_clusters.is_segment_open = false;
    assert_seconds(&open_clusters, 2.0);
    let mut closed_clusters = Recording::of_two_seconds();
    closed_clusters.is_segment_open = true;
    assert_seconds(&closed_clusters, 2.0);
    assert_eq!(
        probe(&closed_clusters.bytes()).unwrap().structure,
        Structure::Open
    );
}

#[test]
fn what_follows_the_clusters_does_not_hide_them() {
    for mut recording in [Recording::live(), Recording::of_two_seconds()] {
        recording.body.push(element(CUES, &[7; 4_000]));
        recording
            .body
            .push(element(VOID, &CLUSTER.to_be_bytes().repeat(100)));
        assert_seconds(&recording, 2.0);
    }
}

#[test]
fn an_id_of_a_cluster_inside_a_frame_is_no_cluster() {
    let decoy = open(CLUSTER, &[number(TIMESTAMP, 900_000), vec![0; 9]].concat());
    let mut recording = Recording::live();
    let content = block_content(1, 1_000, &decoy);
    recording.body.push(element(SIMPLE_BLOCK, &content));
    assert_seconds(&recording, 2.1);
}

#[test]
fn block_groups_say_how_long_they_last() {
    let group = [
        number(BLOCK_DURATION, 450),
        element(BLOCK, &block_content(1, 300, &[0; 9])),
    ]
    .concat();
    let last = cluster(
        2_000,
        &[frame(1, 0), frame(1, 100), element(BLOCK_GROUP, &group)],
    );
    let mut recording = Recording::live();
    recording.body.push(element(CLUSTER, &last));
    assert_seconds(&recording, 2.75);
}

#[test]
fn a_track_says_how_long_its_frames_last_laced_ones_too() {
    let stated = number(DEFAULT_DURATION, 25_000_000);
    let tracks = [track_with(1, b"A_VORBIS", &stated)];
    let one = element(CLUSTER, &cluster(0, &[frame(1, 0)]));
    assert_seconds(
        &Recording::live()
            .with_tracks(&tracks)
            .with_body(std::slice::from_ref(&one)),
        0.025,
    );
    let mut laced = block_content(1, 0, &[3, 9, 9, 9, 9]);
    laced[3] |= 0b100;
    let four = element(CLUSTER, &cluster(0, &[element(SIMPLE_BLOCK, &laced)]));
    assert_seconds(
        &Recording::live().with_tracks(&tracks).with_body(&[four]),
        0.1,
    );
}

#[test]
fn opus_packets_say_how_long_they_last() {
    // As Chromium's recorder writes them: one packet of three frames of 20 ms.
    let packet = element(
        SIMPLE_BLOCK,
        &block_content(2, 1_000, &[31 << 3 | 3, 3, 0, 0]),
    );
    let body = [
        element(CLUSTER, &cluster(0, &[frame(1, 0)])),
        element(CLUSTER, &cluster(0, &[packet])),
    ];
    let recording = Recording::live()
        .with_tracks(&[track(1, "V_VP8"), track(2, "A_OPUS")])
        .with_body(&body);
    assert_seconds(&recording, 1.06);
}

#[test]
fn earlier_clusters_are_asked_where_the_last_has_one_frame() {
    let body: Vec<_> = (0..4)
        .map(|n| element(CLUSTER, &cluster(n * 500, &[frame(1, 0)])))
        .collect();
    assert_seconds(&Recording::live().with_body(&body), 2.0);
}

#[test]
fn timestamps_may_be_negative_late_or_out_of_order() {
    let frames = [frame(1, -200), frame(1, 0), frame(1, 200), frame(1, 100)];
    let early = element(CLUSTER, &cluster(1_000, &frames));
    assert_seconds(&Recording::live().with_body(&[early]), 0.6);
    let offset = |from: u64| element(CLUSTER, &cluster(from, &[frame(1, 0), frame(1, 500)]));
    let late = Recording::live().with_body(&[offset(90_000_000), offset(90_001_000)]);
    assert_seconds(&late, 2.0);
    let before_zero = element(
        CLUSTER,
        &cluster(0, &[frame(1, i16::MIN), frame(1, 0), frame(1, i16::MAX)]),
    );
    assert!(
        seconds(&Recording::live().with_body(&[before_zero])).is_some_and(|seconds| seconds > 65.0)
    );
}

#[test]
fn what_cannot_be_known_is_unknown() {
    let with = |body: &[Vec<u8>]| seconds(&Recording::live().with_body(body));
    assert_eq!(with(&[element(CLUSTER, &[])]), None, "no frames");
    assert_eq!(
        with(&[element(CLUSTER, &frame(1, 0))]),
        None,
        "a frame before the timestamp"
    );
    assert_eq!(
        with(&[element(CLUSTER, &cluster(u64::MAX, &[frame(1, 0)]))]),
        None,
        "beyond time"
    );
    assert_eq!(
        with(&[element(CLUSTER, &cluster(i64::MAX as u64, &[frame(1, 9)]))]),
        None,
        "overflow"
    );
    let ages = [0, u64::MAX >> 2]
        .map(|from| element(CLUSTER, &cluster(from, &[frame(1, 0), frame(1, 9)])));
    assert_eq!(with(&ages), None, "longer than any recording");
    let backwards =
        [9_000, 0].map(|from| element(CLUSTER, &cluster(from, &[frame(1, 0), frame(1, 9)])));
    assert_eq!(with(&backwards), None, "ends before it begins");
    let stranger = [0, 1].map(|_| element(CLUSTER, &cluster(0, &[frame(7, 0)])));
    assert_eq!(with(&stranger), None, "frames of no track");
}

#[test]
fn damage_at_the_end_leaves_the_duration_unknown() {
    let mut recording = Recording::live();
    recording.body.push(vec![0; 5_000]);
    assert_eq!(seconds(&recording), None);
}

#[test]
fn a_second_recording_behind_the_first_ends_it() {
    let mut bytes = Recording::of_two_seconds();
    bytes.is_segment_open = true;
    let first = bytes.bytes();
    assert!(probe(&[first.clone(), first].concat()).is_ok());
}

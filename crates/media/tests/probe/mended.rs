//! Recordings that real recorders did not finish, mended, and held against what ffmpeg and ffprobe find in them.

use std::fs::{self, File, OpenOptions};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use media::repair::{self, Need, Obstacle, Plan, RepairError};

use crate::corpus::{OPUS, VORBIS, VP8, VP9};
use crate::finished::take_apart;
use crate::recorder::{
    Corpus, Killed, complaints, landed_at, packet_seconds, packets, pictures, stated_seconds,
};

fn plan(path: &Path) -> Plan {
    let mut file = File::open(path).expect("a recording");
    let size_bytes = file.metadata().expect("its size").len();
    repair::plan(&mut file, size_bytes)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn copied(path: &Path) -> PathBuf {
    let to = path.with_extension("copied.webm");
    let mut into = BufWriter::new(File::create(&to).expect("a file"));
    let mut file = File::open(path).expect("a recording");
    plan(path).copy(&mut file, &mut into).expect("it is mended");
    to
}

fn mended(path: &Path) -> Result<PathBuf, Obstacle> {
    let to = path.with_extension("mended.webm");
    fs::copy(path, &to).expect("a copy");
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&to)
        .expect("the copy");
    match plan(path).mend(&mut file) {
        Ok(()) => Ok(to),
        Err(RepairError::NotInPlace(obstacle)) => Err(obstacle),
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

/// Everything that a mended recording is to be.
#[track_caller]
fn assert_mended(before: &Path, after: &Path) {
    let name = after.display();
    assert_eq!(plan(after).needs(), [], "{name}");
    assert!(packets(before) == packets(after), "{name}: other packets");
    assert_eq!(complaints(after), "", "{name}");
    let (expected, stated) = (packet_seconds(before), stated_seconds(after));
    let is_close = stated.is_some_and(|stated| (stated - expected).abs() < 0.5);
    assert!(is_close, "{name}: {stated:?}, not {expected}");

    let finished = take_apart(&fs::read(after).expect("read"));
    assert!(!finished.cues.is_empty());
    if !finished
        .blocks
        .iter()
        .any(|block| block.is_keyframe && block.track == 1)
    {
        return;
    }
    let shown = pictures(after, None);
    let times: Vec<_> = finished
        .blocks
        .iter()
        .filter(|block| block.track == 1)
        .map(|block| block.tick)
        .collect();
    let has_pictures = !shown.is_empty();
    for &(time, ..) in finished.cues.iter().filter(|_| has_pictures) {
        let seconds = time as f64 / 1_000.0;
        let landed = landed_at(after, seconds);
        assert!(
            (landed - seconds).abs() < 0.001,
            "{name}: to {seconds}, landed at {landed}"
        );
        let place = times
            .iter()
            .position(|tick| *tick as u64 == time)
            .expect("a picture");
        let first = times[0] as f64 / 1_000.0;
        // ffmpeg counts from the recording's beginning.
        let seen = pictures(after, Some(seconds - first));
        assert_eq!(
            seen,
            [shown[place].clone()],
            "{name}: another picture at {seconds}"
        );
    }
}

#[test]
fn live_recordings_become_whole() {
    let Some(corpus) = Corpus::open("mended-live") else {
        return;
    };
    let cases: [(&str, &[&str], &[&str]); 4] = [
        ("vp9-opus", VP9, OPUS),
        ("vp8-vorbis", VP8, VORBIS),
        ("vp9", VP9, &[]),
        ("opus", &[], OPUS),
    ];
    for (name, video, audio) in cases {
        let finished = corpus.record(&format!("{name}.webm"), video, audio);
        assert_eq!(plan(&finished).needs(), [], "{name}: ffmpeg finished it");
        let live = corpus.rewrap(
            &finished,
            &format!("{name}-live.webm"),
            &["-f", "webm", "-live", "1"],
        );
        assert_mended(&live, &copied(&live));
        assert!(mended(&live).is_err(), "{name}: no room was left");
    }
}

/// The same with the size of each cluster left unknown: all ones, in as many bytes as it has.
fn with_open_clusters(corpus: &Corpus, path: &Path, name: &str) -> PathBuf {
    let mut bytes = fs::read(path).expect("read");
    for cluster in &plan(path).scan().clusters {
        let size = cluster.offset as usize + 4..cluster.content as usize;
        let width = size.len();
        bytes[size].fill(0xFF);
        bytes[cluster.offset as usize + 4] = 0xFF >> (width - 1);
    }
    corpus.write(name, &bytes)
}

#[test]
fn clusters_without_a_size_get_one_in_a_browsers_segment_and_in_a_finished_one() {
    let Some(corpus) = Corpus::open("mended-open") else {
        return;
    };
    let finished = corpus.record("whole.webm", VP8, OPUS);
    let live = ["-f", "webm", "-live", "1", "-cluster_time_limit", "700"];
    let live = corpus.rewrap(&finished, "live.webm", &live);
    for (path, lacks) in [(&live, 4), (&finished, 1)] {
        let clusters = plan(path).scan().clusters.len();
        assert!(clusters > 1);
        let open = with_open_clusters(&corpus, path, "open.webm");
        let planned = plan(&open);
        assert!(planned.needs().contains(&Need::ClusterSizes { clusters }));
        assert_eq!(planned.needs().len(), lacks);
        assert_mended(&open, &copied(&open));
        assert_eq!(mended(&open), Err(Obstacle::OpenClusters));
        // Torn besides, as when the browser is killed.
        let bytes = fs::read(&open).unwrap();
        let torn = corpus.write("torn.webm", &bytes[..bytes.len() * 3 / 4]);
        assert_mended(&torn, &copied(&torn));
    }
}

#[test]
fn recordings_that_were_not_copied_whole_keep_what_there_is() {
    let Some(corpus) = Corpus::open("mended-parts") else {
        return;
    };
    let finished = corpus.record("whole.webm", VP9, OPUS);
    let bytes = fs::read(&finished).unwrap();
    for percent in [20, 45, 70, 99] {
        let part = corpus.write(
            &format!("{percent}.webm"),
            &bytes[..bytes.len() * percent / 100],
        );
        assert_mended(&part, &copied(&part));
        assert_mended(&part, &mended(&part).expect("ffmpeg left room"));
    }
}

/// As the capture helper records, at a smaller size. `PLACE` is the file's.
const GSTREAMER_PICTURES: &str = "-v webmmux name=mux ! filesink location=PLACE \
    videotestsrc num-buffers=100000 ! video/x-raw,width=160,height=120,framerate=15/1 ! \
    vp9enc deadline=1 cpu-used=9 keyframe-max-dist=15 lag-in-frames=0 ! identity name=seen silent=false ! queue ! mux.";
const GSTREAMER_SOUND: &str = "audiotestsrc samplesperbuffer=960 ! audio/x-raw,rate=48000,channels=1 ! opusenc bitrate=24000 ! queue ! mux.";

#[test]
fn recordings_of_a_killed_gstreamer_are_mended_where_they_are() {
    let Some(corpus) = Corpus::open_with_gstreamer("mended-gstreamer") else {
        return;
    };
    // Written at once, or through a buffer, so that a frame is torn.
    let at_once = "filesink buffer-mode=unbuffered";
    for (name, more, sink) in [
        ("pictures", "", at_once),
        ("both", GSTREAMER_SOUND, at_once),
        ("torn", GSTREAMER_SOUND, "filesink"),
    ] {
        let line = format!("{GSTREAMER_PICTURES} {more}").replace("filesink", sink);
        let words: Vec<_> = line.split_whitespace().collect();
        let killed = Killed {
            program: "gst-launch-1.0",
            arguments: &words,
            counted: "last-message = chain",
            lines: 150,
        };
        let path = corpus.kill(&format!("{name}.webm"), &killed);
        let before = fs::read(&path).unwrap();
        let planned = plan(&path);
        let last = *planned.scan().clusters.last().unwrap();
        assert!(planned.scan().clusters.len() > 3, "{name}");

        let after = mended(&path).expect("its muxer left room");
        assert_mended(&path, &after);
        let after = fs::read(after).unwrap();
        let final_bytes = planned.scan().header_end as usize..last.offset as usize;
        assert!(after[final_bytes.clone()] == before[final_bytes], "{name}");
        let last_bytes = last.content as usize..last.end as usize;
        assert!(after[last_bytes.clone()] == before[last_bytes], "{name}");
        assert_mended(&path, &copied(&path));
    }
}

#[test]
fn recordings_of_a_killed_ffmpeg_are_mended_where_they_are() {
    let Some(corpus) = Corpus::open("mended-ffmpeg") else {
        return;
    };
    let line = "-nostdin -y -v error -progress pipe:1 -stats_period 0.1 -re -f lavfi -i testsrc=size=160x120:rate=15 \
        -re -f lavfi -i sine -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 15 -c:a libopus -b:a 24k \
        -flush_packets 1 -cluster_time_limit 500 PLACE";
    let words: Vec<_> = line.split_whitespace().collect();
    let killed = Killed {
        program: "ffmpeg",
        arguments: &words,
        counted: "out_time=",
        lines: 30,
    };
    let path = corpus.kill("killed.webm", &killed);
    assert_mended(&path, &mended(&path).expect("it left room"));
    assert_mended(&path, &copied(&path));
}

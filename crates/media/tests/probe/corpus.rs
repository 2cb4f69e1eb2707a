//! Recordings as real encoders and muxers write them, made by ffmpeg in cargo's folder for such files, and measured against
//! ffprobe. Without ffmpeg these tests are skipped, visibly; where `CI` is set they fail.

use std::fs::{self, File};
use std::path::Path;

use media::{AudioCodec, Kind, LooksLike, NotWebm, Probe, Refusal, Structure, VideoCodec};

use crate::recorder::{Corpus, packet_seconds, stated_seconds};

pub(crate) const VP8: &[&str] = &[
    "-c:v",
    "libvpx",
    "-deadline",
    "realtime",
    "-cpu-used",
    "8",
    "-g",
    "15",
];
pub(crate) const VP9: &[&str] = &[
    "-c:v",
    "libvpx-vp9",
    "-deadline",
    "realtime",
    "-cpu-used",
    "8",
    "-g",
    "15",
];
pub(crate) const AV1: &[&str] = &[
    "-c:v",
    "libaom-av1",
    "-usage",
    "realtime",
    "-cpu-used",
    "8",
    "-g",
    "15",
];
pub(crate) const OPUS: &[&str] = &["-c:a", "libopus", "-b:a", "24k"];
pub(crate) const VORBIS: &[&str] = &["-c:a", "libvorbis"];
const H264: &[&str] = &[
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-pix_fmt",
    "yuv420p",
];

fn probe(path: &Path) -> Result<Probe, Refusal> {
    let mut file = File::open(path).expect("a recording");
    let size_bytes = file.metadata().expect("its size").len();
    media::probe(&mut file, size_bytes)
}

#[track_caller]
fn assert_seconds(path: &Path, expected: f64) {
    let measured = probe(path)
        .expect("an acceptable recording")
        .duration_seconds;
    let is_close = measured.is_some_and(|seconds| (seconds - expected).abs() <= 0.1);
    assert!(is_close, "{}: {measured:?}, not {expected}", path.display());
}

#[test]
fn every_codec_finished_and_live_is_measured_as_ffprobe_measures_it() {
    let Some(corpus) = Corpus::open("codecs") else {
        return;
    };
    let cases: &[(
        &str,
        &[&str],
        &[&str],
        Option<VideoCodec>,
        Option<AudioCodec>,
    )] = &[
        (
            "vp8-vorbis",
            VP8,
            VORBIS,
            Some(VideoCodec::Vp8),
            Some(AudioCodec::Vorbis),
        ),
        (
            "vp9-opus",
            VP9,
            OPUS,
            Some(VideoCodec::Vp9),
            Some(AudioCodec::Opus),
        ),
        ("vp9", VP9, &[], Some(VideoCodec::Vp9), None),
        (
            "av1-opus",
            AV1,
            OPUS,
            Some(VideoCodec::Av1),
            Some(AudioCodec::Opus),
        ),
        ("opus", &[], OPUS, None, Some(AudioCodec::Opus)),
        ("vorbis", &[], VORBIS, None, Some(AudioCodec::Vorbis)),
    ];
    for (name, video, audio, video_codec, audio_codec) in cases {
        let finished = corpus.record(&format!("{name}.webm"), video, audio);
        let expected = stated_seconds(&finished).expect("a finished file states its duration");
        let probed = probe(&finished).unwrap();
        assert_eq!(
            (probed.video_codec, probed.audio_codec),
            (*video_codec, *audio_codec),
            "{name}"
        );
        assert_eq!(
            probed.kind,
            if video.is_empty() {
                Kind::Audio
            } else {
                Kind::Video
            },
            "{name}"
        );
        assert_eq!(probed.structure, Structure::Closed, "{name}");
        assert_seconds(&finished, expected);

        let live = corpus.rewrap(
            &finished,
            &format!("{name}-live.webm"),
            &["-f", "webm", "-live", "1"],
        );
        assert_eq!(
            stated_seconds(&live),
            None,
            "{name}: a live file states none"
        );
        assert_eq!(probe(&live).unwrap().structure, Structure::Open, "{name}");
        assert_seconds(&live, expected);
        assert_seconds(&live, packet_seconds(&live));
    }
}

#[test]
fn short_and_long_clusters_are_measured_alike() {
    let Some(corpus) = Corpus::open("clusters") else {
        return;
    };
    let finished = corpus.record("whole.webm", VP9, OPUS);
    let expected = stated_seconds(&finished).expect("a duration");
    for milliseconds in ["1", "100", "1000", "30000"] {
        let options = [
            "-f",
            "webm",
            "-live",
            "1",
            "-cluster_time_limit",
            milliseconds,
        ];
        let live = corpus.rewrap(&finished, &format!("{milliseconds}.webm"), &options);
        assert_seconds(&live, expected);
    }
}

#[test]
fn a_live_recording_that_broke_off_is_measured_up_to_there_or_truncated() {
    let Some(corpus) = Corpus::open("broken-off") else {
        return;
    };
    let finished = corpus.record("whole.webm", VP9, OPUS);
    let live = corpus.rewrap(&finished, "live.webm", &["-f", "webm", "-live", "1"]);
    let bytes = fs::read(&live).unwrap();
    let cut = corpus.write("cut.webm", &bytes[..bytes.len() - 20]);
    let Err(Refusal::Truncated {
        offset,
        missing_bytes: 20,
        ..
    }) = probe(&cut)
    else {
        panic!("{:?}", probe(&cut));
    };
    let trimmed = corpus.write("trimmed.webm", &bytes[..usize::try_from(offset).unwrap()]);
    assert_seconds(&trimmed, packet_seconds(&trimmed));
    for percent in [30, 50, 70] {
        let part = corpus.write("part.webm", &bytes[..bytes.len() * percent / 100]);
        match probe(&part) {
            Ok(_) => assert_seconds(&part, packet_seconds(&part)),
            Err(refusal) => assert!(
                matches!(refusal, Refusal::Truncated { .. }),
                "{percent} %: {refusal}"
            ),
        }
    }
}

#[test]
fn a_finished_recording_that_was_not_copied_whole_is_truncated() {
    let Some(corpus) = Corpus::open("truncated") else {
        return;
    };
    let bytes = fs::read(corpus.record("whole.webm", VP8, OPUS)).unwrap();
    for kept in [1, 40, 400, bytes.len() / 2, bytes.len() - 1] {
        let part = corpus.write("part.webm", &bytes[..kept]);
        assert!(
            matches!(probe(&part), Err(Refusal::Truncated { .. })),
            "{kept}: {:?}",
            probe(&part)
        );
    }
}

#[test]
fn padded_strings_are_read() {
    let Some(corpus) = Corpus::open("padded") else {
        return;
    };
    let finished = corpus.record("whole.webm", VP9, &[]);
    let expected = stated_seconds(&finished).expect("a duration");
    let bytes = fs::read(&finished).unwrap();
    // The DocType becomes one byte longer, and so do the header around it and nothing else: the Segment moves as a whole.
    let doc_type = bytes
        .windows(7)
        .position(|window| window == b"\x42\x82\x84webm")
        .expect("a DocType");
    let mut padded = bytes.clone();
    padded[doc_type + 2] = 0x85;
    padded.insert(doc_type + 7, 0);
    let size = padded[4..12]
        .iter()
        .position(|&byte| byte == 0x42)
        .expect("the first child")
        + 3;
    padded[size] += 1;
    let padded = corpus.write("padded.webm", &padded);
    assert_seconds(&padded, expected);
}

#[test]
fn what_is_no_webm_is_refused_by_its_name() {
    let Some(corpus) = Corpus::open("others") else {
        return;
    };
    let matroska = corpus.record("h264.mkv", H264, OPUS);
    let is_h264 = |refusal: &Refusal| matches!(refusal, Refusal::NotWebm { reason: NotWebm::Codec { codec_id } } if codec_id == "V_MPEG4/ISO/AVC");
    assert!(
        is_h264(&probe(&matroska).unwrap_err()),
        "{:?}",
        probe(&matroska)
    );
    // As some recorders write it: H.264 under the type of WebM.
    let bytes = fs::read(&matroska).unwrap();
    let doc_type = bytes
        .windows(8)
        .position(|window| window == b"matroska")
        .expect("a DocType");
    let mut pretending = bytes;
    pretending[doc_type..doc_type + 8].copy_from_slice(b"webm\0\0\0\0");
    let pretending = corpus.write("h264.webm", &pretending);
    assert!(
        is_h264(&probe(&pretending).unwrap_err()),
        "{:?}",
        probe(&pretending)
    );

    let remuxable = corpus.record("vp9.mkv", VP9, OPUS);
    assert!(matches!(
        probe(&remuxable),
        Err(Refusal::NotWebm { reason: NotWebm::DocType(doc_type) }) if doc_type == "matroska"
    ));
    let formats: &[(&str, &[&str], LooksLike)] = &[
        ("movie.mp4", H264, LooksLike::Mp4),
        ("movie.mov", H264, LooksLike::Mp4),
        ("movie.avi", H264, LooksLike::Avi),
        ("movie.flv", H264, LooksLike::Flv),
        ("movie.ts", H264, LooksLike::MpegTs),
        ("movie.gif", &[], LooksLike::Gif),
    ];
    for (name, video, expected) in formats {
        let video = if video.is_empty() {
            &["-c:v", "gif"]
        } else {
            *video
        };
        let renamed = corpus.folder.join(format!("{name}.webm"));
        fs::rename(corpus.record(name, video, &[]), &renamed).unwrap();
        let outcome = probe(&renamed);
        assert!(
            matches!(outcome, Err(Refusal::NotEbml { looks_like }) if looks_like == *expected),
            "{name}: {outcome:?}"
        );
    }
    let sounds: &[(&str, &[&str], LooksLike)] = &[
        ("tone.wav", &["-c:a", "pcm_s16le"], LooksLike::Wav),
        ("tone.ogg", VORBIS, LooksLike::Ogg),
        ("tone.mp3", &["-c:a", "libmp3lame"], LooksLike::Mp3),
    ];
    for (name, audio, expected) in sounds {
        let outcome = probe(&corpus.record(name, &[], audio));
        assert!(
            matches!(outcome, Err(Refusal::NotEbml { looks_like }) if looks_like == *expected),
            "{name}: {outcome:?}"
        );
    }
}

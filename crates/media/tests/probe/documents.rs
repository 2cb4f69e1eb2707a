//! What is a WebM and what isn't.

use media::{AudioCodec, Kind, LooksLike, NotWebm, Refusal, Structure, VideoCodec};

use crate::builder::*;
use crate::probe;

fn refuse(recording: &Recording) -> Refusal {
    probe(&recording.bytes()).expect_err("an acceptable recording")
}

fn reason(recording: &Recording) -> NotWebm {
    match refuse(recording) {
        Refusal::NotWebm { reason } => reason,
        other => panic!("refused otherwise: {other:?}"),
    }
}

fn codec(codec_id: &str) -> NotWebm {
    NotWebm::Codec {
        codec_id: codec_id.to_owned(),
    }
}

#[test]
fn a_recording_says_what_is_in_it() {
    let cases: &[(&[&str], Kind, Option<VideoCodec>, Option<AudioCodec>)] = &[
        (&["V_VP8"], Kind::Video, Some(VideoCodec::Vp8), None),
        (
            &["V_VP9", "A_OPUS"],
            Kind::Video,
            Some(VideoCodec::Vp9),
            Some(AudioCodec::Opus),
        ),
        (
            &["A_VORBIS", "V_AV1"],
            Kind::Video,
            Some(VideoCodec::Av1),
            Some(AudioCodec::Vorbis),
        ),
        (
            &["A_OPUS", "A_VORBIS"],
            Kind::Audio,
            None,
            Some(AudioCodec::Opus),
        ),
        (
            &["V_VP8", "D_WEBVTT/CAPTIONS"],
            Kind::Video,
            Some(VideoCodec::Vp8),
            None,
        ),
        (&["V_VP9\0\0\0"], Kind::Video, Some(VideoCodec::Vp9), None),
    ];
    for (codecs, kind, video_codec, audio_codec) in cases {
        let tracks: Vec<_> = (1..)
            .zip(*codecs)
            .map(|(n, codec)| track(n, codec))
            .collect();
        let probed = probe(&Recording::of_two_seconds().with_tracks(&tracks).bytes()).unwrap();
        assert_eq!(
            (probed.kind, probed.video_codec, probed.audio_codec),
            (*kind, *video_codec, *audio_codec),
            "{codecs:?}"
        );
        assert_eq!(probed.structure, Structure::Closed);
    }
    assert_eq!(Kind::Video.media_type(), "video/webm");
}

#[test]
fn an_empty_file_is_empty() {
    assert!(matches!(probe(&[]), Err(Refusal::Empty)));
}

#[test]
fn other_formats_are_named() {
    let cases: &[(&[u8], LooksLike)] = &[
        (b"\0\0\0\x20ftypisom\0\0\x02\0", LooksLike::Mp4),
        (
            b"<!doctype html><title>502 Bad Gateway</title>",
            LooksLike::Html,
        ),
        (b"\x1A\x45\xDF\xA4 nearly", LooksLike::Unknown),
        (b"\0", LooksLike::Zeros),
    ];
    for (bytes, expected) in cases {
        match probe(bytes) {
            Err(Refusal::NotEbml { looks_like }) => assert_eq!(looks_like, *expected, "{bytes:?}"),
            other => panic!("{bytes:?}: {other:?}"),
        }
    }
}

#[test]
fn a_codec_that_webm_does_not_allow_is_named_whatever_the_type_says() {
    let h264 =
        Recording::of_two_seconds().with_tracks(&[track(1, "V_MPEG4/ISO/AVC"), track(2, "A_OPUS")]);
    assert_eq!(reason(&h264), codec("V_MPEG4/ISO/AVC"));
    assert_eq!(
        reason(&h264.with_doc_type(b"matroska")),
        codec("V_MPEG4/ISO/AVC")
    );
    let second = Recording::of_two_seconds().with_tracks(&[track(1, "V_VP8"), track(2, "A_AAC")]);
    assert_eq!(reason(&second), codec("A_AAC"));
    let subtitles =
        Recording::of_two_seconds().with_tracks(&[track(1, "V_VP8"), track(2, "S_TEXT/UTF8")]);
    assert_eq!(reason(&subtitles), codec("S_TEXT/UTF8"));
    let rude = Recording::of_two_seconds().with_tracks(&[track(1, "V_\x1b[2J\n")]);
    assert_eq!(reason(&rude), codec("V_?[2J?"));
}

#[test]
fn matroska_is_not_webm_even_with_its_codecs() {
    let matroska = Recording::of_two_seconds().with_doc_type(b"matroska");
    assert_eq!(reason(&matroska), NotWebm::DocType("matroska".to_owned()));
    let other = Recording::of_two_seconds().with_doc_type(b"mine");
    assert_eq!(reason(&other), NotWebm::DocType("mine".to_owned()));
    let nameless = Recording::of_two_seconds().with_doc_type(b"");
    assert_eq!(reason(&nameless), NotWebm::DocType(String::new()));
    let endless = Recording::of_two_seconds().with_doc_type(&b"w".repeat(70_000));
    assert_eq!(reason(&endless), NotWebm::DocType(String::new()));
}

#[test]
fn padding_voids_and_checksums_are_passed_over() {
    let padding = element(VOID, &[0xAA; 300]);
    let mut padded = Recording::of_two_seconds().with_doc_type(b"webm\0\0\0");
    padded.head.insert(0, element(CRC_32, &[1, 2, 3, 4]));
    padded.head.insert(1, padding.clone());
    padded.body.insert(1, padding.clone());
    padded.body.push(padding);
    assert!(probe(&padded.bytes()).is_ok());
}

#[test]
fn sizes_longer_than_can_be_read_are_refused() {
    let with = |longest: u64| {
        let mut bytes = element(
            EBML,
            &[element(DOC_TYPE, b"webm"), number(MAX_SIZE_LENGTH, longest)].concat(),
        );
        let recording = Recording::of_two_seconds();
        bytes.extend(element(
            SEGMENT,
            &[recording.head.concat(), recording.body.concat()].concat(),
        ));
        probe(&bytes)
    };
    assert!(with(8).is_ok());
    assert!(
        with(4).is_ok(),
        "sizes of eight bytes, against its own rule, are understood all the same"
    );
    assert!(matches!(
        with(9),
        Err(Refusal::NotWebm {
            reason: NotWebm::Malformed { .. }
        })
    ));
}

#[test]
fn tracks_behind_the_clusters_are_found_through_the_seek_head() {
    let recording = Recording::of_two_seconds();
    let tracks = element(TRACKS, &track(1, "V_VP9"));
    let seek_head = |position: u64| {
        let entry = [
            element(SEEK_ID, &id_bytes(TRACKS)),
            number(SEEK_POSITION, position),
        ]
        .concat();
        element(SEEK_HEAD, &element(SEEK, &entry))
    };
    let position = (seek_head(0).len() + info(&[]).len() + recording.body.concat().len()) as u64;
    let mut body = recording.body.clone();
    body.push(tracks);
    let leads_there = recording
        .clone()
        .with_head(&[seek_head(position), info(&[])])
        .with_body(&body);
    assert_eq!(
        probe(&leads_there.bytes()).unwrap().video_codec,
        Some(VideoCodec::Vp9)
    );
    let leads_nowhere = leads_there.with_head(&[seek_head(position + 1), info(&[])]);
    assert!(probe(&leads_nowhere.bytes()).is_err());
}

#[test]
fn nothing_to_play_is_refused() {
    let no_tracks = Recording::of_two_seconds().with_head(&[info(&[])]);
    assert_eq!(reason(&no_tracks), NotWebm::NoTracks);
    let captions = Recording::of_two_seconds().with_tracks(&[track(1, "D_WEBVTT/SUBTITLES")]);
    assert_eq!(reason(&captions), NotWebm::NoTracks);
    assert_eq!(
        reason(&Recording::of_two_seconds().with_body(&[])),
        NotWebm::NoFrames
    );
    assert_eq!(reason(&Recording::live().with_body(&[])), NotWebm::NoFrames);
}

#[test]
fn a_header_that_makes_no_sense_is_refused_with_its_place() {
    let long_child = Recording::of_two_seconds().with_head(&[
        info(&[]),
        [header(TRACKS, 20), header(TRACK_ENTRY, 900), vec![0; 8]].concat(),
    ]);
    assert!(matches!(reason(&long_child), NotWebm::Malformed { .. }));
    let crowd: Vec<_> = (1..=129).map(|n| track(n, "A_OPUS")).collect();
    assert!(matches!(
        reason(&Recording::of_two_seconds().with_tracks(&crowd)),
        NotWebm::Malformed { .. }
    ));
    let nameless = Recording::of_two_seconds().with_head(&[element(
        TRACKS,
        &element(TRACK_ENTRY, &number(TRACK_NUMBER, 1)),
    )]);
    assert!(matches!(reason(&nameless), NotWebm::Malformed { .. }));
    let mut no_segment = element(EBML, &element(DOC_TYPE, b"webm"));
    no_segment.extend(element(CLUSTER, &[]));
    assert!(matches!(
        probe(&no_segment),
        Err(Refusal::NotWebm {
            reason: NotWebm::Malformed { .. }
        })
    ));
}

/// A finished file has a size to be measured by, so each byte that is missing is noticed.
#[test]
fn a_finished_file_cut_anywhere_is_truncated() {
    let bytes = Recording::of_two_seconds().bytes();
    for length in 1..bytes.len() {
        match probe(&bytes[..length]) {
            Err(Refusal::Truncated { missing_bytes, .. }) => {
                assert!(missing_bytes <= (bytes.len() - length) as u64, "{length}");
            }
            other => panic!("{length} bytes: {other:?}"),
        }
    }
    let Err(Refusal::Truncated {
        element,
        missing_bytes,
        ..
    }) = probe(&bytes[..bytes.len() - 70])
    else {
        panic!("not truncated");
    };
    assert_eq!((element, missing_bytes), ("Segment", 70));
    assert!(
        probe(&[&bytes[..], b"trailing"].concat()).is_ok(),
        "what follows the Segment isn't looked at"
    );
}

/// A live file has none: cut between two elements it is a shorter recording, cut inside of one it is truncated.
#[test]
fn a_live_file_is_truncated_where_an_element_is_cut() {
    let recording = Recording::live();
    let bytes = recording.bytes();
    let first_block = bytes
        .windows(4)
        .position(|window| window == CLUSTER.to_be_bytes())
        .unwrap()
        + 5
        + 17;
    let block_bytes = frame(1, 0).len();
    let mut whole = 0;
    for length in 1..bytes.len() {
        match probe(&bytes[..length]) {
            Ok(probed) => {
                assert_eq!(probed.structure, Structure::Open);
                whole += 1;
                assert!(length >= first_block - 17, "{length} of {first_block}");
            }
            Err(Refusal::Truncated { .. }) => {}
            Err(Refusal::NotWebm {
                reason: NotWebm::NoFrames,
            }) => assert_eq!(length, first_block - 22),
            Err(other) => panic!("{length} bytes: {other:?}"),
        }
    }
    // After each of 20 blocks but the last, after each cluster's header and after its timestamp.
    assert_eq!(whole, 19 + 4);
    let Err(Refusal::Truncated {
        element,
        offset,
        missing_bytes,
    }) = probe(&bytes[..bytes.len() - 7])
    else {
        panic!("not truncated");
    };
    assert_eq!(
        (element, offset, missing_bytes),
        ("SimpleBlock", (bytes.len() - block_bytes) as u64, 7)
    );
}

#[test]
fn a_file_that_shrank_while_it_was_read_is_an_error_of_reading() {
    let bytes = Recording::live().bytes();
    let claimed = bytes.len() as u64 + 4_096;
    let refusal = media::probe(&mut std::io::Cursor::new(bytes), claimed).unwrap_err();
    assert!(
        matches!(refusal, Refusal::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof)
    );
}

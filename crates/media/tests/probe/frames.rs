//! Taking out the first frame.

use std::fs;
use std::io::{self, Cursor};
use std::path::Path;

use media::VideoCodec;

use crate::builder::*;
use crate::corpus::{AV1, OPUS, VORBIS, VP8, VP9};
use crate::probe;
use crate::reader::{Counted, MadeUp};
use crate::recorder::{Corpus, pixels, streams};

const LARGEST_FRAME_BYTES: usize = 4 << 20;

fn first_frame(bytes: &[u8]) -> Option<Vec<u8>> {
    media::first_frame(&mut Cursor::new(bytes), bytes.len() as u64).expect("it can be read")
}

/// The frame takes the end of a still, behind its block's head.
#[track_caller]
fn assert_frame(recording: &Recording, frame: &[u8]) {
    let still = first_frame(&recording.bytes()).expect("a frame");
    assert!(still.ends_with(&[&[0x81, 0, 0, 0x80], frame].concat()));
    let probed = probe(&still).expect("an acceptable recording");
    assert_eq!(
        (probed.video_codec, probed.audio_codec),
        (Some(VideoCodec::Vp9), None)
    );
}

/// Pictures are track 1, sound is track 2.
fn recording(blocks: &[Vec<u8>]) -> Recording {
    Recording::of_two_seconds()
        .with_tracks(&[track(2, "A_OPUS"), track(1, "V_VP9")])
        .with_body(&[element(CLUSTER, &cluster(0, blocks))])
}

fn block(track: u8, flags: u8, content: &[u8]) -> Vec<u8> {
    [&[0x80 | track, 0, 5, flags], content].concat()
}

fn simple(track: u8, flags: u8, content: &[u8]) -> Vec<u8> {
    element(SIMPLE_BLOCK, &block(track, flags, content))
}

fn group(track: u8, content: &[u8], more: &[u8]) -> Vec<u8> {
    let block = element(BLOCK, &block(track, 0, content));
    element(BLOCK_GROUP, &[&block, more].concat())
}

#[test]
fn it_is_the_first_of_its_track_that_needs_no_other() {
    let refers = element(REFERENCE_BLOCK, &[0xFF]);
    let sound = simple(2, 0x80, &[2; 30]);
    for blocks in [
        vec![
            sound.clone(),
            simple(1, 0x80, &[7; 9]),
            simple(1, 0x80, &[8; 9]),
        ],
        vec![
            simple(1, 0, &[6; 9]),
            sound.clone(),
            simple(1, 0x80, &[7; 9]),
        ],
        vec![
            group(2, &[2; 9], &[]),
            group(1, &[6; 9], &refers),
            group(1, &[7; 9], &[]),
        ],
        vec![
            group(1, &[7; 9], &number(BLOCK_DURATION, 40)),
            sound.clone(),
        ],
        vec![simple(3, 0x80, &[3; 9]), simple(1, 0x88, &[7; 9])],
    ] {
        assert_frame(&recording(&blocks), &[7; 9]);
    }
    let frame = simple(1, 0x80, &[7; 9]);
    let later = recording(&[]).with_body(&[
        element(CLUSTER, &cluster(0, &sound_and_nothing(&sound))),
        element(VOID, &[0; 9]),
        element(CLUSTER, &cluster(9, std::slice::from_ref(&frame))),
    ]);
    assert_frame(&later, &[7; 9]);
    let mut live = recording(&[]).with_body(&[
        open(CLUSTER, &cluster(0, &sound_and_nothing(&sound))),
        open(CLUSTER, &cluster(9, &[frame])),
    ]);
    live.is_segment_open = true;
    assert_frame(&live, &[7; 9]);
}

fn sound_and_nothing(sound: &[u8]) -> Vec<Vec<u8>> {
    vec![sound.to_vec(), element(VOID, &[0; 5])]
}

#[test]
fn of_frames_that_are_laced_it_is_the_first() {
    for (flags, laced) in [
        (0x82, &[1, 2, 7, 7, 8][..]),
        (0x84, &[1, 7, 7, 8, 8]),
        (0x86, &[1, 0x82, 7, 7, 8]),
    ] {
        assert_frame(&recording(&[simple(1, flags, laced)]), &[7, 7]);
    }
    let too_long = simple(1, 0x82, &[1, 200, 7, 7, 8]);
    assert_eq!(first_frame(&recording(&[too_long]).bytes()), None);
}

#[test]
fn facts_about_the_picture_go_along_and_nothing_else() {
    // Sizes take no more bytes than they need.
    let [width, height] = [720u64, 1280].map(u64::to_be_bytes);
    let size = [short(PIXEL_WIDTH, &width), short(PIXEL_HEIGHT, &height)].concat();
    let video = element(VIDEO, &[&size[..], &number(ALPHA_MODE, 1)].concat());
    let private = short(CODEC_PRIVATE, &[1, 1, 0]);
    let of = |more: &[u8]| {
        recording(&[simple(1, 0x80, &[7; 9])])
            .with_tracks(&[track_with(1, b"V_VP9", more)])
            .bytes()
    };
    let still = first_frame(&of(&[&video[..], &private].concat())).expect("a frame");
    let holds = |part: &[u8]| still.windows(part.len()).any(|window| window == part);
    assert!(
        holds(&short(VIDEO, &size)),
        "without a second, see-through picture"
    );
    assert!(holds(&private));

    let encrypted = element(CONTENT_ENCODINGS, &[0; 9]);
    assert_eq!(first_frame(&of(&[&video[..], &encrypted].concat())), None);
    let endless = element(CODEC_PRIVATE, &[0; 5000]);
    assert_eq!(first_frame(&of(&[&video[..], &endless].concat())), None);
    let many = element(VIDEO, &number(PIXEL_WIDTH, 720).repeat(1000));
    assert_eq!(first_frame(&of(&many)), None);
}

#[test]
fn there_is_none_where_nothing_can_be_shown() {
    let sound = Recording::of_two_seconds()
        .with_tracks(&[track(1, "A_OPUS")])
        .bytes();
    let frame = simple(1, 0x80, &[7; 9]);
    let whole = recording(std::slice::from_ref(&frame));
    let without_frames = recording(&[simple(2, 0x80, &[2; 9])]).bytes();
    let only_later_ones = recording(&[simple(1, 0, &[6; 9])]).bytes();
    let of_nothing = recording(&[simple(1, 0x80, &[])]).bytes();
    let too_late = recording(&[vec![simple(2, 0x80, &[2; 9]); 10_001], vec![frame]].concat());
    let matroska = whole.clone().with_doc_type(b"matroska").bytes();
    let noise = vec![0x5A; 300];
    for (what, bytes) in [
        ("nothing", Vec::new()),
        ("noise", noise),
        ("sound", sound),
        ("no frames of the track", without_frames),
        ("frames that need others", only_later_ones),
        ("an empty frame", of_nothing),
        ("a minute of sound first", too_late.bytes()),
        ("matroska", matroska),
    ] {
        assert_eq!(first_frame(&bytes), None, "{what}");
    }
    let bytes = whole.bytes();
    for length in 0..bytes.len() {
        assert_eq!(first_frame(&bytes[..length]), None, "cut at {length}");
    }
    assert!(first_frame(&bytes).is_some());
}

#[test]
fn a_frame_may_be_large_but_not_larger() {
    let of = |length: usize| recording(&[simple(1, 0x80, &vec![7; length])]);
    assert_frame(&of(LARGEST_FRAME_BYTES), &vec![7; LARGEST_FRAME_BYTES]);
    assert_eq!(first_frame(&of(LARGEST_FRAME_BYTES + 1).bytes()), None);
    assert_eq!(first_frame(&of(3 * LARGEST_FRAME_BYTES).bytes()), None);
}

#[test]
fn a_file_that_shrinks_meanwhile_is_an_error() {
    let bytes = recording(&[simple(1, 0x80, &vec![7; 90_000])]).bytes();
    let shrunk = &bytes[..bytes.len() - 1];
    let error = media::first_frame(&mut Cursor::new(shrunk), bytes.len() as u64).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
}

#[test]
fn of_two_gigabytes_little_more_is_read_than_the_frame() {
    let made_up = MadeUp::live(3_100, 60, 11_000, true);
    let size_bytes = made_up.size_bytes();
    let mut source = Counted::new(made_up);
    assert!(
        media::first_frame(&mut source, size_bytes)
            .unwrap()
            .is_some()
    );
    assert!(source.bytes_read < 32 << 10, "{} bytes", source.bytes_read);
    assert!(source.reads < 10, "{} reads", source.reads);
}

/// The still of a recording of this many pixels, held against what ffmpeg makes of the recording itself.
#[track_caller]
fn assert_is_the_first_picture(corpus: &Corpus, recording: &Path, codec: &str, size: &str) {
    let bytes = fs::read(recording).expect("a recording");
    let still = first_frame(&bytes).expect("a frame");
    let name = recording.file_stem().expect("a name").to_string_lossy();
    let still = corpus.write(&format!("{name}-first-frame.webm"), &still);
    let expected = format!("{codec},video,{},1", size.replace('x', ","));
    assert_eq!(streams(&still), expected, "{name}");
    let picture = pixels(&still, None);
    assert!(!picture.is_empty(), "{name}");
    assert!(
        picture == pixels(recording, Some(1)),
        "{name}: another picture"
    );
}

#[test]
fn ffmpeg_decodes_the_same_picture_from_it_as_from_the_recording() {
    let Some(corpus) = Corpus::open("frames") else {
        return;
    };
    for (name, codec, video, audio) in [
        ("vp8-vorbis", "vp8", VP8, VORBIS),
        ("vp9-opus", "vp9", VP9, OPUS),
        ("vp9", "vp9", VP9, &[]),
        ("av1-opus", "av1", AV1, OPUS),
    ] {
        let finished = corpus.record(&format!("{name}.webm"), video, audio);
        assert_is_the_first_picture(&corpus, &finished, codec, "160x120");
        let live = corpus.rewrap(
            &finished,
            &format!("{name}-live.webm"),
            &["-f", "webm", "-live", "1"],
        );
        assert_is_the_first_picture(&corpus, &live, codec, "160x120");
    }
    for (name, size) in [("tall", "120x256"), ("wide", "640x90"), ("odd", "161x121")] {
        let recording = corpus.record_picture(&format!("{name}.webm"), size, VP9);
        assert_is_the_first_picture(&corpus, &recording, "vp9", size);
    }
    let sound = fs::read(corpus.record("sound.webm", &[], OPUS)).expect("a recording");
    assert_eq!(first_frame(&sound), None);
}

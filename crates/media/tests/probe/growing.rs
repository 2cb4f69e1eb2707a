//! Which bytes of a growing file are final: held against every single write of GStreamer's muxer, as the kernel saw it, and
//! against layouts that nobody knows.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use media::Growing;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::builder::{
    CLUSTER, CUES, EBML, INFO, Recording, SEGMENT, cluster, element, frame, header, open,
    open_header,
};

const MUXING_APP: u32 = 0x4D80;
const TAGS: u32 = 0x1254_C367;

/// One write: where, and what.
type Write = (u64, Vec<u8>);

fn apply(file: &mut Vec<u8>, (offset, bytes): &Write) {
    let end = *offset as usize + bytes.len();
    file.resize(file.len().max(end), 0);
    file[*offset as usize..end].copy_from_slice(bytes);
}

fn finished(trace: &[Write]) -> Vec<u8> {
    let mut file = Vec::new();
    for write in trace {
        apply(&mut file, write);
    }
    file
}

/// Follows the file after those writes that `looks` says, and holds what is called final against what the file will be.
/// Returns the most that was final.
fn follow(trace: &[Write], last: &[u8], mut looks: impl FnMut(usize) -> bool) -> u64 {
    let (mut file, mut growing) = (Vec::new(), Growing::new());
    let mut before = growing.final_range();
    for (count, write) in trace.iter().enumerate() {
        apply(&mut file, write);
        if !looks(count) {
            continue;
        }
        growing.feed(&file[growing.followed_bytes() as usize..]);
        assert_eq!(growing.followed_bytes(), file.len() as u64);
        let range = growing.final_range();
        assert!(range.end >= before.end, "{before:?} {range:?}");
        assert!(
            before.is_empty() || range.start == before.start,
            "{before:?} {range:?}"
        );
        let (start, end) = (range.start as usize, range.end as usize);
        assert!(
            file[start..end] == last[start..end],
            "{range:?} changes after write {count}"
        );
        before = range;
    }
    before.end
}

/// Recordings of GStreamer, write by write. `None`, and a word about it, where a program is missing.
fn traces() -> Option<Vec<(&'static str, Vec<Write>)>> {
    let missing = ["strace", "gst-launch-1.0"].into_iter().find(|program| {
        let mut command = Command::new(program);
        command
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        !command.status().is_ok_and(|status| status.success())
    });
    if let Some(missing) = missing {
        let must_run = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
        assert!(!must_run, "{missing} is needed, and CI is set");
        writeln!(io::stderr(), "SKIPPED: growing: {missing} is not installed")
            .expect("standard error");
        return None;
    }
    let picture = "videotestsrc num-buffers=150 ! video/x-raw,width=160,height=120,framerate=30/1 ! \
        vp8enc deadline=1 keyframe-max-dist=30 ! queue ! mux.";
    let sound = "audiotestsrc num-buffers=250 ! opusenc ! queue ! mux.";
    let both = format!("{picture} {sound}");
    let muxer = "webmmux name=mux !";
    let recordings = [
        (
            "sound",
            format!("{muxer} filesink buffer-mode=unbuffered {sound}"),
        ),
        (
            "picture",
            format!("{muxer} filesink buffer-mode=unbuffered {picture}"),
        ),
        (
            "both",
            format!("{muxer} filesink buffer-mode=unbuffered {both}"),
        ),
        ("both-buffered", format!("{muxer} filesink {both}")),
        (
            "both-in-bursts",
            format!("{muxer} filesink buffer-mode=full buffer-size=20000 {both}"),
        ),
        (
            "streamable",
            format!("webmmux name=mux streamable=true ! filesink {both}"),
        ),
    ];
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("growing");
    fs::create_dir_all(&folder).unwrap();
    let traced = |(name, pipeline): (&'static str, String)| (name, trace(&folder, name, &pipeline));
    Some(recordings.into_iter().map(traced).collect())
}

/// Runs the pipeline into a file, and returns what was written into that, and where.
fn trace(folder: &Path, name: &str, pipeline: &str) -> Vec<Write> {
    let (file, log) = (
        folder.join(format!("{name}.webm")),
        folder.join(format!("{name}.strace")),
    );
    let pipeline = pipeline.replace("filesink", &format!("filesink location={}", file.display()));
    let status = Command::new("strace")
        .args(["-f", "-qq", "-xx", "-s", "10000000", "-o"])
        .arg(&log)
        .args([
            "-e",
            "trace=write,writev,lseek,openat,close",
            "gst-launch-1.0",
            "-q",
        ])
        .args(pipeline.split_whitespace())
        .status()
        .unwrap();
    assert!(status.success(), "{name}");
    let trace = read_log(&fs::read_to_string(&log).unwrap(), &file);
    assert!(
        finished(&trace) == fs::read(&file).unwrap(),
        "{name}: the trace is the file"
    );
    trace
}

/// The writes into one file. Calls that another thread interrupts stand on two lines, of which the first has the arguments.
fn read_log(log: &str, file: &Path) -> Vec<Write> {
    let mut path = String::new();
    for byte in file.to_str().unwrap().bytes() {
        write!(path, "\\x{byte:02x}").unwrap();
    }
    let (mut descriptor, mut offset, mut opening) = (None, 0, None);
    let mut writes = Vec::new();
    for line in log.lines() {
        let (thread, call) = line.split_once(' ').unwrap();
        let call = call.trim_start();
        if call.starts_with("openat(") && call.contains(&path) {
            opening = Some(thread);
        }
        if opening == Some(thread) && call.contains("openat") {
            if let Some((_, number)) = call.rsplit_once(") = ") {
                descriptor = Some(number.trim().to_owned());
                opening = None;
            }
            continue;
        }
        let Some(own) = &descriptor else { continue };
        let arguments = |name: &str| call.strip_prefix(&format!("{name}({own},"));
        if arguments("close").is_some() || call.starts_with(&format!("close({own})")) {
            descriptor = None;
        } else if let Some(arguments) = arguments("lseek") {
            if arguments.contains("SEEK_SET") {
                offset = arguments.split(',').next().unwrap().trim().parse().unwrap();
            }
        } else if let Some(arguments) = arguments("write").or_else(|| arguments("writev")) {
            let bytes = quoted(arguments);
            writes.push((offset, bytes));
            offset += writes.last().unwrap().1.len() as u64;
        }
    }
    writes
}

/// The bytes between the quotes, one vector after the other.
fn quoted(arguments: &str) -> Vec<u8> {
    let digits: HashMap<_, _> = (0..=255_u8)
        .map(|byte| (format!("{byte:02x}"), byte))
        .collect();
    arguments
        .split('"')
        .skip(1)
        .step_by(2)
        .flat_map(|text| text.split("\\x").skip(1))
        .map(|byte| digits[byte])
        .collect()
}

/// Where the first header of this kind is found, in a file of GStreamer's.
fn position(file: &[u8], id: u32) -> u64 {
    let id = id.to_be_bytes();
    file.windows(4).rposition(|window| window == id).unwrap() as u64
}

#[test]
fn no_byte_that_is_called_final_ever_changes() {
    let Some(traces) = traces() else { return };
    for (name, trace) in &traces {
        let last = finished(trace);
        let end = follow(trace, &last, |_| true);
        let all = if *name == "streamable" {
            // It ends with a cluster, without an index behind it.
            position(&last, CLUSTER)
        } else {
            position(&last, CUES)
        };
        assert_eq!(
            end, all,
            "{name}: everything up to the last cluster is final"
        );
        let mut length = 0;
        let goes_back = trace.iter().filter(|(offset, bytes)| {
            let is_back = *offset < length;
            length = length.max(offset + bytes.len() as u64);
            is_back
        });
        assert_eq!(goes_back.count() > 3, *name != "streamable", "{name}");
    }
    // However seldom the file is looked at.
    let (looks, runs) = (any::<Vec<Index>>(), ProptestConfig::with_cases(60));
    proptest!(runs, |(at in 0..traces.len(), looks in looks)| {
        let trace = &traces[at].1;
        let last = finished(trace);
        let mut wanted: Vec<_> = looks.iter().map(|look| look.index(trace.len())).collect();
        wanted.sort_unstable();
        follow(trace, &last, |count| wanted.binary_search(&count).is_ok());
    });
}

/// A file of the known muxer's, as far as structure goes, with an open cluster at its end.
fn known(body: &[Vec<u8>]) -> Vec<u8> {
    let head = [element(
        INFO,
        &element(MUXING_APP, b"GStreamer matroskamux version 1.22.0"),
    )];
    [
        element(EBML, &[]),
        open(SEGMENT, &[head.concat(), body.concat()].concat()),
    ]
    .concat()
}

fn final_end(file: &[u8]) -> u64 {
    let mut growing = Growing::new();
    for chunk in file.chunks(3) {
        growing.feed(chunk);
    }
    growing.final_range().end
}

#[test]
fn an_open_cluster_is_not_final_and_those_before_it_are() {
    let blocks = cluster(0, &[frame(1, 0), frame(1, 33)]);
    let (closed, written) = (element(CLUSTER, &blocks), open(CLUSTER, &blocks));
    let head = known(&[]).len() as u64;
    let one = closed.len() as u64;
    for (body, last) in [
        (vec![], 0),
        (vec![closed.clone()], head),
        (vec![written.clone()], head),
        (vec![closed.clone(), written.clone()], head + one),
        (
            vec![closed.clone(), closed.clone(), written.clone()],
            head + one * 2,
        ),
        // What comes behind the clusters is written over until the end.
        (vec![closed.clone(), header(CUES, 10)], head + one),
        (
            vec![closed.clone(), element(CUES, &[]), element(TAGS, &[])],
            head + one,
        ),
        (
            vec![closed.clone(), element(TAGS, &[]), written.clone()],
            head + one,
        ),
        // No block: whatever this is, nothing is known of what follows.
        (
            vec![
                closed.clone(),
                written.clone(),
                vec![0; 40],
                written.clone(),
            ],
            head + one,
        ),
    ] {
        assert_eq!(final_end(&known(&body)), last, "{body:x?}");
    }
    let (open_size, half) = (open_header(CLUSTER), &closed[..closed.len() / 2]);
    assert_eq!(
        final_end(&known(&[open_size.clone(), blocks, open_size])),
        head + written.len() as u64
    );
    assert_eq!(
        final_end(&known(&[closed.clone(), half.to_vec()])),
        head + one
    );
}

#[test]
fn of_a_layout_that_nobody_knows_nothing_is_final() {
    let recording = Recording::live();
    assert_eq!(final_end(&recording.bytes()), 0, "another muxer");
    let stated = |name: &[u8]| {
        let info = element(INFO, &element(MUXING_APP, name));
        let body = element(CLUSTER, &cluster(0, &[frame(1, 0)])).repeat(3);
        [element(EBML, &[]), open(SEGMENT, &[info, body].concat())].concat()
    };
    for name in [&b"Lavf61.7.100"[..], b"GStreamer", b"", &[b'G'; 200]] {
        assert_eq!(final_end(&stated(name)), 0, "{name:?}");
    }
    assert_ne!(
        final_end(&stated(b"GStreamer matroskamux version 1.28.1")),
        0
    );
    for noise in [&b"MZ\x90\0\x03\0\0\0"[..], &[0; 4096], &[0xFF; 4096], b""] {
        assert_eq!(final_end(noise), 0);
    }
}

proptest! {
    #[test]
    fn whatever_comes_the_range_lies_in_what_went_by(
        noise in prop::collection::vec(any::<u8>(), 0..2000),
        at in any::<Index>(),
        flip in 1_u8..,
    ) {
        let blocks = cluster(0, &[frame(1, 0), frame(1, 33)]);
        let mut file = known(&[element(CLUSTER, &blocks), open(CLUSTER, &blocks), open(CLUSTER, &blocks)]);
        let at = at.index(file.len());
        file[at] ^= flip;
        file.extend(noise);
        let mut growing = Growing::new();
        for chunk in file.chunks(7) {
            growing.feed(chunk);
            let range = growing.final_range();
            prop_assert!(range.start <= range.end && range.end <= growing.followed_bytes());
        }
        prop_assert_eq!(growing.followed_bytes(), file.len() as u64);
    }
}

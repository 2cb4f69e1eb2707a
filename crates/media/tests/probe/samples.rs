//! The same recording, as different programs write it or leave it behind.

use crate::builder::*;
use crate::finished::Block;

pub(crate) const CHAPTERS: u32 = 0x1043_A770;
pub(crate) const TAGS: u32 = 0x1254_C367;
const POSITION: u32 = 0xA7;
const PREV_SIZE: u32 = 0xAB;

/// Who wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writer {
    /// A browser: nothing says where it ends, and nothing how long it lasts.
    Browser,
    /// GStreamer's `webmmux`, killed: a table of contents and a duration that wait to be filled, the last cluster open.
    GstreamerKilled,
    /// ffmpeg, killed: Voids in the place of both, clusters closed.
    FfmpegKilled,
    /// Nobody stopped it; all is there. The index is at the end.
    Finished,
    /// Everything that the specification knows, in sizes of every length, and none of it in its usual place.
    Peculiar,
}

pub(crate) const WRITERS: [Writer; 5] = [
    Writer::Browser,
    Writer::GstreamerKilled,
    Writer::FfmpegKilled,
    Writer::Finished,
    Writer::Peculiar,
];

/// A file, and what is in it.
pub(crate) struct Sample {
    pub(crate) bytes: Vec<u8>,
    /// Where its first cluster begins.
    pub(crate) head_bytes: usize,
    pub(crate) blocks: Vec<Block>,
    /// Where each block's element ends.
    pub(crate) ends: Vec<usize>,
    /// From where to where its clusters reach.
    pub(crate) clusters: Vec<(usize, usize)>,
}

/// Three seconds: pictures at 4 a second, of which the first of each second needs no others, and some sound.
pub(crate) fn sample(writer: Writer) -> Sample {
    let mut sample = Sample {
        bytes: head(writer),
        head_bytes: 0,
        blocks: Vec::new(),
        ends: Vec::new(),
        clusters: Vec::new(),
    };
    sample.head_bytes = sample.bytes.len();
    for second in 0..3 {
        cluster(&mut sample, writer, second);
    }
    tail(&mut sample, writer);
    sample
}

/// An id, and a size of eight bytes that is left unknown.
fn long_open_header(id: u32) -> Vec<u8> {
    [&id_bytes(id)[..], &[1, 255, 255, 255, 255, 255, 255, 255]].concat()
}

/// A Void that fills so many bytes, itself included.
pub(crate) fn void(filled: usize) -> Vec<u8> {
    element(VOID, &vec![0; filled - 9])
}

fn seek(id: u32, position: u64) -> Vec<u8> {
    let children = [
        short(SEEK_ID, &id.to_be_bytes()),
        short(SEEK_POSITION, &position.to_be_bytes()),
    ];
    element(SEEK, &children.concat())
}

fn head(writer: Writer) -> Vec<u8> {
    let twenty_milliseconds = number(DEFAULT_DURATION, 20_000_000);
    let sound = track_with(2, b"A_OPUS", &twenty_milliseconds);
    let tracks = [track(1, "V_VP9"), sound];
    let tracks = element(TRACKS, &tracks.concat());
    let no_duration = element(DURATION, &0f64.to_be_bytes());
    let children = match writer {
        Writer::Browser => vec![info(&[]), tracks],
        Writer::GstreamerKilled => {
            let ids = [INFO, TRACKS, CHAPTERS, CUES, TAGS];
            let seeks = ids.map(|id| seek(id, u64::MAX));
            vec![
                element(SEEK_HEAD, &seeks.concat()),
                info(&[no_duration]),
                tracks,
            ]
        }
        Writer::FfmpegKilled => vec![void(90), info(&[short(VOID, &[0; 9])]), tracks],
        Writer::Finished => {
            let duration = element(DURATION, &3_000f64.to_be_bytes());
            // Its positions are filled in when the recording ends.
            let seeks = [seek(INFO, 0), seek(TRACKS, 0), seek(CUES, 0)];
            vec![
                element(SEEK_HEAD, &seeks.concat()),
                info(&[duration]),
                tracks,
            ]
        }
        Writer::Peculiar => vec![
            element(CRC_32, &[1, 2, 3, 4]),
            void(9),
            element(TAGS, b"before"),
            info(&[element(CRC_32, &[0; 4]), number(0x4D80, 7)]),
            void(40),
            tracks,
            element(CHAPTERS, &[0; 300]),
        ],
    };
    let document = element(EBML, &element(DOC_TYPE, b"webm\0"));
    let segment = match writer {
        Writer::Browser => open_header(SEGMENT),
        _ => long_open_header(SEGMENT),
    };
    [document, segment, children.concat()].concat()
}

fn cluster(sample: &mut Sample, writer: Writer, second: u64) {
    let offset = sample.bytes.len();
    let is_open = match writer {
        Writer::Browser => true,
        Writer::GstreamerKilled => second == 2,
        Writer::FfmpegKilled | Writer::Finished => false,
        Writer::Peculiar => second == 1,
    };
    sample.bytes.extend(if is_open {
        long_open_header(CLUSTER)
    } else {
        header(CLUSTER, 0)
    });
    let content = sample.bytes.len();
    if writer == Writer::Peculiar {
        sample.bytes.extend(short(CRC_32, &[9; 4]));
        sample.bytes.extend(short(VOID, &[0; 3]));
    }
    sample
        .bytes
        .extend(short(TIMESTAMP, &(second * 1_000).to_be_bytes()[6..]));
    if second > 0 && writer != Writer::Browser {
        sample.bytes.extend(short(PREV_SIZE, &[1, 44]));
        sample.bytes.extend(short(POSITION, &[2, 44]));
    }
    for quarter in 0..4u8 {
        let tick = i16::from(quarter) * 250;
        let filling = vec![second as u8 * 4 + quarter; 30 + usize::from(quarter)];
        add_block(sample, second, 1, tick, quarter == 0, &filling, second == 1);
        if quarter % 2 == 1 {
            // Two packets of 20 ms in one block, at a fixed size.
            let flags_and_frames = [&[0x04, 1][..], &[31 << 3, 7, 31 << 3, quarter]].concat();
            add_laced(sample, second, tick + 5, &flags_and_frames);
            if writer == Writer::Peculiar {
                sample.bytes.extend(short(VOID, &[0; 4]));
            }
        }
    }
    let end = sample.bytes.len();
    if !is_open {
        let size = header(CLUSTER, (end - content) as u64);
        sample.bytes[offset..content].copy_from_slice(&size);
    }
    sample.clusters.push((offset, end));
}

fn add_block(
    sample: &mut Sample,
    second: u64,
    track: u8,
    tick: i16,
    is_keyframe: bool,
    frame: &[u8],
    in_group: bool,
) {
    let flags = if is_keyframe && !in_group { 0x80 } else { 0 };
    let [high, low] = tick.to_be_bytes();
    let content = [&[0x80 | track, high, low, flags], frame].concat();
    let element = if in_group {
        let block = short(BLOCK, &content);
        let refers = if is_keyframe {
            Vec::new()
        } else {
            short(REFERENCE_BLOCK, &[0xFF])
        };
        element(
            BLOCK_GROUP,
            &[short(BLOCK_DURATION, &[250]), block, refers].concat(),
        )
    } else {
        short(SIMPLE_BLOCK, &content)
    };
    note(
        sample,
        &element,
        Block {
            track,
            tick: second.cast_signed() * 1_000 + i64::from(tick),
            is_keyframe,
            content: content[3..].to_vec(),
        },
    );
}

fn add_laced(sample: &mut Sample, second: u64, tick: i16, flags_and_frames: &[u8]) {
    let [high, low] = tick.to_be_bytes();
    let content = [&[0x82, high, low], flags_and_frames].concat();
    note(
        sample,
        &element(SIMPLE_BLOCK, &content),
        Block {
            track: 2,
            tick: second.cast_signed() * 1_000 + i64::from(tick),
            is_keyframe: false,
            content: flags_and_frames.to_vec(),
        },
    );
}

fn note(sample: &mut Sample, element: &[u8], block: Block) {
    sample.bytes.extend(element);
    sample.blocks.push(block);
    sample.ends.push(sample.bytes.len());
}

fn tail(sample: &mut Sample, writer: Writer) {
    match writer {
        Writer::Browser | Writer::GstreamerKilled | Writer::FfmpegKilled => {}
        Writer::Peculiar => {
            // An index that leads nowhere.
            let place = [short(0xF7, &[1]), short(0xF1, &[9, 9])].concat();
            let point = [short(0xB3, &[0]), short(0xB7, &place)].concat();
            sample.bytes.extend(element(CUES, &short(0xBB, &point)));
            sample.bytes.extend(element(TAGS, b"behind"));
        }
        Writer::Finished => finish(sample),
    }
}

/// As a muxer does at the end.
fn finish(sample: &mut Sample) {
    let segment = position_of(&sample.bytes, &id_bytes(SEGMENT)).unwrap();
    let origin = segment + 12;
    let cues = sample.bytes.len();
    let clusters = sample.clusters.iter().enumerate();
    let points = clusters.map(|(second, (offset, _))| {
        let position = (*offset - origin) as u64;
        let place = [short(0xF7, &[1]), short(0xF1, &position.to_be_bytes())].concat();
        let time = short(0xB3, &(second as u64 * 1_000).to_be_bytes());
        element(0xBB, &[time, element(0xB7, &place)].concat())
    });
    let index = element(CUES, &points.collect::<Vec<_>>().concat());
    sample.bytes.extend(index);
    for id in [INFO, TRACKS, CUES] {
        let line = seek(id, 0);
        let line_at = position_of(&sample.bytes, &line).unwrap();
        let behind = line_at + line.len();
        let at = match id {
            CUES => cues,
            _ => behind + position_of(&sample.bytes[behind..], &id_bytes(id)).unwrap(),
        };
        sample.bytes[line_at..behind].copy_from_slice(&seek(id, (at - origin) as u64));
    }
    let size = header(SEGMENT, (sample.bytes.len() - origin) as u64);
    sample.bytes[segment..origin].copy_from_slice(&size);
}

fn position_of(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

//! A finished recording, taken apart by a reader that forgives nothing: every size known, every byte accounted for.

use crate::builder::*;

const INFO_CHILD_DURATION: u32 = DURATION;
const CUE_POINT: u32 = 0xBB;
const CUE_TIME: u32 = 0xB3;
const CUE_TRACK_POSITIONS: u32 = 0xB7;
const CUE_TRACK: u32 = 0xF7;
const CUE_CLUSTER_POSITION: u32 = 0xF1;

/// A block: its track, when it begins, whether it needs no others, and what it holds behind its head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) track: u8,
    pub(crate) tick: i64,
    pub(crate) is_keyframe: bool,
    pub(crate) content: Vec<u8>,
}

#[derive(Debug, Default)]
pub(crate) struct Finished {
    pub(crate) duration_ticks: f64,
    /// Time, track, and the cluster's place in `clusters`.
    pub(crate) cues: Vec<(u64, u64, usize)>,
    /// Each cluster's offset and the number of its first block.
    pub(crate) clusters: Vec<(usize, usize)>,
    pub(crate) blocks: Vec<Block>,
    /// Ids of the Segment's children, in order.
    pub(crate) children: Vec<u32>,
}

/// One element: id, offset, content.
type Found = (u32, usize, std::ops::Range<usize>);

fn number_at(bytes: &[u8], keeps_marker: bool) -> (u64, usize) {
    let length = bytes[0].leading_zeros() as usize + 1;
    assert!(
        length <= 8,
        "no number: {:x?}",
        &bytes[..8.min(bytes.len())]
    );
    let value = bytes[..length]
        .iter()
        .fold(0, |value, &byte| value << 8 | u64::from(byte));
    let ones = (1u64 << (7 * length)) - 1;
    let value = if keeps_marker { value } else { value & ones };
    assert!(keeps_marker || value != ones, "a size is unknown");
    (value, length)
}

pub(crate) fn children(bytes: &[u8], range: std::ops::Range<usize>) -> Vec<Found> {
    let mut found = Vec::new();
    let mut next = range.start;
    while next < range.end {
        let (id, id_length) = number_at(&bytes[next..range.end], true);
        let (size, size_length) = number_at(&bytes[next + id_length..range.end], false);
        let content = next + id_length + size_length;
        let end = content + usize::try_from(size).unwrap();
        assert!(
            end <= range.end,
            "{id:x} at {next} is longer than its parent"
        );
        found.push((id as u32, next, content..end));
        next = end;
    }
    found
}

fn unsigned(bytes: &[u8]) -> u64 {
    assert!(bytes.len() <= 8);
    bytes
        .iter()
        .fold(0, |value, &byte| value << 8 | u64::from(byte))
}

/// Takes a finished file apart; panics at whatever a finished file must not have.
pub(crate) fn take_apart(bytes: &[u8]) -> Finished {
    let documents = children(bytes, 0..bytes.len());
    let ids: Vec<_> = documents.iter().map(|(id, ..)| *id).collect();
    assert_eq!(ids, [EBML, SEGMENT]);
    let segment = documents[1].2.clone();
    let origin = segment.start;
    let mut finished = Finished::default();
    let (mut seeks, mut cues) = (Vec::new(), None);
    let tops = children(bytes, segment);
    for (id, offset, content) in tops.clone() {
        finished.children.push(id);
        match id {
            SEEK_HEAD => {
                for (_, _, seek) in children(bytes, content)
                    .into_iter()
                    .filter(|found| found.0 == SEEK)
                {
                    let facts = children(bytes, seek);
                    let fact = |id| {
                        unsigned(&bytes[facts.iter().find(|fact| fact.0 == id).unwrap().2.clone()])
                    };
                    seeks.push((fact(SEEK_ID) as u32, fact(SEEK_POSITION) as usize + origin));
                }
            }
            INFO => {
                let found = children(bytes, content);
                let duration = found.iter().find(|child| child.0 == INFO_CHILD_DURATION);
                let value = &bytes[duration.expect("a duration").2.clone()];
                finished.duration_ticks = match value.len() {
                    4 => f32::from_be_bytes(value.try_into().unwrap()).into(),
                    _ => f64::from_be_bytes(value.try_into().unwrap()),
                };
            }
            CUES => cues = cues.or(Some((offset, content))),
            CLUSTER => {
                finished.clusters.push((offset, finished.blocks.len()));
                finished.blocks.extend(blocks(bytes, content));
            }
            _ => {}
        }
    }
    for (id, offset) in &seeks {
        let leads = tops.iter().any(|top| top.0 == *id && top.1 == *offset);
        assert!(
            leads,
            "the SeekHead leads from {id:x} to {offset}, where it isn't"
        );
    }
    let (offset, content) = cues.expect("an index");
    let is_in_front = offset < finished.clusters[0].0;
    assert!(
        is_in_front || seeks.contains(&(CUES, offset)),
        "nobody finds the index"
    );
    finished.cues = read_cues(bytes, content, origin, &finished.clusters);
    finished
}

fn read_cues(
    bytes: &[u8],
    content: std::ops::Range<usize>,
    origin: usize,
    clusters: &[(usize, usize)],
) -> Vec<(u64, u64, usize)> {
    let points = children(bytes, content)
        .into_iter()
        .filter(|found| found.0 == CUE_POINT);
    let read = |(_, _, point): Found| {
        let facts = children(bytes, point);
        let time = facts
            .iter()
            .find(|fact| fact.0 == CUE_TIME)
            .unwrap()
            .2
            .clone();
        let place = facts
            .iter()
            .find(|fact| fact.0 == CUE_TRACK_POSITIONS)
            .unwrap()
            .2
            .clone();
        let place = children(bytes, place);
        let fact = |id| unsigned(&bytes[place.iter().find(|fact| fact.0 == id).unwrap().2.clone()]);
        let offset = fact(CUE_CLUSTER_POSITION) as usize + origin;
        let cluster = clusters.iter().position(|cluster| cluster.0 == offset);
        (
            unsigned(&bytes[time]),
            fact(CUE_TRACK),
            cluster.expect("the index leads to a cluster"),
        )
    };
    points.map(read).collect()
}

fn blocks(bytes: &[u8], content: std::ops::Range<usize>) -> Vec<Block> {
    let mut origin = None;
    let mut found = Vec::new();
    for (id, _, content) in children(bytes, content) {
        match id {
            TIMESTAMP => origin = Some(unsigned(&bytes[content]).cast_signed()),
            SIMPLE_BLOCK => found.push(block(
                &bytes[content.clone()],
                origin.unwrap(),
                bytes[content.start + 3] & 0x80 != 0,
            )),
            BLOCK_GROUP => {
                let parts = children(bytes, content);
                let refers = parts.iter().any(|part| part.0 == REFERENCE_BLOCK);
                let content = parts.iter().find(|part| part.0 == BLOCK).unwrap().2.clone();
                found.push(block(&bytes[content], origin.unwrap(), !refers));
            }
            _ => {}
        }
    }
    found
}

fn block(content: &[u8], origin: i64, is_keyframe: bool) -> Block {
    assert!(content[0] & 0x80 != 0, "a track of one byte");
    Block {
        track: content[0] & 0x7F,
        tick: origin + i64::from(i16::from_be_bytes([content[1], content[2]])),
        is_keyframe,
        content: content[3..].to_vec(),
    }
}

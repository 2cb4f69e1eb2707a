//! Tracks: what the recording consists of.

use super::document::LONGEST_TEXT_BYTES;
use crate::ebml::{Children, Element, Id, Stop, Window, text, unsigned};

/// More tracks than any recording has; a file with more is not read on.
const MOST_TRACKS: usize = 128;

/// One track (RFC 9559, 5.1.4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Track {
    /// Where its entry begins.
    pub(crate) offset: u64,
    /// The number that blocks name it by.
    pub(crate) number: u64,
    /// As the file has it, without its padding.
    pub(crate) codec_id: String,
    /// The length of a frame in nanoseconds, where the header says; never 0.
    pub(crate) frame_nanoseconds: Option<u64>,
}

pub(super) fn read_tracks(window: &mut Window<'_>, tracks: Element) -> Result<Vec<Track>, Stop> {
    let mut found = Vec::new();
    let mut entries = Children::of(tracks)?;
    while let Some(entry) = entries.next(window)? {
        if entry.id != Id::TRACK_ENTRY {
            continue;
        }
        if found.len() == MOST_TRACKS {
            return Err(Stop::Damaged {
                offset: entry.offset,
            });
        }
        found.push(read_track(window, entry)?);
    }
    Ok(found)
}

fn read_track(window: &mut Window<'_>, entry: Element) -> Result<Track, Stop> {
    let damaged = Stop::Damaged {
        offset: entry.offset,
    };
    let (mut number, mut codec_id, mut frame_nanoseconds) = (None, None, None);
    let mut children = Children::of(entry)?;
    while let Some(child) = children.next(window)? {
        match child.id {
            Id::TRACK_NUMBER => number = window.content(child, 8)?.and_then(unsigned),
            Id::CODEC_ID => codec_id = window.content(child, LONGEST_TEXT_BYTES)?.map(text),
            Id::DEFAULT_DURATION => {
                frame_nanoseconds = window.content(child, 8)?.and_then(unsigned);
            }
            _ => {}
        }
    }
    match (number, codec_id) {
        (Some(number), Some(codec_id)) => Ok(Track {
            offset: entry.offset,
            number,
            codec_id,
            frame_nanoseconds: frame_nanoseconds.filter(|&nanoseconds| nanoseconds > 0),
        }),
        _ => Err(damaged),
    }
}

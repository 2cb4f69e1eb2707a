//! The Segment up to its first Cluster: what is in the file, before any of it.

use super::seek_head::SeekHead;
use super::track::{Track, read_tracks};
use crate::ebml::{Children, Element, Extent, Id, Stop, Window, float, unsigned};

/// RFC 9559, 5.1.2.9: a tick is a millisecond where nothing else is said.
const DEFAULT_TICK_NANOSECONDS: u64 = 1_000_000;

/// The Segment and the facts at its head.
#[derive(Debug)]
pub(crate) struct Segment {
    /// Where its header begins.
    pub(crate) offset: u64,
    /// Where its content begins, which positions in it count from.
    pub(crate) content: u64,
    pub(crate) extent: Extent,
    /// The length of a tick; never 0.
    pub(crate) tick_nanoseconds: u64,
    /// The length of the recording in ticks, as the header says; above 0 and finite.
    pub(crate) duration_ticks: Option<f64>,
    /// In the file's order; none where the file has no Tracks.
    pub(crate) tracks: Vec<Track>,
    /// Where the first Cluster begins.
    pub(crate) first_cluster: Option<u64>,
}

impl Segment {
    /// Reads the Segment that is expected at `offset`, after the EBML header.
    pub(crate) fn read(window: &mut Window<'_>, offset: u64) -> Result<Self, Stop> {
        let header = find(window, offset)?;
        let mut segment = Self {
            offset: header.offset,
            content: header.content,
            extent: header.extent,
            tick_nanoseconds: DEFAULT_TICK_NANOSECONDS,
            duration_ticks: None,
            tracks: Vec::new(),
            first_cluster: None,
        };
        let seek_head = segment.read_head(window, header.content)?;
        // Where they weren't met on the way, Tracks and Info may stand behind the clusters (RFC 9559, 25.3), where the SeekHead leads.
        for (id, offset) in seek_head.behind(segment.first_cluster) {
            let element = window.element(offset, segment.extent)?;
            if element.id == id {
                segment.take(window, element)?;
            }
        }
        Ok(segment)
    }

    /// Reads the children up to the first Cluster.
    fn read_head(&mut self, window: &mut Window<'_>, content: u64) -> Result<SeekHead, Stop> {
        let end = window.end_of(self.extent);
        let mut seek_head = SeekHead::new(content);
        let mut has_tracks = false;
        let mut next = content;
        while next < end {
            let child = window.element(next, self.extent)?;
            match child.id {
                Id::CLUSTER => {
                    self.first_cluster = Some(child.offset);
                    return Ok(seek_head);
                }
                Id::SEEK_HEAD => seek_head.read(window, child)?,
                id if id.ends_segment() => break,
                id => {
                    has_tracks |= id == Id::TRACKS;
                    seek_head.met(id);
                    self.take(window, child)?;
                }
            }
            next = child.end()?;
        }
        if !has_tracks && self.extent == Extent::Open {
            return Err(missing("Segment", next));
        }
        Ok(seek_head)
    }

    fn take(&mut self, window: &mut Window<'_>, child: Element) -> Result<(), Stop> {
        match child.id {
            Id::INFO => self.read_info(window, child),
            Id::TRACKS => {
                self.tracks = read_tracks(window, child)?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn read_info(&mut self, window: &mut Window<'_>, info: Element) -> Result<(), Stop> {
        let mut children = Children::of(info)?;
        while let Some(child) = children.next(window)? {
            match child.id {
                Id::TIMESTAMP_SCALE => {
                    let stated = window.content(child, 8)?.and_then(unsigned);
                    if let Some(nanoseconds) = stated.filter(|&nanoseconds| nanoseconds > 0) {
                        self.tick_nanoseconds = nanoseconds;
                    }
                }
                Id::DURATION => {
                    // Recorders write 0.0 first and patch it when they close the file.
                    let stated = window.content(child, 8)?.and_then(float);
                    self.duration_ticks = stated.filter(|ticks| ticks.is_finite() && *ticks > 0.0);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The first Segment after the EBML header; Void may stand between them.
fn find(window: &mut Window<'_>, offset: u64) -> Result<Element, Stop> {
    let mut next = offset;
    while next < window.size_bytes() {
        let element = window.element(next, Extent::Open)?;
        match element.id {
            Id::SEGMENT => return Ok(element),
            Id::VOID | Id::CRC_32 => next = element.end()?,
            _ => return Err(Stop::Damaged { offset: next }),
        }
    }
    Err(missing("Segment", next))
}

/// The file ends before something that must come; at least a byte of it is missing.
fn missing(element: &'static str, offset: u64) -> Stop {
    Stop::Cut {
        element,
        offset,
        missing_bytes: 1,
    }
}

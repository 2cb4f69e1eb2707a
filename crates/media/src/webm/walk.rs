//! A walk over a whole recording, from header to header; what frames hold is passed over.

use super::cluster::{Content, Framed, read_block, timestamp};
use super::resync::next_cluster;
use super::scan::{Cluster, Keyframe, Layout, Scan, leaves_out};
use super::seek_head::SeekHead;
use super::segment::Segment;
use super::timeline::Timeline;
use crate::codec::Content as Codec;
use crate::ebml::{Children, Element, Extent, Id, Stop, Window, unsigned};

/// The most clusters, and the most keyframes, that are kept in mind: of some 140 hours in clusters of half a second.
const MOST_INDEXED: usize = 1 << 20;
/// The most other elements: a recording has some ten.
const MOST_OTHERS: usize = 1 << 10;
/// Keyframes of the same cluster that are closer to each other are not indexed.
const KEYFRAME_DISTANCE_NANOSECONDS: u64 = 500_000_000;

/// Walks over all of a recording that may be torn, open or damaged. `None` where no whole block is in it.
pub(crate) fn scan(
    window: &mut Window<'_>,
    document_end: u64,
    segment: &Segment,
) -> Result<Option<Scan>, Stop> {
    let mut walk = Walk::new(window, document_end, segment);
    walk.segment()?;
    walk.finish()
}

struct Walk<'w, 's> {
    window: &'w mut Window<'s>,
    segment: &'w Segment,
    layout: Layout,
    clusters: Vec<Cluster>,
    keyframes: Vec<Keyframe>,
    timeline: Timeline,
    pictures: Option<u64>,
    keyframe_distance_ticks: u64,
    /// Where the last whole element ends.
    end: u64,
}

/// What was met on the way.
enum Met {
    /// A sound element; what follows begins here.
    Element(u64),
    /// Something that isn't, from somewhere before here on.
    Damage(u64),
    /// Another document.
    Document,
}

/// A cluster as far as it was read.
struct Reading {
    origin: Option<i64>,
    first: Option<(i64, u64)>,
    end: u64,
    kept_bytes: u64,
}

impl<'w, 's> Walk<'w, 's> {
    fn new(window: &'w mut Window<'s>, document_end: u64, segment: &'w Segment) -> Self {
        let is_picture = |codec_id: &str| matches!(Codec::of(codec_id), Some(Codec::Video(_)));
        let pictures = segment
            .tracks
            .iter()
            .find(|track| is_picture(&track.codec_id));
        Self {
            layout: Layout {
                document_end,
                segment: segment.offset,
                origin: segment.content,
                is_closed: segment.extent != Extent::Open,
                stated_ticks: segment.duration_ticks,
                ..Layout::default()
            },
            clusters: Vec::new(),
            keyframes: Vec::new(),
            timeline: Timeline::new(&segment.tracks, segment.tick_nanoseconds),
            pictures: pictures.map(|track| track.number),
            keyframe_distance_ticks: KEYFRAME_DISTANCE_NANOSECONDS / segment.tick_nanoseconds,
            end: segment.content,
            window,
            segment,
        }
    }

    fn segment(&mut self) -> Result<(), Stop> {
        let end = self.window.end_of(self.segment.extent);
        let mut next = self.segment.content;
        while next < end {
            next = match self.element(next)? {
                Met::Element(after) => after,
                Met::Damage(from) => match next_cluster(self.window, from, end)? {
                    Some(cluster) => cluster,
                    None => break,
                },
                Met::Document => {
                    self.layout.foreign_bytes = self.window.size_bytes() - next;
                    self.layout.torn_bytes = next - self.end;
                    return Ok(());
                }
            };
        }
        self.layout.foreign_bytes = self.window.size_bytes() - end;
        self.layout.torn_bytes = end - self.end;
        Ok(())
    }

    fn element(&mut self, offset: u64) -> Result<Met, Stop> {
        let element = match self.window.element(offset, self.segment.extent) {
            Ok(element) => element,
            Err(stop) => return damage(stop, offset + 1),
        };
        match element.id {
            Id::CLUSTER => self.cluster(element),
            id if id.ends_segment() => Ok(Met::Document),
            // Between clusters only what belongs there: a stretch of noise must not pass for a long element.
            id if self.clusters.is_empty() || belongs_in_segment(id) => {
                let after = element.end()?;
                if self.layout.others.len() == MOST_OTHERS {
                    return Err(Stop::Spent { offset });
                }
                self.layout.others.push(element);
                self.reach(offset, after);
                Ok(Met::Element(after))
            }
            _ => Ok(Met::Damage(offset + 1)),
        }
    }

    /// Something whole was found; between what was found before and this there may be bytes that are nothing.
    fn reach(&mut self, offset: u64, end: u64) {
        self.layout.gap_bytes += offset - self.end;
        self.end = end;
    }

    fn cluster(&mut self, cluster: Element) -> Result<Met, Stop> {
        let mut reading = Reading {
            origin: None,
            first: None,
            end: cluster.content,
            kept_bytes: 0,
        };
        let checksum_before = self.layout.last_checksum.take();
        let mut children = Content::of(self.window, cluster, self.segment.extent);
        let met = loop {
            match self.child(&mut children, &mut reading) {
                Ok(true) => {}
                Ok(false) => break Met::Element(children.next),
                Err(stop) => break damage(stop, reading.end + 1)?,
            }
        };
        let says_its_end = cluster.extent != Extent::Open;
        let is_sound = matches!(met, Met::Element(_));
        self.layout.is_damaged |= says_its_end && !is_sound;
        if let Some((tick, track)) = reading.first {
            self.layout.is_last_open = !says_its_end || !is_sound;
            self.layout.open_clusters += usize::from(self.layout.is_last_open);
            self.reach(cluster.offset, reading.end);
            self.clusters.push(Cluster {
                offset: cluster.offset,
                content: cluster.content,
                end: reading.end,
                tick,
                track,
                kept_bytes: reading.kept_bytes,
            });
        } else {
            self.layout.last_checksum = checksum_before;
            // Nothing is in it. Where it says its end, it does no harm.
            if says_its_end && is_sound {
                self.reach(cluster.offset, reading.end);
            }
        }
        Ok(met)
    }

    /// Takes note of the next child of a cluster; returns whether there was one.
    fn child(&mut self, children: &mut Content, reading: &mut Reading) -> Result<bool, Stop> {
        let Some(child) = children.next(self.window)? else {
            return Ok(false);
        };
        let end = child.end()?;
        match child.id {
            Id::TIMESTAMP => reading.origin = Some(timestamp(self.window, child)?),
            Id::CRC_32 => self.layout.last_checksum = Some(child.offset),
            id if id.belongs_in_cluster() => {
                if let Some(framed) = Framed::open(self.window, child)? {
                    self.block(&framed, reading)?;
                }
            }
            _ => {
                return Err(Stop::Damaged {
                    offset: child.offset,
                });
            }
        }
        if !leaves_out(child.id) {
            reading.kept_bytes += end - child.offset;
        }
        reading.end = end;
        Ok(true)
    }

    fn block(&mut self, framed: &Framed, reading: &mut Reading) -> Result<(), Stop> {
        let (block, tick) = read_block(self.window, framed.block, reading.origin)?;
        self.timeline.add(&block, tick, framed.duration_ticks);
        let track = block.track;
        let is_indexed = self.pictures == Some(track) && framed.is_keyframe(&block);
        let cluster = self.clusters.len();
        let is_full = cluster == MOST_INDEXED || self.keyframes.len() == MOST_INDEXED;
        if is_full {
            return Err(Stop::Spent {
                offset: framed.block.offset,
            });
        }
        reading.first = reading.first.or(Some((tick, track)));
        if is_indexed && self.is_worth_indexing(tick, cluster) {
            self.keyframes.push(Keyframe {
                tick,
                track,
                cluster,
            });
        }
        Ok(())
    }

    fn is_worth_indexing(&self, tick: i64, cluster: usize) -> bool {
        self.keyframes.last().is_none_or(|last| {
            last.cluster != cluster || tick.abs_diff(last.tick) >= self.keyframe_distance_ticks
        })
    }

    fn finish(mut self) -> Result<Option<Scan>, Stop> {
        let Some(&first) = self.clusters.first() else {
            return Ok(None);
        };
        self.check_tracks()?;
        self.read_info()?;
        self.judge_cues()?;
        #[allow(clippy::cast_precision_loss)] // 53 bits of ticks are 285,000 years of milliseconds
        let first_tick = first.tick as f64;
        Ok(Some(Scan {
            header_end: first.offset,
            first_tick: first.tick,
            end_ticks: self.timeline.end_ticks().unwrap_or(first_tick),
            tick_nanoseconds: self.segment.tick_nanoseconds,
            clusters: self.clusters,
            keyframes: self.keyframes,
            end: self.end,
            layout: self.layout,
        }))
    }

    /// The tracks must be those that somebody finds who reads on from the beginning, not from where a table of contents led.
    fn check_tracks(&self) -> Result<(), Stop> {
        let mut others = self.layout.others.iter();
        let last = others.rfind(|other| other.id == Id::TRACKS);
        let is_inside = |offset: u64| {
            last.is_some_and(|last| {
                offset >= last.content && last.end().is_ok_and(|end| offset < end)
            })
        };
        if self
            .segment
            .tracks
            .iter()
            .all(|track| is_inside(track.offset))
        {
            Ok(())
        } else {
            Err(Stop::Damaged {
                offset: self.segment.content,
            })
        }
    }

    fn read_info(&mut self) -> Result<(), Stop> {
        let Some(info) = self.layout.first(Id::INFO) else {
            return Ok(());
        };
        let mut children = Children::of(info)?;
        while let Some(child) = children.next(self.window)? {
            if self.layout.info.len() == MOST_OTHERS {
                return Err(Stop::Spent {
                    offset: child.offset,
                });
            }
            self.layout.info.push(child);
        }
        Ok(())
    }

    /// An index is believed if each of its places is that of a cluster.
    fn judge_cues(&mut self) -> Result<(), Stop> {
        let mut seek_head = SeekHead::new(self.segment.content);
        for element in self.layout.others.clone() {
            let read = match element.id {
                Id::SEEK_HEAD => seek_head.read(self.window, element),
                Id::CUES if self.layout.cues.is_none() => {
                    self.leads_to_clusters(element).map(|leads| {
                        self.layout.cues = leads.then_some(element);
                    })
                }
                _ => Ok(()),
            };
            // One that makes no sense counts as none.
            if let Err(Stop::Io(error)) = read {
                return Err(Stop::Io(error));
            }
        }
        self.layout.named_cues = seek_head.cues;
        Ok(())
    }

    fn leads_to_clusters(&mut self, cues: Element) -> Result<bool, Stop> {
        let mut has_points = false;
        let mut points = Children::of(cues)?;
        while let Some(point) = points.next(self.window)? {
            if point.id != Id::CUE_POINT {
                continue;
            }
            let mut facts = Children::of(point)?;
            while let Some(fact) = facts.next(self.window)? {
                if fact.id == Id::CUE_TRACK_POSITIONS {
                    if !self.leads_to_cluster(fact)? {
                        return Ok(false);
                    }
                    has_points = true;
                }
            }
        }
        Ok(has_points)
    }

    fn leads_to_cluster(&mut self, positions: Element) -> Result<bool, Stop> {
        let mut children = Children::of(positions)?;
        while let Some(child) = children.next(self.window)? {
            if child.id == Id::CUE_CLUSTER_POSITION {
                let position = self.window.content(child, 8)?.and_then(unsigned);
                let offset = position.and_then(|position| position.checked_add(self.layout.origin));
                return Ok(offset.is_some_and(|offset| {
                    self.clusters
                        .binary_search_by_key(&offset, |cluster| cluster.offset)
                        .is_ok()
                }));
            }
        }
        Ok(false)
    }
}

/// What no reading on can mend is passed up; the rest is damage.
fn damage(stop: Stop, from: u64) -> Result<Met, Stop> {
    match stop {
        Stop::Io(_) | Stop::Spent { .. } => Err(stop),
        Stop::Cut { .. } | Stop::Damaged { .. } => Ok(Met::Damage(from)),
    }
}

fn belongs_in_segment(id: Id) -> bool {
    matches!(id, Id::VOID | Id::CRC_32) || (id.ends_cluster() && !id.ends_segment())
}

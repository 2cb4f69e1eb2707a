//! Writing a mended copy: what tells about the recording in front, the index among it, then the clusters.

use std::io::Write;
use std::ops::Range;

use super::error::RepairError;
use super::{Plan, index};
use crate::ebml::{Children, Element, Extent, Id, Stop, Window, element, header, integer};
use crate::trim::timestamp;
use crate::webm::{Cluster, Excerpt, Kept, Timeline, leaves_out};

/// Bytes that are copied at once.
const CHUNK_BYTES: u64 = 256 << 10;
/// Bytes of the header of a cluster or Segment that is written here.
const HEADER_BYTES: u64 = 4 + 8;

/// A stretch of the copy.
enum Piece {
    /// These bytes.
    New(Vec<u8>),
    /// Those of the file.
    Old(Range<u64>),
}

impl Piece {
    fn length(&self) -> u64 {
        match self {
            Self::New(bytes) => bytes.len() as u64,
            Self::Old(range) => range.end - range.start,
        }
    }
}

fn length(pieces: &[Piece]) -> u64 {
    pieces.iter().map(Piece::length).sum()
}

pub(super) fn write(
    plan: &Plan,
    window: &mut Window<'_>,
    into: &mut dyn Write,
) -> Result<u64, RepairError> {
    let mut copying = Copying::new(window, into);
    copying.head(plan)?;
    for cluster in &plan.scan.clusters {
        copying.cluster(cluster)?;
    }
    Ok(copying.out.written_bytes)
}

/// Everything up to the first cluster.
fn head(plan: &Plan) -> Result<Vec<Piece>, RepairError> {
    let scan = &plan.scan;
    let (sections, entries) = sections(plan)?;
    let seek_head_bytes = element(Id::SEEK_HEAD, &index::seeks(&entries)).len() as u64;
    let behind_head = |at: u64| seek_head_bytes + at;
    // What positions count from is the Segment's content, which the table of contents begins.
    let cues_at = behind_head(length(&sections));
    let cues_bytes = index::cues(scan, |_| 0).len() as u64;
    let mut positions = Vec::with_capacity(scan.clusters.len());
    let mut end = cues_at + cues_bytes;
    for cluster in &scan.clusters {
        positions.push(end);
        end += HEADER_BYTES + cluster.kept_bytes;
    }
    let entries: Vec<_> = entries
        .iter()
        .map(|&(id, at)| {
            (
                id,
                if id == Id::CUES {
                    cues_at
                } else {
                    behind_head(at)
                },
            )
        })
        .collect();
    let mut pieces = vec![
        Piece::Old(0..scan.layout.document_end),
        Piece::New(header(Id::SEGMENT, end)),
        Piece::New(element(Id::SEEK_HEAD, &index::seeks(&entries))),
    ];
    pieces.extend(sections);
    pieces.push(Piece::New(index::cues(scan, |cluster| positions[cluster])));
    Ok(pieces)
}

/// Info, Tracks and whatever else tells about the recording, and where each begins, from the first on. The index, which
/// follows, has a line as well, for the table of contents is as long as it has lines.
fn sections(plan: &Plan) -> Result<(Vec<Piece>, Vec<index::Entry>), RepairError> {
    let others = &plan.scan.layout.others;
    let mut pieces = info(plan)?;
    let mut entries = vec![(Id::INFO, 0)];
    let tracks = others.iter().filter(|other| other.id == Id::TRACKS);
    let more = others.iter().filter(|other| {
        !leaves_out(other.id)
            && !matches!(other.id, Id::SEEK_HEAD | Id::INFO | Id::TRACKS | Id::CUES)
    });
    for other in tracks.chain(more) {
        let is_listed = other.id.name().is_some() && !entries.iter().any(|&(id, _)| id == other.id);
        if is_listed {
            entries.push((other.id, length(&pieces)));
        }
        pieces.push(Piece::Old(other.offset..other.end()?));
    }
    entries.push((Id::CUES, 0));
    Ok((pieces, entries))
}

/// Info as it was, with the duration, and with the length of a tick that the duration counts in: where there were two of Info,
/// they may have differed. A file without one, which none should be, gets what it must have.
fn info(plan: &Plan) -> Result<Vec<Piece>, RepairError> {
    let scan = &plan.scan;
    let kept = scan.layout.info.iter().filter(|child| {
        !leaves_out(child.id) && !matches!(child.id, Id::TIMESTAMP_SCALE | Id::DURATION)
    });
    let scale = integer(Id::TIMESTAMP_SCALE, scan.tick_nanoseconds);
    let mut children = vec![Piece::New(scale)];
    for child in kept {
        children.push(Piece::Old(child.offset..child.end()?));
    }
    if scan.layout.info.is_empty() {
        let names = [
            element(Id::MUXING_APP, b"revui"),
            element(Id::WRITING_APP, b"revui"),
        ];
        children.push(Piece::New(names.concat()));
    }
    let duration = element(Id::DURATION, &plan.duration_ticks().to_be_bytes());
    children.push(Piece::New(duration));
    let header = Piece::New(header(Id::INFO, length(&children)));
    Ok([header].into_iter().chain(children).collect())
}

/// A recording being written from what another one has.
pub(crate) struct Copying<'c, 's> {
    window: &'c mut Window<'s>,
    out: Out<'c>,
}

impl<'c, 's> Copying<'c, 's> {
    pub(crate) fn new(window: &'c mut Window<'s>, into: &'c mut dyn Write) -> Self {
        Self {
            window,
            out: Out {
                into,
                chunk: Vec::new(),
                written_bytes: 0,
            },
        }
    }

    /// How many bytes have been written.
    pub(crate) fn written_bytes(&self) -> u64 {
        self.out.written_bytes
    }

    /// Everything up to the first cluster.
    pub(crate) fn head(&mut self, plan: &Plan) -> Result<(), RepairError> {
        for piece in head(plan)? {
            match piece {
                Piece::New(bytes) => self.out.write(&bytes)?,
                Piece::Old(range) => self.out.copy(self.window, range)?,
            }
        }
        Ok(())
    }

    /// A cluster that says where it ends, without what is true only where it stood.
    fn cluster(&mut self, cluster: &Cluster) -> Result<(), RepairError> {
        let Self { window, out } = self;
        out.write(&header(Id::CLUSTER, cluster.kept_bytes))?;
        let mut kept = cluster.content..cluster.content;
        let mut children = Children::of(Element {
            id: Id::CLUSTER,
            offset: cluster.offset,
            content: cluster.content,
            extent: Extent::Closed(cluster.end),
        })?;
        let before = out.written_bytes;
        if cluster.end - cluster.content == cluster.kept_bytes {
            kept.end = cluster.end;
        } else {
            while let Some(child) = children.next(window).map_err(changed)? {
                let end = child.end().map_err(changed)?;
                if leaves_out(child.id) {
                    out.copy(window, std::mem::replace(&mut kept, end..end))?;
                } else {
                    kept.end = end;
                }
            }
        }
        out.copy(window, kept)?;
        out.is_whole(cluster, before)
    }

    /// What of a cluster is in a stretch that begins at 0.
    pub(crate) fn excerpt(
        &mut self,
        cluster: &Cluster,
        excerpt: &mut Excerpt,
        timeline: &mut Timeline,
    ) -> Result<(), RepairError> {
        let Self { window, out } = self;
        out.write(&header(Id::CLUSTER, cluster.kept_bytes))?;
        let before = out.written_bytes;
        excerpt.of_cluster(window, cluster, timeline, |window, kept: Kept| {
            if out.written_bytes == before {
                out.write(&timestamp(kept.cluster_ticks))?;
            }
            let relative_ticks = kept.relative_ticks().map_err(changed)?.to_be_bytes();
            out.copy(window, kept.element.offset..kept.time_at)?;
            out.write(&relative_ticks)?;
            let end = kept.element.end().map_err(changed)?;
            out.copy(window, kept.time_at + relative_ticks.len() as u64..end)
        })?;
        out.is_whole(cluster, before)
    }
}

/// Where it is written to.
struct Out<'c> {
    into: &'c mut dyn Write,
    chunk: Vec<u8>,
    written_bytes: u64,
}

impl Out<'_> {
    /// Whether as much has been written of a cluster as was to be.
    fn is_whole(&self, cluster: &Cluster, before: u64) -> Result<(), RepairError> {
        if self.written_bytes - before == cluster.kept_bytes {
            Ok(())
        } else {
            Err(RepairError::Changed)
        }
    }

    fn copy(&mut self, window: &mut Window<'_>, range: Range<u64>) -> Result<(), RepairError> {
        let mut from = range.start;
        while from < range.end {
            let length = (range.end - from).min(CHUNK_BYTES);
            let mut chunk = std::mem::take(&mut self.chunk);
            chunk.resize(usize::try_from(length).unwrap_or(0), 0);
            window.read_at(from, &mut chunk)?;
            self.write(&chunk)?;
            self.chunk = chunk;
            from += length;
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), RepairError> {
        self.into.write_all(bytes).map_err(RepairError::Write)?;
        self.written_bytes += bytes.len() as u64;
        Ok(())
    }
}

/// What could be read when the plan was made is read again.
fn changed(stop: Stop) -> RepairError {
    match stop {
        Stop::Io(error) => RepairError::Read(error),
        Stop::Cut { .. } | Stop::Damaged { .. } | Stop::Spent { .. } => RepairError::Changed,
    }
}

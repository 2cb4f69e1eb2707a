//! Mending a recording where it is, as its muxer would have finished it.

use std::fs::File;
use std::io::{self, Cursor, Seek, SeekFrom, Write};

use super::error::{Obstacle, RepairError};
use super::{Plan, index};
use crate::ebml::{Element, Id, UNKNOWN_SIZE, element, long_size, size_of_width, void_header};
use crate::webm::Layout;

/// One thing to do to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Write these bytes, over what is there or on from the end.
    Write {
        /// Where, in bytes from the start of the file.
        offset: u64,
        /// What.
        bytes: Vec<u8>,
    },
    /// Make the file this short.
    Cut {
        /// How many bytes it keeps.
        size_bytes: u64,
    },
    /// Wait until all of that is on the disk.
    Sync,
}

/// What can be written to, made shorter, and waited for.
pub trait Editable: Write + Seek {
    /// Cuts off what is behind the first `size_bytes` bytes.
    ///
    /// # Errors
    ///
    /// It couldn't be cut.
    fn cut(&mut self, size_bytes: u64) -> io::Result<()>;

    /// Waits until what was written survives a power cut.
    ///
    /// # Errors
    ///
    /// It may not.
    fn sync(&mut self) -> io::Result<()>;
}

impl Editable for File {
    fn cut(&mut self, size_bytes: u64) -> io::Result<()> {
        self.set_len(size_bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

impl Editable for Cursor<Vec<u8>> {
    fn cut(&mut self, size_bytes: u64) -> io::Result<()> {
        let size = usize::try_from(size_bytes).map_err(io::Error::other)?;
        self.get_mut().truncate(size);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) fn apply(
    steps: &[Step],
    size_bytes: u64,
    file: &mut (impl Editable + ?Sized),
) -> Result<(), RepairError> {
    if file.seek(SeekFrom::End(0)).map_err(RepairError::Read)? != size_bytes {
        return Err(RepairError::Changed);
    }
    for step in steps {
        let done = match step {
            Step::Write { offset, bytes } => file
                .seek(SeekFrom::Start(*offset))
                .and_then(|_| file.write_all(bytes)),
            Step::Cut { size_bytes } => file.cut(*size_bytes),
            Step::Sync => file.sync(),
        };
        done.map_err(RepairError::Write)?;
    }
    Ok(())
}

/// What to do, in an order in which each beginning of it can be mended again: the Segment is open from the first step to the
/// last, and nothing leads to the index before that is on the disk.
pub(super) fn steps(plan: &Plan) -> Result<Vec<Step>, Obstacle> {
    if plan.needs.is_empty() {
        return Ok(Vec::new());
    }
    let layout = &plan.scan.layout;
    check(plan)?;
    let (kept_end, index) = index_to_append(plan);
    let mut steps = vec![write(layout.segment + 4, UNKNOWN_SIZE.to_vec())];
    steps.extend(checksums(layout).map(void_checksum));
    if plan.size_bytes > kept_end {
        steps.push(Step::Cut {
            size_bytes: kept_end,
        });
    }
    steps.extend(close_last_cluster(plan)?);
    steps.extend(void_stale(layout, kept_end)?);
    let end = kept_end + index.len() as u64;
    if !index.is_empty() {
        steps.push(write(kept_end, index));
    }
    steps.push(Step::Sync);
    let cues = layout.cues.map_or(kept_end, |cues| cues.offset);
    if cues > plan.scan.header_end && layout.named_cues != Some(cues) {
        steps.push(fill_seek_head(plan, cues)?);
    }
    steps.push(fill_duration(plan)?);
    steps.push(Step::Sync);
    let size = long_size(end - layout.origin);
    steps.push(write(layout.segment + 4, size.to_vec()));
    steps.push(Step::Sync);
    Ok(steps)
}

fn write(offset: u64, bytes: Vec<u8>) -> Step {
    Step::Write { offset, bytes }
}

fn check(plan: &Plan) -> Result<(), Obstacle> {
    let layout = &plan.scan.layout;
    let last_open = usize::from(layout.is_last_open);
    if layout.gap_bytes > 0 || layout.is_damaged {
        Err(Obstacle::Damaged)
    } else if layout.open_clusters > last_open {
        Err(Obstacle::OpenClusters)
    } else if layout.foreign_bytes > 0 {
        Err(Obstacle::Foreign)
    } else if layout.origin - layout.segment != 4 + 8 {
        Err(Obstacle::NoRoom { element: "Segment" })
    } else {
        Ok(())
    }
}

/// Where the recording is cut off, and the index to append there; none where it has one. One that leads nowhere and stands at
/// the end is cut off.
fn index_to_append(plan: &Plan) -> (u64, Vec<u8>) {
    let scan = &plan.scan;
    if scan.layout.cues.is_some() {
        return (scan.end, Vec::new());
    }
    let mut kept_end = scan.end;
    for other in scan.layout.others.iter().rev() {
        if other.id == Id::CUES && other.end().is_ok_and(|end| end == kept_end) {
            kept_end = other.offset;
        }
    }
    let position = |cluster: usize| scan.clusters[cluster].offset - scan.layout.origin;
    (kept_end, index::cues(scan, position))
}

/// Checksums over what is going to change.
fn checksums(layout: &Layout) -> impl Iterator<Item = u64> {
    let around = layout.others.iter().chain(&layout.info);
    let around = around.filter(|child| child.id == Id::CRC_32);
    let in_last = layout.last_checksum.filter(|_| layout.is_last_open);
    around.map(|checksum| checksum.offset).chain(in_last)
}

/// Makes a Void of a checksum: both have ids of one byte.
fn void_checksum(offset: u64) -> Step {
    let [.., void] = Id::VOID.0.to_be_bytes();
    write(offset, vec![void])
}

/// Has the last cluster say where it ends.
fn close_last_cluster(plan: &Plan) -> Result<Option<Step>, Obstacle> {
    let no_room = Obstacle::NoRoom { element: "Cluster" };
    let Some(last) = plan.scan.clusters.last() else {
        return Ok(None);
    };
    if !plan.scan.layout.is_last_open {
        return Ok(None);
    }
    let width = usize::try_from(last.content - last.offset - 4).map_err(|_| no_room)?;
    let size = size_of_width(last.end - last.content, width).ok_or(no_room)?;
    Ok(Some(write(last.offset + 4, size)))
}

/// Makes Voids of what leads nowhere: indexes but for the one that is believed, tables of contents but for the first.
fn void_stale(layout: &Layout, kept_end: u64) -> Result<Vec<Step>, Obstacle> {
    let first_seek_head = layout.first(Id::SEEK_HEAD);
    let is_stale = |element: &Element| match element.id {
        Id::CUES => Some(*element) != layout.cues && element.offset < kept_end,
        Id::SEEK_HEAD => Some(*element) != first_seek_head,
        _ => false,
    };
    let stale = layout.others.iter().filter(|element| is_stale(element));
    let void = |element: &Element| {
        let end = element.end().map_err(|_| Obstacle::Damaged)?;
        let header = void_header(end - element.offset).ok_or(Obstacle::Damaged)?;
        Ok(write(element.offset, header))
    };
    stale.map(void).collect()
}

/// Has the first table of contents lead to everything, the index above all; or makes one where room was reserved for it.
fn fill_seek_head(plan: &Plan, cues: u64) -> Result<Step, Obstacle> {
    let layout = &plan.scan.layout;
    let position = |id: Id| Some((id, layout.first(id)?.offset - layout.origin));
    let list = |ids: &[Id]| -> Vec<_> {
        let found = ids.iter().filter_map(|&id| position(id));
        found.chain([(Id::CUES, cues - layout.origin)]).collect()
    };
    let lists = [
        list(&[
            Id::INFO,
            Id::TRACKS,
            Id::CHAPTERS,
            Id::ATTACHMENTS,
            Id::TAGS,
        ]),
        list(&[Id::INFO, Id::TRACKS]),
    ];
    let rooms = rooms(plan);
    let filled = lists.iter().find_map(|entries| {
        rooms.iter().find_map(|&(offset, room_bytes)| {
            let bytes = index::seek_head_filling(entries, room_bytes)?;
            Some(write(offset, bytes))
        })
    });
    filled.ok_or(Obstacle::NoRoom {
        element: "SeekHead",
    })
}

/// Where a table of contents has its place, and how many bytes that has: there where it is, with the Void behind it, or else
/// in a Void before the clusters.
fn rooms(plan: &Plan) -> Vec<(u64, u64)> {
    let others = &plan.scan.layout.others;
    let from_to = |element: &Element| Some((element.offset, element.end().ok()?));
    let Some(index) = others.iter().position(|other| other.id == Id::SEEK_HEAD) else {
        let voids = others
            .iter()
            .filter(|other| other.id == Id::VOID && other.offset < plan.scan.header_end);
        return voids
            .filter_map(from_to)
            .map(|(offset, end)| (offset, end - offset))
            .collect();
    };
    let Some((offset, mut end)) = from_to(&others[index]) else {
        return Vec::new();
    };
    for other in &others[index + 1..] {
        match from_to(other) {
            Some((begins, ends)) if other.id == Id::VOID && begins == end => end = ends,
            _ => break,
        }
    }
    vec![(offset, end - offset)]
}

/// Has Info say how long the recording lasts, where it says so already or has room for it.
fn fill_duration(plan: &Plan) -> Result<Step, Obstacle> {
    let ticks = plan.duration_ticks();
    let duration = element(Id::DURATION, &ticks.to_be_bytes());
    let in_place_of = |child: &Element| match (child.id, child.content_bytes()?) {
        (Id::DURATION, 8) => Some(write(child.content, ticks.to_be_bytes().to_vec())),
        #[allow(clippy::cast_possible_truncation)] // as exact as its writer found enough
        (Id::DURATION, 4) => Some(write(child.content, (ticks as f32).to_be_bytes().to_vec())),
        _ => None,
    };
    let in_void = |child: &Element| {
        let room_bytes = child.end().ok()? - child.offset;
        let void = match room_bytes.checked_sub(duration.len() as u64)? {
            0 => Vec::new(),
            left => void_header(left)?,
        };
        let bytes = [&duration[..], &void].concat();
        (child.id == Id::VOID).then(|| write(child.offset, bytes))
    };
    let no_room = Obstacle::NoRoom {
        element: "Duration",
    };
    // Where there are two, or where it stands behind the clusters, readers differ in what they believe.
    let layout = &plan.scan.layout;
    let infos = layout.others.iter().filter(|other| other.id == Id::INFO);
    let is_in_front = |info: &Element| info.offset < plan.scan.header_end;
    let stated = layout.info.iter().filter(|child| child.id == Id::DURATION);
    if infos.clone().count() != 1 || !infos.clone().all(is_in_front) || stated.count() > 1 {
        return Err(no_room);
    }
    let filled = layout.info.iter().find_map(in_place_of);
    filled
        .or_else(|| layout.info.iter().find_map(in_void))
        .ok_or(no_room)
}

//! A stretch of a recording as a recording of its own, without encoding anything anew.
//!
//! Frames are the same, byte for byte. What changes is when they are shown: the stretch begins at 0. Its pictures begin with
//! one that needs no others, so it begins where there is such a one, at or before what was asked for; it may end anywhere,
//! for no picture needs one after it. It has a duration, a table of contents, and its index in front. Tags and chapters,
//! which may speak of times, are left out.
//!
//! ```
//! use std::io::Cursor;
//!
//! # fn recording() -> Vec<u8> {
//! #     let element = |id: &[u8], content: &[u8]| [id, &[0x80 | content.len() as u8], content].concat();
//! #     let long = |id: &[u8], content: &[u8]| [id, &(1 << 56 | content.len() as u64).to_be_bytes(), content].concat();
//! #     let tracks = element(&[0xAE], &[element(&[0xD7], &[1]), element(&[0x86], b"V_VP9")].concat());
//! #     let cluster = |seconds: u16| long(&[0x1F, 0x43, 0xB6, 0x75], &[element(&[0xE7], &(1000 * seconds).to_be_bytes()),
//! #         element(&[0xA3], &[0x81, 0, 0, 0x80, 7]), element(&[0xA3], &[0x81, 1, 0xF4, 0, 7])].concat());
//! #     let head = [element(&[0x15, 0x49, 0xA9, 0x66], &[]), element(&[0x16, 0x54, 0xAE, 0x6B], &tracks)];
//! #     let segment = [head.concat(), cluster(0), cluster(1), cluster(2)].concat();
//! #     [element(&[0x1A, 0x45, 0xDF, 0xA3], &element(&[0x42, 0x82], b"webm")), long(&[0x18, 0x53, 0x80, 0x67], &segment)].concat()
//! # }
//! // Three seconds, with a keyframe at each.
//! let mut recording = Cursor::new(recording());
//! let size_bytes = recording.get_ref().len() as u64;
//! let trim = media::trim::plan(&mut recording, size_bytes, 1.4..2.2)?;
//! assert_eq!(trim.starts_at_seconds(), 1.0);
//!
//! let mut stretch = Vec::new();
//! trim.copy(&mut recording, &mut stretch)?;
//! let size_bytes = stretch.len() as u64;
//! assert!(media::repair::plan(&mut Cursor::new(stretch), size_bytes)?.needs().is_empty());
//! # Ok::<(), media::trim::TrimError>(())
//! ```

use std::io::{Read, Seek, Write};
use std::ops::Range;

use crate::ebml::{Id, Window, integer};
use crate::repair::{self, Plan, RepairError};
use crate::webm::{Cluster, Excerpt, Kept, Keyframe, Scan, Segment, Timeline, Track};

/// Why no stretch could be taken out. The recording is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrimError {
    /// The recording could not be read, or the stretch not written.
    #[error(transparent)]
    Recording(#[from] RepairError),
    /// Nothing of the recording is in the stretch.
    #[error("there is nothing between these two times")]
    Nothing,
}

/// A stretch of a recording. Nothing has been written yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Trim {
    /// What the stretch is to be, with the places of the recording.
    plan: Plan,
    tracks: Vec<Track>,
    /// In ticks of the recording.
    from: i64,
    to: i64,
}

/// Where a stretch of this recording can begin, in seconds: its keyframes, or where there are no pictures the beginnings of
/// its clusters.
pub fn starts(scan: &Scan) -> Vec<f64> {
    let seconds = |tick: i64| as_seconds(tick, scan.tick_nanoseconds);
    if scan.keyframes.is_empty() {
        let clusters = scan.clusters.iter();
        return clusters.map(|cluster| seconds(cluster.tick)).collect();
    }
    let keyframes = scan.keyframes.iter();
    keyframes.map(|keyframe| seconds(keyframe.tick)).collect()
}

/// Finds what of a recording lies between two times, in seconds as a player shows them. It begins at the last place at or
/// before the first time where it can, or else at the first of all.
///
/// The file may be open, torn or damaged; `size_bytes` is how long it is now. The position of `source` afterwards is anywhere.
///
/// # Errors
///
/// It is no recording, it can't be read, or nothing is between these times.
pub fn plan(
    source: &mut (impl Read + Seek + ?Sized),
    size_bytes: u64,
    seconds: Range<f64>,
) -> Result<Trim, TrimError> {
    let mut source = source;
    let whole = repair::scan(source, size_bytes)?;
    let mut window = Window::of_torn(&mut source, size_bytes);
    // Read once more: a scan doesn't keep them.
    let segment = Segment::read(&mut window, whole.layout.document_end);
    let tracks = segment.map_err(RepairError::from)?.tracks;
    let tick = whole.tick_nanoseconds;
    let start = start(&whole, as_ticks(seconds.start, tick));
    let to = as_ticks(seconds.end, tick);
    let mut excerpt = Excerpt::new(start.tick, to, &tracks);
    let mut timeline = Timeline::new(&tracks, tick);
    let mut found = Found {
        pictures: whole.keyframes.first().map(|keyframe| keyframe.track),
        ..Found::default()
    };
    // Sound of the same moment may stand in the cluster before.
    for cluster in &whole.clusters[start.cluster.saturating_sub(1)..] {
        found.cluster(&mut window, cluster, &mut excerpt, &mut timeline)?;
    }
    if found.clusters.is_empty() {
        return Err(TrimError::Nothing);
    }
    let scan = Scan {
        clusters: found.clusters,
        keyframes: found.keyframes,
        first_tick: 0,
        end_ticks: timeline.end_ticks().unwrap_or(0.0),
        ..whole
    };
    Ok(Trim {
        plan: Plan::of_stretch(scan, size_bytes),
        tracks,
        from: start.tick,
        to,
    })
}

/// Where it begins.
struct Start {
    tick: i64,
    cluster: usize,
}

fn start(scan: &Scan, from: i64) -> Start {
    let keyframes = scan.keyframes.iter().map(|keyframe| Start {
        tick: keyframe.tick,
        cluster: keyframe.cluster,
    });
    let clusters = scan.clusters.iter().enumerate();
    let clusters = clusters.map(|(cluster, found)| Start {
        tick: found.tick,
        cluster,
    });
    let mut starts: Vec<_> = if scan.keyframes.is_empty() {
        clusters.collect()
    } else {
        keyframes.collect()
    };
    let last = starts.iter().rposition(|start| start.tick <= from);
    starts.swap_remove(last.unwrap_or(0))
}

impl Trim {
    /// When it begins in the recording, in seconds.
    pub fn starts_at_seconds(&self) -> f64 {
        as_seconds(self.from, self.plan.scan().tick_nanoseconds)
    }

    /// How long it lasts, in seconds.
    pub fn duration_seconds(&self) -> f64 {
        self.plan.duration_seconds()
    }

    /// Writes the stretch; returns how many bytes it has.
    ///
    /// # Errors
    ///
    /// Reading or writing failed, or `source` is no longer what it was when the plan was made. Then what was written is of no
    /// use.
    pub fn copy(
        &self,
        source: &mut (impl Read + Seek + ?Sized),
        into: &mut (impl Write + ?Sized),
    ) -> Result<u64, TrimError> {
        let (mut source, mut into) = (source, into);
        let mut window = Window::of_torn(&mut source, self.plan.size_bytes());
        let mut copying = repair::Copying::new(&mut window, &mut into);
        copying.head(&self.plan)?;
        let mut excerpt = Excerpt::new(self.from, self.to, &self.tracks);
        let mut timeline = Timeline::new(&self.tracks, self.plan.scan().tick_nanoseconds);
        for cluster in &self.plan.scan().clusters {
            copying.excerpt(cluster, &mut excerpt, &mut timeline)?;
        }
        Ok(copying.written_bytes())
    }
}

/// What is in the stretch.
#[derive(Default)]
struct Found {
    pictures: Option<u64>,
    clusters: Vec<Cluster>,
    keyframes: Vec<Keyframe>,
}

impl Found {
    fn cluster(
        &mut self,
        window: &mut Window<'_>,
        cluster: &Cluster,
        excerpt: &mut Excerpt,
        timeline: &mut Timeline,
    ) -> Result<(), RepairError> {
        let (index, pictures) = (self.clusters.len(), self.pictures);
        let mut first = None;
        let mut bytes = 0;
        let keyframes = &mut self.keyframes;
        let visit = |_: &mut Window<'_>, kept: Kept| -> Result<(), RepairError> {
            kept.relative_ticks()?;
            bytes += kept.element.end()? - kept.element.offset;
            let is_new = keyframes.last().is_none_or(|last| last.cluster != index);
            if kept.is_keyframe && pictures == Some(kept.track) && is_new {
                keyframes.push(Keyframe {
                    tick: kept.tick,
                    track: kept.track,
                    cluster: index,
                });
            }
            first.get_or_insert((kept.tick, kept.track, kept.cluster_ticks));
            Ok(())
        };
        excerpt.of_cluster(window, cluster, timeline, visit)?;
        if let Some((tick, track, cluster_ticks)) = first {
            self.clusters.push(Cluster {
                tick,
                track,
                kept_bytes: bytes + timestamp(cluster_ticks).len() as u64,
                ..*cluster
            });
        }
        Ok(())
    }
}

/// What a cluster of the stretch counts from, as it is written.
pub(crate) fn timestamp(cluster_ticks: i64) -> Vec<u8> {
    integer(Id::TIMESTAMP, u64::try_from(cluster_ticks).unwrap_or(0))
}

#[allow(clippy::cast_precision_loss)] // 53 bits of ticks are 285,000 years of milliseconds
fn as_seconds(ticks: i64, tick_nanoseconds: u64) -> f64 {
    ticks as f64 * (tick_nanoseconds as f64 / 1e9)
}

/// The tick of this time, rounded to the nearest: times that were made of ticks are those ticks.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // as above; what is beyond all ticks is the last
fn as_ticks(seconds: f64, tick_nanoseconds: u64) -> i64 {
    (seconds * 1e9 / tick_nanoseconds as f64).round() as i64
}

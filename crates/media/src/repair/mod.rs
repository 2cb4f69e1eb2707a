//! Mending a recording that was not finished: by `MediaRecorder`, which never does; by a muxer that writes for a stream; by a
//! recorder that was killed; by a copy that broke off.
//!
//! Frames are neither decoded nor changed. What is added is what finishing would have added: the duration, an index of
//! keyframes for seeking (Cues), and where all of that stands (`SeekHead`). What is taken away is a torn tail.
//!
//! There are two ways. A **copy** has its index in front, which suits streaming. **In place**, whatever the recorder has
//! written for good stays as it is, byte for byte and where it is: it fills what its muxer reserved at the beginning, cuts the
//! torn tail, and appends the index, as the muxer itself would have. So parts of a recording that were sent while it was made
//! stay valid.
//!
//! ```
//! use std::io::Cursor;
//!
//! # fn unfinished() -> Vec<u8> {
//! #     let element = |id: &[u8], content: &[u8]| [id, &[0x80 | content.len() as u8], content].concat();
//! #     let open = |id: &[u8], content: &[u8]| [id, &[0xFF], content].concat();
//! #     let tracks = element(&[0xAE], &[element(&[0xD7], &[1]), element(&[0x86], b"V_VP9")].concat());
//! #     let blocks = [element(&[0xE7], &[0]), element(&[0xA3], &[0x81, 0, 0, 0x80, 7]), element(&[0xA3], &[0x81, 0, 50, 0, 7])];
//! #     let head = [element(&[0x15, 0x49, 0xA9, 0x66], &[]), element(&[0x16, 0x54, 0xAE, 0x6B], &tracks)];
//! #     let segment = [head.concat(), open(&[0x1F, 0x43, 0xB6, 0x75], &blocks.concat())].concat();
//! #     [element(&[0x1A, 0x45, 0xDF, 0xA3], &element(&[0x42, 0x82], b"webm")), open(&[0x18, 0x53, 0x80, 0x67], &segment)].concat()
//! # }
//! let mut recording = Cursor::new(unfinished());
//! let size_bytes = recording.get_ref().len() as u64;
//! let plan = media::repair::plan(&mut recording, size_bytes)?;
//! assert!(!plan.needs().is_empty());
//!
//! let mut mended = Vec::new();
//! plan.copy(&mut recording, &mut mended)?;
//! let size_bytes = mended.len() as u64;
//! assert!(media::repair::plan(&mut Cursor::new(mended), size_bytes)?.needs().is_empty());
//! # Ok::<(), media::repair::RepairError>(())
//! ```

mod copy;
mod error;
mod in_place;
mod index;

use std::io::{Read, Seek, Write};

use crate::Refusal;
use crate::ebml::{Id, Window};
use crate::probe::{describe, read_document};
use crate::webm::{self, Segment};

pub use crate::webm::{Cluster, Keyframe, Scan};
pub(crate) use copy::Copying;
pub use error::{Obstacle, RepairError};
pub use in_place::{Editable, Step};

/// How long a recording is said to be of which nothing more is known than one frame: as long as that lasts at 25 a second.
const LENGTH_OF_A_FRAME_NANOSECONDS: f64 = 40_000_000.0;

/// What a recording lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Need {
    /// It ends with so many bytes that are no whole frame.
    Tail {
        /// How many.
        bytes: u64,
    },
    /// Before its end there are so many bytes that make no sense.
    Gap {
        /// How many.
        bytes: u64,
    },
    /// Its Segment doesn't say where it ends, or not where it does.
    Size,
    /// So many of its clusters don't.
    ClusterSizes {
        /// How many.
        clusters: usize,
    },
    /// It doesn't say how long it lasts.
    Duration,
    /// It has no index for seeking, or none that leads anywhere.
    Index,
}

/// What is to be done to a recording. Nothing has been done yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    scan: Scan,
    needs: Vec<Need>,
    size_bytes: u64,
}

/// Looks at the whole of a recording: what is in it, and what it lacks. Its frames are passed over, not read.
///
/// The file may be open, torn or damaged; `size_bytes` is how long it is now. The position of `source` afterwards is anywhere.
///
/// # Errors
///
/// It can't be repaired, and why.
pub fn plan(
    source: &mut (impl Read + Seek + ?Sized),
    size_bytes: u64,
) -> Result<Plan, RepairError> {
    let scan = scan(source, size_bytes)?;
    let needs = needs_of(&scan);
    Ok(Plan {
        scan,
        needs,
        size_bytes,
    })
}

/// Walks over a recording from its beginning to its end, and tells where everything in it stands.
///
/// # Errors
///
/// It is no recording, or nothing in it is whole.
pub fn scan(
    source: &mut (impl Read + Seek + ?Sized),
    size_bytes: u64,
) -> Result<Scan, RepairError> {
    if size_bytes == 0 {
        return Err(RepairError::Refused(Refusal::Empty));
    }
    let mut source = source;
    let mut window = Window::of_torn(&mut source, size_bytes);
    let document = read_document(&mut window)?;
    let segment = Segment::read(&mut window, document.end)?;
    describe(&segment).map_err(Refusal::from)?;
    webm::scan(&mut window, document.end, &segment)?.ok_or(RepairError::NothingWhole)
}

fn needs_of(scan: &Scan) -> Vec<Need> {
    let layout = &scan.layout;
    let tail = Need::Tail {
        bytes: layout.torn_bytes,
    };
    let gap = Need::Gap {
        bytes: layout.gap_bytes,
    };
    let cluster_sizes = Need::ClusterSizes {
        clusters: layout.open_clusters,
    };
    [
        (layout.torn_bytes > 0).then_some(tail),
        (layout.gap_bytes > 0).then_some(gap),
        (!layout.is_closed).then_some(Need::Size),
        (layout.open_clusters > 0).then_some(cluster_sizes),
        layout.stated_ticks.is_none().then_some(Need::Duration),
        (!scan.is_indexed()).then_some(Need::Index),
    ]
    .into_iter()
    .flatten()
    .collect()
}

impl Plan {
    /// Of a stretch of a recording, whose scan this is: with the places of the recording, and the times of the stretch.
    /// What speaks of the recording's times, or names it, is not the stretch's.
    pub(crate) fn of_stretch(mut scan: Scan, size_bytes: u64) -> Self {
        let is_of_the_whole = |id: Id| matches!(id, Id::TAGS | Id::CHAPTERS);
        scan.layout
            .others
            .retain(|other| !is_of_the_whole(other.id));
        scan.layout.info.retain(|child| child.id != Id::SEGMENT_UID);
        Self {
            scan,
            needs: Vec::new(),
            size_bytes,
        }
    }

    /// How many bytes the recording has.
    pub(crate) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// What the recording lacks; nothing where it is whole, and then nothing should be done to it.
    pub fn needs(&self) -> &[Need] {
        &self.needs
    }

    /// Where everything in it stands.
    pub fn scan(&self) -> &Scan {
        &self.scan
    }

    /// How long it lasts, in seconds: from the beginning of its first frame to the end of its last.
    pub fn duration_seconds(&self) -> f64 {
        #[allow(clippy::cast_precision_loss)]
        // a tick is no longer than 2^53 nanoseconds, or the answer is absurd anyhow
        let tick_seconds = self.scan.tick_nanoseconds as f64 / 1e9;
        self.duration_ticks() * tick_seconds
    }

    /// How many places the index leads to: keyframes, or the clusters of a recording without pictures.
    pub fn index_points(&self) -> usize {
        index::points(&self.scan).count()
    }

    /// How many bytes are left out that are no whole frame, or nothing of the recording.
    pub fn cut_bytes(&self) -> u64 {
        let layout = &self.scan.layout;
        layout.torn_bytes + layout.gap_bytes + layout.foreign_bytes
    }

    /// Writes a mended copy; returns how many bytes it has. Frames are the same, byte for byte, and in the same order.
    ///
    /// # Errors
    ///
    /// Reading or writing failed, or `source` is no longer what it was when the plan was made. Then what was written is of
    /// no use.
    pub fn copy(
        &self,
        source: &mut (impl Read + Seek + ?Sized),
        into: &mut (impl Write + ?Sized),
    ) -> Result<u64, RepairError> {
        let mut source = source;
        let mut into = into;
        let mut window = Window::of_torn(&mut source, self.size_bytes);
        copy::write(self, &mut window, &mut into)
    }

    /// What to do, in this order, to mend the recording where it is. [`mend`](Self::mend) does it.
    ///
    /// A program that is stopped between two steps, or within one, leaves a file that a second repair mends: the file says
    /// where it ends as the very last.
    ///
    /// # Errors
    ///
    /// It can't be mended where it is; [`copy`](Self::copy) can.
    pub fn in_place(&self) -> Result<Vec<Step>, Obstacle> {
        in_place::steps(self)
    }

    /// Mends the recording where it is, if it lacks anything. Nobody else may write to it meanwhile.
    ///
    /// # Errors
    ///
    /// It can't be mended where it is (nothing was done then), has another size than when the plan was made (the same), or
    /// writing failed.
    pub fn mend(&self, file: &mut (impl Editable + ?Sized)) -> Result<(), RepairError> {
        if self.needs.is_empty() {
            return Ok(());
        }
        in_place::apply(&self.in_place()?, self.size_bytes, file)
    }

    /// As Info states it; above 0, for 0 says that there is none.
    fn duration_ticks(&self) -> f64 {
        #[allow(clippy::cast_precision_loss)] // 53 bits of ticks are 285,000 years of milliseconds
        let (first, tick) = (
            self.scan.first_tick as f64,
            self.scan.tick_nanoseconds as f64,
        );
        let ticks = self.scan.end_ticks - first;
        if ticks > 0.0 {
            ticks
        } else {
            LENGTH_OF_A_FRAME_NANOSECONDS / tick
        }
    }
}

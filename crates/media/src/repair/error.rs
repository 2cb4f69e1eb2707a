//! Why a recording could not be repaired.

use std::io;

use crate::Refusal;
use crate::ebml::Stop;

/// Why a recording could not be repaired. The file is as it was, unless [`Write`](Self::Write) says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RepairError {
    /// It is no WebM, or its header is not whole: without that nobody knows what its frames are.
    #[error(transparent)]
    Refused(Refusal),
    /// Its header is whole, but no frame behind it is.
    #[error("the file holds no whole frame; there is nothing in it to be saved")]
    NothingWhole,
    /// More clusters, keyframes or other elements than any recording has.
    #[error("the file has more elements than any recording, counted to byte {offset}")]
    TooManyElements {
        /// Where counting stopped, in bytes from the start of the file.
        offset: u64,
    },
    /// It can be repaired in a copy, but not where it is.
    #[error("the file cannot be repaired in place: {0}")]
    NotInPlace(#[from] Obstacle),
    /// Somebody else wrote to it since it was looked at.
    #[error("the file changed while it was being repaired")]
    Changed,
    /// Reading it failed.
    #[error("the file could not be read")]
    Read(#[source] io::Error),
    /// Writing failed: of the copy, or of the file in place, which a second repair then mends.
    #[error("what was repaired could not be written")]
    Write(#[source] io::Error),
}

/// What stands in the way of a repair in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Obstacle {
    /// Something between its clusters, or inside one, makes no sense.
    #[error("it is damaged before its end")]
    Damaged,
    /// Clusters before the last one leave their size unknown, as `MediaRecorder` does.
    #[error("its clusters do not say where they end")]
    OpenClusters,
    /// Behind the recording there are bytes of something else.
    #[error("something else follows it in the file")]
    Foreign,
    /// Its writer reserved no room, or too little, for something that has to be filled in.
    #[error("it has no room for its {element}")]
    NoRoom {
        /// Matroska's name of what doesn't fit.
        element: &'static str,
    },
}

impl From<Refusal> for RepairError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Io(error) => Self::Read(error),
            refusal => Self::Refused(refusal),
        }
    }
}

/// As while a file is looked at.
impl From<Stop> for RepairError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Io(error) => Self::Read(error),
            Stop::Spent { offset } => Self::TooManyElements { offset },
            Stop::Cut { .. } | Stop::Damaged { .. } => Self::Refused(stop.into()),
        }
    }
}

//! Something that is asked, on its way: how far its bytes have come, when it ends, and how.

use jiff::Timestamp;

use super::super::super::{Event, Trouble};
use super::super::cloud::Request;
use crate::{Code, Diagnosis};

/// Where a flight belongs: to the one operation, or to a part.
pub(super) type Slot = Option<u32>;

#[derive(Debug, Clone)]
pub(super) struct Flight {
    /// Which of all that were ever begun.
    pub(super) serial: u64,
    /// `None` for a read of the file.
    pub(super) request: Option<Request>,
    /// The body's bytes, and how many of them are acknowledged.
    pub(super) bytes: u64,
    pub(super) acknowledged: u64,
    /// Where it stops getting on.
    pub(super) stops_at: u64,
    /// When it ends, once its bytes are where they stop.
    pub(super) due: Option<Timestamp>,
    pub(super) fate: Fate,
}

/// How it ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fate {
    /// As it should.
    Answered,
    /// So, and the request arrives once more.
    Doubled,
    /// It fails, as far as the program hears.
    Failed(Trouble, Deed),
}

/// What became of a request whose answer is not heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Never,
    Done,
    Late,
}

impl Flight {
    pub(super) fn is_put(&self) -> bool {
        self.bytes > 0
    }

    /// Whether the other side has all of it.
    pub(super) fn is_whole(&self) -> bool {
        self.acknowledged == self.bytes
    }
}

/// What a program hears of something that came to nothing.
pub(super) fn failed(slot: Slot, acknowledged_bytes: u64, trouble: Trouble) -> Event {
    let diagnosis = Diagnosis::of(match trouble {
        Trouble::SignedOut => Code::SignedOut,
        Trouble::Lasting => Code::StoreRefused,
        _ => Code::ConnectionLost,
    });
    failed_for(slot, acknowledged_bytes, trouble, diagnosis)
}

pub(super) fn failed_for(
    slot: Slot,
    acknowledged_bytes: u64,
    trouble: Trouble,
    diagnosis: Diagnosis,
) -> Event {
    match slot {
        None => Event::Failed { trouble, diagnosis },
        Some(number) => Event::PartFailed {
            number,
            acknowledged_bytes,
            trouble,
            diagnosis,
        },
    }
}

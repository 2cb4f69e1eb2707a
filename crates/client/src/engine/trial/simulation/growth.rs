//! A recording that is made while it is sent: it grows, its header is written over at its end, and then it is what it is.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::super::Event;
use super::super::file::BLOCK_BYTES;
use super::super::start;
use super::lot::Lot;
use super::sky::Sky;
use super::storm::milliseconds;
use crate::journal::Record;
use crate::source::Identity;

/// How a file grows.
pub(super) struct Growth {
    pub(super) next_at: Timestamp,
    every: SignedDuration,
    final_blocks: u64,
}

impl Growth {
    pub(super) fn of(lot: &mut Lot) -> Self {
        let every = milliseconds(lot.between(1, 60_000));
        Self {
            next_at: start() + every,
            every,
            final_blocks: 0,
        }
    }

    /// What a block takes to be recorded.
    pub(super) fn lasts(&self) -> SignedDuration {
        self.every
    }
}

impl Sky {
    /// Some more of it is final, or that was all.
    pub(super) fn grow(&mut self) {
        let more = self.lot.between(0, 3);
        let Some(growth) = &mut self.growth else {
            return;
        };
        growth.next_at = self.now + growth.every;
        growth.final_blocks += more;
        let blocks = growth.final_blocks;
        if blocks < self.file.blocks.len() as u64 {
            // Clusters end anywhere.
            let final_bytes = blocks * BLOCK_BYTES + BLOCK_BYTES / 3;
            self.feed(Event::Grew(final_bytes));
            return;
        }
        let identity = self.end_recording();
        self.feed(Event::Sealed {
            identity,
            duration_seconds: None,
            mended: None,
        });
    }

    /// The program died while it recorded: whoever starts it again finds the file as it is by then.
    pub(super) fn end_recording_in_a_crash(&mut self) {
        if self.growth.is_none() {
            return;
        }
        let identity = self.end_recording();
        self.program.journal.push(Arc::new(Record::Sealed {
            identity,
            duration_seconds: None,
            mended: None,
        }));
    }

    /// What was sent of the header before this is not the file's.
    fn end_recording(&mut self) -> Identity {
        self.growth = None;
        self.file.write_over(0);
        self.file.editions = vec![self.file.blocks.clone()];
        self.program.state.job.identity.clone()
    }
}

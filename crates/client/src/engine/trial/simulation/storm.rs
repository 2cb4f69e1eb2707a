//! What a seed makes of the world: the recording, the line, the backend, and how bad it gets.

use jiff::SignedDuration;

use super::super::super::Trouble;
use super::super::cloud::Extensions;
use super::super::file::BLOCK_BYTES;
use super::lot::Lot;

/// Which troubles there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Harshness {
    /// Those that pass. They never end an upload.
    Passing,
    /// All of them. An upload may end with a cause.
    Anything,
}

/// How bad it gets, and for how long.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // each is a coin of its own
pub(super) struct Storm {
    pub(super) extensions: Option<Extensions>,
    pub(super) blocks: u64,
    /// Blocks in the largest part.
    pub(super) most_blocks: u64,
    pub(super) hides_tags: bool,
    /// What the line takes, and what a single request of it gets, in bytes a second.
    pub(super) line_speed: u64,
    pub(super) lane_speed: u64,
    pub(super) latency: SignedDuration,
    pub(super) harshness: Harshness,
    /// How often a request fails, of 1.
    pub(super) fault_rate: f64,
    /// How often something else happens.
    pub(super) mischief_every: SignedDuration,
    /// When it is over.
    pub(super) lasts: SignedDuration,
    /// Files are written over while the program does not run.
    pub(super) rewrites: bool,
    /// The file may change in a way that its size or its time show.
    pub(super) changes: bool,
    /// The user may give it up.
    pub(super) cancels: bool,
}

impl Storm {
    pub(super) fn of(lot: &mut Lot) -> Self {
        let multipart = lot.happens(0.7);
        let extensions = (multipart || lot.happens(0.5)).then_some(Extensions { multipart });
        let blocks = lot.between(1, 40);
        let size = blocks * BLOCK_BYTES;
        // Alone on the line it takes from a second to five minutes.
        let line_speed = size / lot.between(1, 300) + 1;
        let passing = lot.happens(0.7);
        Self {
            extensions,
            blocks,
            most_blocks: lot.one_of(&[1, 1, 2, 3]),
            hides_tags: lot.happens(0.1),
            line_speed,
            lane_speed: line_speed / lot.between(1, 6) + 1,
            latency: milliseconds(lot.between(1, 2_000)),
            harshness: if passing {
                Harshness::Passing
            } else {
                Harshness::Anything
            },
            fault_rate: lot.one_of(&[0.0, 0.02, 0.1, 0.3, 0.6]),
            mischief_every: milliseconds(lot.one_of(&[5_000, 30_000, 300_000, 100_000_000])),
            lasts: milliseconds(lot.between(0, 900_000)),
            // A store that keeps no sum of what comes whole takes a late PUT for the right one.
            rewrites: extensions.is_some() && lot.happens(0.15),
            changes: lot.happens(0.05),
            cancels: lot.happens(0.05),
        }
    }

    pub(super) fn trouble(&self, lot: &mut Lot, is_put: bool) -> Trouble {
        let passing = Trouble::Passing {
            retry_after: lot
                .happens(0.2)
                .then(|| std::time::Duration::from_secs(lot.between(1, 400))),
            slow_down: is_put && lot.happens(0.2),
        };
        let usual = [passing, passing, Trouble::NoWay, Trouble::SignedOut];
        let of_a_put = [
            passing,
            Trouble::Stalled,
            Trouble::BrokenBody,
            Trouble::NoWay,
        ];
        let wild = [
            Trouble::TicketRefused,
            Trouble::ObjectExists,
            Trouble::Mismatch,
            Trouble::ObjectMissing,
            Trouble::UploadLost,
            Trouble::Unclear,
            Trouble::Gone,
            Trouble::LinkRefused,
            Trouble::ServerDefect,
            Trouble::Lasting,
        ];
        if self.harshness == Harshness::Anything && lot.happens(0.2) {
            lot.one_of(&wild)
        } else if is_put {
            lot.one_of(&of_a_put)
        } else {
            lot.one_of(&usual)
        }
    }
}

pub(super) fn milliseconds(count: u64) -> SignedDuration {
    SignedDuration::from_millis(i64::try_from(count).unwrap())
}

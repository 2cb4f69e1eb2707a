//! Parts that did not arrive, and what that makes of them.

use jiff::Timestamp;

use super::{Part, PartToRead, Parts};

/// What happened to a part that is not stored yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Setback {
    /// Failures since the last progress.
    pub tries: u32,
    /// Refusals of its tickets in a row.
    pub refused_tickets: u32,
    /// Times that the store got something else than was read.
    pub mismatches: u32,
    /// The most of it that any attempt got acknowledged, in bytes.
    pub furthest_bytes: u64,
    /// When it may be sent again, where that is not now.
    pub retry_at: Option<Timestamp>,
}

impl Parts {
    /// A part that was in flight came to nothing after so many bytes; it can be sent again. `None` when it was not in
    /// flight.
    pub fn fell_short(&mut self, number: u32, acknowledged_bytes: u64) -> Option<&mut Setback> {
        let Some(Part::InFlight(checksum)) = self.part(number) else {
            return None;
        };
        self.set(number, Part::Hashed(*checksum));
        self.no_longer_in_flight(acknowledged_bytes);
        let setback = self.setbacks.entry(number).or_default();
        if acknowledged_bytes > setback.furthest_bytes {
            setback.furthest_bytes = acknowledged_bytes;
            setback.tries = 0;
        }
        Some(setback)
    }

    /// A part that fell short has to be read again before it is sent again.
    pub fn rehash(&mut self, number: u32) -> Option<PartToRead> {
        let Some(Part::Hashed(checksum)) = self.part(number) else {
            return None;
        };
        let checksum = *checksum;
        self.set(number, Part::Rehashing(checksum));
        Some(PartToRead {
            number,
            range: self.plan.range(number),
        })
    }
}

//! An upload in parts: how the recording is cut, and how each part stands.
//!
//! Pure bookkeeping for `step`: it counts, and it knows what may be done next; when something is done, and what a failure
//! means, is decided there. It knows no ticket, no socket and no clock.
//!
//! A part goes from *unread* over *hashed* and *in flight* to *stored*, and back to *hashed* when it did not arrive. One
//! that the store listed after a restart is *claimed*: it is kept only if the bytes on the disk turn out to be those.

mod growth;
mod listing;
mod plan;
mod schedule;
mod setback;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use jiff::Timestamp;
use wire::{CompletedPart, MIN_PART_BYTES};

pub use growth::TooManyParts;
pub use listing::{BadList, Listed};
pub use plan::{PartLimits, PartPlan, PartSizes};
pub use setback::Setback;

use crate::source::{Checksum, ChecksumKind};
use growth::Growth;

/// An upload in parts, as it stands. Part numbers count from 1.
#[derive(Debug, Clone)]
pub struct Parts {
    plan: PartPlan,
    kind: ChecksumKind,
    all: Vec<Part>,
    /// Hashed, and not on their way.
    ready: BTreeSet<u32>,
    in_flight: BTreeSet<u32>,
    rehashing: BTreeSet<u32>,
    /// How it is with parts of a recording that was sent while it was made; `None` of any other.
    growth: Option<Growth>,
    /// Listed by the store, and not compared with the file yet.
    claimed: u32,
    stored: u32,
    stored_bytes: u64,
    /// What of the parts in flight has been acknowledged.
    in_flight_bytes: u64,
    /// Parts that the pass over the file has been through.
    read: u32,
    /// Parts that it may go through.
    allowed: u32,
    whole_sha256: Option<String>,
    setbacks: BTreeMap<u32, Setback>,
    hold_until: Option<Timestamp>,
    waits_until: Option<Timestamp>,
    /// What the journal says of parts that were stored, until the store's list is read.
    recorded: BTreeMap<u32, Claim>,
    listed_to: u32,
    /// Parts that the list, as far as it was read, does not have although the store had taken them.
    missed: u32,
}

/// How a part stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Unread,
    /// It is being read by itself, for the first time.
    Reading,
    Claimed(Box<Claim>),
    Hashed(Checksum),
    /// The store refused its bytes: it is read again for its checksum alone.
    Rehashing(Checksum),
    InFlight(Checksum),
    Stored {
        checksum: Checksum,
        /// `None` when the answer had none: the store's list has it.
        etag: Option<Box<str>>,
    },
}

/// What is said of a part that the store holds.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Claim {
    etag: Box<str>,
    checksum: Option<Checksum>,
}

/// A part to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartOrder {
    /// Which.
    pub number: u32,
    /// Where it lies in the recording, in bytes.
    pub range: Range<u64>,
    /// What its bytes add up to.
    pub checksum: Checksum,
}

/// A part to be read by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartToRead {
    /// Which.
    pub number: u32,
    /// Where it lies in the recording, in bytes.
    pub range: Range<u64>,
}

/// What a checksum from the file made of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hashing {
    /// It can be sent.
    ToSend,
    /// The store has it already.
    Kept {
        /// Its tag there.
        etag: String,
    },
    /// Nothing new.
    Known,
}

/// The same bytes of the file added up to something else before: it was written to, or the disk cannot be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the file reads differently than before")]
pub struct ReadsDifferently;

impl Parts {
    /// None of them read yet; `None` when there are more than any store takes.
    pub fn new(plan: PartPlan, kind: ChecksumKind) -> Option<Self> {
        let count = usize::try_from(plan.count()?).ok()?;
        Some(Self::of(plan, kind, count))
    }

    fn of(plan: PartPlan, kind: ChecksumKind, count: usize) -> Self {
        Self {
            plan,
            kind,
            all: vec![Part::Unread; count],
            ready: BTreeSet::new(),
            in_flight: BTreeSet::new(),
            rehashing: BTreeSet::new(),
            growth: None,
            claimed: 0,
            stored: 0,
            stored_bytes: 0,
            in_flight_bytes: 0,
            read: 0,
            allowed: 0,
            whole_sha256: None,
            setbacks: BTreeMap::new(),
            hold_until: None,
            waits_until: None,
            recorded: BTreeMap::new(),
            listed_to: 0,
            missed: 0,
        }
    }

    /// How the recording is cut.
    pub fn plan(&self) -> PartPlan {
        self.plan
    }

    /// Which checksum proves a part.
    pub fn kind(&self) -> ChecksumKind {
        self.kind
    }

    /// How many parts there are.
    pub fn count(&self) -> u32 {
        // It was made from a `u32`.
        u32::try_from(self.all.len()).unwrap_or(u32::MAX)
    }

    /// How many the store holds.
    pub fn stored(&self) -> u32 {
        self.stored
    }

    /// How many are on their way.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Whether parts that the store listed are still to be compared with the file.
    pub fn is_checking(&self) -> bool {
        self.claimed > 0
    }

    /// Bytes that the other side is known to have: of stored parts all, of those in flight what is acknowledged.
    pub fn acknowledged_bytes(&self) -> u64 {
        self.stored_bytes + self.in_flight_bytes
    }

    /// SHA-256 of the whole file, once the pass is through.
    pub fn whole_sha256(&self) -> Option<&str> {
        self.whole_sha256.as_deref()
    }

    /// Whether the store holds every part, and there will be no more.
    pub fn is_all_stored(&self) -> bool {
        self.stored == self.count() && !self.is_growing()
    }

    /// Every part, to be put together; `None` when one is missing, or its tag is not known.
    pub fn completed(&self) -> Option<Vec<CompletedPart>> {
        let completed = (1..).zip(&self.all).map(|(part_number, part)| match part {
            Part::Stored {
                checksum,
                etag: Some(etag),
            } => Some(CompletedPart {
                part_number,
                etag: etag.to_string(),
                checksum: checksum.digits(),
            }),
            _ => None,
        });
        completed.collect()
    }

    /// The pass has read a part.
    pub fn hashed(&mut self, number: u32, checksum: Checksum) -> Result<Hashing, ReadsDifferently> {
        let Some(part) = self.part(number) else {
            return Ok(Hashing::Known);
        };
        let hashing = match part {
            Part::Claimed(claim) if claim.checksum == Some(checksum) => Hashing::Kept {
                etag: claim.etag.to_string(),
            },
            Part::Unread | Part::Reading | Part::Claimed(_) => Hashing::ToSend,
            Part::Rehashing(known) if *known == checksum => Hashing::ToSend,
            Part::Hashed(known)
            | Part::InFlight(known)
            | Part::Stored {
                checksum: known, ..
            } if *known == checksum => Hashing::Known,
            _ => return Err(ReadsDifferently),
        };
        match &hashing {
            Hashing::ToSend => self.set(number, Part::Hashed(checksum)),
            Hashing::Kept { etag } => {
                let etag = Some(etag.as_str().into());
                self.set(number, Part::Stored { checksum, etag });
            }
            Hashing::Known => {}
        }
        self.read = self.read.max(number);
        Ok(hashing)
    }

    /// The pass is through.
    pub fn whole(&mut self, sha256: String) -> Result<(), ReadsDifferently> {
        match &self.whole_sha256 {
            Some(known) if *known != sha256 => Err(ReadsDifferently),
            _ => {
                self.whole_sha256 = Some(sha256);
                Ok(())
            }
        }
    }

    /// So much of what is in flight has been acknowledged.
    pub fn progressed(&mut self, in_flight_bytes: u64) {
        let most = self.in_flight.iter().map(|n| self.plan.bytes_of(*n)).sum();
        self.in_flight_bytes = in_flight_bytes.min(most);
    }

    /// The store took a part that was in flight; its checksum.
    pub fn landed(&mut self, number: u32, etag: Option<&str>, now: Timestamp) -> Option<Checksum> {
        let Some(Part::InFlight(checksum)) = self.part(number) else {
            return None;
        };
        let checksum = *checksum;
        let etag = etag.map(Into::into);
        self.set(number, Part::Stored { checksum, etag });
        self.no_longer_in_flight(self.plan.bytes_of(number));
        self.setbacks.remove(&number);
        self.rest(number, now);
        // What the journal said of it was said of earlier bytes.
        self.recorded.remove(&number);
        Some(checksum)
    }

    /// What was in flight is not any more: a wait, a sleep, a stop. What of it had been acknowledged, in bytes.
    pub fn drop_in_flight(&mut self) -> u64 {
        let dropped = self.in_flight.union(&self.rehashing).copied();
        let dropped: Vec<u32> = dropped.chain(self.reading()).collect();
        for number in dropped {
            match self.part(number) {
                Some(Part::InFlight(checksum) | Part::Rehashing(checksum)) => {
                    self.set(number, Part::Hashed(*checksum));
                }
                Some(Part::Reading) => self.set(number, Part::Unread),
                _ => {}
            }
        }
        std::mem::take(&mut self.in_flight_bytes)
    }

    /// The store has lost all of it, and takes it anew: what was read of the file stays known.
    pub fn begin_anew(&mut self) {
        self.drop_in_flight();
        for number in 1..=self.count() {
            match self.part(number) {
                Some(Part::Stored { checksum, .. }) => self.set(number, Part::Hashed(*checksum)),
                Some(Part::Claimed(_)) => self.set(number, Part::Unread),
                _ => {}
            }
        }
        self.setbacks.clear();
        self.recorded.clear();
        self.listed_to = 0;
        self.missed = 0;
        self.hold_until = None;
    }

    /// The file is read from its beginning again: what it gives is compared with what it gave.
    pub fn begin_pass(&mut self) {
        self.read = 0;
        self.allowed = 0;
    }

    fn part(&self, number: u32) -> Option<&Part> {
        self.all.get(index(number)?)
    }

    /// The one place where a part changes, so that the counts are right.
    fn set(&mut self, number: u32, next: Part) {
        let Some(part) = index(number).and_then(|index| self.all.get_mut(index)) else {
            return;
        };
        let last = std::mem::replace(part, next);
        let next = part.clone();
        let bytes = self.plan.bytes_of(number);
        self.note(number, &next);
        match last {
            Part::Unread | Part::Reading => {}
            Part::Claimed(_) => self.claimed -= 1,
            Part::Hashed(_) => drop(self.ready.remove(&number)),
            Part::Rehashing(_) => drop(self.rehashing.remove(&number)),
            Part::InFlight(_) => drop(self.in_flight.remove(&number)),
            Part::Stored { .. } => {
                self.stored -= 1;
                self.stored_bytes -= bytes;
            }
        }
        match next {
            Part::Unread | Part::Reading => {}
            Part::Claimed(_) => self.claimed += 1,
            Part::Hashed(_) => drop(self.ready.insert(number)),
            Part::Rehashing(_) => drop(self.rehashing.insert(number)),
            Part::InFlight(_) => drop(self.in_flight.insert(number)),
            Part::Stored { .. } => {
                self.stored += 1;
                self.stored_bytes += bytes;
            }
        }
    }

    /// A part has left, with so many bytes. What was seen of it last may have been more: no more counts than what is left
    /// can have brought.
    fn no_longer_in_flight(&mut self, bytes: u64) {
        self.progressed(self.in_flight_bytes.saturating_sub(bytes));
    }
}

fn index(number: u32) -> Option<usize> {
    usize::try_from(number.checked_sub(1)?).ok()
}

impl Default for PartLimits {
    fn default() -> Self {
        Self {
            least_bytes: MIN_PART_BYTES,
            most_parts: wire::MAX_PARTS,
        }
    }
}

#[cfg(test)]
mod tests;

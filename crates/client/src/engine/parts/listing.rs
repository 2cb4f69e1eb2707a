//! What the store says that it holds, page by page, compared with what is known here.

use wire::{MAX_PARTS, StoredPart, StoredParts};

use super::{Claim, Part, Parts};
use crate::source::Checksum;

/// What a page left to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// Ask for what comes after this part.
    More(u32),
    /// That was the last.
    All {
        /// Parts that the store had taken and does not hold any more.
        lost: u32,
    },
}

/// A list that no store would give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadList {
    /// A part a second time, or out of order.
    #[error("part {0} is out of order")]
    Unordered(u32),
    /// A part beyond the recording's end.
    #[error("there is no part {0}")]
    OutOfRange(u32),
    /// It does not get on.
    #[error("the list does not end")]
    Endless,
}

impl Parts {
    /// What the journal says of a part. It counts once the store lists the part, and the file agrees.
    pub fn remember(&mut self, number: u32, etag: Option<&str>, checksum: &str) {
        if let (Some(etag), Some(checksum)) = (etag, Checksum::parse(self.kind, checksum)) {
            let claim = Claim {
                etag: etag.into(),
                checksum: Some(checksum),
            };
            if self.is_growing() {
                // Nobody has looked yet how far the recording went; so far, at least.
                self.reach(number.into(), MAX_PARTS.into());
                self.plan.size_bytes = u64::from(self.count()) * self.plan.part_bytes;
            }
            self.recorded.insert(number, claim);
        }
    }

    /// Bytes of the parts that the store took, as the journal has it.
    pub fn recorded_bytes(&self) -> u64 {
        let numbers = self.recorded.keys();
        numbers.map(|number| self.plan.bytes_of(*number)).sum()
    }

    /// Whether the journal has this of a part already.
    pub fn is_recorded(&self, number: u32, etag: &str, checksum: Checksum) -> bool {
        self.recorded
            .get(&number)
            .is_some_and(|known| &*known.etag == etag && known.checksum == Some(checksum))
    }

    /// Begins to compare with the store's list. Nothing may be in flight.
    pub fn begin_listing(&mut self) {
        self.drop_in_flight();
        self.listed_to = 0;
        self.missed = 0;
    }

    /// The part after which the store's list is to go on; `None` at its beginning.
    pub fn listed_to(&self) -> Option<u32> {
        Some(self.listed_to).filter(|number| *number > 0)
    }

    /// Takes a page in. Numbers have to rise throughout, so that no list is longer than there are parts.
    pub fn list(&mut self, page: &StoredParts) -> Result<Listed, BadList> {
        let mut last = self.listed_to;
        for entry in &page.parts {
            let number = entry.part_number;
            if number <= last {
                return Err(BadList::Unordered(number));
            }
            if number > self.count() {
                return Err(BadList::OutOfRange(number));
            }
            self.missed += self.not_listed(last + 1, number - 1);
            self.missed += u32::from(!self.listed(entry));
            last = number;
        }
        let progressed = last > self.listed_to;
        self.listed_to = last;
        match page.next {
            None => {
                self.missed += self.not_listed(last + 1, self.count());
                Ok(Listed::All {
                    lost: std::mem::take(&mut self.missed),
                })
            }
            Some(next) if progressed && next == last => Ok(Listed::More(next)),
            Some(_) => Err(BadList::Endless),
        }
    }

    /// The store holds something under a number; whether that is as much as was known here.
    fn listed(&mut self, entry: &StoredPart) -> bool {
        let number = entry.part_number;
        let claim = self.claim(entry);
        let claimed = claim.as_ref().and_then(|claim| claim.checksum);
        let Some(part) = self.part(number) else {
            return true;
        };
        match (part, claim) {
            (Part::Stored { checksum, .. }, Some(claim))
                if claimed.is_none_or(|claimed| claimed == *checksum) =>
            {
                let checksum = *checksum;
                let etag = Some(claim.etag);
                self.set(number, Part::Stored { checksum, etag });
            }
            (Part::Stored { checksum, .. }, _) => {
                self.set(number, Part::Hashed(*checksum));
                return false;
            }
            // It arrived, and the answer was lost.
            (Part::Hashed(checksum), Some(claim)) if claimed == Some(*checksum) => {
                let checksum = *checksum;
                let etag = Some(claim.etag);
                self.set(number, Part::Stored { checksum, etag });
            }
            // Without a checksum nothing would prove it.
            (Part::Unread | Part::Claimed(_), Some(claim)) if claimed.is_some() => {
                self.set(number, Part::Claimed(Box::new(claim)));
            }
            (Part::Claimed(_), _) => self.set(number, Part::Unread),
            _ => {}
        }
        true
    }

    /// What the store says of a part, unless its size or the journal speaks against it.
    fn claim(&self, entry: &StoredPart) -> Option<Claim> {
        if entry.size != self.plan.bytes_of(entry.part_number) {
            return None;
        }
        let listed = match &entry.checksum {
            Some(digits) => Some(Checksum::parse(self.kind, digits)?),
            None => None,
        };
        let recorded = self.recorded.get(&entry.part_number);
        if recorded.is_some_and(|known| bare(&known.etag) != bare(&entry.etag)) {
            return None;
        }
        Some(Claim {
            etag: entry.etag.as_str().into(),
            checksum: listed.or_else(|| recorded.and_then(|known| known.checksum)),
        })
    }

    /// How many of these the store was believed to hold.
    fn not_listed(&mut self, first: u32, last: u32) -> u32 {
        let mut lost = 0;
        for number in first..=last {
            match self.part(number) {
                Some(Part::Stored { checksum, .. }) => {
                    self.set(number, Part::Hashed(*checksum));
                    lost += 1;
                }
                Some(Part::Claimed(_)) => self.set(number, Part::Unread),
                _ => {}
            }
        }
        lost
    }
}

/// A tag without its quotes, which some stores leave out of their lists.
fn bare(etag: &str) -> &str {
    etag.trim_matches('"')
}

//! Chance that can be had again: the same seed gives the same numbers, on any machine and with any version of anything.

/// A sequence of numbers.
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    /// That of one upload among all of a run's.
    pub(super) fn of(seed: u64, upload: u32) -> Self {
        let mut chance = Self(seed ^ u64::from(upload).rotate_left(32));
        // Neighbours begin alike, and part at once.
        chance.next();
        chance
    }

    /// `SplitMix64`. Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from `least` to `most`, both included.
    pub(super) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.next() % (most - least + 1)
    }

    /// One of these.
    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        let last = of.len() as u64 - 1;
        let at = usize::try_from(self.between(0, last)).unwrap_or_default();
        of[at]
    }
}

/// Bytes without pattern.
pub(super) fn noise(size_bytes: usize) -> Vec<u8> {
    let mut chance = Chance::of(0, 0);
    let mut bytes = Vec::with_capacity(size_bytes + 8);
    while bytes.len() < size_bytes {
        bytes.extend_from_slice(&chance.next().to_le_bytes());
    }
    bytes.truncate(size_bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_tells_the_same_story() {
        let story = |seed, upload| {
            let mut chance = Chance::of(seed, upload);
            std::array::from_fn::<_, 8, _>(|_| chance.between(1, 1000))
        };
        assert_eq!(story(7, 3), story(7, 3));
        assert_ne!(story(7, 3), story(7, 4));
        assert_ne!(story(7, 3), story(8, 3));
        assert!(story(7, 3).iter().all(|number| (1..=1000).contains(number)));
    }

    #[test]
    fn everything_is_picked_some_time() {
        let mut chance = Chance::of(1, 1);
        let picked: std::collections::BTreeSet<_> =
            (0..100).map(|_| chance.pick(&[1, 2, 3])).collect();
        assert_eq!(picked.len(), 3);
    }
}

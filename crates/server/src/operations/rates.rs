//! How many requests a second one user, and one address, may make. Each may save up as much as two seconds' worth.
//!
//! Each server counts for itself: behind a balancer the sum of the servers' limits holds.

use std::fmt;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::Clock as _;
use governor::{DefaultKeyedRateLimiter, Quota};
use wire::UserId;

use crate::accounts::attempts::neighbourhood;
use crate::refusal::Refusal;

/// Requests between two looks for users and addresses that have not been heard of for a while; they are forgotten.
const REQUESTS_BETWEEN_TIDYING: u32 = 4096;

/// Both limits.
#[derive(Debug)]
pub(crate) struct Rates {
    users: Option<Limiter<UserId>>,
    addresses: Option<Limiter<IpAddr>>,
}

impl Rates {
    /// In requests a second; none is no limit.
    pub(crate) fn new(per_user: Option<NonZeroU32>, per_address: Option<NonZeroU32>) -> Self {
        Self {
            users: per_user.map(Limiter::new),
            addresses: per_address.map(Limiter::new),
        }
    }

    /// Counts a request of this user.
    pub(crate) fn count_user(&self, user: &UserId) -> Result<(), Refusal> {
        count(self.users.as_ref(), user)
    }

    /// Counts a request from this address. Whoever has an IPv6 address has its whole neighbourhood.
    pub(crate) fn count_address(&self, address: IpAddr) -> Result<(), Refusal> {
        count(self.addresses.as_ref(), &neighbourhood(address))
    }
}

fn count<K: Hash + Eq + Clone>(limiter: Option<&Limiter<K>>, key: &K) -> Result<(), Refusal> {
    limiter
        .map_or(Ok(()), |limiter| limiter.count(key))
        .map_err(|retry_after| Refusal::TooManyRequests { retry_after })
}

struct Limiter<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    counted: AtomicU32,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    fn new(per_second: NonZeroU32) -> Self {
        let burst = per_second.saturating_add(per_second.get());
        Self {
            limiter: DefaultKeyedRateLimiter::keyed(
                Quota::per_second(per_second).allow_burst(burst),
            ),
            counted: AtomicU32::new(0),
        }
    }

    /// Counts one more, or says for how long there may be none.
    fn count(&self, key: &K) -> Result<(), Duration> {
        let counted = self.counted.fetch_add(1, Ordering::Relaxed);
        if counted % REQUESTS_BETWEEN_TIDYING == REQUESTS_BETWEEN_TIDYING - 1 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        self.limiter
            .check_key(key)
            .map_err(|until| until.wait_time_from(self.limiter.clock().now()))
    }
}

impl<K: Hash + Eq + Clone> fmt::Debug for Limiter<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter")
            .field("keys", &self.limiter.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_who_asks_too_often_waits_and_others_do_not() {
        let rates = Rates::new(NonZeroU32::new(1), None);
        let (ada, bob) = (UserId::from("ada"), UserId::from("bob"));
        rates.count_user(&ada).unwrap();
        rates.count_user(&ada).unwrap();
        let Err(Refusal::TooManyRequests { retry_after }) = rates.count_user(&ada) else {
            panic!("a third at once");
        };
        assert!(retry_after <= Duration::from_secs(1), "{retry_after:?}");
        rates.count_user(&bob).unwrap();
        rates.count_address(IpAddr::from([192, 0, 2, 1])).unwrap();
    }

    #[test]
    fn those_who_are_gone_are_forgotten() {
        // So fast that whoever asked has all of it back at once.
        let limiter = Limiter::new(NonZeroU32::MAX);
        for key in 0..10 * REQUESTS_BETWEEN_TIDYING {
            limiter.count(&key).unwrap();
        }
        let kept = limiter.limiter.len();
        assert!(kept <= REQUESTS_BETWEEN_TIDYING as usize, "{kept}");
    }
}

//! How many requests a second one user, all users of one tenant, and one address may make. Each may save up as much as two
//! seconds' worth.
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
use wire::{TenantId, UserId};

use crate::accounts::attempts::neighbourhood;
use crate::configuration::Operating;
use crate::refusal::Refusal;

/// Requests between two looks for those who have not been heard of for a while; they are forgotten.
const REQUESTS_BETWEEN_TIDYING: u32 = 4096;

/// The limits.
#[derive(Debug)]
pub(crate) struct Rates {
    users: Option<Limiter<UserId>>,
    tenants: Option<Limiter<TenantId>>,
    addresses: Option<Limiter<IpAddr>>,
}

impl Rates {
    pub(crate) fn new(operating: &Operating) -> Self {
        Self {
            users: operating.user_requests_per_second.map(Limiter::new),
            tenants: operating.tenant_requests_per_second.map(Limiter::new),
            addresses: operating.address_requests_per_second.map(Limiter::new),
        }
    }

    /// Counts a request of this user, and of their tenant. What is too much of one user's takes nothing from the others of
    /// the tenant.
    pub(crate) fn count_caller(&self, user: &UserId, tenant: &TenantId) -> Result<(), Refusal> {
        count(self.users.as_ref(), user)?;
        count(self.tenants.as_ref(), tenant)
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

    fn limited(per_user: u32, per_tenant: u32) -> Rates {
        Rates::new(&Operating {
            user_requests_per_second: NonZeroU32::new(per_user),
            tenant_requests_per_second: NonZeroU32::new(per_tenant),
            address_requests_per_second: None,
            ..Operating::default()
        })
    }

    /// For how long this user has to wait.
    fn wait(rates: &Rates, user: &str, tenant: &str) -> Option<Duration> {
        match rates.count_caller(&user.into(), &tenant.into()) {
            Ok(()) => None,
            Err(Refusal::TooManyRequests { retry_after }) => Some(retry_after),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn one_who_asks_too_often_waits_and_others_do_not() {
        let rates = limited(1, 0);
        assert_eq!(wait(&rates, "ada", "acme"), None);
        assert_eq!(wait(&rates, "ada", "acme"), None);
        let third = wait(&rates, "ada", "acme").unwrap();
        assert!(third <= Duration::from_secs(1), "{third:?}");
        assert_eq!(wait(&rates, "bob", "acme"), None);
        rates.count_address(IpAddr::from([192, 0, 2, 1])).unwrap();
    }

    #[test]
    fn a_tenant_whose_users_ask_too_often_together_waits_and_others_do_not() {
        let rates = limited(0, 1);
        assert_eq!(wait(&rates, "ada", "acme"), None);
        assert_eq!(wait(&rates, "bob", "acme"), None);
        let third = wait(&rates, "eve", "acme").unwrap();
        assert!(third <= Duration::from_secs(1), "{third:?}");
        assert_eq!(wait(&rates, "zoe", "other"), None);
    }

    #[test]
    fn what_is_too_much_of_one_user_takes_nothing_from_the_tenant() {
        let rates = limited(1, 2);
        for asked in 0..10 {
            assert_eq!(wait(&rates, "ada", "acme").is_some(), asked >= 2);
        }
        assert_eq!(wait(&rates, "bob", "acme"), None);
        assert_eq!(wait(&rates, "bob", "acme"), None);
        assert!(wait(&rates, "eve", "acme").is_some());
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

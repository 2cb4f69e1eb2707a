//! How often a password may be guessed: counted by account and by address, in memory, in windows of fifteen minutes.
//!
//! An attempt is counted when it begins, so that many at once are counted too, and forgiven when it succeeds. Unknown
//! accounts count like known ones: the limit tells nobody which addresses have an account.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use jiff::Timestamp;

/// How long failures are remembered.
const WINDOW: Duration = Duration::from_mins(15);

/// Failures that one account may have in a window.
const FAILURES_PER_ACCOUNT: u32 = 10;

/// Failures that one address may have in a window: many people can share one.
const FAILURES_PER_ADDRESS: u32 = 100;

/// Windows kept at most; beyond it the oldest is dropped.
const MAX_WINDOWS: usize = 10_000;

/// Both limits.
#[derive(Debug)]
pub(crate) struct Attempts {
    accounts: Windows<String>,
    addresses: Windows<IpAddr>,
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            accounts: Windows::new(FAILURES_PER_ACCOUNT),
            addresses: Windows::new(FAILURES_PER_ADDRESS),
        }
    }
}

impl Attempts {
    /// Counts an attempt, or says for how long there may be none.
    pub(crate) fn begin(
        &mut self,
        email: &str,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), Duration> {
        let address = neighbourhood(address);
        self.addresses.check(&address, now)?;
        self.accounts.check(&email.to_owned(), now)?;
        self.addresses.count(address, now);
        self.accounts.count(email.to_owned(), now);
        Ok(())
    }

    /// The attempt succeeded: the account starts anew, the address gets this one back.
    pub(crate) fn forgive(&mut self, email: &str, address: IpAddr) {
        self.accounts.open.remove(email);
        if let Some(window) = self.addresses.open.get_mut(&neighbourhood(address)) {
            window.failures = window.failures.saturating_sub(1);
        }
    }
}

/// Whoever has an IPv6 address has its whole /64 (RFC 6177, section 2).
pub(crate) fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[derive(Debug)]
struct Window {
    since: Timestamp,
    failures: u32,
}

#[derive(Debug)]
struct Windows<K> {
    limit: u32,
    open: HashMap<K, Window>,
}

impl<K: Hash + Eq + Clone> Windows<K> {
    fn new(limit: u32) -> Self {
        Self {
            limit,
            open: HashMap::new(),
        }
    }

    fn check(&mut self, key: &K, now: Timestamp) -> Result<(), Duration> {
        let Some(window) = self.open.get(key) else {
            return Ok(());
        };
        let elapsed = now.duration_since(window.since).unsigned_abs();
        if elapsed >= WINDOW {
            self.open.remove(key);
            return Ok(());
        }
        if window.failures < self.limit {
            return Ok(());
        }
        Err(WINDOW.saturating_sub(elapsed).max(Duration::from_secs(1)))
    }

    fn count(&mut self, key: K, now: Timestamp) {
        if self.open.len() >= MAX_WINDOWS && !self.open.contains_key(&key) {
            self.make_room(now);
        }
        let window = self.open.entry(key).or_insert(Window {
            since: now,
            failures: 0,
        });
        window.failures += 1;
    }

    fn make_room(&mut self, now: Timestamp) {
        self.open
            .retain(|_, window| now.duration_since(window.since).unsigned_abs() < WINDOW);
        if self.open.len() < MAX_WINDOWS {
            return;
        }
        let oldest = self.open.iter().min_by_key(|(_, window)| window.since);
        if let Some(key) = oldest.map(|(key, _)| key.clone()) {
            self.open.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn an_account_is_closed_after_ten_failures_and_opens_again() {
        let mut attempts = Attempts::default();
        for _ in 0..FAILURES_PER_ACCOUNT {
            attempts.begin("a@x", HOME, at(0)).unwrap();
        }
        assert_eq!(
            attempts.begin("a@x", HOME, at(60)),
            Err(Duration::from_mins(14))
        );
        attempts.begin("b@x", HOME, at(60)).unwrap();
        attempts.begin("a@x", HOME, at(15 * 60)).unwrap();
    }

    #[test]
    fn a_success_starts_anew() {
        let mut attempts = Attempts::default();
        for _ in 0..50 * FAILURES_PER_ACCOUNT {
            attempts.begin("a@x", HOME, at(0)).unwrap();
            attempts.forgive("a@x", HOME);
        }
    }

    #[test]
    fn an_address_is_closed_whatever_account_it_tries() {
        let mut attempts = Attempts::default();
        let neighbour = |last: u16| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, last));
        for guess in 0..FAILURES_PER_ADDRESS {
            let from = neighbour(u16::try_from(guess).unwrap());
            attempts.begin(&format!("{guess}@x"), from, at(0)).unwrap();
        }
        assert!(attempts.begin("new@x", neighbour(999), at(1)).is_err());
        attempts.begin("new@x", HOME, at(1)).unwrap();
    }

    #[test]
    fn memory_is_bounded() {
        let mut windows = Windows::new(1);
        for key in 0..MAX_WINDOWS + 50 {
            windows.count(key, at(i64::try_from(key).unwrap() / 1000));
        }
        assert!(windows.open.len() <= MAX_WINDOWS);
    }
}

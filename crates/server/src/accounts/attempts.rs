//! How often a password may be guessed: counted by account and by address, in windows of fifteen minutes, in the database.
//! So every server knows what was tried at the others, and a restart forgets nothing.
//!
//! An attempt is counted when it begins, so that many at once are counted too, and forgiven when it succeeds. Unknown
//! accounts count like known ones: the limit tells nobody which addresses have an account.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::db::{Attempt, AttemptLimits, Database};
use crate::refusal::Refusal;

/// How long failures are remembered, and how many one address and one account may have meanwhile: many people can share an
/// address.
const LIMITS: AttemptLimits = AttemptLimits {
    window: Duration::from_mins(15),
    per_address: 100,
    per_account: 10,
};

/// Counts an attempt, or says for how long there may be none.
pub(crate) async fn begin(
    database: &Database,
    email: &str,
    address: IpAddr,
    now: Timestamp,
) -> Result<(), Refusal> {
    let attempt = attempt(email, address);
    // Whoever is refused anyway waits for no row: a flood of guesses at one account would hold every connection.
    let full = match database.full_window(&attempt, LIMITS, now).await? {
        Some(since) => Some(since),
        None => database.count_attempt(&attempt, LIMITS, now).await?,
    };
    full.map_or(Ok(()), |since| {
        let elapsed = now.duration_since(since).unsigned_abs();
        let left = LIMITS.window.saturating_sub(elapsed);
        let retry_after = left.max(Duration::from_secs(1));
        Err(Refusal::TooManyAttempts { retry_after })
    })
}

/// The attempt succeeded: the account starts anew, the address gets this one back. Whoever is signed in already is not
/// refused because that could not be written.
pub(crate) async fn forgive(database: &Database, email: &str, address: IpAddr) {
    if let Err(error) = database.forgive_attempt(&attempt(email, address)).await {
        tracing::warn!(%error, "a sign-in that succeeded goes on counting as an attempt");
    }
}

/// Forgets what is over. What could not be forgotten is left to the next sweep.
pub(crate) async fn sweep(database: &Database, now: Timestamp) {
    if let Err(error) = database.forget_attempts(now - LIMITS.window).await {
        tracing::warn!(%error, "the sweep could not forget old attempts at signing in");
    }
}

fn attempt(email: &str, address: IpAddr) -> Attempt {
    let hash = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()));
    Attempt {
        address_hash: hash(&neighbourhood(address).to_string()),
        account_hash: hash(email),
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

#[cfg(test)]
mod tests {
    use tempfile::TempDir;
    use tokio::task::JoinSet;

    use super::*;
    use crate::db::DatabaseUrl;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    async fn database(folder: &TempDir) -> Database {
        let url = DatabaseUrl::sqlite_file(folder.path().join("a.db")).unwrap();
        Database::open(&url).await.unwrap()
    }

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    /// For how long there may be no attempt; `None` when this one was let through.
    async fn wait(
        database: &Database,
        email: &str,
        from: IpAddr,
        now: Timestamp,
    ) -> Option<Duration> {
        match begin(database, email, from, now).await {
            Ok(()) => None,
            Err(Refusal::TooManyAttempts { retry_after }) => Some(retry_after),
            Err(other) => panic!("{other}"),
        }
    }

    #[tokio::test]
    async fn an_account_is_closed_after_ten_failures_and_opens_again() {
        let folder = tempfile::tempdir().unwrap();
        let first = database(&folder).await;
        for _ in 0..LIMITS.per_account {
            assert_eq!(wait(&first, "a@x", HOME, at(0)).await, None);
        }
        // Another server over the same rows, or this one after its restart.
        let second = database(&folder).await;
        for database in [&first, &second] {
            let left = wait(database, "a@x", HOME, at(60)).await;
            assert_eq!(left, Some(Duration::from_mins(14)));
        }
        assert_eq!(wait(&second, "b@x", HOME, at(60)).await, None);
        let last = wait(&second, "a@x", HOME, at(15 * 60 - 1)).await;
        assert_eq!(last, Some(Duration::from_secs(1)));
        // The window begins anew, with all that fits into one.
        for _ in 0..LIMITS.per_account {
            assert_eq!(wait(&second, "a@x", HOME, at(15 * 60)).await, None);
        }
        let left = wait(&first, "a@x", HOME, at(15 * 60)).await;
        assert_eq!(left, Some(Duration::from_mins(15)));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn of_many_at_once_no_more_are_let_through_than_may_be() {
        let folder = tempfile::tempdir().unwrap();
        let servers = [database(&folder).await, database(&folder).await];
        let mut racing = JoinSet::new();
        for turn in 0..30 {
            let server = servers[turn % 2].clone();
            racing.spawn(async move { wait(&server, "a@x", HOME, at(0)).await });
        }
        let waits = racing.join_all().await;
        let let_through = waits.iter().filter(|wait| wait.is_none()).count();
        assert_eq!(let_through, 10, "{waits:?}");
        // The refused ones count for nobody: the address has ninety left.
        for guess in 0..90 {
            let email = format!("{guess}@x");
            assert_eq!(wait(&servers[0], &email, HOME, at(1)).await, None);
        }
        assert!(wait(&servers[0], "last@x", HOME, at(1)).await.is_some());
    }

    #[tokio::test]
    async fn a_success_starts_anew() {
        let folder = tempfile::tempdir().unwrap();
        let database = database(&folder).await;
        for _ in 0..=LIMITS.per_address {
            assert_eq!(wait(&database, "a@x", HOME, at(0)).await, None);
            forgive(&database, "a@x", HOME).await;
        }
    }

    #[tokio::test]
    async fn an_address_is_closed_whatever_account_it_tries() {
        let folder = tempfile::tempdir().unwrap();
        let database = database(&folder).await;
        let neighbour = |last: u16| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, last));
        for guess in 0..100 {
            let email = format!("{guess}@x");
            assert_eq!(wait(&database, &email, neighbour(guess), at(0)).await, None);
        }
        let left = wait(&database, "new@x", neighbour(999), at(1)).await;
        assert_eq!(left, Some(Duration::from_secs(15 * 60 - 1)));
        assert_eq!(wait(&database, "new@x", HOME, at(1)).await, None);
    }

    #[tokio::test]
    async fn the_sweep_forgets_what_is_over_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let database = database(&folder).await;
        for _ in 0..LIMITS.per_account {
            assert_eq!(wait(&database, "a@x", HOME, at(100)).await, None);
        }
        sweep(&database, at(100 + 15 * 60 - 1)).await;
        assert!(wait(&database, "a@x", HOME, at(101)).await.is_some());
        sweep(&database, at(100 + 15 * 60 + 1)).await;
        // By the clock of then there would be no room yet.
        assert_eq!(wait(&database, "a@x", HOME, at(101)).await, None);
    }

    #[test]
    fn neither_an_address_nor_an_account_can_be_read_from_what_is_kept() {
        let attempt = attempt("ada@acme.example", HOME);
        let kept = format!("{attempt:?}");
        assert!(!kept.contains("ada") && !kept.contains("127.0"), "{kept}");
    }
}

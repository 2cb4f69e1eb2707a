//! How often passwords were guessed of late, by address and by account. Both are known here by their hash alone: people type
//! all sorts of things into the wrong field.
//!
//! Who takes rows of both takes the addresses' first, so that no two wait for each other.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::Row as _;

use super::access::{By as _, Purpose};
use super::{Database, milliseconds, timestamp};

const ADDRESS: &str = "address";
const ACCOUNT: &str = "account";

/// An attempt to sign in: from where, and as whom.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) address_hash: String,
    pub(crate) account_hash: String,
}

/// How many attempts may fail in a window, which begins with the first of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AttemptLimits {
    pub(crate) window: Duration,
    pub(crate) per_address: i64,
    pub(crate) per_account: i64,
}

impl AttemptLimits {
    fn window_milliseconds(self) -> i64 {
        i64::try_from(self.window.as_millis()).unwrap_or(i64::MAX)
    }
}

impl Database {
    /// Since when there is a window without room for this attempt; of two the one that ends later. It takes no lock.
    pub(crate) async fn full_window(
        &self,
        attempt: &Attempt,
        limits: AttemptLimits,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT since FROM attempts
             WHERE (kind = 'address' AND key_hash = $1 AND failures >= $2
                    OR kind = 'account' AND key_hash = $3 AND failures >= $4)
               AND ABS(since - $5) < $6",
        )
        .bind(&attempt.address_hash)
        .bind(limits.per_address)
        .bind(&attempt.account_hash)
        .bind(limits.per_account)
        .bind(milliseconds(now))
        .bind(limits.window_milliseconds())
        .fetch_all_by(self.access(Purpose::SignIn))
        .await?;
        let mut latest = None;
        for row in rows {
            latest = latest.max(Some(timestamp("since", row.try_get("since")?)?));
        }
        Ok(latest)
    }

    /// Counts an attempt, and begins windows anew that are over. Where one has no room for it, it is not counted, and it is
    /// answered since when. Until the transaction ends both rows are its own: however many servers count at once, no more
    /// get through than there is room for.
    pub(crate) async fn count_attempt(
        &self,
        attempt: &Attempt,
        limits: AttemptLimits,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, sqlx::Error> {
        let mut transaction = self.access(Purpose::SignIn).begin().await?;
        let rows = sqlx::query(
            "INSERT INTO attempts (kind, key_hash, since, failures)
             VALUES ('address', $1, $3, 1), ('account', $2, $3, 1)
             ON CONFLICT (kind, key_hash) DO UPDATE SET
                 since = CASE WHEN ABS(excluded.since - attempts.since) < $4
                              THEN attempts.since ELSE excluded.since END,
                 failures = CASE WHEN ABS(excluded.since - attempts.since) < $4
                                 THEN attempts.failures + 1 ELSE 1 END
             RETURNING kind, since, failures",
        )
        .bind(&attempt.address_hash)
        .bind(&attempt.account_hash)
        .bind(milliseconds(now))
        .bind(limits.window_milliseconds())
        .fetch_all(&mut *transaction)
        .await?;
        let mut full = None;
        for row in rows {
            let most = match row.try_get::<String, _>("kind")?.as_str() {
                ADDRESS => limits.per_address,
                _ => limits.per_account,
            };
            if row.try_get::<i64, _>("failures")? > most {
                full = full.max(Some(timestamp("since", row.try_get("since")?)?));
            }
        }
        if full.is_some() {
            transaction.rollback().await?;
        } else {
            transaction.commit().await?;
        }
        Ok(full)
    }

    /// The attempt succeeded: the account starts anew, the address gets this one back.
    pub(crate) async fn forgive_attempt(&self, attempt: &Attempt) -> Result<(), sqlx::Error> {
        let mut transaction = self.access(Purpose::SignIn).begin().await?;
        sqlx::query(
            "UPDATE attempts SET failures = failures - 1
             WHERE kind = 'address' AND key_hash = $1 AND failures > 0",
        )
        .bind(&attempt.address_hash)
        .execute(&mut *transaction)
        .await?;
        sqlx::query("DELETE FROM attempts WHERE kind = 'account' AND key_hash = $1")
            .bind(&attempt.account_hash)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    }

    /// Forgets windows that began before then. Either sort has a transaction of its own: one for both would hold accounts'
    /// rows while it waits for an address's.
    pub(crate) async fn forget_attempts(&self, since: Timestamp) -> Result<(), sqlx::Error> {
        for kind in [ADDRESS, ACCOUNT] {
            sqlx::query("DELETE FROM attempts WHERE kind = $1 AND since < $2")
                .bind(kind)
                .bind(milliseconds(since))
                .execute_by(self.access(Purpose::Sweep))
                .await?;
        }
        Ok(())
    }
}

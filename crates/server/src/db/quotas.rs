//! How much a tenant may keep, and begin on a day.
//!
//! What there is, is counted by triggers of the database itself, in the transaction of whatever changes a recording and for
//! tenants with a quota alone (`migrations`, 0005). Whoever adds to it looks at the count afterwards, inside their
//! transaction: until that ends, the count is theirs alone, so that of two servers one takes the last place.
//!
//! What was there before a quota is counted without stopping anybody else's tenant. The row comes first, without limits, so
//! that whoever changes a recording from then on counts in it, or waits for it. Then those are waited for who may have
//! looked for it too early. Then the row is held, which only this tenant's uploads want, and what is there is added up.
//! SQLite has one writer at a time: there the row and the sum are made in one.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use wire::TenantId;

use super::access::{By as _, Purpose, Transaction};
use super::{Database, Engine, TenantScope, audit, corrupt, milliseconds};
use crate::audit::Event;

/// Milliseconds of a day. Days are UTC's.
const DAY: i64 = 86_400_000;

/// How often it is looked whether transactions have ended.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How often before that is given up: for longer than any transaction of a server's may last (`opening::LIMITS`).
const MOST_LOOKS: u32 = 45 * 20;

/// The most that a tenant may have; `None` is any number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quota {
    /// Bytes of the recordings that are kept. What is pending counts with the size that was stated for it.
    pub bytes: Option<u64>,
    /// Recordings begun on one day (UTC), without those that were given up.
    pub recordings_a_day: Option<u32>,
}

/// A quota, and what there is of what it limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// The most that there may be.
    pub quota: Quota,
    /// Bytes that are kept or promised.
    pub bytes: u64,
    /// Recordings begun today.
    pub recordings_today: u64,
}

/// What a recording would be too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Excess {
    Bytes {
        most: u64,
        /// Without the recording.
        kept: u64,
    },
    Recordings {
        most: u32,
    },
}

/// Why a recording was neither added nor completed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("the tenant's quota is used up")]
    Excess(Excess),
}

/// Why a quota was not set.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CountError {
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// A transaction is under way for longer than any of ours may be, or another order lifted the quota meanwhile.
    #[error("what there is could not be counted")]
    Disturbed,
}

impl Usage {
    fn read(row: &AnyRow, today: i64) -> Result<Self, sqlx::Error> {
        let count = |column: &'static str, value: i64| {
            u64::try_from(value).map_err(|error| corrupt(column, error))
        };
        let most = |column: &'static str| {
            let value: Option<i64> = row.try_get(column)?;
            value.map(|value| count(column, value)).transpose()
        };
        let recordings_a_day = most("max_recordings_a_day")?.map(u32::try_from).transpose();
        let recordings = count("recordings", row.try_get("recordings")?)?;
        Ok(Self {
            quota: Quota {
                bytes: most("max_bytes")?,
                recordings_a_day: recordings_a_day
                    .map_err(|error| corrupt("max_recordings_a_day", error))?,
            },
            bytes: count("bytes", row.try_get("bytes")?)?,
            // Those of a day before are none of today's.
            recordings_today: match row.try_get::<i64, _>("day")? {
                day if day < today => 0,
                _ => recordings,
            },
        })
    }

    /// What it is too much of, once a recording of this size was added. One of an unknown size needs some room at least.
    pub(super) fn after_adding(&self, promised: Option<u64>) -> Option<Excess> {
        if let Some(most) = self.quota.recordings_a_day
            && self.recordings_today > u64::from(most)
        {
            return Some(Excess::Recordings { most });
        }
        let most = self.quota.bytes?;
        let full = self.bytes > most || promised.is_none() && self.bytes == most;
        full.then(|| Excess::Bytes {
            most,
            kept: self.bytes.saturating_sub(promised.unwrap_or_default()),
        })
    }

    /// What it is too much of, once a recording was completed that had not stated this size before.
    pub(super) fn after_completing(&self, size: u64) -> Option<Excess> {
        let most = self.quota.bytes?;
        (self.bytes > most).then(|| Excess::Bytes {
            most,
            kept: self.bytes.saturating_sub(size),
        })
    }
}

/// A column for a statement about a tenant's recordings (`$1`), for [`is_limited`]: it costs no question of its own.
macro_rules! limited_column {
    () => {
        ", (SELECT COUNT(*) FROM quotas WHERE quotas.tenant_id = $1) AS limited"
    };
}
pub(super) use limited_column;

/// Whether the tenant has a quota.
pub(super) fn is_limited(row: &AnyRow) -> Result<bool, sqlx::Error> {
    Ok(row.try_get::<i64, _>("limited")? != 0)
}

/// A row without limits is one that is being counted: what it says is not true yet.
const USAGE: &str = "SELECT max_bytes, max_recordings_a_day, bytes, day, recordings FROM quotas
     WHERE tenant_id = $1 AND (max_bytes IS NOT NULL OR max_recordings_a_day IS NOT NULL)";

fn day_of(time: Timestamp) -> i64 {
    milliseconds(time).div_euclid(DAY)
}

impl TenantScope<'_> {
    /// What the tenant has, as it is inside a transaction.
    pub(super) async fn usage_within(
        &self,
        transaction: &mut Transaction,
        now: Timestamp,
    ) -> Result<Option<Usage>, sqlx::Error> {
        sqlx::query(USAGE)
            .bind(self.tenant.as_str())
            .fetch_optional(&mut **transaction)
            .await?
            .map(|row| Usage::read(&row, day_of(now)))
            .transpose()
    }
}

impl Database {
    /// What a tenant has, and may have; `None` where it may have any number.
    pub(crate) async fn usage(
        &self,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<Option<Usage>, sqlx::Error> {
        sqlx::query(USAGE)
            .bind(tenant.as_str())
            .fetch_optional_by(self.access(Purpose::Tenant(tenant)))
            .await?
            .map(|row| Usage::read(&row, day_of(now)))
            .transpose()
    }

    /// Sets what a tenant may have, and counts what it has.
    pub(crate) async fn set_quota(
        &self,
        tenant: &TenantId,
        quota: Quota,
        event: &Event,
    ) -> Result<(), CountError> {
        let is_lifted = quota == Quota::default();
        if !is_lifted
            && self.engine == Engine::Postgres
            && self.usage(tenant, event.at).await?.is_none()
        {
            self.begin_counting(tenant, event.at).await?;
            self.outlast_who_may_not_count(tenant).await?;
        }
        let mut transaction = self.access(Purpose::Tenant(tenant)).begin().await?;
        if is_lifted {
            sqlx::query("DELETE FROM quotas WHERE tenant_id = $1")
                .bind(tenant.as_str())
                .execute(&mut *transaction)
                .await?;
        } else {
            self.count_anew(&mut transaction, tenant, quota, event.at)
                .await?;
        }
        audit::add(&mut transaction, tenant, event).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Puts a row without limits there, unless there is one.
    async fn begin_counting(&self, tenant: &TenantId, now: Timestamp) -> Result<(), sqlx::Error> {
        sqlx::query(
            "INSERT INTO quotas (tenant_id, day, bytes, recordings) VALUES ($1, $2, 0, 0)
             ON CONFLICT DO NOTHING",
        )
        .bind(tenant.as_str())
        .bind(day_of(now))
        .execute_by(self.access(Purpose::Tenant(tenant)))
        .await?;
        Ok(())
    }

    /// Waits until all have ended who had changed something before the tenant's row was there for their trigger to see.
    /// Whoever changes something has a number from then on, and it is smaller than one that is given afterwards.
    async fn outlast_who_may_not_count(&self, tenant: &TenantId) -> Result<(), CountError> {
        let access = self.access(Purpose::Tenant(tenant));
        let row = sqlx::query("SELECT txid_current() AS number")
            .fetch_optional_by(access)
            .await?;
        let number: i64 = row.ok_or(CountError::Disturbed)?.try_get("number")?;
        for _ in 0..MOST_LOOKS {
            let ended = sqlx::query(
                "SELECT 1 AS ended WHERE txid_snapshot_xmin(txid_current_snapshot()) >= $1",
            )
            .bind(number)
            .fetch_optional_by(access)
            .await?;
            if ended.is_some() {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Err(CountError::Disturbed)
    }

    async fn count_anew(
        &self,
        transaction: &mut Transaction,
        tenant: &TenantId,
        quota: Quota,
        now: Timestamp,
    ) -> Result<(), CountError> {
        if self.engine == Engine::Postgres {
            // Whoever counted in it has committed once it is ours, and is in the sum; whoever wants to waits, and adds to
            // the sum afterwards. A statement of its own: what the next one sees is then from after the waiting.
            sqlx::query("SELECT day FROM quotas WHERE tenant_id = $1 FOR UPDATE")
                .bind(tenant.as_str())
                .fetch_optional(&mut **transaction)
                .await?
                .ok_or(CountError::Disturbed)?;
        }
        let most = quota.bytes.map(i64::try_from).transpose();
        sqlx::query(
            "INSERT INTO quotas (tenant_id, max_bytes, max_recordings_a_day, day, bytes, recordings)
             SELECT $1, $2, $3, $4,
                 COALESCE(SUM(CASE status WHEN 'COMPLETE' THEN size ELSE promised_size END), 0),
                 COUNT(CASE WHEN created_at / 86400000 = $4 THEN 1 END)
             FROM recordings WHERE tenant_id = $1 AND status IN ('PENDING', 'COMPLETE')
             ON CONFLICT (tenant_id) DO UPDATE SET max_bytes = excluded.max_bytes,
                 max_recordings_a_day = excluded.max_recordings_a_day, day = excluded.day,
                 bytes = excluded.bytes, recordings = excluded.recordings",
        )
        .bind(tenant.as_str())
        .bind(most.map_err(|error| corrupt("max_bytes", error))?)
        .bind(quota.recordings_a_day.map(i64::from))
        .bind(day_of(now))
        .execute(&mut **transaction)
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_place_is_taken_and_one_more_is_too_much() {
        let usage = |bytes, recordings_today| Usage {
            quota: Quota {
                bytes: Some(100),
                recordings_a_day: Some(3),
            },
            bytes,
            recordings_today,
        };
        let bytes = |kept| Some(Excess::Bytes { most: 100, kept });
        for (bytes_after, recordings, promised, expected) in [
            (100, 3, Some(40), None),
            (101, 3, Some(40), bytes(61)),
            (99, 3, None, None),
            // Nothing fits beside what fills it.
            (100, 3, None, bytes(100)),
            (0, 4, Some(0), Some(Excess::Recordings { most: 3 })),
        ] {
            let found = usage(bytes_after, recordings).after_adding(promised);
            assert_eq!(found, expected, "{bytes_after} {recordings} {promised:?}");
        }
        assert_eq!(usage(100, 9).after_completing(40), None);
        assert_eq!(usage(101, 9).after_completing(40), bytes(61));
        let unlimited = Usage {
            quota: Quota::default(),
            ..usage(u64::MAX, u64::MAX)
        };
        assert_eq!(unlimited.after_adding(Some(1)), None);
        assert_eq!(unlimited.after_completing(1), None);
    }
}

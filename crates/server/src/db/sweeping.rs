//! What the sweep looks for, over all tenants: it acts for no user. It learns here which rows there are; what it does to
//! a recording goes through the scope of the recording's owner like everything else.
//!
//! It goes through the rows of one sort from the first to the last, some at a time, and sees each once: what could not be
//! done stays where it is, and is in nobody's way.

use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;
use wire::{RecordingId, TenantId, UserId};

use super::access::{By as _, Purpose};
use super::{Database, audit, milliseconds};
use crate::audit::Event;

/// A recording, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owned {
    pub(crate) tenant: TenantId,
    pub(crate) user: UserId,
    pub(crate) id: RecordingId,
}

/// A key to be emptied: of a recording that was given up or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leftover {
    pub(crate) tenant: TenantId,
    pub(crate) s3_key: String,
    pub(crate) upload_id: Option<String>,
}

/// A place among rows in their order: a time, and the id or key that tells rows of one time apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(super) at: i64,
    pub(super) key: String,
}

impl Mark {
    /// Before the first row.
    pub(crate) const START: Self = Self {
        at: i64::MIN,
        key: String::new(),
    };

    pub(super) fn read(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            at: row.try_get("mark_at")?,
            key: row.try_get("mark_key")?,
        })
    }
}

/// Some rows in their order, and where the next ones begin: nowhere, when these were the last.
#[derive(Debug)]
pub(crate) struct Stretch<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) next: Option<Mark>,
}

impl<T> Stretch<T> {
    /// Of the rows that were found where `most` were asked for. Each has its mark beside what is read of it.
    pub(super) fn read(
        found: &[AnyRow],
        most: u32,
        read: impl Fn(&AnyRow) -> Result<T, sqlx::Error>,
    ) -> Result<Self, sqlx::Error> {
        let is_full = found.len() as u64 >= u64::from(most);
        let last = found.last().filter(|_| is_full);
        Ok(Self {
            next: last.map(Mark::read).transpose()?,
            rows: found.iter().map(read).collect::<Result<_, _>>()?,
        })
    }

    /// The same, each row as something else.
    pub(crate) fn map<U>(self, other: impl Fn(T) -> U) -> Stretch<U> {
        Stretch {
            rows: self.rows.into_iter().map(other).collect(),
            next: self.next,
        }
    }
}

pub(super) fn owned(row: &AnyRow) -> Result<Owned, sqlx::Error> {
    Ok(Owned {
        tenant: TenantId::from(row.try_get::<String, _>("tenant_id")?),
        user: UserId::from(row.try_get::<String, _>("user_id")?),
        id: RecordingId::from(row.try_get::<String, _>("id")?),
    })
}

fn leftover(row: &AnyRow) -> Result<Leftover, sqlx::Error> {
    Ok(Leftover {
        tenant: TenantId::from(row.try_get::<String, _>("tenant_id")?),
        s3_key: row.try_get("s3_key")?,
        upload_id: row.try_get("upload_id")?,
    })
}

impl Database {
    /// Pending recordings that were claimed to be complete before then, and still are only claimed.
    pub(crate) async fn unfinished_claims(
        &self,
        claimed_before: Timestamp,
        after: &Mark,
        most: u32,
    ) -> Result<Stretch<Owned>, sqlx::Error> {
        let found = sqlx::query(
            "SELECT tenant_id, user_id, id, claimed_at AS mark_at, id AS mark_key FROM recordings
             WHERE status = 'PENDING' AND claimed_at < $1
               AND claimed_at >= $2 AND (claimed_at > $2 OR id > $3)
             ORDER BY claimed_at, id LIMIT $4",
        )
        .bind(milliseconds(claimed_before))
        .bind(after.at)
        .bind(after.key.as_str())
        .bind(i64::from(most))
        .fetch_all_by(self.access(Purpose::Sweep))
        .await?;
        Stretch::read(&found, most, owned)
    }

    /// Pending recordings that nobody has worked at since `idle_since`, whose tickets are dead, and that nobody claims to
    /// be complete.
    pub(crate) async fn stale_recordings(
        &self,
        idle_since: Timestamp,
        tickets_dead_since: Timestamp,
        after: &Mark,
        most: u32,
    ) -> Result<Stretch<Owned>, sqlx::Error> {
        let found = sqlx::query(
            "SELECT tenant_id, user_id, id, active_at AS mark_at, id AS mark_key FROM recordings
             WHERE status = 'PENDING' AND claim IS NULL AND active_at < $1 AND tickets_until < $2
               AND active_at >= $3 AND (active_at > $3 OR id > $4)
             ORDER BY active_at, id LIMIT $5",
        )
        .bind(milliseconds(idle_since))
        .bind(milliseconds(tickets_dead_since))
        .bind(after.at)
        .bind(after.key.as_str())
        .bind(i64::from(most))
        .fetch_all_by(self.access(Purpose::Sweep))
        .await?;
        Stretch::read(&found, most, owned)
    }

    /// Leftovers that are due.
    pub(crate) async fn due_leftovers(
        &self,
        now: Timestamp,
        after: &Mark,
        most: u32,
    ) -> Result<Stretch<Leftover>, sqlx::Error> {
        let found = sqlx::query(
            "SELECT tenant_id, s3_key, upload_id, due_at AS mark_at, s3_key AS mark_key FROM leftovers
             WHERE due_at <= $1 AND due_at >= $2 AND (due_at > $2 OR s3_key > $3)
             ORDER BY due_at, s3_key LIMIT $4",
        )
        .bind(milliseconds(now))
        .bind(after.at)
        .bind(after.key.as_str())
        .bind(i64::from(most))
        .fetch_all_by(self.access(Purpose::Sweep))
        .await?;
        Stretch::read(&found, most, leftover)
    }

    /// Whether a leftover is still there, and due: another server may have been quicker.
    pub(crate) async fn is_due(&self, s3_key: &str, now: Timestamp) -> Result<bool, sqlx::Error> {
        let due = sqlx::query("SELECT s3_key FROM leftovers WHERE s3_key = $1 AND due_at <= $2")
            .bind(s3_key)
            .bind(milliseconds(now))
            .fetch_optional_by(self.access(Purpose::Sweep))
            .await?;
        Ok(due.is_some())
    }

    /// Forgets a leftover that is gone, and with it the row of a deletion that failed half-way; of that one it is noted
    /// that the store has nothing any more. `false` when another server was quicker.
    pub(crate) async fn remove_leftover(
        &self,
        s3_key: &str,
        emptied: &Event,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.access(Purpose::Sweep).begin().await?;
        // In the order in which a deletion takes these rows: in another one, each could wait for the other.
        let row = sqlx::query(
            "DELETE FROM recordings WHERE s3_key = $1 AND status = 'DELETED' RETURNING tenant_id, user_id, id",
        )
        .bind(s3_key)
        .fetch_optional(&mut *transaction)
        .await?;
        let done = sqlx::query("DELETE FROM leftovers WHERE s3_key = $1")
            .bind(s3_key)
            .execute(&mut *transaction)
            .await?;
        if let Some(Owned { tenant, id, .. }) = row.as_ref().map(owned).transpose()? {
            let event = emptied.clone().about(&id);
            audit::add(&mut transaction, &tenant, &event).await?;
        }
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Whether an upload in parts under this key is one of ours that nobody will go on with: the key is a recording's,
    /// and the upload is not the one that it waits for.
    pub(crate) async fn is_stray_upload(
        &self,
        s3_key: &str,
        upload_id: &str,
    ) -> Result<bool, sqlx::Error> {
        let stray = sqlx::query(
            "SELECT id FROM recordings
             WHERE s3_key = $1 AND (status <> 'PENDING' OR upload_id IS NULL OR upload_id <> $2)",
        )
        .bind(s3_key)
        .bind(upload_id)
        .fetch_optional_by(self.access(Purpose::Sweep))
        .await?;
        Ok(stray.is_some())
    }
}

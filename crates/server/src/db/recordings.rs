//! Recordings, inside a tenant's scope: how they are added and found. Lists are in `lists`, what happens to an upload in
//! `uploads`, how it ends without a recording in `removals`.

use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;
use storage::PartChecksum;
use wire::{IdempotencyKey, RecordingId, TaskId, UserId};

use super::access::By as _;
use super::quotas::{WriteError, is_limited, limited_column};
use super::uploads::Claimed;
use super::{TenantScope, corrupt, milliseconds, timestamp};
use crate::audit::Event;

/// How far a recording has come, as the database has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Pending,
    Complete,
    /// Its owner gave the upload up. It is in no list.
    GivenUp,
    /// Deleted, but its object may be there still. To all but another deletion it does not exist.
    Deleted,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Complete => "COMPLETE",
            Self::GivenUp => "GIVEN_UP",
            Self::Deleted => "DELETED",
        }
    }

    fn read(text: &str) -> Result<Self, sqlx::Error> {
        [Self::Pending, Self::Complete, Self::GivenUp, Self::Deleted]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| corrupt("status", format!("`{text}` is no status")))
    }
}

/// How a recording's bytes come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// By one PUT.
    Whole,
    /// In parts.
    Parts {
        /// The store's name for the upload; none before it was begun, and after it is gone.
        upload_id: Option<String>,
        /// What its parts are held to, as it was begun; none where that was not noted yet.
        checksum: Option<PartChecksum>,
    },
}

/// As the database has it: by the names of [`wire::WholeChecksum`].
fn checksum_name(kind: PartChecksum) -> &'static str {
    match kind {
        PartChecksum::Sha256 => "SHA256",
        PartChecksum::Crc64Nvme => "CRC64NVME",
    }
}

fn read_checksum(name: &str) -> Result<PartChecksum, sqlx::Error> {
    [PartChecksum::Sha256, PartChecksum::Crc64Nvme]
        .into_iter()
        .find(|kind| checksum_name(*kind) == name)
        .ok_or_else(|| corrupt("part_checksum", format!("`{name}` is no checksum")))
}

/// A recording as the database has it. The tenant is the scope's.
#[derive(Debug, Clone)]
pub(crate) struct RecordingRow {
    pub(crate) id: RecordingId,
    pub(crate) user_id: UserId,
    pub(crate) task_id: String,
    pub(crate) filename: String,
    pub(crate) content_type: String,
    pub(crate) s3_key: String,
    pub(crate) status: Status,
    pub(crate) kind: Kind,
    /// What complete was asked for, while the store has not told whether it is true.
    pub(crate) claimed: Option<Claimed>,
    /// When the last of its tickets dies.
    pub(crate) tickets_until: Timestamp,
    /// Life of its tickets, in seconds.
    pub(crate) ticket_seconds: u32,
    /// Whether no ticket of it could ever replace the object.
    pub(crate) write_once: bool,
    /// The size that initiate stated and its ticket signs.
    pub(crate) promised_size: Option<u64>,
    /// The SHA-256 that initiate stated and its ticket signs.
    pub(crate) promised_sha256: Option<String>,
    /// SHA-256 of the request that made it, when it came with an idempotency key.
    pub(crate) request_fingerprint: Option<String>,
    pub(crate) size: Option<u64>,
    pub(crate) duration: Option<u32>,
    pub(crate) sha256: Option<String>,
    /// Of an object that came in parts, as S3 writes it.
    pub(crate) composite_sha256: Option<String>,
    pub(crate) etag: Option<String>,
    pub(crate) version_id: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) completed_at: Option<Timestamp>,
    /// Until when it is kept; none keeps it for ever.
    pub(crate) kept_until: Option<Timestamp>,
    /// Why it is kept all the same.
    pub(crate) held: Option<Held>,
    /// Whether its object's tag is to follow another time than before.
    pub(crate) tag_due: bool,
}

/// A hold on a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) reason: String,
    pub(crate) since: Timestamp,
    pub(crate) by: UserId,
}

/// A recording to be added for the scope's user.
#[derive(Debug)]
pub(crate) struct NewRecording<'a> {
    pub(crate) id: &'a RecordingId,
    pub(crate) task: &'a TaskId,
    pub(crate) filename: &'a str,
    pub(crate) content_type: &'a str,
    pub(crate) s3_key: &'a str,
    pub(crate) ticket_seconds: u32,
    /// When its first ticket dies, of what comes whole.
    pub(crate) tickets_until: Option<Timestamp>,
    pub(crate) write_once: bool,
    /// What the parts are held to, of what comes in parts.
    pub(crate) part_checksum: Option<PartChecksum>,
    pub(crate) promised_size: Option<u64>,
    pub(crate) promised_sha256: Option<&'a str>,
    pub(crate) idempotency_key: Option<&'a IdempotencyKey>,
    pub(crate) request_fingerprint: Option<&'a str>,
    pub(crate) created_at: Timestamp,
}

fn count<T: TryFrom<i64>>(row: &AnyRow, column: &'static str) -> Result<Option<T>, sqlx::Error>
where
    T::Error: std::error::Error + Send + Sync + 'static,
{
    row.try_get::<Option<i64>, _>(column)?
        .map(|value| T::try_from(value).map_err(|error| corrupt(column, error)))
        .transpose()
}

/// A statement that ends with what [`read`] reads, by the columns' names: the columns of `*` can change between preparing
/// and running a statement, when another process brings the schema up to date.
macro_rules! with_recording_columns {
    ($before:expr, $after:expr) => {
        concat!(
            $before,
            " id, user_id, task_id, filename, content_type, s3_key, status, multipart, upload_id, part_checksum, claim,
                 tickets_until, ticket_seconds, write_once, promised_size, promised_sha256, request_fingerprint, size, duration, sha256,
                 composite_sha256, etag, version_id, created_at, completed_at, kept_until, held_at, held_by, held_reason,
                 tag_due ",
            $after
        )
    };
}
pub(super) use with_recording_columns;

/// A query for what [`read`] reads.
macro_rules! select_recordings {
    ($where:literal) => {
        with_recording_columns!("SELECT", concat!("FROM recordings ", $where))
    };
}
pub(super) use select_recordings;

pub(super) fn read(row: &AnyRow) -> Result<RecordingRow, sqlx::Error> {
    Ok(RecordingRow {
        id: RecordingId::from(row.try_get::<String, _>("id")?),
        user_id: UserId::from(row.try_get::<String, _>("user_id")?),
        task_id: row.try_get("task_id")?,
        filename: row.try_get("filename")?,
        content_type: row.try_get("content_type")?,
        s3_key: row.try_get("s3_key")?,
        status: Status::read(row.try_get("status")?)?,
        kind: match row.try_get::<i64, _>("multipart")? {
            0 => Kind::Whole,
            _ => Kind::Parts {
                upload_id: row.try_get("upload_id")?,
                checksum: row
                    .try_get::<Option<String>, _>("part_checksum")?
                    .map(|name| read_checksum(&name))
                    .transpose()?,
            },
        },
        claimed: row
            .try_get::<Option<String>, _>("claim")?
            .map(|json| Claimed::from_json(&json))
            .transpose()?,
        tickets_until: timestamp("tickets_until", row.try_get("tickets_until")?)?,
        ticket_seconds: count(row, "ticket_seconds")?.unwrap_or(wire::DEFAULT_TICKET_SECONDS),
        write_once: row.try_get::<i64, _>("write_once")? != 0,
        promised_size: count(row, "promised_size")?,
        promised_sha256: row.try_get("promised_sha256")?,
        request_fingerprint: row.try_get("request_fingerprint")?,
        size: count(row, "size")?,
        duration: count(row, "duration")?,
        sha256: row.try_get("sha256")?,
        composite_sha256: row.try_get("composite_sha256")?,
        etag: row.try_get("etag")?,
        version_id: row.try_get("version_id")?,
        created_at: timestamp("created_at", row.try_get("created_at")?)?,
        completed_at: moment(row, "completed_at")?,
        kept_until: moment(row, "kept_until")?,
        held: held(row)?,
        tag_due: row.try_get::<i64, _>("tag_due")? != 0,
    })
}

fn moment(row: &AnyRow, column: &'static str) -> Result<Option<Timestamp>, sqlx::Error> {
    row.try_get::<Option<i64>, _>(column)?
        .map(|at| timestamp(column, at))
        .transpose()
}

fn held(row: &AnyRow) -> Result<Option<Held>, sqlx::Error> {
    let Some(since) = moment(row, "held_at")? else {
        return Ok(None);
    };
    Ok(Some(Held {
        reason: row.try_get("held_reason")?,
        since,
        by: UserId::from(row.try_get::<String, _>("held_by")?),
    }))
}

/// Byte counts are checked against what S3 takes before they come here.
pub(super) fn column_size(bytes: u64) -> Result<i64, sqlx::Error> {
    i64::try_from(bytes).map_err(|error| corrupt("size", error))
}

impl TenantScope<'_> {
    /// Adds a pending recording; `None` when its key or its idempotency key is taken.
    pub(crate) async fn add_recording(
        &self,
        recording: &NewRecording<'_>,
        event: &Event,
    ) -> Result<Option<RecordingRow>, WriteError> {
        let mut transaction = self.access.begin().await?;
        let row = sqlx::query(with_recording_columns!(
            "INSERT INTO recordings (tenant_id, id, user_id, task_id, filename, content_type, s3_key, status,
                 ticket_seconds, write_once, multipart, part_checksum, promised_size, promised_sha256, idempotency_key,
                 request_fingerprint, created_at, active_at, tickets_until)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 'PENDING', $8, $9, $10, $11, $12, $13, $14, $15, $16, $16, $17)
             ON CONFLICT DO NOTHING RETURNING",
            limited_column!()
        ))
        .bind(self.tenant.as_str())
        .bind(recording.id.as_str())
        .bind(self.user.as_str())
        .bind(recording.task.as_str())
        .bind(recording.filename)
        .bind(recording.content_type)
        .bind(recording.s3_key)
        .bind(i64::from(recording.ticket_seconds))
        .bind(i64::from(recording.write_once))
        .bind(i64::from(recording.part_checksum.is_some()))
        .bind(recording.part_checksum.map(checksum_name))
        .bind(recording.promised_size.map(column_size).transpose()?)
        .bind(recording.promised_sha256)
        .bind(recording.idempotency_key.map(IdempotencyKey::as_str))
        .bind(recording.request_fingerprint)
        .bind(milliseconds(recording.created_at))
        .bind(recording.tickets_until.map_or(0, milliseconds))
        .fetch_optional(&mut *transaction)
        .await?;
        if let Some(row) = &row
            && is_limited(row)?
            && let Some(usage) = self
                .usage_within(&mut transaction, recording.created_at)
                .await?
            && let Some(excess) = usage.after_adding(recording.promised_size)
        {
            transaction.rollback().await?;
            return Err(WriteError::Excess(excess));
        }
        self.commit_if(transaction, row.is_some(), Some(event))
            .await?;
        Ok(row.as_ref().map(read).transpose()?)
    }

    /// The tenant's recording of this id, whatever its status.
    pub(crate) async fn recording(
        &self,
        id: &RecordingId,
    ) -> Result<Option<RecordingRow>, sqlx::Error> {
        sqlx::query(select_recordings!("WHERE tenant_id = $1 AND id = $2"))
            .bind(self.tenant.as_str())
            .bind(id.as_str())
            .fetch_optional_by(self.access)
            .await?
            .as_ref()
            .map(read)
            .transpose()
    }

    /// The recording that the scope's user made with this idempotency key.
    pub(crate) async fn recording_by_idempotency_key(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<RecordingRow>, sqlx::Error> {
        sqlx::query(select_recordings!(
            "WHERE tenant_id = $1 AND user_id = $2 AND idempotency_key = $3"
        ))
        .bind(self.tenant.as_str())
        .bind(self.user.as_str())
        .bind(key.as_str())
        .fetch_optional_by(self.access)
        .await?
        .as_ref()
        .map(read)
        .transpose()
    }

    /// Frees an idempotency key of the scope's user if it is older than this.
    pub(crate) async fn forget_idempotency_key(
        &self,
        key: &IdempotencyKey,
        before: Timestamp,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE recordings SET idempotency_key = NULL
             WHERE tenant_id = $1 AND user_id = $2 AND idempotency_key = $3 AND created_at < $4",
        )
        .bind(self.tenant.as_str())
        .bind(self.user.as_str())
        .bind(key.as_str())
        .bind(milliseconds(before))
        .execute_by(self.access)
        .await?;
        Ok(())
    }
}

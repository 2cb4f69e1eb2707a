//! What happens to a pending recording: tickets, its upload in parts, the claim that it is complete. Every change is made
//! only if the recording is still pending, and says whether it was.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wire::RecordingId;

use super::access::By as _;
use super::quotas::{WriteError, is_limited, limited_column};
use super::recordings::{RecordingRow, column_size, read, with_recording_columns};
use super::{TenantScope, corrupt, milliseconds};
use crate::audit::Event;

/// What `complete` was asked for. It is noted before the store is asked, so that a server that dies meanwhile can finish
/// what was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Claimed {
    pub(crate) file_size: u64,
    pub(crate) duration: Option<u32>,
    pub(crate) sha256: Option<String>,
    /// The checksum of the checksums of the parts that were named ([`storage::composite`]): S3's own where those are
    /// SHA-256. None for what comes whole.
    pub(crate) composite_sha256: Option<String>,
}

impl Claimed {
    pub(super) fn from_json(json: &str) -> Result<Self, sqlx::Error> {
        serde_json::from_str(json).map_err(|error| corrupt("claim", error))
    }

    fn to_json(&self) -> Result<String, sqlx::Error> {
        serde_json::to_string(self).map_err(|error| corrupt("claim", error))
    }
}

/// Where what is claimed is said to be, and whether it came in parts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClaimedPlace<'a> {
    pub(crate) s3_key: &'a str,
    pub(crate) in_parts: bool,
}

/// What is known once the store has been asked.
#[derive(Debug)]
pub(crate) struct Completion<'a> {
    pub(crate) size: u64,
    pub(crate) duration: Option<u32>,
    pub(crate) sha256: Option<&'a str>,
    pub(crate) composite_sha256: Option<&'a str>,
    pub(crate) etag: Option<&'a str>,
    pub(crate) version_id: Option<&'a str>,
    pub(crate) completed_at: Timestamp,
}

impl TenantScope<'_> {
    /// Notes that its owner is at work, with tickets that live until then. Before this is noted no ticket is handed out,
    /// so that the sweep knows of every one.
    pub(crate) async fn note_tickets(
        &self,
        id: &RecordingId,
        until: Timestamp,
        now: Timestamp,
        event: &Event,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.access.begin().await?;
        let done = sqlx::query(
            "UPDATE recordings
             SET active_at = $3, tickets_until = CASE WHEN tickets_until < $4 THEN $4 ELSE tickets_until END
             WHERE tenant_id = $1 AND id = $2 AND status = 'PENDING'",
        )
        .bind(self.tenant.as_str())
        .bind(id.as_str())
        .bind(milliseconds(now))
        .bind(milliseconds(until))
        .execute(&mut *transaction)
        .await?;
        self.commit_if(transaction, done.rows_affected() == 1, Some(event))
            .await
    }

    /// Takes an upload in parts that the store has begun, unless there is one.
    pub(crate) async fn adopt_upload(
        &self,
        id: &RecordingId,
        upload_id: &str,
    ) -> Result<bool, sqlx::Error> {
        let done = sqlx::query(
            "UPDATE recordings SET upload_id = $3
             WHERE tenant_id = $1 AND id = $2 AND status = 'PENDING' AND upload_id IS NULL",
        )
        .bind(self.tenant.as_str())
        .bind(id.as_str())
        .bind(upload_id)
        .execute_by(self.access)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Forgets an upload in parts that the store does not know any more.
    pub(crate) async fn forget_upload(
        &self,
        id: &RecordingId,
        upload_id: &str,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE recordings SET upload_id = NULL
             WHERE tenant_id = $1 AND id = $2 AND status = 'PENDING' AND upload_id = $3",
        )
        .bind(self.tenant.as_str())
        .bind(id.as_str())
        .bind(upload_id)
        .execute_by(self.access)
        .await?;
        Ok(())
    }

    /// Notes what is claimed of a recording that the scope's user has pending there, and returns it; from now on the sweep
    /// finishes it instead of giving it up.
    pub(crate) async fn note_claim(
        &self,
        id: &RecordingId,
        place: ClaimedPlace<'_>,
        claimed: &Claimed,
        now: Timestamp,
    ) -> Result<Option<RecordingRow>, sqlx::Error> {
        let mut transaction = self.access.begin().await?;
        let row = sqlx::query(with_recording_columns!(
            "UPDATE recordings SET claim = $3, claimed_at = $4
             WHERE tenant_id = $1 AND id = $2 AND status = 'PENDING'
               AND user_id = $5 AND s3_key = $6 AND multipart = $7
             RETURNING",
            ""
        ))
        .bind(self.tenant.as_str())
        .bind(id.as_str())
        .bind(claimed.to_json()?)
        .bind(milliseconds(now))
        .bind(self.user.as_str())
        .bind(place.s3_key)
        .bind(i64::from(place.in_parts))
        .fetch_optional(&mut *transaction)
        .await?;
        self.commit_if(transaction, row.is_some(), None).await?;
        row.as_ref().map(read).transpose()
    }

    /// Forgets a claim that the store contradicted, unless another one was made meanwhile.
    pub(crate) async fn forget_claim(
        &self,
        id: &RecordingId,
        claimed: &Claimed,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE recordings SET claim = NULL, claimed_at = NULL
             WHERE tenant_id = $1 AND id = $2 AND status = 'PENDING' AND claim = $3",
        )
        .bind(self.tenant.as_str())
        .bind(id.as_str())
        .bind(claimed.to_json()?)
        .execute_by(self.access)
        .await?;
        Ok(())
    }

    /// Marks a pending recording complete, and returns it; `None` when it is pending no longer; from now on counts how long
    /// its tenant keeps it.
    pub(crate) async fn complete_recording(
        &self,
        id: &RecordingId,
        completion: &Completion<'_>,
        event: &Event,
    ) -> Result<Option<RecordingRow>, WriteError> {
        let mut transaction = self.access.begin().await?;
        let row = sqlx::query(with_recording_columns!(
            "UPDATE recordings SET status = 'COMPLETE', size = $3, duration = $4, sha256 = $5,
                 composite_sha256 = $6, etag = $7, version_id = $8, completed_at = $9,
                 upload_id = NULL, claim = NULL, claimed_at = NULL,
                 kept_until = (SELECT $9 + retention_days * 86400000 FROM tenants WHERE id = $1)
             WHERE tenant_id = $1 AND id = $2 AND status = 'PENDING'
             RETURNING",
            limited_column!()
        ))
        .bind(self.tenant.as_str())
        .bind(id.as_str())
        .bind(column_size(completion.size)?)
        .bind(completion.duration.map(i64::from))
        .bind(completion.sha256)
        .bind(completion.composite_sha256)
        .bind(completion.etag)
        .bind(completion.version_id)
        .bind(milliseconds(completion.completed_at))
        .fetch_optional(&mut *transaction)
        .await?;
        // What had stated its size has had its room since it was begun.
        if let Some(row) = &row
            && is_limited(row)?
            && read(row)?.promised_size.is_none()
            && let Some(usage) = self
                .usage_within(&mut transaction, completion.completed_at)
                .await?
            && let Some(excess) = usage.after_completing(completion.size)
        {
            transaction.rollback().await?;
            return Err(WriteError::Excess(excess));
        }
        self.commit_if(transaction, row.is_some(), Some(event))
            .await?;
        Ok(row.as_ref().map(read).transpose()?)
    }

    /// Notes the SHA-256 of a complete recording that has none, or that very one.
    pub(crate) async fn claim_sha256(
        &self,
        id: &RecordingId,
        sha256: &str,
        event: &Event,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.access.begin().await?;
        let done = sqlx::query(
            "UPDATE recordings SET sha256 = $3
             WHERE tenant_id = $1 AND id = $2 AND status = 'COMPLETE' AND (sha256 IS NULL OR sha256 = $3)",
        )
        .bind(self.tenant.as_str())
        .bind(id.as_str())
        .bind(sha256)
        .execute(&mut *transaction)
        .await?;
        self.commit_if(transaction, done.rows_affected() == 1, Some(event))
            .await
    }
}

//! `POST /recordings/initiate`: a place for the bytes.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use storage::PartChecksum;
use wire::{IdempotencyKey, Initiated, MultipartUpload, RecordingId, Secret, UploadStatus};

use super::requests::NewUpload;
use super::tickets::{Signing, hand_out, sign};
use super::{completing, parts, viewing};
use crate::accounts::Caller;
use crate::app::App;
use crate::audit::{Action, Event};
use crate::db::{Kind, NewRecording, RecordingRow, Status, TenantScope};
use crate::operations::metrics::Reached;
use crate::refusal::Refusal;

/// How long an idempotency key is remembered.
const IDEMPOTENCY_KEY_LIFE: Duration = Duration::from_hours(30 * 24);

/// Milliseconds tried, when each key is taken, before the server admits a defect.
const KEYS_TRIED: u64 = 1000;

/// What initiate answers.
#[derive(Debug)]
pub(crate) enum Place {
    /// A ticket for a pending recording.
    Ticket(Initiated),
    /// The idempotency key names a recording that is complete.
    Finished(Initiated, wire::CompletedRecording),
}

/// Reserves a place, or finds the one that was reserved with the same idempotency key.
pub(crate) async fn initiate(
    app: &Arc<App>,
    caller: &Caller,
    upload: &NewUpload,
) -> Result<Place, Refusal> {
    // Without a bucket there is no place to reserve.
    let bucket = app.bucket_of(&caller.tenant)?;
    let part_checksum = upload.multipart.then(|| bucket.part_checksum());
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let now = app.clock.now();
    if let Some(key) = &upload.idempotency_key {
        let oldest = now - IDEMPOTENCY_KEY_LIFE;
        match scope.recording_by_idempotency_key(key).await? {
            Some(earlier) if earlier.created_at < oldest => {
                scope.forget_idempotency_key(key, oldest).await?;
            }
            Some(earlier) => return repeat(app, caller, upload, &earlier).await,
            None => {}
        }
    }
    match reserve(scope, caller, upload, part_checksum, now).await {
        Ok(Reserved::New(row)) => {
            app.operations.metrics.recording(Reached::Initiated);
            place(app, caller, upload, &row, Occasion::First).await
        }
        Ok(Reserved::Earlier(earlier)) => repeat(app, caller, upload, &earlier).await,
        Err(refusal) => {
            if let Refusal::QuotaExceeded(_) = refusal {
                let event = Event::done(caller.actor(), Action::Initiate, now)
                    .with("taskId", upload.task.as_str())
                    .with("filename", &*upload.filename)
                    .with("size", upload.file_size);
                completing::over_quota(app, caller, event).await?;
            }
            Err(refusal)
        }
    }
}

enum Reserved {
    New(Box<RecordingRow>),
    /// The same request came twice at once, and the other one was first.
    Earlier(Box<RecordingRow>),
}

/// Adds the row. Two recordings of the same millisecond do not share a key: the later one takes the next millisecond.
async fn reserve(
    scope: TenantScope<'_>,
    caller: &Caller,
    upload: &NewUpload,
    part_checksum: Option<PartChecksum>,
    now: Timestamp,
) -> Result<Reserved, Refusal> {
    let id = RecordingId::from(uuid::Uuid::now_v7().to_string());
    let fingerprint = upload
        .idempotency_key
        .as_ref()
        .map(|_| upload.fingerprint())
        .transpose()?;
    let first = u64::try_from(now.as_millisecond()).unwrap_or_default();
    let life = Duration::from_secs(upload.ticket_seconds.into());
    for at_milliseconds in first..first + KEYS_TRIED {
        let s3_key = scope.object_key(&upload.task, at_milliseconds, &upload.filename);
        let row = NewRecording {
            id: &id,
            task: &upload.task,
            filename: &upload.filename,
            content_type: &upload.content_type,
            s3_key: &s3_key,
            ticket_seconds: upload.ticket_seconds,
            // What comes in parts has tickets later.
            tickets_until: part_checksum.is_none().then(|| now + life),
            write_once: upload.extended,
            part_checksum,
            promised_size: upload.file_size,
            promised_sha256: upload.sha256.as_deref(),
            idempotency_key: upload.idempotency_key.as_ref(),
            request_fingerprint: fingerprint.as_deref(),
            created_at: now,
        };
        let event = Event::done(caller.actor(), Action::Initiate, now)
            .about(&id)
            .with("taskId", upload.task.as_str())
            .with("filename", &*upload.filename)
            .with("ticketSeconds", upload.ticket_seconds)
            .with("s3Key", &*s3_key);
        if let Some(added) = scope.add_recording(&row, &event).await? {
            return Ok(Reserved::New(Box::new(added)));
        }
        if let Some(earlier) = taken(scope, upload.idempotency_key.as_ref()).await? {
            return Ok(Reserved::Earlier(Box::new(earlier)));
        }
    }
    Err(Refusal::Defect("no free key was found".into()))
}

async fn taken(
    scope: TenantScope<'_>,
    key: Option<&IdempotencyKey>,
) -> Result<Option<RecordingRow>, Refusal> {
    match key {
        Some(key) => Ok(scope.recording_by_idempotency_key(key).await?),
        None => Ok(None),
    }
}

async fn repeat(
    app: &Arc<App>,
    caller: &Caller,
    upload: &NewUpload,
    earlier: &RecordingRow,
) -> Result<Place, Refusal> {
    if earlier.request_fingerprint.as_deref() != Some(upload.fingerprint()?.as_str()) {
        return Err(Refusal::IdempotencyConflict);
    }
    match earlier.status {
        Status::GivenUp => Err(Refusal::GivenUp),
        Status::Deleted => Err(Refusal::NotFound),
        Status::Complete => Ok(finished(earlier)),
        // Somebody said that every byte was there, and never heard the answer: perhaps it is so.
        Status::Pending if earlier.claimed.is_some() => {
            match completing::finish(app, caller, earlier).await {
                Ok(complete) => Ok(finished(&complete)),
                Err(refusal) if refusal.contradicts() => {
                    let scope = app.database.scope(&caller.tenant, &caller.user);
                    let row = scope.recording(&earlier.id).await?;
                    let row = row.ok_or(Refusal::NotFound)?;
                    place(app, caller, upload, &row, Occasion::Again).await
                }
                Err(refusal) => Err(refusal),
            }
        }
        Status::Pending => place(app, caller, upload, earlier, Occasion::Again).await,
    }
}

fn finished(row: &RecordingRow) -> Place {
    let initiated = Initiated {
        recording_id: row.id.clone(),
        upload_url: None,
        s3_key: row.s3_key.clone(),
        expires_in: 0,
        upload_status: UploadStatus::Complete,
        upload_headers: None,
        expires_at: None,
        multipart: None,
    };
    Place::Finished(initiated, viewing::completed(row))
}

/// Whether a place has just been reserved.
#[derive(Debug, Clone, Copy)]
enum Occasion {
    First,
    Again,
}

/// Where the bytes of a pending recording go.
async fn place(
    app: &App,
    caller: &Caller,
    upload: &NewUpload,
    row: &RecordingRow,
    occasion: Occasion,
) -> Result<Place, Refusal> {
    let initiated = match row.kind {
        Kind::Whole => ticket(app, caller, upload, row, occasion).await?,
        Kind::Parts { .. } => opened(app, caller, row).await?,
    };
    Ok(Place::Ticket(initiated))
}

/// An upload in parts has no ticket of its own: its parts will have.
async fn opened(app: &App, caller: &Caller, row: &RecordingRow) -> Result<Initiated, Refusal> {
    let upload_id = parts::open(app, caller, row).await?;
    Ok(Initiated {
        recording_id: row.id.clone(),
        upload_url: None,
        s3_key: row.s3_key.clone(),
        expires_in: row.ticket_seconds,
        upload_status: UploadStatus::Pending,
        upload_headers: None,
        expires_at: None,
        multipart: Some(MultipartUpload {
            upload_id,
            part_size: parts::least_size(row.promised_size),
        }),
    })
}

async fn ticket(
    app: &App,
    caller: &Caller,
    upload: &NewUpload,
    row: &RecordingRow,
    occasion: Occasion,
) -> Result<Initiated, Refusal> {
    let signing = if upload.extended {
        Signing::WriteOnce
    } else {
        Signing::Base
    };
    // Its life begins before it is signed: what the database takes is no part of it.
    let (begun, (ticket, expires_at)) = match occasion {
        // Until when it lives, and that there is one, was noted with its place.
        Occasion::First => {
            let begun = row.created_at;
            (begun, sign(app, caller, row, signing, begun).await?)
        }
        Occasion::Again => {
            let begun = app.clock.now();
            (begun, hand_out(app, caller, row, signing, begun).await?)
        }
    };
    Ok(Initiated {
        recording_id: row.id.clone(),
        upload_url: Some(Secret::from(ticket.url.expose())),
        s3_key: row.s3_key.clone(),
        expires_in: seconds_left(begun, expires_at, row.ticket_seconds),
        upload_status: UploadStatus::Pending,
        upload_headers: upload.extended.then_some(ticket.headers),
        expires_at: upload.extended.then_some(expires_at),
        multipart: None,
    })
}

/// What was asked for, unless the credentials that sign die sooner. A begun second counts as whole.
fn seconds_left(now: Timestamp, expires_at: Timestamp, asked: u32) -> u32 {
    let milliseconds = expires_at.as_millisecond() - now.as_millisecond();
    u32::try_from(milliseconds.max(0).unsigned_abs().div_ceil(1000))
        .map_or(asked, |left| left.min(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_says_how_long_it_lives() {
        let at = |millisecond| Timestamp::from_millisecond(millisecond).unwrap();
        for (now, expires_at, expected) in [
            (400, 3_600_000, 3600),
            (0, 3_600_000, 3600),
            (400, 1_500_000, 1500),
            (900, 500, 0),
        ] {
            assert_eq!(seconds_left(at(now), at(expires_at), 3600), expected);
        }
    }
}

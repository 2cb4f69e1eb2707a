//! `GET /recordings/{id}`, and how a row looks on the wire.

use std::time::Duration;

use jiff::Timestamp;
use storage::{GetTicket, ObjectFacts, Place};
use wire::{
    Availability, ByteSize, CompletedRecording, DownloadUrl, Recording, RecordingId, TenantId,
    UploadStatus,
};

use super::access::{Wish, see};
use crate::accounts::Caller;
use crate::app::App;
use crate::audit::{Action, Event};
use crate::db::{RecordingRow, Status};
use crate::logging;
use crate::refusal::Refusal;

/// Life of a download link.
const DOWNLOAD_LIFE: Duration = Duration::from_hours(1);

/// The recording, with a link once it is complete.
pub(crate) async fn open(
    app: &App,
    caller: &Caller,
    id: &RecordingId,
) -> Result<Recording, Refusal> {
    let (row, trail) = see(app, caller, id, Wish::Open).await?;
    let mut recording = view(&row);
    match row.status {
        Status::Pending => return Ok(recording),
        Status::GivenUp => return Err(Refusal::GivenUp),
        Status::Deleted => return Err(Refusal::NotFound),
        Status::Complete => {}
    }
    let object = look(app, &trail, &row).await?;
    recording.availability = object.as_ref().map(|(availability, _)| *availability);
    if let Some((availability, expires_at)) = object {
        recording.kept_until = earlier(recording.kept_until, expires_at);
        if availability != Availability::Available {
            return Ok(recording);
        }
    }
    let ticket = GetTicket {
        key: &row.s3_key,
        // Pinning the version would ask readers for s3:GetObjectVersion, which the guide's policy does not grant.
        version_id: None,
        filename: &row.filename,
        content_type: &row.content_type,
        expires_in: DOWNLOAD_LIFE,
    };
    let link = app
        .bucket_of(&trail)?
        .get_ticket(ticket, app.clock.system_time())
        .await?;
    // Written down before anybody has the link.
    let event = Event::done(caller.actor(), Action::Open, app.clock.now()).about(&row.id);
    app.database
        .scope(&trail, &caller.user)
        .note(&event.with("linkSeconds", DOWNLOAD_LIFE.as_secs()))
        .await?;
    recording.download_url = Some(DownloadUrl::from(link.url.expose().to_owned()));
    Ok(recording)
}

/// Whether the store can hand the object out, and when its own rules will delete it. What is shown must be what was
/// completed: a base ticket can replace the object for as long as it lives. Behind write-once tickets a store that does
/// not answer is no reason to refuse a link; `None` then.
async fn look(
    app: &App,
    tenant: &TenantId,
    row: &RecordingRow,
) -> Result<Option<(Availability, Option<Timestamp>)>, Refusal> {
    let object = match app.bucket_of(tenant)?.object(&row.s3_key).await {
        Ok(object) => object,
        Err(error) if row.write_once => {
            let cause = logging::chain(&error);
            tracing::warn!(recording = %row.id, cause, "the store was not asked whether the object is at hand");
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let availability = availability(row, object.as_ref(), app.clock.now());
    let Some(object) = object else {
        return match availability {
            Availability::Expired => Ok(Some((availability, None))),
            _ => Err(Refusal::ObjectMissing),
        };
    };
    if !row.write_once && replaced(row, &object) {
        return Err(Refusal::ObjectChanged);
    }
    let expires_at = object
        .expires_at
        .and_then(|at| Timestamp::try_from(at).ok());
    Ok(Some((
        availability,
        expires_at.filter(|_| row.held.is_none()),
    )))
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Whether a complete recording's bytes can be had. Nothing under the key, once its time is over: the bucket's rules were
/// quicker than the sweep. Before that it is missing.
pub(super) fn availability(
    row: &RecordingRow,
    object: Option<&ObjectFacts>,
    now: Timestamp,
) -> Availability {
    match object.map(|object| object.place) {
        Some(Place::AtHand) => Availability::Available,
        Some(Place::Archived) => Availability::Archived,
        Some(Place::Restoring) => Availability::Restoring,
        None if row.held.is_none() && row.kept_until.is_some_and(|until| until <= now) => {
            Availability::Expired
        }
        None => Availability::Missing,
    }
}

/// Whether the object is another than the one that was completed.
pub(super) fn replaced(row: &RecordingRow, object: &ObjectFacts) -> bool {
    let completed = Seen {
        etag: row.etag.as_deref(),
        version_id: row.version_id.as_deref(),
    };
    !completed.is_still(&object.etag, object.version_id.as_deref())
}

/// What the row keeps of the object that was completed.
#[derive(Debug, Clone, Copy)]
struct Seen<'a> {
    etag: Option<&'a str>,
    version_id: Option<&'a str>,
}

impl Seen<'_> {
    /// Rows of before may hold S3's `null`, which means no version.
    fn is_still(self, etag: &str, version_id: Option<&str>) -> bool {
        self.etag == Some(etag) && self.version_id.filter(|id| *id != "null") == version_id
    }
}

/// A row as `GET` and the lists show it, without a link.
pub(crate) fn view(row: &RecordingRow) -> Recording {
    Recording {
        id: row.id.clone(),
        task_id: row.task_id.clone(),
        user_id: row.user_id.clone(),
        s3_key: row.s3_key.clone(),
        file_size: row.size.map(ByteSize),
        duration: row.duration,
        mime_type: Some(row.content_type.clone()),
        upload_status: match row.status {
            Status::Pending => UploadStatus::Pending,
            Status::Complete => UploadStatus::Complete,
            Status::GivenUp | Status::Deleted => UploadStatus::Failed,
        },
        created_at: row.created_at,
        completed_at: row.completed_at,
        filename: Some(row.filename.clone()),
        sha256: row.sha256.clone(),
        kept_until: row.kept_until.filter(|_| row.held.is_none()),
        availability: None,
        download_url: None,
    }
}

/// A complete row as `complete` answers it.
pub(super) fn completed(row: &RecordingRow) -> CompletedRecording {
    CompletedRecording {
        id: row.id.clone(),
        s3_key: row.s3_key.clone(),
        file_size: ByteSize(row.size.unwrap_or_default()),
        duration: row.duration,
        upload_status: UploadStatus::Complete,
        completed_at: row.completed_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bucket that was given versions later calls the version of what it held before `null`; `storage` says then that
    /// there is none, and rows of before have kept the word.
    #[test]
    fn an_object_is_unchanged_by_its_tag_and_its_version() {
        fn row(version_id: Option<&str>) -> Seen<'_> {
            Seen {
                etag: Some("\"a\""),
                version_id,
            }
        }
        for (row, (etag, version_id), expected) in [
            (row(None), ("\"a\"", None), true),
            (row(Some("null")), ("\"a\"", None), true),
            (row(Some("v1")), ("\"a\"", Some("v1")), true),
            (row(None), ("\"b\"", None), false),
            (row(Some("null")), ("\"b\"", None), false),
            // Put again, after versions were turned on.
            (row(None), ("\"a\"", Some("v1")), false),
            (row(Some("null")), ("\"a\"", Some("v1")), false),
            (row(Some("v1")), ("\"a\"", Some("v2")), false),
            // Put again, after they were turned off.
            (row(Some("v1")), ("\"a\"", None), false),
        ] {
            assert_eq!(
                row.is_still(etag, version_id),
                expected,
                "{row:?} {etag} {version_id:?}"
            );
        }
    }
}

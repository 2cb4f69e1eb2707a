//! `GET /recordings/{id}`, and how a row looks on the wire.

use std::time::Duration;

use storage::GetTicket;
use wire::{ByteSize, CompletedRecording, DownloadUrl, Recording, RecordingId, UploadStatus};

use super::access::{Action, reach};
use crate::accounts::Caller;
use crate::app::App;
use crate::db::{RecordingRow, Status};
use crate::refusal::Refusal;

/// Life of a download link.
const DOWNLOAD_LIFE: Duration = Duration::from_hours(1);

/// The recording, with a link once it is complete.
pub(crate) async fn open(
    app: &App,
    caller: &Caller,
    id: &RecordingId,
) -> Result<Recording, Refusal> {
    let row = reach(app, caller, id, Action::Open).await?;
    let mut recording = view(&row);
    match row.status {
        Status::Pending => {}
        Status::GivenUp => return Err(Refusal::GivenUp),
        Status::Deleted => return Err(Refusal::NotFound),
        Status::Complete => {
            check_unchanged(app, caller, &row).await?;
            let ticket = GetTicket {
                key: &row.s3_key,
                // Pinning the version would ask readers for s3:GetObjectVersion, which the guide's policy does not grant.
                version_id: None,
                filename: &row.filename,
                content_type: &row.content_type,
                expires_in: DOWNLOAD_LIFE,
            };
            let link = app
                .bucket_of(&caller.tenant)?
                .get_ticket(ticket, app.clock.system_time())
                .await?;
            recording.download_url = Some(DownloadUrl::from(link.url.expose().to_owned()));
        }
    }
    Ok(recording)
}

/// A base ticket can replace the object for as long as it lives: what is shown must be what was completed. Behind
/// write-once tickets there is nothing to ask.
async fn check_unchanged(app: &App, caller: &Caller, row: &RecordingRow) -> Result<(), Refusal> {
    if row.write_once {
        return Ok(());
    }
    let object = app
        .bucket_of(&caller.tenant)?
        .object(&row.s3_key)
        .await?
        .ok_or(Refusal::ObjectMissing)?;
    let completed = Seen {
        etag: row.etag.as_deref(),
        version_id: row.version_id.as_deref(),
    };
    if completed.is_still(&object.etag, object.version_id.as_deref()) {
        return Ok(());
    }
    Err(Refusal::ObjectChanged)
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

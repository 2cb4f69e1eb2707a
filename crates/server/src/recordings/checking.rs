//! `GET /recordings/{id}/check`: what the store has of a recording, beside its row.

use jiff::Timestamp;
use storage::{Bucket, DEFAULT_RETENTION, ObjectFacts, RETENTION_TAG, StoreError, Tags};
use wire::{ByteSize, Difference, ObjectCheck, RecordingCheck, RecordingId};

use super::access::{Wish, see};
use super::holding::{HELD, retention_tag};
use super::viewing::{availability, replaced, view};
use crate::accounts::Caller;
use crate::app::App;
use crate::audit::{Action, Event};
use crate::db::{Kind, RecordingRow, Status};
use crate::logging;
use crate::refusal::Refusal;

/// The class of what S3 names no class for.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>
const STANDARD: &str = "STANDARD";

/// Asks the store and compares. That it was asked is noted whatever comes of it.
pub(crate) async fn check(
    app: &App,
    caller: &Caller,
    id: &RecordingId,
) -> Result<RecordingCheck, Refusal> {
    let (row, trail) = see(app, caller, id, Wish::Check).await?;
    let now = app.clock.now();
    let event = Event::done(caller.actor(), Action::Check, now).about(id);
    app.database
        .scope(&trail, &caller.user)
        .note(&event)
        .await?;
    let bucket = app.bucket_of(&trail)?;
    let object = bucket.object(&row.s3_key).await?;
    let tags = match &object {
        Some(_) => tags(&bucket, &row).await,
        None => None,
    };
    let differences = differences(&row, object.as_ref(), tags.as_ref());
    let complete = row.status == Status::Complete;
    Ok(RecordingCheck {
        recording: view(&row),
        hold: row.held.as_ref().map(super::holding::shown),
        availability: complete.then(|| availability(&row, object.as_ref(), now)),
        object: object.map(|object| shown(object, tags)),
        agrees: differences.is_empty(),
        differences,
        checked_at: now,
    })
}

/// The object's tags. They may be out of reach (the setup guide's policy grants no reading of them) or unknown to the
/// store; the rest of the answer is as good without.
async fn tags(bucket: &Bucket, row: &RecordingRow) -> Option<Tags> {
    match bucket.tags(&row.s3_key).await {
        Ok(tags) => Some(tags),
        Err(error) => {
            let cause = logging::chain(&error as &StoreError);
            tracing::debug!(recording = %row.id, cause, "the object's tags cannot be read");
            None
        }
    }
}

fn differences(
    row: &RecordingRow,
    object: Option<&ObjectFacts>,
    tags: Option<&Tags>,
) -> Vec<Difference> {
    // Before it is complete there is nothing that the store should have.
    if row.status != Status::Complete {
        return Vec::new();
    }
    let Some(object) = object else {
        return vec![Difference::Missing];
    };
    let other = |known: Option<&String>, found: Option<&String>| matches!((known, found), (Some(known), Some(found)) if known != found);
    let in_parts = row.kind != Kind::Whole;
    let other_sum = other(row.sha256.as_ref(), object.sha256_hex.as_ref())
        || (in_parts
            && other(
                row.composite_sha256.as_ref(),
                object.composite_sha256.as_ref(),
            ));
    // What has no such tag is not the lifecycle's to delete.
    let retention = tags.and_then(|tags| tags.get(RETENTION_TAG));
    let other_tag = match retention {
        Some(HELD) => row.held.is_none(),
        Some(DEFAULT_RETENTION) => retention_tag(row) != DEFAULT_RETENTION,
        _ => false,
    };
    [
        (row.size != Some(object.size_bytes), Difference::Size),
        (other_sum, Difference::Checksum),
        (replaced(row, object), Difference::Replaced),
        (other_tag, Difference::HoldTag),
    ]
    .into_iter()
    .filter_map(|(differs, difference)| differs.then_some(difference))
    .collect()
}

fn shown(object: ObjectFacts, tags: Option<Tags>) -> ObjectCheck {
    let time = |at| Timestamp::try_from(at).ok();
    ObjectCheck {
        size: ByteSize(object.size_bytes),
        etag: object.etag,
        version_id: object.version_id,
        content_type: object.content_type,
        sha256: object.sha256_hex,
        composite_sha256: object.composite_sha256,
        storage_class: object.storage_class.unwrap_or_else(|| STANDARD.to_owned()),
        modified_at: object.modified_at.and_then(time),
        expires_at: object.expires_at.and_then(time),
        tags: tags.map(|tags| {
            tags.iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect()
        }),
    }
}

//! `POST /recordings/{id}/complete`: the store is asked before anything is called complete.

use storage::ObjectFacts;
use wire::{CompletedRecording, RecordingId};

use super::access::{Action, reach};
use super::requests::Claim;
use super::viewing;
use crate::accounts::Caller;
use crate::app::App;
use crate::db::{Completion, RecordingRow, Status};
use crate::refusal::Refusal;

/// Marks the recording complete if the store agrees with the claim. Repeating the same claim gives the same answer.
pub(crate) async fn complete(
    app: &App,
    caller: &Caller,
    id: &RecordingId,
    claim: &Claim,
) -> Result<CompletedRecording, Refusal> {
    let row = reach(app, caller, id, Action::Upload).await?;
    if claim.s3_key != row.s3_key {
        return Err(Refusal::KeyMismatch);
    }
    match row.status {
        Status::Pending => {}
        Status::Complete => return repeat(&row, claim),
        Status::GivenUp => return Err(Refusal::GivenUp),
        Status::Deleted => return Err(Refusal::NotFound),
    }
    let object = app
        .bucket()?
        .object(&row.s3_key)
        .await?
        .ok_or(Refusal::ObjectMissing)?;
    let sha256 = agree(&row, claim, &object)?;
    let completion = Completion {
        size: object.size_bytes,
        duration: claim.duration,
        sha256: sha256.as_deref(),
        etag: Some(&object.etag),
        version_id: object.version_id.as_deref(),
        completed_at: app.clock.now(),
    };
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let ours = scope.complete_recording(id, &completion).await?;
    let row = scope.recording(id).await?.ok_or(Refusal::NotFound)?;
    if ours {
        return Ok(viewing::completed(&row));
    }
    // Somebody else was quicker: another attempt of the same upload, its giving up, or its deletion.
    match row.status {
        Status::Complete => repeat(&row, claim),
        Status::GivenUp => Err(Refusal::GivenUp),
        Status::Deleted => Err(Refusal::NotFound),
        Status::Pending => Err(Refusal::NotPending),
    }
}

/// What the object's SHA-256 is said to be, if the claim fits the object and what was promised at the start.
fn agree(
    row: &RecordingRow,
    claim: &Claim,
    object: &ObjectFacts,
) -> Result<Option<String>, Refusal> {
    if object.size_bytes != claim.file_size {
        return Err(Refusal::SizeMismatch {
            stored_bytes: object.size_bytes,
            stated_bytes: claim.file_size,
        });
    }
    if row
        .promised_size
        .is_some_and(|size| size != object.size_bytes)
    {
        return Err(Refusal::SizeMismatch {
            stored_bytes: object.size_bytes,
            stated_bytes: row.promised_size.unwrap_or_default(),
        });
    }
    let stated = [claim.sha256.as_ref(), row.promised_sha256.as_ref()];
    let known = [object.sha256_hex.as_ref(), stated[0], stated[1]];
    let mut sums = known.into_iter().flatten();
    if let Some(first) = sums.next()
        && sums.any(|sum| sum != first)
    {
        return Err(Refusal::ChecksumMismatch);
    }
    Ok(stated.into_iter().flatten().next().cloned())
}

fn repeat(row: &RecordingRow, claim: &Claim) -> Result<CompletedRecording, Refusal> {
    let sha256 = claim.sha256.as_ref().or(row.promised_sha256.as_ref());
    let same = row.size == Some(claim.file_size)
        && row.duration == claim.duration
        && row.sha256.as_ref() == sha256;
    if !same {
        return Err(Refusal::AlreadyComplete);
    }
    Ok(viewing::completed(row))
}

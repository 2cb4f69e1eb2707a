//! `POST /recordings/{id}/complete`: the store is asked before anything is called complete.
//!
//! What is claimed is noted in the row first. The store may take minutes, the caller may hang up, the server may die: what
//! was claimed is finished all the same, by the caller who asks again, or by the sweep.

use std::sync::Arc;

use storage::{Bucket, ObjectFacts, PartChecksum};
use tracing::Instrument as _;
use wire::{AuditOutcome, CompletedPart, CompletedRecording, RecordingId};

use super::access::{Wish, reach};
use super::assembling::{assemble, composite_of, is_made_of};
use super::requests::Claim;
use super::tickets::tags_of;
use super::{holding, parts, viewing};
use crate::accounts::Caller;
use crate::app::App;
use crate::audit::{Action, Event};
use crate::db::{Claimed, ClaimedPlace, Completion, Kind, RecordingRow, Status};
use crate::logging;
use crate::refusal::Refusal;

/// Marks the recording complete if the store agrees with the claim. Repeating the same claim gives the same answer.
pub(crate) async fn complete(
    app: &Arc<App>,
    caller: &Caller,
    id: &RecordingId,
    claim: Claim,
) -> Result<CompletedRecording, Refusal> {
    let claimed = claimed_by(&claim);
    // Without a bucket there is nobody to ask, and nothing to note.
    let noted = if app.bucket_of(&caller.tenant).is_ok() {
        let place = ClaimedPlace {
            s3_key: &claim.s3_key,
            in_parts: claim.parts.is_some(),
        };
        let scope = app.database.scope(&caller.tenant, &caller.user);
        scope
            .note_claim(id, place, &claimed, app.clock.now())
            .await?
    } else {
        None
    };
    let Some(row) = noted else {
        return not_noted(app, caller, id, &claim, &claimed).await;
    };
    let row = settle(app, caller, row, claimed, claim.parts).await?;
    Ok(viewing::completed(&row))
}

fn claimed_by(claim: &Claim) -> Claimed {
    Claimed {
        file_size: claim.file_size,
        duration: claim.duration,
        sha256: claim.sha256.clone(),
        composite_sha256: claim.parts.as_deref().and_then(composite_of),
    }
}

/// A claim that fits nothing that the caller has pending: it repeats what was claimed before, or it is wrong.
async fn not_noted(
    app: &App,
    caller: &Caller,
    id: &RecordingId,
    claim: &Claim,
    claimed: &Claimed,
) -> Result<CompletedRecording, Refusal> {
    let row = reach(app, caller, id, Wish::Upload).await?;
    if claim.s3_key != row.s3_key {
        return Err(Refusal::KeyMismatch);
    }
    match (&row.kind, &claim.parts) {
        (Kind::Whole, Some(_)) => return Err(Refusal::ComesWhole),
        (Kind::Parts { .. }, None) => return Err(Refusal::ComesInParts),
        (Kind::Whole, None) | (Kind::Parts { .. }, Some(_)) => {}
    }
    if row.status == Status::Pending {
        app.bucket_of(&caller.tenant)?;
    }
    repeat(&row, claimed)
}

/// Finishes what was claimed earlier and never answered.
pub(super) async fn finish(
    app: &Arc<App>,
    caller: &Caller,
    row: &RecordingRow,
) -> Result<RecordingRow, Refusal> {
    let claimed = row.claimed.clone().ok_or(Refusal::ObjectMissing)?;
    settle(app, caller, row.clone(), claimed, None).await
}

/// Asks the store and notes its answer, whether or not the caller waits for it.
async fn settle(
    app: &Arc<App>,
    caller: &Caller,
    row: RecordingRow,
    claimed: Claimed,
    named: Option<Vec<CompletedPart>>,
) -> Result<RecordingRow, Refusal> {
    let (app, caller) = (Arc::clone(app), caller.clone());
    let settling = async move {
        let settled = match ask(&app, &caller, &row, &claimed, named.as_deref()).await {
            Ok(proven) => note(&app, &caller, &row, &claimed, &proven).await,
            Err(refusal) => Err(refusal),
        };
        if let Err(refusal) = &settled {
            forget(&app, &caller, &row, &claimed, refusal).await?;
        }
        settled
    };
    tokio::spawn(settling.in_current_span())
        .await
        .map_err(|error| Refusal::Defect(error.into()))?
}

/// What the store says, if it agrees.
async fn ask(
    app: &App,
    caller: &Caller,
    row: &RecordingRow,
    claimed: &Claimed,
    named: Option<&[CompletedPart]>,
) -> Result<Proven, Refusal> {
    let bucket = parts::bucket_of(app, caller, row)?;
    let object = match &row.kind {
        Kind::Whole => bucket
            .object(&row.s3_key)
            .await?
            .ok_or(Refusal::ObjectMissing)?,
        Kind::Parts { upload_id, .. } => {
            assemble(&bucket, row, upload_id.as_deref(), claimed, named).await?
        }
    };
    let sha256 = agree(row, claimed, &object, bucket.part_checksum())?;
    if bucket.tagging() && row.kind == Kind::Whole && !row.write_once {
        tag(&bucket, caller, row).await;
    }
    Ok(Proven { object, sha256 })
}

/// A base ticket signs no tags, so they are set now. An upload is not lost for want of a tag: the object is only kept longer
/// than the bucket's lifecycle rules would have it.
async fn tag(bucket: &Bucket, caller: &Caller, row: &RecordingRow) {
    if let Err(error) = bucket.put_tags(&row.s3_key, &tags_of(caller, row)).await {
        let cause = logging::chain(&error);
        tracing::warn!(recording = %row.id, cause, "an object could not be tagged");
    }
}

/// An object that is what was claimed.
struct Proven {
    object: ObjectFacts,
    sha256: Option<String>,
}

/// Marks the row complete; what was quicker wins: another attempt of the same upload, its giving up, or its deletion.
async fn note(
    app: &App,
    caller: &Caller,
    row: &RecordingRow,
    claimed: &Claimed,
    proven: &Proven,
) -> Result<RecordingRow, Refusal> {
    let completion = Completion {
        size: proven.object.size_bytes,
        duration: claimed.duration,
        sha256: proven.sha256.as_deref(),
        composite_sha256: claimed.composite_sha256.as_deref(),
        etag: Some(&proven.object.etag),
        version_id: proven.object.version_id.as_deref(),
        completed_at: app.clock.now(),
    };
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let event = Event::done(caller.actor(), Action::Complete, completion.completed_at)
        .about(&row.id)
        .with("size", completion.size);
    let ours = scope.complete_recording(&row.id, &completion, &event);
    if let Some(complete) = ours.await? {
        app.operations.metrics.completed(proven.object.size_bytes);
        holding::keep(&app.bucket_of(&caller.tenant)?, &complete).await;
        return Ok(complete);
    }
    let row = scope.recording(&row.id).await?.ok_or(Refusal::NotFound)?;
    repeat(&row, claimed)?;
    Ok(row)
}

/// A claim that the store contradicts, or that the tenant has no room for, is none any more; one that could not be judged
/// stays.
async fn forget(
    app: &App,
    caller: &Caller,
    row: &RecordingRow,
    claimed: &Claimed,
    refusal: &Refusal,
) -> Result<(), Refusal> {
    let scope = app.database.scope(&caller.tenant, &caller.user);
    if refusal.ends_claim() {
        scope.forget_claim(&row.id, claimed).await?;
    }
    if let Refusal::QuotaExceeded(_) = refusal {
        let event = Event::done(caller.actor(), Action::Complete, app.clock.now())
            .about(&row.id)
            .with("size", claimed.file_size);
        over_quota(app, caller, event).await?;
    }
    if let (
        Refusal::UploadAborted,
        Kind::Parts {
            upload_id: Some(upload_id),
            ..
        },
    ) = (refusal, &row.kind)
    {
        scope.forget_upload(&row.id, upload_id).await?;
    }
    Ok(())
}

/// Notes what a tenant's quota did not allow.
pub(super) async fn over_quota(app: &App, caller: &Caller, event: Event) -> Result<(), Refusal> {
    app.operations.metrics.over_quota();
    let event = event.with("why", "quota").outcome(AuditOutcome::Refused);
    let scope = app.database.scope(&caller.tenant, &caller.user);
    Ok(scope.note(&event).await?)
}

/// What the object's SHA-256 is said to be, if the claim fits the object and what was promised at the start.
fn agree(
    row: &RecordingRow,
    claimed: &Claimed,
    object: &ObjectFacts,
    kind: PartChecksum,
) -> Result<Option<String>, Refusal> {
    if object.size_bytes != claimed.file_size {
        return Err(Refusal::SizeMismatch {
            stored_bytes: object.size_bytes,
            stated_bytes: claimed.file_size,
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
    let stated = [claimed.sha256.as_ref(), row.promised_sha256.as_ref()];
    let known = [object.sha256_hex.as_ref(), stated[0], stated[1]];
    let mut sums = known.into_iter().flatten();
    if let Some(first) = sums.next()
        && sums.any(|sum| sum != first)
    {
        return Err(Refusal::ChecksumMismatch);
    }
    if row.kind != Kind::Whole && !is_made_of(claimed, object, kind) {
        return Err(Refusal::ChecksumMismatch);
    }
    Ok(stated.into_iter().flatten().next().cloned())
}

/// What a recording that waits for no bytes any more answers to a claim.
fn repeat(row: &RecordingRow, claimed: &Claimed) -> Result<CompletedRecording, Refusal> {
    match row.status {
        Status::Complete => {}
        Status::GivenUp => return Err(Refusal::GivenUp),
        Status::Deleted => return Err(Refusal::NotFound),
        Status::Pending => return Err(Refusal::NotPending),
    }
    // The sum of a file that grew follows later: a claim without one contradicts none.
    let sum_agrees = claimed.sha256.is_none() || claimed.sha256 == row.sha256;
    let same = row.size == Some(claimed.file_size)
        && row.duration == claimed.duration
        && row.composite_sha256 == claimed.composite_sha256
        && sum_agrees;
    if !same {
        return Err(Refusal::AlreadyComplete);
    }
    Ok(viewing::completed(row))
}

/// `POST /recordings/{id}/sha256`: the whole file's sum, of an upload that was complete before it was known. It is kept
/// as claimed.
pub(crate) async fn claim_sha256(
    app: &App,
    caller: &Caller,
    id: &RecordingId,
    sha256: &str,
) -> Result<(), Refusal> {
    let row = reach(app, caller, id, Wish::Upload).await?;
    match row.status {
        Status::Complete => {}
        Status::Pending => return Err(Refusal::NotComplete),
        Status::GivenUp => return Err(Refusal::GivenUp),
        Status::Deleted => return Err(Refusal::NotFound),
    }
    let scope = app.database.scope(&caller.tenant, &caller.user);
    let event = Event::done(caller.actor(), Action::ClaimSha256, app.clock.now())
        .about(id)
        .with("sha256", sha256);
    if scope.claim_sha256(id, sha256, &event).await? {
        return Ok(());
    }
    Err(Refusal::ChecksumMismatch)
}

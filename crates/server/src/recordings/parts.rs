//! An upload in parts, until it is complete: opened at the store, its parts signed just in time, and listed for whoever
//! goes on with it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use storage::{Bucket, CreateMultipart, PartChecksum, PartTicket, StoreError};
use wire::{
    ErrorCode, MAX_PARTS, MAX_PARTS_SIGNED_AT_ONCE, MAX_SINGLE_PUT_BYTES, MIN_PART_BYTES,
    RecordingId, Secret, SignedPart, SignedParts, StoredPart, StoredParts,
};

use super::access::{Wish, reach};
use super::completing;
use super::tickets::{expiry, note, require_pending, tags_of};
use crate::accounts::Caller;
use crate::app::App;
use crate::audit::{Action, Event};
use crate::db::{Kind, RecordingRow};
use crate::fields::Fields;
use crate::refusal::Refusal;

/// Part sizes are counted in these: a round number for whoever looks at a list of them.
const MEBIBYTE: u64 = 1024 * 1024;

/// A part that wants a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    part_number: u32,
    size_bytes: u64,
    kind: PartChecksum,
    checksum: String,
}

/// `POST /recordings/{id}/parts`, checked: different parts, and of one size but for the last of them.
pub(crate) fn read(mut fields: Fields) -> Result<Vec<Wanted>, Refusal> {
    let wanted = fields.optional_objects("parts", MAX_PARTS_SIGNED_AT_ONCE, read_one);
    fields.finish()?;
    let wanted = wanted.ok_or_else(|| {
        Refusal::invalid(format!(
            "parts must be a list of 1 to {MAX_PARTS_SIGNED_AT_ONCE} objects"
        ))
    })?;
    check(&wanted)?;
    Ok(wanted)
}

fn read_one(fields: &mut Fields) -> Option<Wanted> {
    let part_number = fields.required_integer("partNumber", 1, MAX_PARTS);
    let size_bytes = fields.required_size("size");
    if fields.has("sha256") == fields.has("crc64nvme") {
        fields.flaw(
            ErrorCode::InvalidRequest,
            "sha256 or crc64nvme must be there, and not both",
        );
    }
    let sha256 = fields.optional_sha256("sha256");
    let crc64nvme = fields.optional_crc64nvme("crc64nvme");
    let sha256 = sha256.map(|sum| (PartChecksum::Sha256, sum));
    let crc64nvme = crc64nvme.map(|sum| (PartChecksum::Crc64Nvme, sum));
    let (kind, checksum) = sha256.or(crc64nvme)?;
    Some(Wanted {
        part_number: part_number?,
        size_bytes: size_bytes?,
        kind,
        checksum,
    })
}

/// Only the part with the highest number can be the upload's last, and smaller than the others.
fn check(wanted: &[Wanted]) -> Result<(), Refusal> {
    let mut by_number: Vec<&Wanted> = wanted.iter().collect();
    by_number.sort_by_key(|part| part.part_number);
    if by_number
        .windows(2)
        .any(|pair| pair[0].part_number == pair[1].part_number)
    {
        return Err(Refusal::invalid("parts must be different ones"));
    }
    let Some((last, others)) = by_number.split_last() else {
        return Ok(());
    };
    let usual = others
        .first()
        .map_or(last.size_bytes, |part| part.size_bytes);
    let equal = others.iter().all(|part| part.size_bytes == usual);
    let large = others.is_empty() || usual >= MIN_PART_BYTES;
    if equal && large && last.size_bytes <= usual && usual <= MAX_SINGLE_PUT_BYTES {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "all parts but the last must have the same size, from {MIN_PART_BYTES} to {MAX_SINGLE_PUT_BYTES} bytes, and the \
         last no more"
    )))
}

/// The least size of the parts of a file, in bytes: as S3 has it, or as much as it takes for the file to fit.
pub(super) fn least_size(file_bytes: Option<u64>) -> u64 {
    let fitting = file_bytes
        .unwrap_or_default()
        .div_ceil(u64::from(MAX_PARTS));
    fitting.next_multiple_of(MEBIBYTE).max(MIN_PART_BYTES)
}

/// The bucket, which holds the recording's parts to what they were begun with, whatever is configured meanwhile.
pub(super) fn bucket_of(app: &App, caller: &Caller, row: &RecordingRow) -> Result<Bucket, Refusal> {
    let bucket = app.bucket_of(&caller.tenant)?;
    Ok(match row.kind {
        Kind::Parts {
            checksum: Some(kind),
            ..
        } => bucket.holding_parts_to(kind),
        Kind::Parts { checksum: None, .. } | Kind::Whole => bucket,
    })
}

/// The store's name for the upload of a pending recording; it is begun if it was not, or is no more.
pub(super) async fn open(
    app: &App,
    caller: &Caller,
    row: &RecordingRow,
) -> Result<String, Refusal> {
    if let Kind::Parts {
        upload_id: Some(upload_id),
        ..
    } = &row.kind
    {
        return Ok(upload_id.clone());
    }
    let bucket = bucket_of(app, caller, row)?;
    let tags = tags_of(caller, row);
    let begun = bucket
        .create_multipart(CreateMultipart {
            key: &row.s3_key,
            content_type: &row.content_type,
            tags: Some(&tags),
        })
        .await?;
    let scope = app.database.scope(&caller.tenant, &caller.user);
    if scope.adopt_upload(&row.id, &begun).await? {
        return Ok(begun);
    }
    // Somebody else was quicker. What the store keeps for an upload without parts is little, and swept up in the end.
    if let Err(error) = bucket.abort_multipart(&row.s3_key, &begun).await {
        tracing::warn!(%error, "a superfluous upload could not be given up");
    }
    let row = scope.recording(&row.id).await?.ok_or(Refusal::NotFound)?;
    require_pending(&row)?;
    require_upload(&row).map(str::to_owned)
}

/// The store's name for the upload of a recording that comes in parts.
fn require_upload(row: &RecordingRow) -> Result<&str, Refusal> {
    match &row.kind {
        Kind::Whole => Err(Refusal::ComesWhole),
        Kind::Parts { upload_id, .. } => upload_id.as_deref().ok_or(Refusal::UploadAborted),
    }
}

/// `POST /recordings/{id}/parts`: a ticket for each part, which the store will hold to size and checksum.
pub(crate) async fn sign(
    app: &App,
    caller: &Caller,
    id: &RecordingId,
    wanted: &[Wanted],
) -> Result<SignedParts, Refusal> {
    let row = reach(app, caller, id, Wish::Upload).await?;
    require_pending(&row)?;
    let upload_id = require_upload(&row)?;
    check_promise(&row, wanted)?;
    let bucket = bucket_of(app, caller, &row)?;
    check_kind(bucket.part_checksum(), wanted)?;
    let (mut first_death, mut last_death) = (None, app.clock.now());
    let mut parts = Vec::with_capacity(wanted.len());
    for part in wanted {
        let ticket = PartTicket {
            key: &row.s3_key,
            upload_id,
            part_number: part.part_number,
            content_length: part.size_bytes,
            checksum_hex: &part.checksum,
            expires_in: Duration::from_secs(u64::from(row.ticket_seconds)),
        };
        let signed = bucket.part_ticket(ticket, app.clock.system_time()).await?;
        let dies_at = expiry(&signed)?;
        first_death = Some(first_death.map_or(dies_at, |first: Timestamp| first.min(dies_at)));
        last_death = last_death.max(dies_at);
        parts.push(SignedPart {
            part_number: part.part_number,
            url: Secret::from(signed.url.expose()),
            headers: signed.headers,
        });
    }
    let numbers: Vec<u32> = wanted.iter().map(|part| part.part_number).collect();
    let event = Event::done(caller.actor(), Action::SignParts, app.clock.now())
        .about(&row.id)
        .with("parts", numbers)
        .with("expiresAt", last_death.to_string());
    note(app, caller, &row, last_death, &event).await?;
    Ok(SignedParts {
        parts,
        expires_at: first_death.unwrap_or(last_death),
    })
}

/// Nobody is helped by a ticket for more bytes than the file has.
fn check_promise(row: &RecordingRow, wanted: &[Wanted]) -> Result<(), Refusal> {
    let Some(promised) = row.promised_size else {
        return Ok(());
    };
    let total = wanted
        .iter()
        .fold(0_u64, |total, part| total.saturating_add(part.size_bytes));
    if total <= promised {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "parts must have no more bytes than the {promised} that were stated at the start"
    )))
}

/// Of all parts, as of the upload that they are of.
fn check_kind(kind: PartChecksum, wanted: &[Wanted]) -> Result<(), Refusal> {
    if wanted.iter().all(|part| part.kind == kind) {
        return Ok(());
    }
    let field = match kind {
        PartChecksum::Sha256 => "sha256",
        PartChecksum::Crc64Nvme => "crc64nvme",
    };
    Err(Refusal::invalid(format!(
        "parts must have the checksum that this upload was begun with: {field}"
    )))
}

/// `GET /recordings/{id}/parts`: what the store holds, above the number `after`.
pub(crate) async fn list(
    app: &Arc<App>,
    caller: &Caller,
    id: &RecordingId,
    after: Option<u32>,
) -> Result<StoredParts, Refusal> {
    let row = reach(app, caller, id, Wish::Upload).await?;
    require_pending(&row)?;
    let upload_id = require_upload(&row)?;
    let bucket = bucket_of(app, caller, &row)?;
    let page = match bucket.parts(&row.s3_key, upload_id, after).await {
        Ok(page) => page,
        Err(StoreError::NoSuchUpload { .. }) => {
            return Err(missing(app, caller, &row, upload_id).await);
        }
        Err(error) => return Err(error.into()),
    };
    Ok(StoredParts {
        parts: page
            .parts
            .into_iter()
            .map(|part| StoredPart {
                part_number: part.part_number,
                size: part.size_bytes,
                etag: part.etag,
                checksum: part.checksum_hex,
            })
            .collect(),
        next: page.next,
    })
}

/// Why the store does not know an upload that it knew: it was completed and nobody heard, or the store gave it up by rules
/// of its own. After the second a new one can be begun.
async fn missing(app: &Arc<App>, caller: &Caller, row: &RecordingRow, upload_id: &str) -> Refusal {
    if row.claimed.is_some() {
        return match completing::finish(app, caller, row).await {
            Ok(_complete) => Refusal::NotPending,
            Err(refusal) => refusal,
        };
    }
    let scope = app.database.scope(&caller.tenant, &caller.user);
    match scope.forget_upload(&row.id, upload_id).await {
        Ok(()) => Refusal::UploadAborted,
        Err(error) => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: u64 = MIN_PART_BYTES;

    #[test]
    fn parts_to_sign_are_equal_but_for_the_last() {
        let part = |&(part_number, size_bytes): &(u32, u64)| Wanted {
            part_number,
            size_bytes,
            kind: PartChecksum::Sha256,
            checksum: String::new(),
        };
        let judge = |parts: &[(u32, u64)]| check(&parts.iter().map(part).collect::<Vec<_>>());
        for good in [
            &[(1, 1)][..],
            &[(7, LEAST)],
            &[(1, LEAST), (2, LEAST)],
            &[(9, 3), (2, LEAST)],
            &[(4, LEAST + 1), (2, LEAST + 1), (3, LEAST + 1)],
            &[(1, MAX_SINGLE_PUT_BYTES)],
        ] {
            assert!(judge(good).is_ok(), "{good:?}");
        }
        for bad in [
            &[(1, LEAST), (1, LEAST)][..],
            &[(1, LEAST - 1), (2, LEAST - 1)],
            &[(1, LEAST), (2, LEAST + 1)],
            &[(1, LEAST), (2, LEAST + 1), (3, LEAST)],
            &[(1, MAX_SINGLE_PUT_BYTES + 1)],
        ] {
            assert!(judge(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn any_file_that_s3_takes_fits() {
        for (file_bytes, expected) in [
            (None, LEAST),
            (Some(1), LEAST),
            (Some(10_000 * LEAST), LEAST),
            (Some(10_000 * LEAST + 1), LEAST + MEBIBYTE),
            (
                Some(super::super::requests::MAX_OBJECT_BYTES),
                525 * MEBIBYTE,
            ),
        ] {
            let size = least_size(file_bytes);
            assert_eq!(size, expected, "{file_bytes:?}");
            assert!(size * u64::from(MAX_PARTS) >= file_bytes.unwrap_or_default());
            assert!(size <= MAX_SINGLE_PUT_BYTES);
        }
    }
}

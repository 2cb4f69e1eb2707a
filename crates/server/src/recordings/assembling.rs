//! From parts to an object: which parts of the store make what was claimed, and having the store put them together.

use storage::{
    Bucket, CompleteError, CompleteMultipart, CompletedPart, ObjectFacts, PartChecksum, StoreError,
    StoredPart, composite,
};
use wire::MIN_PART_BYTES;

use crate::db::{Claimed, RecordingRow};
use crate::refusal::{PartsFlaw, Refusal};

/// The checksum of the checksums of the parts that were named. Their checksums have been checked for their form.
pub(super) fn composite_of(parts: &[wire::CompletedPart]) -> Option<String> {
    composite(parts.iter().map(|part| part.checksum.as_str()))
}

/// Puts the parts of an upload together, if they are those that were claimed: the parts that the caller named, where
/// there is a caller, and in any case those that have the claimed checksum.
///
/// An upload that the store does not know (any more) may have been completed by an attempt whose answer was lost, so what
/// is under the key decides.
pub(super) async fn assemble(
    bucket: &Bucket,
    row: &RecordingRow,
    upload_id: Option<&str>,
    claimed: &Claimed,
    named: Option<&[wire::CompletedPart]>,
) -> Result<ObjectFacts, Refusal> {
    if let Some(upload_id) = upload_id
        && let Some(stored) = stored_parts(bucket, &row.s3_key, upload_id).await?
    {
        let complete = CompleteMultipart {
            key: &row.s3_key,
            upload_id,
            parts: choose(&stored, claimed, named)?,
            write_once: true,
        };
        match bucket.complete_multipart(complete).await {
            Ok(object) => return Ok(object),
            Err(CompleteError::NoSuchUpload { .. } | CompleteError::AlreadyExists { .. }) => {}
            Err(error) => return Err(refused(error)),
        }
    }
    let object = bucket.object(&row.s3_key).await?;
    object.ok_or(Refusal::UploadAborted)
}

/// Whether the object is made of the parts that were claimed. Where they have SHA-256, S3's own sum tells; otherwise, and
/// where a store keeps none, the entity tag of what came in parts says at least of how many.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html> (`ETag`)
pub(super) fn is_made_of(claimed: &Claimed, object: &ObjectFacts, kind: PartChecksum) -> bool {
    if kind == PartChecksum::Sha256 && object.composite_sha256.is_some() {
        return object.composite_sha256 == claimed.composite_sha256;
    }
    let count = bare(&object.etag).rsplit_once('-');
    count.is_some_and(|(_, count)| count.parse() == Ok(part_count(claimed)))
}

/// Every part that the store holds; `None` when it does not know the upload.
async fn stored_parts(
    bucket: &Bucket,
    key: &str,
    upload_id: &str,
) -> Result<Option<Vec<StoredPart>>, Refusal> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = match bucket.parts(key, upload_id, after).await {
            Ok(page) => page,
            Err(StoreError::NoSuchUpload { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        all.extend(page.parts);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(Some(all)),
        }
    }
}

/// The parts 1 to the last that was named, with the store's own tags, if they are what was claimed.
///
/// Where the store keeps no checksums (some compatible ones do not), what the caller named stands: each part's checksum
/// was signed into its ticket.
fn choose(
    stored: &[StoredPart],
    claimed: &Claimed,
    named: Option<&[wire::CompletedPart]>,
) -> Result<Vec<CompletedPart>, Refusal> {
    let count = named.map_or_else(|| part_count(claimed), <[_]>::len);
    let mut chosen = Vec::with_capacity(count);
    let mut sizes = Vec::with_capacity(count);
    for (index, part_number) in (1_u32..).take(count).enumerate() {
        let found = stored.binary_search_by_key(&part_number, |part| part.part_number);
        let missing = |_| Refusal::PartsMismatch(PartsFlaw::Missing { part_number });
        let part = &stored[found.map_err(missing)?];
        let named = named.and_then(|parts| parts.get(index));
        if named.is_some_and(|named| bare(&named.etag) != bare(&part.etag)) {
            return Err(Refusal::PartsMismatch(PartsFlaw::Tag { part_number }));
        }
        let stated = named.map(|named| &named.checksum);
        let checksum_hex = match (&part.checksum_hex, stated) {
            (Some(kept), Some(stated)) if kept != stated => {
                return Err(Refusal::PartsMismatch(PartsFlaw::Checksum { part_number }));
            }
            (Some(sum), _) | (None, Some(sum)) => sum.clone(),
            (None, None) => {
                return Err(Refusal::PartsMismatch(PartsFlaw::Checksum { part_number }));
            }
        };
        sizes.push(part.size_bytes);
        chosen.push(CompletedPart {
            part_number,
            etag: part.etag.clone(),
            checksum_hex,
        });
    }
    check_sizes(&sizes).map_err(Refusal::PartsMismatch)?;
    let stored_bytes = sizes
        .iter()
        .fold(0_u64, |total, size| total.saturating_add(*size));
    if stored_bytes != claimed.file_size {
        return Err(Refusal::SizeMismatch {
            stored_bytes,
            stated_bytes: claimed.file_size,
        });
    }
    let found = composite(chosen.iter().map(|part| part.checksum_hex.as_str()));
    if found != claimed.composite_sha256 {
        return Err(Refusal::ChecksumMismatch);
    }
    Ok(chosen)
}

/// All but the last part have one size, which S3 takes, and the last has no more. Some compatible stores insist on it.
fn check_sizes(sizes: &[u64]) -> Result<(), PartsFlaw> {
    let Some((last, others)) = sizes.split_last() else {
        return Ok(());
    };
    let usual = others.first().unwrap_or(last);
    let wrong = |size: &u64| *size != *usual || *size < MIN_PART_BYTES;
    let flawed = others.iter().position(wrong);
    let flawed = flawed.or_else(|| (last > usual).then_some(others.len()));
    let Some(index) = flawed else {
        return Ok(());
    };
    Err(PartsFlaw::Size {
        part_number: u32::try_from(index + 1).unwrap_or(u32::MAX),
        size_bytes: sizes[index],
    })
}

/// How many parts a composite checksum is of: it says so behind its dash.
fn part_count(claimed: &Claimed) -> usize {
    let composite = claimed.composite_sha256.as_deref();
    composite
        .and_then(|composite| composite.rsplit_once('-')?.1.parse().ok())
        .unwrap_or_default()
}

/// An entity tag without the quotes that some lists leave out.
fn bare(etag: &str) -> &str {
    etag.trim_matches('"')
}

fn refused(error: CompleteError) -> Refusal {
    let refusal = match &error {
        CompleteError::InvalidPart { .. } => Refusal::PartsMismatch(PartsFlaw::Refused),
        // Their sizes were looked at before: they are what S3 takes.
        CompleteError::EntityTooSmall { .. } => Refusal::PartsTooSmall,
        _ => return Refusal::Unassembled(Box::new(error)),
    };
    tracing::warn!(
        cause = crate::logging::chain(&error),
        "the store refused the parts of an upload"
    );
    refusal
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: u64 = MIN_PART_BYTES;

    fn sum(part_number: u32) -> String {
        format!("{part_number:064x}")
    }

    /// Parts 1, 2, 3 of two whole ones and a rest of 7 bytes.
    fn stored() -> Vec<StoredPart> {
        let part = |(part_number, size_bytes)| StoredPart {
            part_number,
            size_bytes,
            etag: format!("\"e{part_number}\""),
            checksum_hex: Some(sum(part_number)),
        };
        [(1, LEAST), (2, LEAST), (3, 7)]
            .into_iter()
            .map(part)
            .collect()
    }

    fn named() -> Vec<wire::CompletedPart> {
        let part = |part_number| wire::CompletedPart {
            part_number,
            etag: format!("e{part_number}"),
            checksum: sum(part_number),
        };
        (1..=3).map(part).collect()
    }

    fn claimed(parts: &[wire::CompletedPart]) -> Claimed {
        Claimed {
            file_size: 2 * LEAST + 7,
            duration: None,
            sha256: None,
            composite_sha256: composite_of(parts),
        }
    }

    fn numbers(chosen: Result<Vec<CompletedPart>, Refusal>) -> Vec<u32> {
        let part_number = |part: CompletedPart| part.part_number;
        chosen.unwrap().into_iter().map(part_number).collect()
    }

    #[test]
    fn what_was_claimed_is_found_with_and_without_the_list_that_the_caller_sent() {
        let (named, claimed) = (named(), claimed(&named()));
        assert_eq!(
            numbers(choose(&stored(), &claimed, Some(&named))),
            [1, 2, 3]
        );
        assert_eq!(numbers(choose(&stored(), &claimed, None)), [1, 2, 3]);
        // A part that was not named is thrown away by the store.
        let mut more = stored();
        more.push(StoredPart {
            part_number: 4,
            ..more[0].clone()
        });
        assert_eq!(numbers(choose(&more, &claimed, Some(&named))), [1, 2, 3]);
        assert_eq!(numbers(choose(&more, &claimed, None)), [1, 2, 3]);
        // A store that keeps no checksums: the named ones stand, and without them nobody knows.
        let mut without = stored();
        for part in &mut without {
            part.checksum_hex = None;
        }
        assert_eq!(numbers(choose(&without, &claimed, Some(&named))), [1, 2, 3]);
        assert!(choose(&without, &claimed, None).is_err());
    }

    #[test]
    fn an_object_of_other_parts_is_told_from_one_of_these() {
        let claimed = claimed(&named());
        let object = |composite_sha256: Option<&str>, etag: &str| ObjectFacts {
            size_bytes: claimed.file_size,
            etag: etag.to_owned(),
            composite_sha256: composite_sha256.map(str::to_owned),
            ..ObjectFacts::default()
        };
        let ours = claimed.composite_sha256.as_deref();
        for (composite_sha256, etag, expected) in [
            (ours, "\"0123-3\"", true),
            (ours, "\"0123\"", true),
            (Some("x-3"), "\"0123-3\"", false),
            (None, "\"0123-3\"", true),
            (None, "0123-3", true),
            (None, "\"0123-4\"", false),
            (None, "\"0123\"", false),
            (None, "", false),
        ] {
            let object = object(composite_sha256, etag);
            let found = is_made_of(&claimed, &object, PartChecksum::Sha256);
            assert_eq!(found, expected, "{object:?}");
        }
    }

    #[test]
    fn of_parts_with_crcs_a_store_knows_another_sum() {
        let claimed = claimed(&named());
        let object = |etag: &str| ObjectFacts {
            size_bytes: claimed.file_size,
            etag: etag.to_owned(),
            composite_sha256: Some("of their SHA-256=-3".to_owned()),
            ..ObjectFacts::default()
        };
        for (etag, expected) in [("\"0123-3\"", true), ("\"0123-4\"", false)] {
            let found = is_made_of(&claimed, &object(etag), PartChecksum::Crc64Nvme);
            assert_eq!(found, expected, "{etag}");
        }
    }

    #[test]
    fn whatever_differs_is_told_and_nothing_is_put_together() {
        type Change = fn(&mut Vec<StoredPart>, &mut Claimed);
        let cases: [(Change, &str); 9] = [
            (|stored, _| drop(stored.remove(1)), "no part 2"),
            (|stored, _| stored.clear(), "no part 1"),
            (
                |stored, _| stored[2].etag = "\"x\"".to_owned(),
                "part 3: its ETag",
            ),
            (
                |stored, _| stored[0].checksum_hex = Some(sum(9)),
                "part 1: its checksum",
            ),
            (|stored, _| stored[1].size_bytes += 1, "part 2 has 5242881"),
            (|stored, _| stored[2].size_bytes = LEAST + 1, "part 3 has"),
            (
                |stored, claimed| {
                    stored[0].size_bytes = 9;
                    stored[1].size_bytes = 9;
                    claimed.file_size = 25;
                },
                "part 1 has 9 bytes",
            ),
            (|_, claimed| claimed.file_size += 1, "10485767 bytes"),
            (
                |_, claimed| claimed.composite_sha256 = Some("x-3".to_owned()),
                "SHA-256",
            ),
        ];
        for (change, expected) in cases {
            let (mut stored, named, mut claimed) = (stored(), named(), claimed(&named()));
            change(&mut stored, &mut claimed);
            let refusal = choose(&stored, &claimed, Some(&named)).unwrap_err();
            assert!(
                refusal.to_string().contains(expected),
                "{refusal}: {expected}"
            );
            assert!(refusal.contradicts(), "{refusal}");
        }
    }
}

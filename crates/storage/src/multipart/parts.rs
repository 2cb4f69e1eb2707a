//! Which parts of an upload the store holds.

use aws_sdk_s3::types::Part;

use super::is_no_such_upload;
use crate::{Bucket, PartChecksum, Refusal, StoreError, digest};

/// A part that the store has acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPart {
    /// Its number, from 1.
    pub part_number: u32,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// Its entity tag, with the quotes that S3 puts around it.
    pub etag: String,
    /// Its checksum, of the kind that [`Bucket::part_checksum`] names, in lower-case hexadecimal, where the store keeps one:
    /// some compatible stores know none.
    pub checksum_hex: Option<String>,
}

/// A page of a list of parts, by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartsPage {
    /// At most a thousand.
    pub parts: Vec<StoredPart>,
    /// What to ask for the next page with; `None` on the last one.
    pub next: Option<u32>,
}

impl Bucket {
    /// A page of the parts of an upload whose numbers are above `after`. An upload that was completed, given up or never
    /// begun is [`StoreError::NoSuchUpload`].
    ///
    /// A page that does not go forward (a number at or below `after`, or twice) is an error: a caller that follows `next`
    /// comes to an end.
    pub async fn parts(
        &self,
        key: &str,
        upload_id: &str,
        after: Option<u32>,
    ) -> Result<PartsPage, StoreError> {
        let failed = |source| StoreError::ListParts {
            key: key.to_owned(),
            source,
        };
        let answer = self
            .client
            .list_parts()
            .bucket(&self.name)
            .key(key)
            .upload_id(upload_id)
            .set_part_number_marker(after.map(|number| number.to_string()))
            .send()
            .await;
        let listed = match answer.map_err(Refusal::read) {
            Ok(listed) => listed,
            Err(source) if is_no_such_upload(&source) => {
                return Err(StoreError::NoSuchUpload {
                    key: key.to_owned(),
                });
            }
            Err(source) => return Err(failed(source)),
        };
        let parts: Option<Vec<_>> = listed
            .parts()
            .iter()
            .map(|part| stored(part, self.part_checksum))
            .collect();
        let parts = parts.ok_or_else(|| failed(Refusal::Unreadable("a part without a number")))?;
        let begin = after.unwrap_or(0);
        if !goes_forward(begin, &parts) {
            return Err(failed(Refusal::Unreadable("parts out of order")));
        }
        let next = if listed.is_truncated() == Some(true) {
            let marker = listed.next_part_number_marker();
            let next = marker.and_then(|marker| marker.parse().ok());
            let next = next.filter(|next| *next > begin);
            let next = next.ok_or_else(|| failed(Refusal::Unreadable("a list without an end")))?;
            Some(next)
        } else {
            None
        };
        Ok(PartsPage { parts, next })
    }
}

fn stored(part: &Part, kind: PartChecksum) -> Option<StoredPart> {
    let checksum = match kind {
        PartChecksum::Sha256 => part.checksum_sha256(),
        PartChecksum::Crc64Nvme => part.checksum_crc64_nvme(),
    };
    Some(StoredPart {
        part_number: u32::try_from(part.part_number()?).ok()?,
        size_bytes: u64::try_from(part.size()?).ok()?,
        etag: part.e_tag().unwrap_or_default().to_owned(),
        checksum_hex: checksum.and_then(|sum| digest::to_hex(kind, sum)),
    })
}

fn goes_forward(begin: u32, parts: &[StoredPart]) -> bool {
    let first_is_new = parts.first().is_none_or(|part| part.part_number > begin);
    first_is_new && parts.is_sorted_by(|one, other| one.part_number < other.part_number)
}

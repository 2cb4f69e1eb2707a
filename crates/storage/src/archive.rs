//! What HEAD tells about where an object's bytes are, and until when.

use std::time::SystemTime;

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use aws_sdk_s3::types::StorageClass;

/// Whether an object's bytes can be had now.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Place {
    /// They can; also of a copy that was restored from an archive, while it lasts.
    #[default]
    AtHand,
    /// In an archive: a GET is refused with `InvalidObjectState` until somebody restores it.
    Archived,
    /// In an archive, and being restored.
    Restoring,
}

impl Place {
    pub(crate) fn of(head: &HeadObjectOutput) -> Self {
        // `GLACIER_IR` is an archive by price alone: its objects can be read at any time.
        let archive_class = matches!(
            head.storage_class(),
            Some(StorageClass::Glacier | StorageClass::DeepArchive)
        );
        let archived = archive_class || head.archive_status().is_some();
        match head.restore() {
            _ if !archived => Self::AtHand,
            Some(restore) if restore.contains("ongoing-request=\"true\"") => Self::Restoring,
            Some(restore) if restore.contains("ongoing-request=\"false\"") => Self::AtHand,
            _ => Self::Archived,
        }
    }
}

/// The date in `expiry-date="Fri, 21 Dec 2012 00:00:00 GMT", rule-id="…"`.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>
pub(crate) fn expiry_date(expiration: &str) -> Option<SystemTime> {
    let (_, rest) = expiration.split_once("expiry-date=\"")?;
    let (date, _) = rest.split_once('"')?;
    let date = DateTime::from_str(date, DateTimeFormat::HttpDate).ok()?;
    SystemTime::try_from(date).ok()
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::ArchiveStatus;

    use super::*;

    const RESTORED: &str =
        "ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2012 00:00:00 GMT\"";

    #[test]
    fn what_lies_in_an_archive_is_told_from_what_is_at_hand() {
        use Place::{Archived, AtHand, Restoring};
        let ongoing = "ongoing-request=\"true\"";
        for (class, restore, expected) in [
            (None, None, AtHand),
            (Some(StorageClass::Standard), None, AtHand),
            (Some(StorageClass::StandardIa), None, AtHand),
            (Some(StorageClass::GlacierIr), None, AtHand),
            (Some(StorageClass::IntelligentTiering), None, AtHand),
            (Some(StorageClass::Glacier), None, Archived),
            (Some(StorageClass::DeepArchive), None, Archived),
            (Some(StorageClass::Glacier), Some(ongoing), Restoring),
            (Some(StorageClass::DeepArchive), Some(RESTORED), AtHand),
        ] {
            let head = HeadObjectOutput::builder()
                .set_storage_class(class.clone())
                .set_restore(restore.map(str::to_owned))
                .build();
            assert_eq!(Place::of(&head), expected, "{class:?} {restore:?}");
        }
        let tiered = HeadObjectOutput::builder()
            .storage_class(StorageClass::IntelligentTiering)
            .archive_status(ArchiveStatus::ArchiveAccess);
        assert_eq!(Place::of(&tiered.clone().build()), Archived);
        assert_eq!(Place::of(&tiered.restore(ongoing).build()), Restoring);
    }

    #[test]
    fn the_date_on_which_the_lifecycle_deletes_is_read() {
        let date = SystemTime::UNIX_EPOCH + std::time::Duration::from_hours(24 * 15_695);
        let header = "expiry-date=\"Fri, 21 Dec 2012 00:00:00 GMT\", rule-id=\"delete\"";
        assert_eq!(expiry_date(header), Some(date));
        for noise in [
            "",
            "rule-id=\"x\"",
            "expiry-date=\"tomorrow\"",
            "expiry-date=\"",
        ] {
            assert_eq!(expiry_date(noise), None, "{noise}");
        }
    }
}

//! What would change an object's meaning and isn't done here is refused, not ignored.

use s3s::dto::{IfNoneMatch, ObjectCannedACL, ServerSideEncryption, StorageClass};
use s3s::{S3Error, S3Result, s3_error};

/// Refuses the first thing that is there.
pub(super) fn refuse(asked: &[(bool, &str)]) -> S3Result<()> {
    match asked.iter().find(|(present, _)| *present) {
        Some((_, what)) => Err(s3_error!(NotImplemented, "{what} is not implemented")),
        None => Ok(()),
    }
}

pub(super) fn other_encryption(encryption: Option<&ServerSideEncryption>) -> bool {
    encryption.is_some_and(|encryption| encryption.as_str() != ServerSideEncryption::AES256)
}

pub(super) fn other_class(class: Option<&StorageClass>) -> bool {
    class.is_some_and(|class| class.as_str() != StorageClass::STANDARD)
}

/// Of the conditions of a write, `If-None-Match: *` alone is kept here.
pub(super) fn refuse_other_conditions(
    if_match: bool,
    if_none_match: Option<&IfNoneMatch>,
) -> S3Result<()> {
    refuse(&[
        (if_match, "If-Match on a write"),
        (
            if_none_match.is_some_and(|condition| !condition.is_any()),
            "If-None-Match with an entity tag",
        ),
    ])
}

/// The bucket's owner alone, as in a bucket whose ACLs are off.
pub(super) fn refuse_acl(acl: Option<&ObjectCannedACL>, grants: bool) -> S3Result<()> {
    let owner_alone = |acl: &str| matches!(acl, "private" | "bucket-owner-full-control");
    if grants || acl.is_some_and(|acl| !owner_alone(acl.as_str())) {
        return Err(s3_error!(
            AccessControlListNotSupported,
            "The bucket does not allow ACLs"
        ));
    }
    Ok(())
}

/// The answer to a write once of a key that there is.
pub(super) fn exists() -> S3Error {
    s3_error!(
        PreconditionFailed,
        "At least one of the pre-conditions you specified did not hold"
    )
}

/// `aws-chunked` is how the body came, not what it is.
pub(super) fn without_chunking(encoding: &str) -> Option<String> {
    let kept: Vec<_> = encoding
        .split(',')
        .map(str::trim)
        .filter(|coding| !coding.is_empty() && *coding != "aws-chunked")
        .collect();
    (!kept.is_empty()).then(|| kept.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_of_transport_is_no_encoding() {
        for (sent, kept) in [
            ("aws-chunked", None),
            ("gzip", Some("gzip")),
            ("aws-chunked,gzip", Some("gzip")),
            ("", None),
        ] {
            assert_eq!(without_chunking(sent).as_deref(), kept, "{sent}");
        }
    }
}

//! What two operations have in common. Each has types of its own, which share no more than the names of their fields.

/// Refuses what would make another object than the bytes alone, of PUT and of the beginning of an upload in parts.
macro_rules! refuse_unknown_of {
    ($input:expr) => {{
        use $crate::protocol::unknown::{other_class, other_encryption, refuse, refuse_acl};
        refuse(&[
            (
                other_encryption($input.server_side_encryption.as_ref()),
                "Encryption other than AES256",
            ),
            (
                $input.sse_customer_algorithm.is_some(),
                "Encryption with a customer's key",
            ),
            (
                $input.ssekms_key_id.is_some() || $input.ssekms_encryption_context.is_some(),
                "Encryption by KMS",
            ),
            (
                other_class($input.storage_class.as_ref()),
                "A storage class other than STANDARD",
            ),
            (
                $input.object_lock_mode.is_some() || $input.object_lock_legal_hold_status.is_some(),
                "Object Lock",
            ),
            (
                $input.website_redirect_location.is_some(),
                "A website redirect",
            ),
            ($input.expires.is_some(), "Expires"),
        ])
        .and_then(|()| {
            refuse_acl(
                $input.acl.as_ref(),
                $input.grant_full_control.is_some()
                    || $input.grant_read.is_some()
                    || $input.grant_read_acp.is_some()
                    || $input.grant_write_acp.is_some(),
            )
        })
    }};
}

/// What the same two say about the object, which is kept with it.
macro_rules! described {
    ($input:expr, $tags:expr) => {
        $crate::disk::Described {
            content_type: $input
                .content_type
                .or_else(|| Some("binary/octet-stream".to_owned())),
            content_disposition: $input.content_disposition,
            content_encoding: $input
                .content_encoding
                .and_then(|encoding| $crate::protocol::unknown::without_chunking(&encoding)),
            content_language: $input.content_language,
            cache_control: $input.cache_control,
            metadata: $input.metadata.unwrap_or_default().into_iter().collect(),
            tags: $tags,
        }
    };
}

/// The conditions of GET and of HEAD.
macro_rules! conditions {
    ($input:expr) => {
        $crate::protocol::conditions::Conditions {
            if_match: $input.if_match,
            if_none_match: $input.if_none_match,
            if_modified_since: $input.if_modified_since,
            if_unmodified_since: $input.if_unmodified_since,
        }
    };
}

/// What GET and HEAD answer: the same, but for the bytes.
macro_rules! answer {
    ($output:ident, $facts:expr, $described:expr) => {
        $output {
            accept_ranges: Some("bytes".to_owned()),
            cache_control: $described.cache_control,
            checksum_crc64nvme: $facts.checksum_crc64nvme,
            checksum_sha256: $facts.checksum_sha256,
            checksum_type: $facts.checksum_type,
            content_disposition: $described.content_disposition,
            content_encoding: $described.content_encoding,
            content_language: $described.content_language,
            content_length: Some($facts.length),
            content_range: $facts.content_range,
            content_type: $described.content_type,
            e_tag: Some($facts.etag),
            last_modified: Some($facts.modified_at),
            metadata: $facts.metadata,
            server_side_encryption: Some($crate::protocol::get::sse_s3()),
            ..$output::default()
        }
    };
}

pub(super) use {answer, conditions, described, refuse_unknown_of};

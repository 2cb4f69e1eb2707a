//! Listing: which objects come on a page is decided purely, the rest is dressing.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::{
    CommonPrefix, ETag, EncodingType, ListObjectVersionsInput, ListObjectVersionsOutput,
    ListObjectsV2Input, ListObjectsV2Output, Object, ObjectStorageClass, ObjectVersion,
    ObjectVersionStorageClass, Timestamp,
};
use s3s::{S3Response, S3Result, s3_error};

use super::{NULL_VERSION, Protocol};
use crate::disk::Record;

/// Most entries of a page. Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
const MAX_ENTRIES: i32 = 1000;

/// What a listing asks for.
struct Query<'a> {
    prefix: &'a str,
    delimiter: Option<&'a str>,
    /// Only keys behind this one.
    after: Option<&'a str>,
    max_entries: usize,
}

/// A page of a listing.
#[derive(Debug, PartialEq, Eq)]
struct Page<'a> {
    records: Vec<&'a Record>,
    common_prefixes: Vec<&'a str>,
    /// Where the next page begins; `None` on the last.
    next_after: Option<String>,
}

/// `records` come by key.
fn page<'a>(records: &'a [Record], query: &Query<'_>) -> Page<'a> {
    let mut page = Page {
        records: Vec::new(),
        common_prefixes: Vec::new(),
        next_after: None,
    };
    if query.max_entries == 0 {
        return page;
    }
    let mut last = None;
    for record in records {
        let key = record.key.as_str();
        let Some(rest) = key.strip_prefix(query.prefix) else {
            continue;
        };
        if query.after.is_some_and(|after| key <= after) {
            continue;
        }
        let delimiter = query.delimiter.filter(|delimiter| !delimiter.is_empty());
        let group = delimiter
            .and_then(|delimiter| Some(rest.find(delimiter)? + delimiter.len()))
            .map(|length| &key[..query.prefix.len() + length]);
        if group.is_some() && group == page.common_prefixes.last().copied() {
            continue;
        }
        if page.records.len() + page.common_prefixes.len() == query.max_entries {
            page.next_after = last;
            return page;
        }
        last = if let Some(group) = group {
            page.common_prefixes.push(group);
            // Behind every key of the group.
            Some(format!("{group}{}", char::MAX))
        } else {
            page.records.push(record);
            Some(key.to_owned())
        };
    }
    page
}

pub(super) async fn objects(
    protocol: &Protocol,
    input: ListObjectsV2Input,
) -> S3Result<S3Response<ListObjectsV2Output>> {
    let names = Names::of(input.encoding_type.as_ref())?;
    let after = match &input.continuation_token {
        Some(token) => Some(read_token(token)?),
        None => input.start_after.clone(),
    };
    let prefix = input.prefix.clone().unwrap_or_default();
    let records = records(protocol, &input.bucket, &prefix).await?;
    let max_keys = input.max_keys.unwrap_or(MAX_ENTRIES).min(MAX_ENTRIES);
    let page = page(
        &records,
        &Query {
            prefix: &prefix,
            delimiter: input.delimiter.as_deref(),
            after: after.as_deref(),
            max_entries: usize::try_from(max_keys).map_err(|_| negative_maximum())?,
        },
    );
    let contents: Vec<_> = page
        .records
        .iter()
        .map(|record| Object {
            e_tag: Some(ETag::Strong(record.etag())),
            key: Some(names.write(&record.key)),
            last_modified: Some(Timestamp::from(record.modified_at())),
            size: Some(size(record)),
            storage_class: Some(ObjectStorageClass::from_static(
                ObjectStorageClass::STANDARD,
            )),
            ..Object::default()
        })
        .collect();
    Ok(S3Response::new(ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: input.prefix.map(|prefix| names.write(&prefix)),
        max_keys: Some(max_keys),
        key_count: i32::try_from(contents.len() + page.common_prefixes.len()).ok(),
        continuation_token: input.continuation_token,
        is_truncated: Some(page.next_after.is_some()),
        next_continuation_token: page
            .next_after
            .map(|after| BASE64_URL_SAFE_NO_PAD.encode(after)),
        common_prefixes: names.common_prefixes(&page.common_prefixes),
        contents: Some(contents),
        delimiter: input.delimiter.map(|delimiter| names.write(&delimiter)),
        encoding_type: input.encoding_type,
        start_after: input.start_after.map(|after| names.write(&after)),
        ..ListObjectsV2Output::default()
    }))
}

pub(super) async fn versions(
    protocol: &Protocol,
    input: ListObjectVersionsInput,
) -> S3Result<S3Response<ListObjectVersionsOutput>> {
    let names = Names::of(input.encoding_type.as_ref())?;
    let prefix = input.prefix.clone().unwrap_or_default();
    let records = records(protocol, &input.bucket, &prefix).await?;
    let max_keys = input.max_keys.unwrap_or(MAX_ENTRIES).min(MAX_ENTRIES);
    let page = page(
        &records,
        &Query {
            prefix: &prefix,
            delimiter: input.delimiter.as_deref(),
            after: input.key_marker.as_deref(),
            max_entries: usize::try_from(max_keys).map_err(|_| negative_maximum())?,
        },
    );
    let versions: Vec<_> = page
        .records
        .iter()
        .map(|record| ObjectVersion {
            e_tag: Some(ETag::Strong(record.etag())),
            is_latest: Some(true),
            key: Some(names.write(&record.key)),
            last_modified: Some(Timestamp::from(record.modified_at())),
            size: Some(size(record)),
            storage_class: Some(ObjectVersionStorageClass::from_static(
                ObjectVersionStorageClass::STANDARD,
            )),
            version_id: Some(NULL_VERSION.to_owned()),
            ..ObjectVersion::default()
        })
        .collect();
    Ok(S3Response::new(ListObjectVersionsOutput {
        common_prefixes: names.common_prefixes(&page.common_prefixes),
        delimiter: input.delimiter.map(|delimiter| names.write(&delimiter)),
        encoding_type: input.encoding_type,
        is_truncated: Some(page.next_after.is_some()),
        key_marker: input.key_marker.map(|marker| names.write(&marker)),
        max_keys: Some(max_keys),
        name: Some(input.bucket),
        next_version_id_marker: page.next_after.as_ref().map(|_| NULL_VERSION.to_owned()),
        next_key_marker: page.next_after.map(|after| names.write(&after)),
        prefix: input.prefix.map(|prefix| names.write(&prefix)),
        version_id_marker: input.version_id_marker,
        versions: Some(versions),
        ..ListObjectVersionsOutput::default()
    }))
}

async fn records(protocol: &Protocol, bucket: &str, prefix: &str) -> S3Result<Vec<Record>> {
    let (in_bucket, prefix) = (bucket.to_owned(), prefix.to_owned());
    protocol
        .in_bucket(bucket, move |folder| folder.records(&in_bucket, &prefix))
        .await
}

fn read_token(token: &str) -> S3Result<String> {
    let decoded = BASE64_URL_SAFE_NO_PAD.decode(token).ok();
    decoded
        .and_then(|after| String::from_utf8(after).ok())
        .ok_or_else(|| {
            s3_error!(
                InvalidArgument,
                "The continuation token provided is incorrect"
            )
        })
}

fn negative_maximum() -> s3s::S3Error {
    s3_error!(InvalidArgument, "Argument max-keys must not be negative")
}

fn size(record: &Record) -> i64 {
    i64::try_from(record.size_bytes).unwrap_or(i64::MAX)
}

/// How keys are written: as they are, or encoded because XML cannot hold every character.
#[derive(Clone, Copy)]
pub(super) enum Names {
    Plain,
    Encoded,
}

/// Kept as it is by S3 in `encoding-type=url`.
const NOT_ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'*')
    .remove(b'/');

impl Names {
    pub(super) fn of(encoding: Option<&EncodingType>) -> S3Result<Self> {
        match encoding.map(EncodingType::as_str) {
            None => Ok(Self::Plain),
            Some(EncodingType::URL) => Ok(Self::Encoded),
            Some(_) => Err(s3_error!(
                InvalidArgument,
                "Invalid Encoding Method specified in Request"
            )),
        }
    }

    pub(super) fn write(self, name: &str) -> String {
        match self {
            Self::Plain => name.to_owned(),
            Self::Encoded => utf8_percent_encode(name, NOT_ENCODED).to_string(),
        }
    }

    fn common_prefixes(self, prefixes: &[&str]) -> Option<Vec<CommonPrefix>> {
        let written = prefixes.iter().map(|prefix| CommonPrefix {
            prefix: Some(self.write(prefix)),
        });
        (!prefixes.is_empty()).then(|| written.collect())
    }
}

#[cfg(test)]
mod tests;

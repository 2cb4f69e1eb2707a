//! Tags of objects: in a header that comes with the object, or set and read afterwards.
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>

use percent_encoding::percent_decode_str;
use s3s::dto::{
    GetObjectTaggingInput, GetObjectTaggingOutput, PutObjectTaggingInput, PutObjectTaggingOutput,
    Tag,
};
use s3s::{S3Error, S3ErrorCode, S3Response, S3Result, s3_error};

use super::{Protocol, check_version};
use crate::disk::Tags;

/// Most tags of an object. Source: as above.
const MAX_TAGS: usize = 10;

/// Most characters of a tag's name. Source: as above.
const MAX_NAME_CHARACTERS: usize = 128;

/// Most characters of its value. Source: as above.
const MAX_VALUE_CHARACTERS: usize = 256;

/// Those in `x-amz-tagging`, which is written like a query: `a=b&c=d`.
pub(super) fn of_header(header: Option<&str>) -> S3Result<Tags> {
    let header = header.unwrap_or_default();
    let pairs = header.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decoded(name)?, decoded(value)?))
    });
    checked(pairs)
}

pub(super) async fn put(
    protocol: &Protocol,
    input: PutObjectTaggingInput,
) -> S3Result<S3Response<PutObjectTaggingOutput>> {
    check_version(input.version_id.as_deref())?;
    let pairs = input.tagging.tag_set.into_iter();
    let tags = checked(pairs.map(|tag| {
        let name = tag
            .key
            .ok_or_else(|| s3_error!(MalformedXML, "A tag without a key"))?;
        Ok((name, tag.value.unwrap_or_default()))
    }))?;
    let (bucket, key) = (input.bucket.clone(), input.key);
    let there_is = protocol
        .in_bucket(&input.bucket, move |folder| {
            folder.set_tags(&bucket, &key, tags)
        })
        .await?;
    if !there_is {
        return Err(no_such_key());
    }
    Ok(S3Response::new(PutObjectTaggingOutput::default()))
}

pub(super) async fn get(
    protocol: &Protocol,
    input: GetObjectTaggingInput,
) -> S3Result<S3Response<GetObjectTaggingOutput>> {
    check_version(input.version_id.as_deref())?;
    let (bucket, key) = (input.bucket.clone(), input.key);
    let tags = protocol
        .in_bucket(&input.bucket, move |folder| folder.tags(&bucket, &key))
        .await?;
    let tags = tags.ok_or_else(no_such_key)?.into_iter();
    let tag = |(name, value)| Tag {
        key: Some(name),
        value: Some(value),
    };
    Ok(S3Response::new(GetObjectTaggingOutput {
        tag_set: tags.map(tag).collect(),
        version_id: None,
    }))
}

fn no_such_key() -> S3Error {
    s3_error!(NoSuchKey, "The specified key does not exist.")
}

fn decoded(text: &str) -> S3Result<String> {
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8();
    decoded
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| invalid("The header 'x-amz-tagging' shall be encoded as UTF-8"))
}

fn checked(pairs: impl Iterator<Item = S3Result<(String, String)>>) -> S3Result<Tags> {
    let mut tags = Tags::new();
    for pair in pairs {
        let (name, value) = pair?;
        let long = name.chars().count() > MAX_NAME_CHARACTERS
            || value.chars().count() > MAX_VALUE_CHARACTERS;
        if name.is_empty() || long {
            return Err(invalid(
                "The TagKey or TagValue you have provided is invalid",
            ));
        }
        if tags.insert(name, value).is_some() {
            return Err(invalid("Cannot provide multiple Tags with the same key"));
        }
    }
    if tags.len() > MAX_TAGS {
        let mut error = S3Error::with_message(
            S3ErrorCode::Custom("BadRequest".into()),
            format!("Object tags cannot be greater than {MAX_TAGS}"),
        );
        error.set_status_code(http::StatusCode::BAD_REQUEST);
        return Err(error);
    }
    Ok(tags)
}

fn invalid(why: &'static str) -> S3Error {
    s3_error!(InvalidTag, "{why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_in_a_header_are_read_and_wrong_ones_refused() {
        let read = of_header(Some("a%20b=c%3Dd&empty=&plus=x+y")).unwrap();
        let expected = [("a b", "c=d"), ("empty", ""), ("plus", "x y")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(read, Tags::from(expected));
        assert!(of_header(None).unwrap().is_empty());
        let eleven: Vec<_> = (0..11).map(|number| format!("t{number}=1")).collect();
        for (header, code) in [
            ("a=1&a=2", "InvalidTag"),
            ("=1", "InvalidTag"),
            ("a=%FF", "InvalidTag"),
            (&*format!("{}=1", "n".repeat(129)), "InvalidTag"),
            (&*format!("a={}", "v".repeat(257)), "InvalidTag"),
            (&*eleven.join("&"), "BadRequest"),
        ] {
            assert_eq!(of_header(Some(header)).unwrap_err().code().as_str(), code);
        }
    }
}

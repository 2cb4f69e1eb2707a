//! Tags of objects: whose they are, and what the bucket's lifecycle rules may do with them.
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>

use std::collections::BTreeMap;

use aws_sdk_s3::types::{Tag, Tagging};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{Bucket, Refusal, StoreError};

/// The tag that the bucket's lifecycle rules look for: what has another value, or none, is not deleted by them.
pub const RETENTION_TAG: &str = "retention";

/// Its value on every recording that nobody holds.
pub const DEFAULT_RETENTION: &str = "default";

/// What stays as it is in the value of `x-amz-tagging`, which is written like a query (RFC 3986, section 2.3).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// An object's tags, at most ten.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags(BTreeMap<String, String>);

impl Tags {
    /// Those of a recording: `tenant`, `task`, and `retention=default`.
    pub fn of_recording(tenant: &str, task: &str) -> Self {
        Self::default()
            .with("tenant", tenant)
            .with("task", task)
            .with(RETENTION_TAG, DEFAULT_RETENTION)
    }

    /// The same with one more, or with another value of one.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The value of one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of `x-amz-tagging`.
    pub(crate) fn header(&self) -> String {
        let encoded = |text| utf8_percent_encode(text, PLAIN).to_string();
        let pairs = self.iter();
        let pairs = pairs.map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

impl Bucket {
    /// Whether tickets of this bucket sign tags ([`crate::BucketConfig::tagging`]).
    pub fn tagging(&self) -> bool {
        self.tagging
    }

    /// Replaces all tags of an object.
    pub async fn put_tags(&self, key: &str, tags: &Tags) -> Result<(), StoreError> {
        let set = tags
            .iter()
            .map(|(name, value)| Tag::builder().key(name).value(value).build())
            .collect::<Result<Vec<_>, _>>();
        let tagging = set.and_then(|set| Tagging::builder().set_tag_set(Some(set)).build());
        let failed = |source| StoreError::PutTags {
            key: key.to_owned(),
            source,
        };
        let tagging = tagging.map_err(|error| failed(Refusal::Unanswered(error.into())))?;
        let request = self.client.put_object_tagging().bucket(&self.name).key(key);
        match request.tagging(tagging).send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(failed(Refusal::read(error))),
        }
    }

    /// The tags of an object; none where it has none.
    pub async fn tags(&self, key: &str) -> Result<Tags, StoreError> {
        let request = self.client.get_object_tagging().bucket(&self.name).key(key);
        match request.send().await {
            Ok(answer) => Ok(Tags(
                answer
                    .tag_set
                    .into_iter()
                    .map(|tag| (tag.key, tag.value))
                    .collect(),
            )),
            Err(error) => Err(StoreError::GetTags {
                key: key.to_owned(),
                source: Refusal::read(error),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_written_as_a_query() {
        let tags = Tags::of_recording("acme", "task-1");
        assert_eq!(tags.header(), "retention=default&task=task-1&tenant=acme");
        let odd = Tags::default().with("a b", "c&d=é");
        assert_eq!(odd.header(), "a%20b=c%26d%3D%C3%A9");
        assert_eq!(
            tags.with(RETENTION_TAG, "held").get(RETENTION_TAG),
            Some("held")
        );
    }
}

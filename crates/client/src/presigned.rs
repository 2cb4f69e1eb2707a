//! What a presigned URL says of itself, in its query: what it signs, when it was made, how long it lives.
//!
//! It judges nothing and keeps nothing.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use percent_encoding::percent_decode_str;

/// A query string whose names are compared without regard to case, as stores do.
pub(crate) struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    /// The query of this address; an empty one where it has none.
    pub(crate) fn of(url: &'a str) -> Self {
        let before_fragment = url.split('#').next().unwrap_or_default();
        Self(
            before_fragment
                .split_once('?')
                .map_or("", |(_, query)| query),
        )
    }

    /// The value of a parameter.
    pub(crate) fn value(&self, wanted: &str) -> Option<String> {
        self.0.split('&').find_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = |text| percent_decode_str(text).decode_utf8_lossy();
            decoded(name)
                .eq_ignore_ascii_case(wanted)
                .then(|| decoded(value).into_owned())
        })
    }

    /// How long it lives from its making on.
    pub(crate) fn lifetime(&self) -> Option<Duration> {
        let seconds = self.value("X-Amz-Expires")?.parse().ok()?;
        Some(Duration::from_secs(seconds))
    }

    /// When it dies, by the clock of whoever signed it.
    pub(crate) fn expires_at(&self) -> Option<Timestamp> {
        let lifetime = SignedDuration::try_from(self.lifetime()?).ok()?;
        self.signed_at()?.checked_add(lifetime).ok()
    }

    /// `20261124T100000Z`, as `SigV4` writes time.
    fn signed_at(&self) -> Option<Timestamp> {
        let civil = DateTime::strptime("%Y%m%dT%H%M%SZ", self.value("X-Amz-Date")?).ok()?;
        TimeZone::UTC.to_timestamp(civil).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_presigned_url_says_when_it_dies() {
        for (query, expected) in [
            (
                "?X-Amz-Date=20261124T100000Z&X-Amz-Expires=3600",
                Some("2026-11-24T11:00:00Z"),
            ),
            (
                "?x-amz-expires=60&a=b&X-Amz-Date=20261231T235930Z#X-Amz-Date=0",
                Some("2027-01-01T00:00:30Z"),
            ),
            ("?X-Amz-Date=20261124T100000Z", None),
            ("?X-Amz-Date=yesterday&X-Amz-Expires=3600", None),
            ("?X-Amz-Date=20261124T100000Z&X-Amz-Expires=-1", None),
            (
                "?X-Amz-Date=20261124T100000Z&X-Amz-Expires=18446744073709551615",
                None,
            ),
            ("", None),
        ] {
            let url = format!("https://bucket.example/key{query}");
            let expected = expected.map(|text| text.parse().unwrap());
            assert_eq!(Query::of(&url).expires_at(), expected, "{query}");
        }
    }
}

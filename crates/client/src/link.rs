//! The link to a recording: the product.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use wire::DownloadUrl;

/// A link that was opened successfully a moment ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The link itself.
    pub url: DownloadUrl,
    /// When it stops working, where the URL tells.
    pub expires_at: Option<Timestamp>,
}

impl Link {
    /// A link that has just been proven, with what its URL tells of its life.
    pub(crate) fn proven(url: DownloadUrl) -> Self {
        let expires_at = expires_at(url.reveal());
        Self { url, expires_at }
    }
}

/// When a presigned URL dies: `X-Amz-Date` (a time in UTC) plus `X-Amz-Expires` (seconds).
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
fn expires_at(url: &str) -> Option<Timestamp> {
    let url = url::Url::parse(url).ok()?;
    let value = |wanted: &str| {
        let mut pairs = url.query_pairs();
        pairs.find_map(|(name, value)| (name == wanted).then_some(value))
    };
    let signed_at = DateTime::strptime("%Y%m%dT%H%M%SZ", value("X-Amz-Date")?.as_ref()).ok()?;
    let signed_at = TimeZone::UTC.to_timestamp(signed_at).ok()?;
    let lifetime: u32 = value("X-Amz-Expires")?.parse().ok()?;
    signed_at
        .checked_add(SignedDuration::from_secs(lifetime.into()))
        .ok()
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
                "?X-Amz-Expires=60&a=b&X-Amz-Date=20261231T235930Z",
                Some("2027-01-01T00:00:30Z"),
            ),
            ("?X-Amz-Date=20261124T100000Z", None),
            ("?X-Amz-Date=yesterday&X-Amz-Expires=3600", None),
            ("?X-Amz-Date=20261124T100000Z&X-Amz-Expires=-1", None),
            ("", None),
        ] {
            let link = Link::proven(DownloadUrl::from(format!(
                "https://bucket.example/key{query}"
            )));
            let expected = expected.map(|text| text.parse().unwrap());
            assert_eq!(link.expires_at, expected, "{query}");
        }
    }
}

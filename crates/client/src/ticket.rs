//! Tickets: presigned requests, read before they are used.
//!
//! A presigned URL says in its query which headers the request must carry (`X-Amz-SignedHeaders`), when it was made and
//! how long it lives. Whatever is wrong with it is found here, before a byte is sent. It signs nothing.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use jiff::{SignedDuration, Timestamp};
use wire::Secret;

use crate::ServerOrigin;
use crate::presigned::Query;
use crate::session::UnsafeAddress;

/// The encryption that the setup guide asks for, which a base backend may sign without naming it.
const ENCRYPTION_HEADER: &str = "x-amz-server-side-encryption";
const ENCRYPTION_VALUE: &str = "AES256";

/// CRC-32 of nothing, which the JavaScript SDK's presigner signs in by default.
const EMPTY_BODY_CRC32: &str = "AAAAAA==";

/// Least life that a ticket must have left when a request begins, unless it lives less than twice that.
const LEAST_LIFE_LEFT: Duration = Duration::from_mins(1);

/// A presigned PUT.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedRequest {
    uri: Uri,
    headers: HeaderMap,
    received_at: Timestamp,
    lifetime: Duration,
    for_empty_body: bool,
}

/// The URL and its headers hold the signature: only the host is shown.
impl fmt::Debug for SignedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedRequest")
            .field("host", &self.uri.host())
            .field("received_at", &self.received_at)
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

/// What a backend said about a PUT that it permits, and what was asked of it.
#[derive(Debug)]
pub struct Offer<'a> {
    /// The presigned URL.
    pub url: &'a Secret,
    /// The headers to send, where the backend names them.
    pub headers: Option<&'a BTreeMap<String, String>>,
    /// The content type that was asked for; `None` for a part, which has none.
    pub content_type: Option<&'a str>,
    /// The lifetime that the backend states.
    pub expires_in: Option<Duration>,
    /// The end that the backend states, by its own clock.
    pub expires_at: Option<Timestamp>,
    /// How far the backend's clock is ahead of ours, where known.
    pub clock_offset: Option<SignedDuration>,
    /// Who offers it.
    pub server: &'a ServerOrigin,
    /// When it came, by our clock.
    pub received_at: Timestamp,
}

/// Why a ticket is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TicketError {
    /// It leads somewhere that it must not.
    #[error("the upload address is not to be used: {0}")]
    Unsafe(#[source] UnsafeAddress),
    /// It is not of the form that an HTTP request can carry.
    #[error("the upload address is malformed")]
    Malformed,
    /// It signs a header that nobody named a value for.
    #[error("the upload address signs the header `{0}`, and its value is not known")]
    UnknownHeader(String),
    /// A header that the backend names cannot be sent.
    #[error("the backend names a header `{0}` that cannot be sent")]
    BadHeader(String),
    /// It leads to another host than the first part's did.
    #[error("the upload address leads to another host than that of the first part")]
    OtherHost,
}

impl SignedRequest {
    /// Reads what a backend offers.
    pub fn read(offer: &Offer<'_>) -> Result<Self, TicketError> {
        let text = offer.url.expose();
        let address = offer
            .server
            .may_lead_to(text)
            .map_err(TicketError::Unsafe)?;
        if !address.username().is_empty() || address.password().is_some() {
            return Err(TicketError::Malformed);
        }
        // `Uri` keeps every byte as it came, where `Url` would write some of them anew and break the signature.
        let uri: Uri = text.parse().map_err(|_| TicketError::Malformed)?;
        let query = Query::of(text);
        let headers = headers(offer, &query)?;
        let for_empty_body = query
            .value("x-amz-checksum-crc32")
            .is_some_and(|sum| sum == EMPTY_BODY_CRC32);
        let lifetime = lifetime(offer, &query);
        Ok(Self {
            uri,
            headers,
            received_at: offer.received_at,
            lifetime,
            for_empty_body,
        })
    }

    /// The address, byte for byte as it was given out.
    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Host and port that it leads to, as the address writes them.
    pub(crate) fn authority(&self) -> &str {
        self.uri.authority().map_or("", |host| host.as_str())
    }

    /// Every header to send, beside `host` and `content-length`.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Whether the URL carries the checksum of an empty body: a store that checks it refuses every recording.
    pub fn is_for_empty_body(&self) -> bool {
        self.for_empty_body
    }

    /// When it dies, by our clock.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.received_at
            .checked_add(SignedDuration::try_from(self.lifetime).ok()?)
            .ok()
    }

    /// Whether a request may begin with it now: it must live for another minute, or for half its life where that is
    /// less. Just received, it always may: clocks that disagree must not keep a job from ever trying.
    pub fn may_begin(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.received_at);
        let spare = LEAST_LIFE_LEFT.min(self.lifetime / 2);
        age <= SignedDuration::try_from(self.lifetime.saturating_sub(spare))
            .unwrap_or(SignedDuration::MAX)
    }
}

/// The life that is left at receipt: the least of what the answer and the URL say.
fn lifetime(offer: &Offer<'_>, query: &Query<'_>) -> Duration {
    let server_now = offer
        .clock_offset
        .and_then(|offset| offer.received_at.checked_add(offset).ok());
    let until = |end: Timestamp| {
        let left = end.duration_since(server_now?);
        Some(Duration::try_from(left).unwrap_or_default())
    };
    [
        offer.expires_in,
        query.lifetime(),
        query.expires_at().and_then(until),
        offer.expires_at.and_then(until),
    ]
    .into_iter()
    .flatten()
    .min()
    .unwrap_or(Duration::from_secs(u64::from(wire::DEFAULT_TICKET_SECONDS)))
}

fn headers(offer: &Offer<'_>, query: &Query<'_>) -> Result<HeaderMap, TicketError> {
    let mut headers = HeaderMap::new();
    if let Some(named) = offer.headers {
        for (name, value) in named {
            let bad = || TicketError::BadHeader(name.clone());
            let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
            // These two are the transport's own: it knows host and size better than anybody.
            if header == HOST || header == CONTENT_LENGTH {
                continue;
            }
            if is_hop_by_hop(&header) {
                return Err(bad());
            }
            headers.insert(header, HeaderValue::from_str(value).map_err(|_| bad())?);
        }
    }
    if let Some(content_type) = offer.content_type {
        let initiated_type = HeaderValue::from_str(content_type)
            .map_err(|_| TicketError::BadHeader(CONTENT_TYPE.to_string()))?;
        headers.entry(CONTENT_TYPE).or_insert(initiated_type);
    }

    let signed = query.value("X-Amz-SignedHeaders").unwrap_or_default();
    for name in signed.split(';').filter(|name| !name.is_empty()) {
        let name = name.to_ascii_lowercase();
        if name == HOST.as_str() || name == CONTENT_LENGTH.as_str() || headers.contains_key(&name) {
            continue;
        }
        if name != ENCRYPTION_HEADER {
            return Err(TicketError::UnknownHeader(name));
        }
        headers.insert(
            HeaderName::from_static(ENCRYPTION_HEADER),
            HeaderValue::from_static(ENCRYPTION_VALUE),
        );
    }
    Ok(headers)
}

/// Headers that would change how the request itself is framed (RFC 9110, section 7.6.1).
fn is_hop_by_hop(name: &HeaderName) -> bool {
    [
        "connection",
        "transfer-encoding",
        "te",
        "trailer",
        "upgrade",
        "expect",
        "keep-alive",
        "proxy-connection",
    ]
    .contains(&name.as_str())
}

#[cfg(test)]
mod tests;

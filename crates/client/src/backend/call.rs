//! One call of the API, before it is sent.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue};
use serde::Serialize;
use wire::Secret;

use super::BackendError;

/// Longest wait for an ordinary answer, from the request's beginning to the answer's end.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// What proves to the server who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Authorization {
    /// An access token (RFC 6750).
    Bearer(Secret),
    /// `name=value` of the session's cookies, as the header has them (RFC 6265 section 4.2).
    Cookie(Secret),
}

impl Authorization {
    /// The header that carries it. What no header can carry was never given out by a server: it proves nothing.
    pub(crate) fn header(&self) -> Result<(HeaderName, HeaderValue), BackendError> {
        let (name, value) = match self {
            Self::Bearer(token) => (
                AUTHORIZATION,
                HeaderValue::try_from(format!("Bearer {}", token.expose())),
            ),
            Self::Cookie(pairs) => (COOKIE, HeaderValue::try_from(pairs.expose())),
        };
        let mut value = value.map_err(|_| BackendError::SignedOut)?;
        value.set_sensitive(true);
        Ok((name, value))
    }
}

/// What is asked of the API.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(super) method: Method,
    /// Beneath the prefix, not encoded yet.
    pub(super) path: Vec<&'a str>,
    pub(super) query: Vec<(&'static str, &'a str)>,
    pub(super) body: Option<Body>,
    pub(super) limit: Duration,
    /// Whether carrying it out twice is the same as once.
    pub(super) is_repeatable: bool,
}

/// JSON that may hold a password or a token.
#[derive(Clone)]
pub(super) struct Body(pub(super) Bytes);

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{} bytes]", self.0.len())
    }
}

impl<'a> Call<'a> {
    pub(crate) fn get(path: impl Into<Vec<&'a str>>) -> Self {
        Self::new(Method::GET, path.into()).repeatable()
    }

    pub(crate) fn delete(path: impl Into<Vec<&'a str>>) -> Self {
        Self::new(Method::DELETE, path.into())
    }

    pub(crate) fn post(path: impl Into<Vec<&'a str>>, body: &impl Serialize) -> Self {
        Self {
            // Every request of the contract is a struct of strings and numbers, and those always serialise.
            body: serde_json::to_vec(body).ok().map(|json| Body(json.into())),
            ..Self::new(Method::POST, path.into())
        }
    }

    fn new(method: Method, path: Vec<&'a str>) -> Self {
        Self {
            method,
            path,
            query: Vec::new(),
            body: None,
            limit: ANSWER_LIMIT,
            is_repeatable: false,
        }
    }

    /// With this in its query, where there is something.
    pub(crate) fn with(mut self, name: &'static str, value: Option<&'a str>) -> Self {
        self.query.extend(value.map(|value| (name, value)));
        self
    }

    /// One that a repeat cannot harm: it may be sent once more where its connection broke before an answer.
    pub(crate) fn repeatable(mut self) -> Self {
        self.is_repeatable = true;
        self
    }

    /// Waiting this long for the whole answer.
    pub(crate) fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Whether the path can be written: an empty segment, `.` and `..` would name another resource.
    pub(super) fn has_path(&self) -> bool {
        self.path
            .iter()
            .all(|segment| !matches!(*segment, "" | "." | ".."))
    }
}

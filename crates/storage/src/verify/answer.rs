//! Requests as anybody sends them, without the SDK: with a ticket or without one.

use std::collections::BTreeMap;
use std::fmt;

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};

use super::{Trouble, Verification, causes};
use crate::SignedRequest;
use crate::error::HiddenError;

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(super) fn is(&self, status: u16) -> bool {
        self.status.as_u16() == status
    }

    /// S3 refuses with 403, and what is malformed with 400; a redirect has done nothing either.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self.status.as_u16(), 301 | 307 | 400 | 401 | 403)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store answered {}", self.status.as_u16())?;
        if let Some(code) = &self.code {
            write!(f, " {code}")?;
        }
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        Ok(())
    }
}

/// No answer came. Its text has no address: that may be a ticket.
pub(super) struct Unanswered(pub(super) reqwest::Error);

impl Verification {
    pub(super) async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &BTreeMap<String, String>,
        body: Vec<u8>,
    ) -> Result<Answer, Unanswered> {
        let mut request = self.http.request(method, url).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let unanswered = |error: reqwest::Error| Unanswered(error.without_url());
        let answer = request.send().await.map_err(unanswered)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await.map_err(unanswered)?.to_vec();
        let error = if status.is_success() {
            HiddenError::default()
        } else {
            HiddenError::find(&body)
        };
        Ok(Answer {
            status,
            code: error.code,
            message: error.message,
            headers,
            body,
        })
    }

    /// Uses a ticket as its holder does.
    pub(super) async fn use_ticket(
        &self,
        method: Method,
        ticket: &SignedRequest,
        body: &[u8],
    ) -> Result<Answer, Trouble> {
        let sent = self.send(method, ticket.url.expose(), &ticket.headers, body.to_vec());
        sent.await.map_err(|error| causes::unanswered(&error))
    }
}

//! One request with its answer, sent as it is and shown without what opens doors.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use jiff::SignedDuration;
use reqwest::header::{
    ACCEPT_ENCODING, CONNECTION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue,
};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use url::Url;

use super::redaction;
use crate::ServerOrigin;
use crate::backend::{Authorization, Unreachable, api_client, link_client, unreachable};
use crate::session::Whereabouts;

/// Longest wait for an answer. A backend that has to look into its store may take a while.
const ANSWER_LIMIT: Duration = Duration::from_mins(1);

/// Longest answer that is read, in bytes.
const LONGEST_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// A request with its answer, as it may be shown: addresses without signatures, bodies without tokens and links.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: String,
    /// Where to: of a presigned address the names of its parameters, not their values.
    pub address: String,
    /// What was sent, where it was JSON.
    pub sent: Option<Value>,
    /// The status; `None` where no answer came.
    pub status: Option<u16>,
    /// What was received: JSON, or the beginning of another text.
    pub received: Option<Value>,
    /// How long it took.
    pub elapsed: Duration,
}

/// What came back.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Reply {
    /// The body as JSON, out of its `data` envelope where it has one.
    pub(super) fn json(&self) -> Option<Value> {
        let value: Value = serde_json::from_slice(&self.body).ok()?;
        let wrapped = value
            .as_object()
            .is_some_and(|fields| fields.contains_key("data"));
        Some(if wrapped {
            value["data"].clone()
        } else {
            value
        })
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Why nothing came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoReply {
    /// What stood in the way.
    Unreachable(Unreachable),
    /// It leads where the server may not lead, or is no address.
    Unsafe,
    /// An answer without end.
    TooLong,
}

/// Sends requests, and keeps what was sent and received.
pub(super) struct Courier {
    api: reqwest::Client,
    links: reqwest::Client,
    server: ServerOrigin,
    kept: Mutex<Vec<Exchange>>,
    clock_offset: Mutex<Option<SignedDuration>>,
}

impl Courier {
    pub(super) fn new(server: &ServerOrigin, program: &str) -> Option<Self> {
        let whereabouts = Whereabouts::of(server);
        Some(Self {
            api: api_client(server, program).ok()?,
            links: link_client(server, program, &whereabouts).ok()?,
            server: server.clone(),
            kept: Mutex::default(),
            clock_offset: Mutex::default(),
        })
    }

    /// Takes out what was exchanged since this was asked last.
    pub(super) fn take_exchanges(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The server's clock minus ours, as its last answer had it.
    pub(super) fn clock_offset(&self) -> Option<SignedDuration> {
        *self
            .clock_offset
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// A call of the API, at this path beneath the origin.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        proof: Option<&Authorization>,
        body: Option<&Value>,
    ) -> Result<Reply, NoReply> {
        let address = format!("{}{path}", self.server);
        let mut request = self
            .api
            .request(method.clone(), &address)
            .timeout(ANSWER_LIMIT);
        if let Some((name, value)) = proof.and_then(|proof| proof.header().ok()) {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request
                .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
                .body(body.to_string());
        }
        let began = SystemTime::now();
        let reply = self.exchange(&method, &address, body, request).await?;
        self.note_clock(&reply, began);
        Ok(reply)
    }

    /// A request by a presigned address, or by one that should be refused: without any session.
    pub(super) async fn knock(
        &self,
        method: Method,
        address: &str,
        headers: &[(String, String)],
        body: Option<Vec<u8>>,
    ) -> Result<Reply, NoReply> {
        let safe: Url = self
            .server
            .may_lead_to(address)
            .map_err(|_| NoReply::Unsafe)?;
        let mut request = self
            .links
            .request(method.clone(), safe)
            .header(ACCEPT_ENCODING, "identity")
            .timeout(ANSWER_LIMIT);
        for (name, value) in headers {
            let name = HeaderName::try_from(name).map_err(|_| NoReply::Unsafe)?;
            let value = HeaderValue::try_from(value).map_err(|_| NoReply::Unsafe)?;
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        self.exchange(&method, address, None, request).await
    }

    async fn exchange(
        &self,
        method: &Method,
        address: &str,
        body: Option<&Value>,
        request: reqwest::RequestBuilder,
    ) -> Result<Reply, NoReply> {
        let began = Instant::now();
        // Each on a connection of its own: none is lost because a server had just closed an idle one, and none is repeated.
        let reply = read(request.header(CONNECTION, HeaderValue::from_static("close"))).await;
        let answered = reply.as_ref().ok();
        let exchange = Exchange {
            method: method.to_string(),
            address: redaction::address(address),
            sent: body.map(redaction::json),
            status: answered.map(|reply| reply.status.as_u16()),
            received: answered.and_then(|reply| redaction::body(&reply.headers, &reply.body)),
            elapsed: began.elapsed(),
        };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(exchange);
        reply
    }

    /// From the middle of the exchange, so that a slow answer does not look like a clock that is behind.
    fn note_clock(&self, reply: &Reply, began: SystemTime) {
        let ended = SystemTime::now();
        let there = reply
            .header(DATE.as_str())
            .and_then(|date| httpdate::parse_http_date(date).ok());
        let middle = began + ended.duration_since(began).unwrap_or_default() / 2;
        let offset = there.and_then(|there| match there.duration_since(middle) {
            Ok(ahead) => SignedDuration::try_from(ahead).ok(),
            Err(behind) => SignedDuration::try_from(behind.duration())
                .ok()
                .map(|behind| -behind),
        });
        if let Some(offset) = offset {
            let mut known = self
                .clock_offset
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *known = Some(offset);
        }
    }
}

async fn read(request: reqwest::RequestBuilder) -> Result<Reply, NoReply> {
    let broken = |error| NoReply::Unreachable(unreachable(error).0);
    let mut response = request.send().await.map_err(broken)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > LONGEST_ANSWER_BYTES {
            return Err(NoReply::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body,
    })
}

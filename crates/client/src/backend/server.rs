//! One server: where its API begins, what it can do, what its clock says, and sending it a call.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, CONTENT_TYPE, DATE, HeaderMap, HeaderValue};
use url::Url;
use wire::{Health, UploadCapabilities};

use super::answer::Answer;
use super::call::{Authorization, Call};
use super::{BackendError, NotOurs, Unreachable, network};
use crate::ServerOrigin;
use crate::session::{Reach, Whereabouts};

/// Where a recordings API begins: as the guide has it, and as the deployed service has it.
const PREFIXES: [&[&str]; 2] = [&["api"], &["api", "v1"]];

/// What health said is asked again after this long: servers are updated beneath programs that run for days.
const HEALTH_KEPT: Duration = Duration::from_mins(15);

/// One server.
pub(crate) struct Server {
    origin: ServerOrigin,
    api: reqwest::Client,
    links: reqwest::Client,
    found: tokio::sync::Mutex<Option<Found>>,
    clock_offset: Mutex<Option<SignedDuration>>,
    whereabouts: Whereabouts,
}

/// What asking for health found out.
#[derive(Clone)]
struct Found {
    prefix: &'static [&'static str],
    uploads: Option<UploadCapabilities>,
    at: Instant,
}

impl Server {
    /// Nothing is sent yet. `program` names us in `User-Agent`.
    pub(crate) fn new(origin: ServerOrigin, program: &str) -> Result<Self, BackendError> {
        let whereabouts = Whereabouts::of(&origin);
        Ok(Self {
            api: network::api_client(&origin, program)?,
            links: network::link_client(&origin, program, &whereabouts)?,
            whereabouts,
            origin,
            found: tokio::sync::Mutex::new(None),
            clock_offset: Mutex::new(None),
        })
    }

    pub(crate) fn origin(&self) -> &ServerOrigin {
        &self.origin
    }

    /// The client for links into the store.
    pub(crate) fn links(&self) -> &reqwest::Client {
        &self.links
    }

    /// How far its answers may lead.
    pub(crate) fn reach(&self) -> Reach {
        self.whereabouts.reach()
    }

    /// The server's clock minus ours, as the last answer had it; whole seconds matter, not their fractions.
    pub(crate) fn clock_offset(&self) -> Option<SignedDuration> {
        *self
            .clock_offset
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The extensions that health advertises; `None` from a base backend.
    pub(crate) async fn capabilities(&self) -> Result<Option<UploadCapabilities>, BackendError> {
        Ok(self.found().await?.uploads)
    }

    /// The path beneath which the API was found, with a slash at its beginning.
    pub(crate) async fn prefix(&self) -> Result<String, BackendError> {
        Ok(format!("/{}", self.found().await?.prefix.join("/")))
    }

    /// Sends a call and returns its success, or its refusal as an error.
    pub(crate) async fn send(
        &self,
        call: &Call<'_>,
        authorization: Option<&Authorization>,
    ) -> Result<Answer, BackendError> {
        let found = self.found().await?;
        let answer = self.exchange(found.prefix, call, authorization).await?;
        if is_unknown_route(&answer) {
            // The API has moved, or a proxy stands in for it while it is deployed: whoever calls next finds it again.
            *self.found.lock().await = None;
            return Err(BackendError::NotOurs {
                what: NotOurs::NoRecordingsApi,
            });
        }
        answer.into_success()
    }

    /// What is known from health, asking if it is not.
    async fn found(&self) -> Result<Found, BackendError> {
        // Held while asking, so that many calls at once ask once.
        let mut found = self.found.lock().await;
        match &*found {
            Some(known) if known.at.elapsed() < HEALTH_KEPT => Ok(known.clone()),
            _ => Ok(found.insert(self.discover().await?).clone()),
        }
    }

    /// Asks for health under each prefix. A failure that says nothing about the prefix ends the search.
    async fn discover(&self) -> Result<Found, BackendError> {
        let mut best = NotOurs::NoRecordingsApi;
        for prefix in PREFIXES {
            let answer = self
                .exchange(prefix, &Call::get(["recordings", "health"]), None)
                .await?;
            if let Ok(health) = Health::from_json(&answer.body) {
                if !health.configured {
                    tracing::warn!(server = %self.origin, "the server says that its store is not configured");
                }
                return Ok(Found {
                    prefix,
                    uploads: health.uploads,
                    at: Instant::now(),
                });
            }
            if answer.status.is_server_error() || answer.status == StatusCode::TOO_MANY_REQUESTS {
                return Err(answer.into_refusal());
            }
            if answer.status.is_success() && answer.is_html() {
                best = NotOurs::Html;
            }
        }
        Err(BackendError::NotOurs { what: best })
    }

    /// Sends a call beneath a prefix and reads the answer, whatever its status. What a repeat cannot harm is sent once more
    /// where its connection broke before an answer: that was probably an idle one that the server had just closed.
    async fn exchange(
        &self,
        prefix: &[&str],
        call: &Call<'_>,
        authorization: Option<&Authorization>,
    ) -> Result<Answer, BackendError> {
        match self.attempt(prefix, call, authorization).await {
            Err(BackendError::Unreachable {
                kind: Unreachable::Reset,
                ..
            }) if call.is_repeatable => self.attempt(prefix, call, authorization).await,
            other => other,
        }
    }

    async fn attempt(
        &self,
        prefix: &[&str],
        call: &Call<'_>,
        authorization: Option<&Authorization>,
    ) -> Result<Answer, BackendError> {
        let mut request = self
            .api
            .request(call.method.clone(), self.address(prefix, call)?)
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .timeout(call.limit);
        if let Some(authorization) = authorization {
            let (name, value) = authorization.header()?;
            request = request.header(name, value);
        }
        if let Some(body) = &call.body {
            request = request
                .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
                .body(body.0.clone());
        }
        let began = SystemTime::now();
        let response = request.send().await.map_err(network::failure)?;
        self.note_clock(response.headers(), began);
        if let Some(address) = response.remote_addr() {
            self.whereabouts.answered_from(address.ip());
        }
        let answer = Answer::read(response).await?;
        tracing::debug!(
            method = %call.method,
            path = %call.path.join("/"),
            status = answer.status.as_u16(),
            milliseconds = began.elapsed().unwrap_or_default().as_millis(),
            "answered"
        );
        Ok(answer)
    }

    fn address(&self, prefix: &[&str], call: &Call<'_>) -> Result<Url, BackendError> {
        if !call.has_path() {
            // No server has a resource of that name; ours is to say so before the address means something else.
            return Err(BackendError::Refused {
                status: StatusCode::NOT_FOUND.as_u16(),
                body: None,
                retry_after: None,
                request_id: None,
            });
        }
        let mut url = self.origin.as_url().clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear().extend(prefix).extend(&call.path);
        }
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        Ok(url)
    }

    /// Takes the server's time to be that of the middle of the exchange. `Date` has whole seconds (RFC 9110 section
    /// 5.6.7), cut off: half a second is added.
    fn note_clock(&self, headers: &HeaderMap, began: SystemTime) {
        let Some(server) = headers
            .get(DATE)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| httpdate::parse_http_date(text).ok())
        else {
            return;
        };
        let middle = began + began.elapsed().unwrap_or_default() / 2;
        let (Ok(server), Ok(ours)) = (Timestamp::try_from(server), Timestamp::try_from(middle))
        else {
            return;
        };
        let offset = ours.duration_until(server) + SignedDuration::from_millis(500);
        *self
            .clock_offset
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(offset);
    }
}

/// A 404 that means "no such route" rather than "no such recording": not the contract's form, or the framework's words.
fn is_unknown_route(answer: &Answer) -> bool {
    answer.status == StatusCode::NOT_FOUND
        && serde_json::from_slice::<wire::ErrorBody>(&answer.body).map_or(true, |body| {
            body.code.is_none() && names_a_route(&body.message.to_string())
        })
}

/// Whether these are the framework's words: `Cannot GET /api/…`. A service may begin so too: `Cannot find the recording`.
fn names_a_route(message: &str) -> bool {
    let mut words = message.split(' ');
    words.next() == Some("Cannot")
        && words
            .next()
            .is_some_and(|method| method.bytes().all(|letter| letter.is_ascii_uppercase()))
        && words.next().is_some_and(|path| path.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn where_an_answer_came_from_is_noted() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let origin = ServerOrigin::parse(&format!("http://{address}")).unwrap();
        let mut server = Server::new(origin, "tests").unwrap();
        let public = ServerOrigin::parse("https://recordings.example").unwrap();
        server.whereabouts = Whereabouts::of(&public);
        assert_eq!(server.reach(), Reach::PublicOnly);
        let answering = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read_u8().await.unwrap();
            let body = r#"{"s3":{"configured":true,"message":""}}"#;
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream
        };
        let (found, _stream) = tokio::join!(server.capabilities(), answering);
        assert!(found.unwrap().is_none());
        assert_eq!(server.reach(), Reach::Anywhere);
    }

    #[test]
    fn an_unknown_route_is_told_from_an_unknown_recording() {
        for (status, body, expected) in [
            (404, "default backend - 404", true),
            (404, "<html>404</html>", true),
            (404, "", true),
            (
                404,
                r#"{"message":"no Route matched with those values"}"#,
                true,
            ),
            (
                404,
                r#"{"statusCode":404,"message":"Cannot GET /api/recordings/r"}"#,
                true,
            ),
            (
                404,
                r#"{"statusCode":404,"message":"Cannot find the recording"}"#,
                false,
            ),
            (
                404,
                r#"{"statusCode":404,"message":"Recording not found"}"#,
                false,
            ),
            (
                404,
                r#"{"statusCode":404,"message":"no","code":"not_found"}"#,
                false,
            ),
            (503, "default backend", false),
        ] {
            let answer = Answer {
                status: StatusCode::from_u16(status).unwrap(),
                headers: HeaderMap::new(),
                body: body.as_bytes().to_vec(),
            };
            assert_eq!(is_unknown_route(&answer), expected, "{status} {body}");
        }
    }
}

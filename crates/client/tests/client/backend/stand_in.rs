//! A recordings backend of the tests' own, over real sockets: it keeps the contract in one of its variants, writes down
//! what it was asked, and misbehaves on demand.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use client::ServerOrigin;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
}

impl Asked {
    pub(super) fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == path
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// What it answers.
pub(super) enum Answer {
    /// JSON with a status.
    Json(u16, Value),
    /// Anything else whole.
    Raw(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// JSON with headers.
    With(u16, Vec<(&'static str, String)>, Value),
    /// As many mebibytes of blanks as anybody takes; the count of those taken is kept.
    Endless(Arc<AtomicUsize>),
    /// The connection is closed without an answer.
    HangUp,
}

pub(super) fn html() -> Answer {
    Answer::Raw(
        200,
        vec![("content-type", "text/html; charset=utf-8".to_owned())],
        b"<!doctype html><title>Welcome</title>".to_vec(),
    )
}

pub(super) fn refusal(status: u16, message: &str) -> Answer {
    Answer::Json(
        status,
        serde_json::json!({"statusCode": status, "message": message, "error": "x"}),
    )
}

/// How it answers.
pub(super) type Behaviour = Arc<dyn Fn(&Asked) -> Answer + Send + Sync>;

/// A running server. Dropping it closes every connection.
pub(super) struct StandIn {
    pub(super) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    _connections: JoinSet<()>,
}

impl StandIn {
    pub(super) async fn start(
        behaviour: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::start_with(Arc::new(behaviour), None).await
    }

    pub(super) async fn start_tls(behaviour: Behaviour, tls: Arc<rustls::ServerConfig>) -> Self {
        Self::start_with(behaviour, Some(tls)).await
    }

    async fn start_with(behaviour: Behaviour, tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        let mut connections = JoinSet::new();
        connections.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let (behaviour, seen, tls) =
                    (Arc::clone(&behaviour), Arc::clone(&seen), tls.clone());
                open.spawn(async move {
                    match tls {
                        None => serve(socket, behaviour, seen).await,
                        Some(tls) => {
                            let accepted =
                                tokio_rustls::TlsAcceptor::from(tls).accept(socket).await;
                            if let Ok(socket) = accepted {
                                serve(socket, behaviour, seen).await;
                            }
                        }
                    }
                });
            }
        });
        Self {
            address,
            asked,
            _connections: connections,
        }
    }

    pub(super) fn origin(&self) -> ServerOrigin {
        ServerOrigin::parse(&format!("http://{}", self.address)).unwrap()
    }

    /// What it was asked so far, health aside.
    pub(super) fn asked(&self) -> Vec<Asked> {
        let mut asked = self.asked.lock().unwrap().clone();
        asked.retain(|asked| !asked.path.ends_with("/health"));
        asked
    }

    /// How often it was asked this.
    pub(super) fn count(&self, method: &str, path: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|asked| asked.is(method, path)).count()
    }
}

async fn serve(
    socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    behaviour: Behaviour,
    seen: Arc<Mutex<Vec<Asked>>>,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let (behaviour, seen) = (Arc::clone(&behaviour), Arc::clone(&seen));
        async move {
            let asked = read(request).await;
            seen.lock().unwrap().push(asked.clone());
            respond(behaviour(&asked))
        }
    });
    // Ends when the client goes away or when a behaviour hangs up: both are the test's doing.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(socket), service)
        .await;
}

async fn read(request: Request<Incoming>) -> Asked {
    let (head, body) = request.into_parts();
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            (
                name.to_string(),
                value.to_str().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    Asked {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers,
        body: body
            .collect()
            .await
            .map(|body| body.to_bytes().to_vec())
            .unwrap_or_default(),
    }
}

type Sent = BoxBody<Bytes, Infallible>;

fn respond(answer: Answer) -> io::Result<Response<Sent>> {
    let whole = |bytes: Vec<u8>| Full::new(Bytes::from(bytes)).boxed();
    let (status, headers, body) = match answer {
        Answer::Json(status, value) => (
            status,
            json_type(Vec::new()),
            whole(value.to_string().into()),
        ),
        Answer::With(status, headers, value) => {
            (status, json_type(headers), whole(value.to_string().into()))
        }
        Answer::Raw(status, headers, bytes) => (status, headers, whole(bytes)),
        Answer::Endless(taken) => (200, json_type(Vec::new()), blanks(taken)),
        Answer::HangUp => return Err(io::ErrorKind::ConnectionReset.into()),
    };
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    Ok(response.body(body).unwrap())
}

fn json_type(mut headers: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
    headers.push(("content-type", "application/json".to_owned()));
    headers
}

fn blanks(taken: Arc<AtomicUsize>) -> Sent {
    let mebibyte = Bytes::from(vec![b' '; 1024 * 1024]);
    let chunks = futures_util::stream::iter(std::iter::repeat_with(move || {
        taken.fetch_add(1, Ordering::Relaxed);
        Ok(Frame::data(mebibyte.clone()))
    }));
    BodyExt::boxed(StreamBody::new(futures_util::StreamExt::take(chunks, 100)))
}

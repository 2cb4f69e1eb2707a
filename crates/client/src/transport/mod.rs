//! One PUT to the store, of a whole recording or of a part of it, over a socket of our own.
//!
//! The socket is what honest progress needs: bytes count once the other side has acknowledged them, not once they are in
//! a buffer. Every PUT has a connection of its own, so that none is lost on one that the store was about to close. An
//! answer that comes before the last byte is read, also when writing has failed by then.
//!
//! It sends what a [`SignedRequest`] says and nothing else, follows no redirect, retries nothing, and puts neither
//! address nor header values into an error.

mod acknowledged;
mod answer;
mod body;
mod connect;
mod proxy;
mod refusal;
mod socket;
mod throttle;
mod watch;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::header::{CONTENT_LENGTH, HOST};
use http::{HeaderValue, Method, Request};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::sync::oneshot::error::TryRecvError;

pub use answer::Answer;
pub use connect::{ConnectError, NoWay};
pub use proxy::ProxyError;
pub use refusal::{Refusal, StoreCode};
pub use throttle::Throttle;

use self::body::Body;
use self::connect::{Opened, Way};
use self::socket::Wire;
use self::watch::Watch;
use crate::session::Reach;
use crate::source::{Hashed, Pass, Reading, Source, SourceError, Unhashed};
use crate::ticket::SignedRequest;

/// How long the transport waits for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For a connection.
    pub connect: Duration,
    /// For the handshake of TLS.
    pub tls: Duration,
    /// For the other side to acknowledge anything while bytes wait for it. There is no limit in total: 64 kbit/s must do.
    pub stall: Duration,
    /// For an answer, once the last byte has been acknowledged.
    pub answer: Duration,
    /// For the disk under the recording, each time that it is asked for something.
    pub disk: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            tls: Duration::from_secs(10),
            stall: Duration::from_secs(30),
            answer: Duration::from_mins(2),
            disk: Duration::from_secs(30),
        }
    }
}

/// Longest head of an answer, in bytes, and most that is queued for the socket.
const MOST_BUFFERED_BYTES: usize = 64 * 1024;

/// Bytes of a body that the other side has acknowledged; shared with whoever shows it.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<AtomicU64>);

impl Progress {
    /// In bytes.
    pub fn acknowledged_bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn raise_to(&self, bytes: u64) {
        self.0.fetch_max(bytes, Ordering::Relaxed);
    }
}

/// A PUT that the store took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The store's tag for the object, where it sends one.
    pub etag: Option<String>,
    /// SHA-256 of what was sent, as hexadecimal digits.
    pub sha256: String,
}

/// Why a PUT came to nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The recording cannot be read, or is another by now.
    #[error("the recording could not be read")]
    Source(#[from] SourceError),
    /// There is no connection to the store.
    #[error("no connection to the store")]
    Connect(#[from] ConnectError),
    /// The connection broke.
    #[error("the connection to the store broke")]
    Broken {
        /// Whether that happened while bytes were still to be written: what a store does that refuses and closes.
        while_writing: bool,
        /// What the system says.
        #[source]
        source: Option<hyper::Error>,
    },
    /// Nothing was acknowledged for [`Limits::stall`].
    #[error("the store took no bytes for {} s", .0.as_secs())]
    Stalled(Duration),
    /// Everything was acknowledged, and no answer came for [`Limits::answer`].
    #[error("the store did not answer for {} s", .0.as_secs())]
    NoAnswer(Duration),
    /// The store answered, and the answer is no.
    #[error("the store refused: {0}")]
    Refused(Box<Refusal>),
}

/// On what terms a PUT is made.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Where its address may lead.
    pub reach: Reach,
    /// How long it waits for what.
    pub limits: Limits,
    /// How fast it may go.
    pub throttle: Throttle,
}

impl Terms {
    fn way(&self) -> Way {
        Way {
            reach: self.reach,
            ..Way::default()
        }
    }
}

/// Sends the whole source, hashing it on the way. Dropping the future drops the connection.
pub async fn send(
    ticket: &SignedRequest,
    source: &Source,
    terms: &Terms,
    progress: &Progress,
) -> Result<Stored, SendError> {
    let size_bytes = source.durable();
    let reading = source.read::<Hashed>(0..size_bytes)?;
    let way = terms.way();
    let (etag, sha256) = send_by(way, ticket, reading, size_bytes, terms, progress).await?;
    Ok(Stored { etag, sha256 })
}

/// Sends a part of the source, whose checksum the ticket carries; the store's tag for it, where it sends one. Dropping
/// the future drops the connection.
pub async fn send_part(
    ticket: &SignedRequest,
    source: &Source,
    range: Range<u64>,
    terms: &Terms,
    progress: &Progress,
) -> Result<Option<String>, SendError> {
    let size_bytes = range.end.saturating_sub(range.start);
    let reading = source.read::<Unhashed>(range)?;
    let way = terms.way();
    let (etag, ()) = send_by(way, ticket, reading, size_bytes, terms, progress).await?;
    Ok(etag)
}

/// The store's tag, and what came of the pass over the bytes.
async fn send_by<P: Pass>(
    way: Way,
    ticket: &SignedRequest,
    reading: Reading<P>,
    size_bytes: u64,
    terms: &Terms,
    progress: &Progress,
) -> Result<(Option<String>, P::Sum), SendError> {
    let limits = terms.limits;
    let (chunks, mut outcome) = reading.split();
    let Opened { socket, meter } = connect::open(ticket.uri(), limits, way).await?;
    let (body, feed) = Body::new(chunks, size_bytes, terms.throttle.clone());
    let request = request(ticket, size_bytes, body);
    let head_bytes = head_bytes(&request);

    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MOST_BUFFERED_BYTES)
        .handshake(TokioIo::new(socket))
        .await
        .map_err(|source| broken(true, source))?;
    let answer = async { answer::read(sender.send_request(request).await?).await };
    let watch = Watch {
        wire: Wire {
            meter,
            feed,
            head_bytes,
            size_bytes,
        },
        limits,
        progress,
    };
    let answered = tokio::select! {
        biased;
        answered = driven(connection, answer) => answered,
        error = watch.run() => return Err(error),
    };
    // A source that failed ends the body early, which looks like a broken connection from here.
    let read = outcome.try_recv();
    let stored = conclude(answered, read, watch.wire.is_all_written());
    if stored.is_ok() {
        progress.raise_to(size_bytes);
    }
    stored
}

/// The answer, while the connection is driven for it to come. Where that ends first, the answer knows why.
async fn driven<T>(connection: impl Future, answer: impl Future<Output = T>) -> T {
    tokio::pin!(connection, answer);
    tokio::select! {
        biased;
        answer = &mut answer => answer,
        _ended = &mut connection => answer.await,
    }
}

/// What an exchange came to. Success takes three: the store's word, the whole request written, the whole source read.
fn conclude<T>(
    answered: Result<Answer, hyper::Error>,
    read: Result<Result<T, SourceError>, TryRecvError>,
    all_written: bool,
) -> Result<(Option<String>, T), SendError> {
    match (answered, read) {
        (_, Ok(Err(source))) => Err(SendError::Source(source)),
        // An early success is none: the last piece may be on its way still.
        (Ok(answer), Ok(Ok(sum)))
            if all_written && answer.status.is_success() && !answer.is_web_page() =>
        {
            Ok((answer.etag, sum))
        }
        (Ok(answer), _) => Err(SendError::Refused(Box::new(Refusal::of(answer)))),
        (Err(source), _) => Err(broken(!all_written, source)),
    }
}

fn broken(while_writing: bool, source: hyper::Error) -> SendError {
    SendError::Broken {
        while_writing,
        source: Some(source),
    }
}

fn request(ticket: &SignedRequest, size_bytes: u64, body: Body) -> Request<Body> {
    let mut request = Request::new(body);
    *request.method_mut() = Method::PUT;
    *request.headers_mut() = ticket.headers().clone();
    let uri = ticket.uri();
    if let Some(host) = uri
        .authority()
        .and_then(|host| HeaderValue::from_str(host.as_str()).ok())
    {
        request.headers_mut().insert(HOST, host);
    }
    request
        .headers_mut()
        .insert(CONTENT_LENGTH, HeaderValue::from(size_bytes));
    if let Some(path) = uri.path_and_query() {
        *request.uri_mut() = http::Uri::from(path.clone());
    }
    request
}

/// Bytes that the head takes on the wire: a line for the method, one for each header, and an empty one.
fn head_bytes(request: &Request<Body>) -> u64 {
    let first = format!("{} {} HTTP/1.1\r\n", request.method(), request.uri()).len();
    let headers = request.headers().iter();
    let lines = headers.map(|(name, value)| name.as_str().len() + ": \r\n".len() + value.len());
    (first + lines.sum::<usize>() + "\r\n".len()) as u64
}

#[cfg(test)]
mod tests;

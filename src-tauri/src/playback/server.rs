//! The server: which requests it answers, and with what.

use std::net::SocketAddr;
use std::time::Duration;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{Either, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower_http::services::ServeFile;
use tower_http::services::fs::ServeFileSystemResponseBody;

use super::{Files, find};

/// More than a page needs that plays one recording: a few for what it reads, and those that it has given up.
const MOST_CONNECTIONS: usize = 16;

/// Longest wait for a request's head.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// How much of a file is read at once.
const CHUNK_BYTES: usize = 64 << 10;

/// Whatever a file's name is: the review lets nothing else be played.
const WEBM: HeaderValue = HeaderValue::from_static("video/webm");

type Answer = Response<Either<ServeFileSystemResponseBody, Empty<Bytes>>>;

/// Answers until it is dropped; connections end with it.
pub(super) async fn run(listener: TcpListener, address: SocketAddr, files: Files) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) if connections.len() < MOST_CONNECTIONS => {
                    connections.spawn(serve(stream, address, files.clone()));
                }
                // Dropped: a player asks again.
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "nothing can be played any more");
                    return;
                }
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

async fn serve(stream: TcpStream, address: SocketAddr, files: Files) {
    let host = address.to_string();
    let answering = service_fn(move |request| {
        let (host, files) = (host.clone(), files.clone());
        async move { answer(request, &host, &files).await }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .serve_connection(TokioIo::new(stream), answering)
        .await;
    if let Err(error) = served {
        // A player that has seen enough hangs up in the middle.
        tracing::trace!(%error, "a player's connection broke off");
    }
}

/// A file to whoever knows its path and came by no other name: a page that has a name lead here is not the window's.
async fn answer(
    request: Request<Incoming>,
    host: &str,
    files: &Files,
) -> Result<Answer, std::convert::Infallible> {
    let is_ours = request
        .headers()
        .get(HOST)
        .is_some_and(|named| named.as_bytes() == host.as_bytes());
    if !is_ours {
        return Ok(refused(StatusCode::MISDIRECTED_REQUEST));
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(refused(StatusCode::METHOD_NOT_ALLOWED));
    }
    let Some(file) = find(files, request.uri().path()) else {
        return Ok(refused(StatusCode::NOT_FOUND));
    };
    let mut served = ServeFile::new(file)
        .with_buf_chunk_size(CHUNK_BYTES)
        .ignore_multi_range_requests(true);
    Ok(match served.try_call(request).await {
        Ok(response) => guarded(of_a_recording(response.map(Either::Left))),
        Err(error) => {
            tracing::warn!(%error, "a recording under review cannot be read");
            refused(StatusCode::NOT_FOUND)
        }
    })
}

fn of_a_recording(mut response: Answer) -> Answer {
    response.headers_mut().insert(CONTENT_TYPE, WEBM);
    response
}

fn refused(status: StatusCode) -> Answer {
    let mut response = Response::new(Either::Right(Empty::new()));
    *response.status_mut() = status;
    guarded(response)
}

/// Nobody keeps it, and nobody takes it for anything else.
fn guarded(mut response: Answer) -> Answer {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

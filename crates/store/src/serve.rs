//! Accepting connections, and letting them end.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use crate::EmbeddedStore;
use crate::front::Front;

/// How long a client may take to send the head of a request, the wait for it on an open connection included.
const HEAD_TIME_LIMIT: Duration = Duration::from_secs(30);

/// How long running requests have to end once the store is told to stop.
const SHUTDOWN_TIME_LIMIT: Duration = Duration::from_secs(10);

/// A pause after a failed accept (out of file descriptors, mostly), so that the failure is not repeated at full speed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

impl EmbeddedStore {
    /// Answers requests until `shutdown` ends, then lets the running ones end for up to ten seconds. An upload that is cut
    /// off by that leaves nothing.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let front = Front::new(&self);
        let connections = GracefulShutdown::new();
        let mut shutdown = pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = &mut shutdown => break,
            };
            match accepted {
                Ok((stream, _peer)) => attend(stream, front.clone(), &connections),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(listener);
        if timeout(SHUTDOWN_TIME_LIMIT, connections.shutdown())
            .await
            .is_err()
        {
            tracing::warn!("requests were cut off by the shutdown");
        }
    }
}

fn attend(stream: TcpStream, front: Front, connections: &GracefulShutdown) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "answers may be delayed");
    }
    let service = service_fn(move |request| front.clone().answer(request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_LIMIT)
        .serve_connection(TokioIo::new(stream), service);
    let watched = connections.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = watched.await {
            tracing::debug!(%error, "a connection ended early");
        }
    });
}

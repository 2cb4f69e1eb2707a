//! Accepting connections to the API, and letting them end.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How long running requests have to end once the server is told to stop.
const SHUTDOWN_TIME_LIMIT: Duration = Duration::from_secs(10);

/// A pause after a failed accept (out of file descriptors, mostly), so that the failure is not repeated at full speed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Something that answers until it is told to stop. Dropping it ends it without grace.
#[derive(Debug)]
pub(crate) struct Serving {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Serving {
    /// Runs what `answering` makes of the signal to stop.
    pub(crate) fn spawn<F>(answering: impl FnOnce(CancellationToken) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stop = CancellationToken::new();
        let task = tokio::spawn(answering(stop.clone()));
        Self { stop, task }
    }

    /// Tells it to stop, and waits until it has.
    pub(crate) async fn end(&mut self) {
        self.stop.cancel();
        if let Err(error) = (&mut self.task).await {
            tracing::error!(%error, "serving ended early");
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Answers requests until `stop`, then lets the running ones end for up to ten seconds. A connection that takes longer
/// than `head_time_limit` to send the head of a request, the wait for it included, is closed: nobody holds one for
/// nothing.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    head_time_limit: Duration,
    stop: CancellationToken,
) {
    let graceful = GracefulShutdown::new();
    // Dropping the set ends the connections with this task.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    attend(stream, peer, router.clone(), head_time_limit, &graceful, &mut connections);
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_ended) = connections.join_next() => {}
            () = stop.cancelled() => break,
        }
    }
    drop(listener);
    if timeout(SHUTDOWN_TIME_LIMIT, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("requests that would not end were cut off");
    }
}

fn attend(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    head_time_limit: Duration,
    graceful: &GracefulShutdown,
    connections: &mut JoinSet<()>,
) {
    // Answers are small and final; without this each could wait for an acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "answers may be delayed");
    }
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_time_limit)
        .serve_connection(TokioIo::new(stream), service);
    let watched = graceful.watch(connection);
    connections.spawn(async move {
        if let Err(error) = watched.await {
            tracing::debug!(%error, "a connection ended early");
        }
    });
}

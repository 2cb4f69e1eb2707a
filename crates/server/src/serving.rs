//! Accepting connections to the API, and letting them end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::operations::metrics::Metrics;

/// What a connection may hold of a request that is arriving: no head is longer.
const MAX_BUFFER_BYTES: usize = 64 * 1024;

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

/// What bounds a listener's connections.
#[derive(Debug, Clone)]
pub(crate) struct Bounds {
    /// How long a client may take to send the head of a request, the wait for it included.
    pub(crate) head_time_limit: Duration,
    /// Connections at once; further ones wait, unaccepted, until one of them ends.
    pub(crate) max_connections: usize,
    /// How long running requests have to end once the server is told to stop.
    pub(crate) drain: Duration,
}

/// Answers requests until `stop`, then lets the running ones end for as long as the bounds say. A connection that takes
/// too long to send the head of a request, the wait for it included, is closed: nobody holds one for nothing.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(bounds.max_connections));
    // Dropping the set ends the connections with this task.
    let mut connections = JoinSet::new();
    while let Some((stream, peer, place)) = next(&listener, &places, &stop).await {
        while connections.try_join_next().is_some() {}
        let within = metrics.connection();
        let serving = graceful.watch(connection(stream, peer, router.clone(), &bounds));
        connections.spawn(async move {
            let _held = (place, within);
            if let Err(error) = serving.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
    drop(listener);
    if timeout(bounds.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests that would not end were cut off");
    }
}

/// The next connection, and its place among those that there may be; none once it is time to stop.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let accepting = async {
        // Nobody closes it.
        let place = Arc::clone(places).acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => return Some((stream, peer, place)),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    };
    tokio::select! {
        accepted = accepting => accepted,
        () = stop.cancelled() => None,
    }
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    bounds: &Bounds,
) -> impl GracefulConnection<Error = hyper::Error> + use<> {
    // Answers are small and final; without this each could wait for an acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "answers may be delayed");
    }
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.call(request)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head_time_limit)
        .max_buf_size(MAX_BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), service)
}

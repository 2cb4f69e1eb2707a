//! What stands between a computer and the network on trains and in hotels: it answers everything itself, and wants
//! somebody to sign in to it.
//! Source: RFC 6585 section 6.

use std::net::SocketAddr;

use axum::Router;
use axum::http::StatusCode;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::desktop::LOOK_EVERY;
use crate::window::Window;

/// A portal that answers in a server's place.
pub(crate) struct Portal {
    close: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Portal {
    /// Opens one at an address at which nobody answers now.
    pub(crate) async fn at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.expect("a free port");
        let answer = || async { StatusCode::NETWORK_AUTHENTICATION_REQUIRED };
        let routes = Router::new().fallback(answer);
        let (close, closed) = oneshot::channel();
        let task = tokio::spawn(async move {
            tokio::select! {
                served = axum::serve(listener, routes) => served.expect("a portal that goes on"),
                _ = closed => {}
            }
        });
        Self { close, task }
    }

    /// Goes away, and leaves the address to whoever comes.
    pub(crate) async fn close(self) {
        // It listens no more only if it has gone already.
        let _ = self.close.send(());
        self.task.await.expect("it goes");
    }
}

impl Window {
    /// Tries the upload on the stage until it waits for the network: what was on its way when the backend went fails first.
    pub(crate) async fn waits_for_the_network(&self) {
        world::in_time("a wait for the network", async {
            while !self.has("[data-cause='network']").await {
                let failed = self.has("main[data-phase='failed']").await;
                assert!(!failed, "it failed:\n{}", self.text().await);
                if self.has("[data-cause] [data-action='retry']").await {
                    self.press("retry").await;
                }
                sleep(LOOK_EVERY).await;
            }
        })
        .await;
    }
}

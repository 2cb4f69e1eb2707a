//! Where clients knock: the server's own listener, or a proxy before it that does wrong what it is told to.

use std::io;
use std::net::SocketAddr;

use faults::{Faults, Proxy};
use tokio::net::TcpListener;

/// A listener, and what stands before it.
pub(crate) struct Front {
    /// For clients; what is signed is signed for this one.
    pub(crate) address: SocketAddr,
    /// For the server to accept from.
    pub(crate) listener: TcpListener,
    /// In between, where something is to go wrong.
    pub(crate) proxy: Option<Proxy>,
}

impl Front {
    /// Nothing in between.
    pub(crate) fn plain(listener: TcpListener) -> io::Result<Self> {
        Ok(Self {
            address: listener.local_addr()?,
            listener,
            proxy: None,
        })
    }

    /// A proxy on `listener` with these faults, and the server behind it on a port that the system chooses. Without
    /// faults there is no proxy either: what isn't tried is as it always is.
    pub(crate) async fn with(listener: TcpListener, faults: Faults) -> io::Result<Self> {
        let front = Self::plain(listener)?;
        if faults.rules.is_empty() {
            return Ok(front);
        }
        let address = front.address;
        let behind = TcpListener::bind((address.ip(), 0)).await?;
        let names: Vec<_> = faults.rules.iter().map(|rule| &*rule.name).collect();
        tracing::warn!(
            %address,
            rules = names.join(", "),
            "what comes here goes wrong on purpose"
        );
        Ok(Self {
            address,
            proxy: Some(Proxy::start(front.listener, behind.local_addr()?, faults)?),
            listener: behind,
        })
    }
}

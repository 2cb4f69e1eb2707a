//! The proxy: accepting, what is in force, and what a test may do to it while it runs.

mod connection;
mod passage;
mod relay;
mod side;
mod spool;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use self::connection::{Connection, Ended};
use self::side::Side;
use crate::http::RequestHead;
use crate::rule::{Break, Faults};
use crate::schedule::{Plan, Schedule};
use crate::seen::{Ledger, Seen};

/// What the kernel may take from a client before the proxy has read it. A sender's idea of what has been acknowledged is
/// ahead of the proxy's by no more than about twice this.
const RECEIVE_BUFFER_BYTES: usize = 64 * 1024;

/// How long a connection that says nothing more is held.
const SILENCE_LIMIT: Duration = Duration::from_hours(1);

/// A pause after a failed accept, so that the failure is not repeated at full speed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A running proxy. Dropping it closes its port and ends its connections.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

/// What connections share.
#[derive(Debug)]
struct Shared {
    upstream: SocketAddr,
    schedule: RwLock<Arc<Schedule>>,
    ledger: Arc<Ledger>,
    frozen: watch::Sender<bool>,
    /// Every change ends the connections of that moment.
    cuts: watch::Sender<Break>,
    stopped: watch::Sender<bool>,
}

impl Proxy {
    /// Passes what comes to `listener` on to `upstream`, with `faults`. Needs a Tokio runtime around it.
    ///
    /// An error says that the listener has no address.
    pub fn start(listener: TcpListener, upstream: SocketAddr, faults: Faults) -> io::Result<Self> {
        let address = listener.local_addr()?;
        // Inherited by what is accepted.
        if let Err(error) = SockRef::from(&listener).set_recv_buffer_size(RECEIVE_BUFFER_BYTES) {
            tracing::debug!(%error, "clients may be further ahead than they should");
        }
        let shared = Arc::new(Shared {
            upstream,
            schedule: RwLock::new(Arc::new(Schedule::new(faults))),
            ledger: Arc::default(),
            frozen: watch::Sender::new(false),
            cuts: watch::Sender::new(Break::Reset),
            stopped: watch::Sender::new(false),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self {
            address,
            shared,
            accepting,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Other faults from here on, counted from the beginning. Requests that are under way keep those they began with.
    pub fn set(&self, faults: Faults) {
        let schedule = Arc::new(Schedule::new(faults));
        let mut current = self
            .shared
            .schedule
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *current = schedule;
    }

    /// Ends every connection that is open now, those that say nothing included. New ones are accepted.
    pub fn cut_all(&self, how: Break) {
        self.shared.cuts.send_replace(how);
    }

    /// Stops everything where it is, without a word, also what is under way; or lets it go on.
    pub fn freeze(&self, frozen: bool) {
        self.shared.frozen.send_replace(frozen);
    }

    /// Everything that passed so far.
    pub fn seen(&self) -> Seen {
        self.shared.ledger.seen()
    }

    /// Waits until `holds`, which is asked whenever something has happened.
    pub async fn until(&self, holds: impl Fn(&Seen) -> bool) -> Seen {
        self.shared.ledger.until(holds).await
    }

    /// Bytes of request bodies that have gone on to the upstream: cheap enough to be asked all the time.
    pub fn forwarded_bytes(&self) -> u64 {
        self.shared.ledger.forwarded_bytes()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.shared.stopped.send_replace(true);
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        match listener.accept().await {
            Ok((stream, _peer)) => {
                shared.ledger.accept();
                let connection = Connection::new(Side::new(stream), Arc::clone(&shared));
                shared.spawn(attend(connection, shared.cuts.subscribe()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn attend(mut connection: Connection, mut cuts: watch::Receiver<Break>) {
    let ended = tokio::select! {
        ended = connection.run() => ended,
        _ = cuts.changed() => Ended::Broken(*cuts.borrow_and_update()),
    };
    if ended != Ended::Broken(Break::Hang) {
        return connection.close(ended).await;
    }
    // Silence, until all connections are cut, or nobody can be waiting any more.
    let ended = tokio::select! {
        () = sleep(SILENCE_LIMIT) => Ended::AtOnce,
        _ = cuts.changed() => Ended::Broken(*cuts.borrow()),
    };
    connection.close(ended).await;
}

impl Shared {
    fn plan(&self, head: &RequestHead) -> Plan {
        let schedule = self.schedule.read().unwrap_or_else(PoisonError::into_inner);
        schedule.plan(head)
    }

    fn frozen(&self) -> watch::Receiver<bool> {
        self.frozen.subscribe()
    }

    async fn connect(&self) -> io::Result<Side> {
        TcpStream::connect(self.upstream).await.map(Side::new)
    }

    /// Runs `work` until the proxy is dropped.
    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut stopped = self.stopped.subscribe();
        tokio::spawn(async move {
            tokio::select! {
                () = work => {}
                _ = stopped.wait_for(|stopped| *stopped) => {}
            }
        });
    }
}

//! The way to the store, with a count of what was carried there: bytes of requests that the store answered, and bytes of
//! those that ended without an answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A way that is counted. Dropping it closes it.
pub(super) struct Tally {
    address: SocketAddr,
    counted: Arc<Counted>,
    task: JoinHandle<()>,
}

struct Counted {
    answered: AtomicU64,
    lost: AtomicU64,
    /// Those and what is on its way.
    all: watch::Sender<u64>,
}

/// What was carried towards the store, heads of requests included, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Carried {
    /// In requests that were answered.
    pub(super) answered_bytes: u64,
    /// In requests whose connection ended first: they were in flight when something was killed.
    pub(super) lost_bytes: u64,
}

impl Tally {
    pub(super) async fn to(store: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let counted = Arc::new(Counted {
            answered: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            all: watch::Sender::new(0),
        });
        let task = tokio::spawn(accept(listener, store, counted.clone()));
        Self {
            address,
            counted,
            task,
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns once so many more bytes have been carried.
    pub(super) async fn carries(&self, further_bytes: u64) {
        let mut all = self.counted.all.subscribe();
        let wanted = all.borrow().saturating_add(further_bytes);
        let _ = all.wait_for(|carried| *carried >= wanted).await;
    }

    pub(super) fn carried(&self) -> Carried {
        Carried {
            answered_bytes: self.counted.answered.load(Ordering::SeqCst),
            lost_bytes: self.counted.lost.load(Ordering::SeqCst),
        }
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, store: SocketAddr, counted: Arc<Counted>) {
    while let Ok((near, _)) = listener.accept().await {
        let counted = counted.clone();
        tokio::spawn(async move {
            // A store that is dead refuses, and so does this: by closing.
            let Ok(far) = TcpStream::connect(store).await else {
                return;
            };
            let unanswered = AtomicU64::new(0);
            let (from_near, to_near) = near.into_split();
            let (from_far, to_far) = far.into_split();
            let there = carry_there(from_near, to_far, &unanswered, &counted);
            let back = carry_back(from_far, to_near, &unanswered, &counted);
            // When either side is gone, so is the other: half a connection is of no use to HTTP.
            tokio::select! {
                () = there => {}
                () = back => {}
            }
            let lost = unanswered.load(Ordering::SeqCst);
            counted.lost.fetch_add(lost, Ordering::SeqCst);
        });
    }
}

async fn carry_there(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    unanswered: &AtomicU64,
    counted: &Counted,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(filled @ 1..) = from.read(&mut buffer).await {
        unanswered.fetch_add(filled as u64, Ordering::SeqCst);
        counted.all.send_modify(|all| *all += filled as u64);
        if to.write_all(&buffer[..filled]).await.is_err() {
            return;
        }
    }
}

/// Whatever comes back answers what went there: neither client nor backend sends a request before the answer to its last.
async fn carry_back(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    unanswered: &AtomicU64,
    counted: &Counted,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(filled @ 1..) = from.read(&mut buffer).await {
        let answered = unanswered.swap(0, Ordering::SeqCst);
        counted.answered.fetch_add(answered, Ordering::SeqCst);
        if to.write_all(&buffer[..filled]).await.is_err() {
            return;
        }
    }
}

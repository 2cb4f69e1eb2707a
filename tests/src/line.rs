//! A line between two machines: it carries bytes to another address, and can be held, broken and let go on.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::in_time;

/// A line to one address. Dropping it breaks every connection on it.
pub struct Line {
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

struct State {
    to: SocketAddr,
    /// Bytes that may be carried towards the other side, over all connections.
    allowed: watch::Sender<u64>,
    /// Bytes that have been carried that way.
    carried: AtomicU64,
    /// How often the line stood still because no more was allowed.
    held: watch::Sender<u64>,
    /// Before something with these bytes in it is carried that way, the line is held.
    hold_at: Mutex<Option<&'static [u8]>>,
    /// Counts the times that everything on the line was cut off.
    cuts: watch::Sender<u64>,
}

impl State {
    fn holds_at(&self) -> MutexGuard<'_, Option<&'static [u8]>> {
        self.hold_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this is what the line is to be held at; it is held then.
    fn is_held_at(&self, bytes: &[u8]) -> bool {
        let mut wanted = self.holds_at();
        let is_it = wanted.is_some_and(|words| bytes.windows(words.len()).any(|at| at == words));
        if is_it {
            *wanted = None;
            self.allowed.send_replace(0);
        }
        is_it
    }
}

impl Line {
    /// A line to this address, open.
    pub async fn to(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a free port");
        Self::over(listener, address)
    }

    /// A line from this listener to this address, open.
    pub fn over(listener: TcpListener, to: SocketAddr) -> Self {
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(State {
            to,
            allowed: watch::Sender::new(u64::MAX),
            carried: AtomicU64::new(0),
            held: watch::Sender::new(0),
            hold_at: Mutex::default(),
            cuts: watch::Sender::new(0),
        });
        let task = tokio::spawn(accept(listener, state.clone()));
        Self {
            address,
            state,
            task,
        }
    }

    /// This end of it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Holds it once `bytes` more have been carried to the other side.
    pub fn hold_after(&self, bytes: u64) {
        let carried = self.state.carried.load(Ordering::SeqCst);
        self.state
            .allowed
            .send_replace(carried.saturating_add(bytes));
    }

    /// Holds it when something with these words in it, like the first line of a request, is about to be carried to the
    /// other side; that is kept back, too.
    pub fn hold_at(&self, words: &'static str) {
        *self.state.holds_at() = Some(words.as_bytes());
    }

    /// Returns once it stands still because it is held.
    pub async fn is_held(&self) {
        let mut held = self.state.held.subscribe();
        in_time("a held line", held.wait_for(|times| *times > 0))
            .await
            .expect("a line");
    }

    /// Lets everything through again.
    pub fn release(&self) {
        *self.state.holds_at() = None;
        self.state.held.send_replace(0);
        self.state.allowed.send_replace(u64::MAX);
    }

    /// Cuts off every connection that is on it; new ones are carried.
    pub fn cut(&self) {
        self.state.cuts.send_modify(|cuts| *cuts += 1);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.cut();
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    while let Ok((near, _)) = listener.accept().await {
        let state = state.clone();
        tokio::spawn(async move {
            let mut cuts = state.cuts.subscribe();
            cuts.mark_unchanged();
            let Ok(far) = TcpStream::connect(state.to).await else {
                return;
            };
            let (from_near, to_near) = near.into_split();
            let (from_far, to_far) = far.into_split();
            let both = async {
                let there = carry_there(from_near, to_far, &state);
                let back = carry_back(from_far, to_near);
                tokio::join!(there, back);
            };
            tokio::select! {
                () = both => {}
                _ = cuts.changed() => {}
            }
        });
    }
}

/// Carries bytes towards the other side, as many as are allowed.
async fn carry_there(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, state: &State) {
    let mut allowed = state.allowed.subscribe();
    let mut buffer = vec![0; 16 * 1024];
    while is_let_through(&mut allowed, state).await {
        match from.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(filled) => {
                if state.is_held_at(&buffer[..filled]) && !is_let_through(&mut allowed, state).await
                {
                    return;
                }
                state.carried.fetch_add(filled as u64, Ordering::SeqCst);
                if to.write_all(&buffer[..filled]).await.is_err() {
                    return;
                }
            }
        }
    }
    let _ = to.shutdown().await;
}

/// Waits while the line is held; whether it lets through then, or is no more.
async fn is_let_through(allowed: &mut watch::Receiver<u64>, state: &State) -> bool {
    while *allowed.borrow_and_update() <= state.carried.load(Ordering::SeqCst) {
        state.held.send_modify(|times| *times += 1);
        if allowed.changed().await.is_err() {
            return false;
        }
    }
    true
}

async fn carry_back(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let _ = tokio::io::copy(&mut from, &mut to).await;
    let _ = to.shutdown().await;
}

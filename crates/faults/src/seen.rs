//! What passed: for tests to hold against what a client says.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::http::RequestHead;

/// Requests that are remembered; older ones are forgotten.
const KEPT: usize = 100_000;

/// One request and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exchange {
    /// Its number, from 1, in the order of coming.
    pub number: u64,
    /// Its method.
    pub method: String,
    /// Its path, without the query.
    pub path: String,
    /// `partNumber` of its query.
    pub part: Option<u32>,
    /// Names of the rules that applied, in order.
    pub rules: Vec<String>,
    /// Bytes of its body that came from the client.
    pub received_bytes: u64,
    /// Bytes of its body that went on to the upstream.
    pub forwarded_bytes: u64,
    /// The status that the upstream answered with.
    pub upstream_status: Option<u16>,
    /// The status that went to the client, whoever made it.
    pub answered_status: Option<u16>,
    /// Whether this is the late copy of an earlier request ([`crate::Fault::Duplicate`]).
    pub late: bool,
    /// Whether it is over, however it ended.
    pub ended: bool,
}

/// A look at everything that passed so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seen {
    /// In the order of their coming; the last hundred thousand.
    pub exchanges: Vec<Exchange>,
    /// Connections that were accepted.
    pub connections: u64,
}

impl Seen {
    /// How many requests the rule of that name applied to.
    pub fn matched(&self, rule: &str) -> usize {
        let about = |exchange: &&Exchange| exchange.rules.iter().any(|name| name == rule);
        self.exchanges.iter().filter(about).count()
    }

    /// Those with that method, and a path that contains `path`.
    pub fn requests(&self, method: &str, path: &str) -> Vec<&Exchange> {
        self.exchanges
            .iter()
            .filter(|exchange| exchange.method == method && exchange.path.contains(path))
            .collect()
    }

    /// Bytes of bodies that the upstream got, late copies included.
    pub fn forwarded_bytes(&self) -> u64 {
        let bytes = self
            .exchanges
            .iter()
            .map(|exchange| exchange.forwarded_bytes);
        bytes.sum()
    }
}

/// Where it is all written down.
#[derive(Debug)]
pub(crate) struct Ledger {
    running: Mutex<VecDeque<Arc<Watched>>>,
    connections: AtomicU64,
    requests: AtomicU64,
    forwarded: AtomicU64,
    changed: watch::Sender<()>,
}

/// One request on its way. Dropping it says that it is over.
#[derive(Debug)]
pub(crate) struct Watching {
    watched: Arc<Watched>,
    ledger: Arc<Ledger>,
}

#[derive(Debug)]
struct Watched {
    known: Exchange,
    received: AtomicU64,
    forwarded: AtomicU64,
    upstream_status: AtomicU16,
    answered_status: AtomicU16,
    ended: AtomicBool,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            running: Mutex::default(),
            connections: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            forwarded: AtomicU64::new(0),
            changed: watch::Sender::new(()),
        }
    }
}

impl Ledger {
    pub(crate) fn accept(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
        self.changed.send_replace(());
    }

    pub(crate) fn begin(
        self: &Arc<Self>,
        head: &RequestHead,
        rules: Vec<String>,
        late: bool,
    ) -> Watching {
        let watched = Arc::new(Watched {
            known: Exchange {
                number: self.requests.fetch_add(1, Ordering::Relaxed) + 1,
                method: head.method.clone(),
                path: head.path.clone(),
                part: head.part,
                rules,
                received_bytes: 0,
                forwarded_bytes: 0,
                upstream_status: None,
                answered_status: None,
                late,
                ended: false,
            },
            received: AtomicU64::new(0),
            forwarded: AtomicU64::new(0),
            upstream_status: AtomicU16::new(0),
            answered_status: AtomicU16::new(0),
            ended: AtomicBool::new(false),
        });
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.len() == KEPT {
            running.pop_front();
        }
        running.push_back(Arc::clone(&watched));
        drop(running);
        self.changed.send_replace(());
        Watching {
            watched,
            ledger: Arc::clone(self),
        }
    }

    pub(crate) fn seen(&self) -> Seen {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let mut exchanges: Vec<_> = running.iter().map(|watched| watched.now()).collect();
        exchanges.sort_by_key(|exchange| exchange.number);
        Seen {
            exchanges,
            connections: self.connections.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn forwarded_bytes(&self) -> u64 {
        self.forwarded.load(Ordering::Acquire)
    }

    /// Ends when `holds` does.
    pub(crate) async fn until(&self, holds: impl Fn(&Seen) -> bool) -> Seen {
        let mut changed = self.changed.subscribe();
        loop {
            changed.mark_unchanged();
            let seen = self.seen();
            if holds(&seen) {
                return seen;
            }
            // The sender lives as long as the ledger.
            let _ = changed.changed().await;
        }
    }
}

impl Watching {
    pub(crate) fn received(&self, bytes: usize) {
        self.watched
            .received
            .fetch_add(bytes as u64, Ordering::Relaxed);
        self.ledger.changed.send_replace(());
    }

    pub(crate) fn forwarded(&self, bytes: usize) {
        self.watched
            .forwarded
            .fetch_add(bytes as u64, Ordering::Relaxed);
        self.ledger
            .forwarded
            .fetch_add(bytes as u64, Ordering::Release);
        self.ledger.changed.send_replace(());
    }

    pub(crate) fn upstream_answered(&self, status: u16) {
        self.watched
            .upstream_status
            .store(status, Ordering::Relaxed);
        self.ledger.changed.send_replace(());
    }

    pub(crate) fn answered(&self, status: u16) {
        self.watched
            .answered_status
            .store(status, Ordering::Relaxed);
        self.ledger.changed.send_replace(());
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.watched.ended.store(true, Ordering::Relaxed);
        self.ledger.changed.send_replace(());
    }
}

impl Watched {
    fn now(&self) -> Exchange {
        let status =
            |status: &AtomicU16| Some(status.load(Ordering::Relaxed)).filter(|status| *status > 0);
        Exchange {
            received_bytes: self.received.load(Ordering::Relaxed),
            forwarded_bytes: self.forwarded.load(Ordering::Relaxed),
            upstream_status: status(&self.upstream_status),
            answered_status: status(&self.answered_status),
            ended: self.ended.load(Ordering::Relaxed),
            ..self.known.clone()
        }
    }
}

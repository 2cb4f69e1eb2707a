//! A body on its way through the proxy.

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncWriteExt as _;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::watch;

use super::side::{READ_BYTES, Reader};
use super::spool::Spool;
use crate::http::Framing;
use crate::pace::Pace;

/// On what terms a body passes.
pub(super) struct Terms<'a> {
    pub(super) paces: &'a [Arc<Pace>],
    /// Bytes after which it stops.
    pub(super) limit: Option<u64>,
    /// Which of its bytes go on with one bit of them turned over.
    pub(super) corrupt: Vec<u64>,
    /// Nothing passes while this is set.
    pub(super) frozen: watch::Receiver<bool>,
    /// Told of what came, and of what went on.
    pub(super) count: &'a (dyn Fn(Counted, usize) + Sync),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    Received,
    Forwarded,
}

/// Where it goes; nowhere, if neither.
#[derive(Default)]
pub(super) struct Sinks<'a> {
    pub(super) writer: Option<&'a mut OwnedWriteHalf>,
    pub(super) spool: Option<&'a mut Spool>,
}

/// How far it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passed {
    /// To its end.
    Whole,
    /// To its limit.
    Stopped,
}

/// Why it came no further.
#[derive(Debug)]
pub(super) enum Stuck {
    /// What should come doesn't.
    Reading(io::Error),
    /// What came can't go on.
    Writing(io::Error),
}

/// Passes a body on, or what is left of it.
pub(super) async fn pass(
    reader: &mut Reader,
    framing: &mut Framing,
    mut sinks: Sinks<'_>,
    mut terms: Terms<'_>,
) -> Result<Passed, Stuck> {
    let steps = terms.paces.iter().map(|pace| pace.step_bytes());
    let step = steps.min().unwrap_or(READ_BYTES);
    let mut passed = 0_u64;
    loop {
        let left = terms
            .limit
            .map_or(u64::MAX, |limit| limit.saturating_sub(passed));
        if left == 0 {
            return Ok(Passed::Stopped);
        }
        if framing.is_done() {
            return Ok(Passed::Whole);
        }
        thawed(&mut terms.frozen).await;
        if reader.buffered().is_empty() && reader.fill(step).await.map_err(Stuck::Reading)? == 0 {
            return match framing {
                Framing::UntilEnd => Ok(Passed::Whole),
                _ => Err(Stuck::Reading(io::ErrorKind::UnexpectedEof.into())),
            };
        }
        thawed(&mut terms.frozen).await;
        let most = step.min(usize::try_from(left).unwrap_or(usize::MAX));
        let buffered = reader.buffered();
        let next = &buffered[..buffered.len().min(most)];
        let length = framing.take(next).map_err(Stuck::Reading)?;
        let bytes = corrupted(reader.take(length), passed, &terms.corrupt);
        (terms.count)(Counted::Received, length);
        for pace in terms.paces {
            pace.pass(length).await;
        }
        if let Some(spool) = &mut sinks.spool {
            spool.write(&bytes).await.map_err(Stuck::Writing)?;
        }
        if let Some(writer) = &mut sinks.writer {
            writer.write_all(&bytes).await.map_err(Stuck::Writing)?;
            (terms.count)(Counted::Forwarded, length);
        }
        passed += length as u64;
    }
}

/// The same bytes, of which the first is number `begin` of their body, but for those that are to be wrong.
fn corrupted(bytes: Bytes, begin: u64, wrong: &[u64]) -> Bytes {
    let places = wrong.iter().filter_map(|at| at.checked_sub(begin));
    let places = places.filter_map(|at| usize::try_from(at).ok());
    let mut places = places.filter(|at| *at < bytes.len()).peekable();
    if places.peek().is_none() {
        return bytes;
    }
    let mut changed = BytesMut::from(&*bytes);
    for at in places {
        changed[at] ^= 1;
    }
    changed.freeze()
}

/// Waits while everything stands still.
pub(super) async fn thawed(frozen: &mut watch::Receiver<bool>) {
    // The sender lives as long as the proxy, and connections end with it.
    let _ = frozen.wait_for(|frozen| !frozen).await;
}

//! One client's connection: request after request, each with what happens to it.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::time::{sleep, timeout};

use super::Shared;
use super::passage::{Counted, Passed, Sinks, Stuck, Terms, pass, thawed};
use super::side::Side;
use super::spool::Spool;
use crate::answer::{Answer, Close, LINGER, Reads};
use crate::http::RequestHead;
use crate::rule::Break;
use crate::schedule::{End, Plan};
use crate::seen::Watching;

/// A client's connection, and that to the upstream behind it.
pub(super) struct Connection {
    pub(super) client: Side,
    pub(super) upstream: Option<Side>,
    pub(super) shared: Arc<Shared>,
}

/// Why a connection ends, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// It is over. What the client still sends is thrown away for a moment, so that the last answer reaches it.
    Over,
    /// At once, whatever the client still sends.
    AtOnce,
    /// On purpose, or because the other side broke.
    Broken(Break),
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        tracing::debug!(%error, "a connection broke");
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Broken(Break::Fin),
            _ => Self::Broken(Break::Reset),
        }
    }
}

impl From<Stuck> for Ended {
    fn from(stuck: Stuck) -> Self {
        match stuck {
            Stuck::Reading(error) | Stuck::Writing(error) => error.into(),
        }
    }
}

impl Connection {
    pub(super) fn new(client: Side, shared: Arc<Shared>) -> Self {
        Self {
            client,
            upstream: None,
            shared,
        }
    }

    /// Until it ends by itself.
    pub(super) async fn run(&mut self) -> Ended {
        loop {
            if let Err(ended) = self.exchange().await {
                return ended;
            }
        }
    }

    /// Ends it. The upstream sees an orderly end in any case.
    pub(super) async fn close(mut self, ended: Ended) {
        drop(self.upstream);
        match ended {
            Ended::Broken(Break::Reset) => self.client.reset(),
            Ended::Over | Ended::Broken(Break::Fin) => {
                // A client that is gone already is fine.
                let _ = self.client.writer.shutdown().await;
                let _ = timeout(LINGER, self.client.reader.discard()).await;
            }
            Ended::AtOnce | Ended::Broken(Break::Hang) => self.client.drop_at_once(),
        }
    }

    async fn exchange(&mut self) -> Result<(), Ended> {
        let head = self.next_request().await?;
        let mut plan = self.shared.plan(&head);
        let rules = std::mem::take(&mut plan.rules);
        let mut spool = match plan.again {
            Some(_) => Some(Spool::begin(&head.bytes, &rules).await?),
            None => None,
        };
        if !rules.is_empty() {
            let (method, path) = (&head.method, &head.path);
            tracing::info!(rules = rules.join("+"), method, path, "done wrong");
        }
        let seen = self.shared.ledger.begin(&head, rules, false);
        sleep(plan.request_delay).await;
        let outcome = match &plan.end {
            Some(End::Answer(answer)) if !answer.forwarded => {
                self.answer(head, &plan, answer, &seen).await
            }
            Some(End::BlackHole {
                reads: true, lasts, ..
            }) => self.swallow(head, &plan, *lasts, &seen).await,
            Some(End::Withheld) => self.withhold(head, &plan, spool.as_mut(), &seen).await,
            _ => self.relay(head, &plan, spool.as_mut(), &seen).await,
        };
        if let (Some(delay), Some(spool)) = (plan.again, spool) {
            self.shared
                .spawn(spool.deliver(delay, Arc::clone(&self.shared)));
        }
        outcome
    }

    /// An upstream that ends between two requests ends the client's connection too.
    async fn next_request(&mut self) -> Result<RequestHead, Ended> {
        let upstream_ended = async {
            match &mut self.upstream {
                Some(upstream) => upstream.reader.end().await,
                None => pending().await,
            }
        };
        let head = tokio::select! {
            head = self.client.reader.head() => head?,
            ended = upstream_ended => {
                ended?;
                None
            }
        };
        thawed(&mut self.shared.frozen()).await;
        Ok(RequestHead::parse(head.ok_or(Ended::Over)?)?)
    }

    /// Reads as much as the answer wants to be read, and gives it.
    async fn answer(
        &mut self,
        head: RequestHead,
        plan: &Plan,
        answer: &Answer,
        seen: &Watching,
    ) -> Result<(), Ended> {
        let limit = match answer.reads {
            Reads::All => None,
            Reads::Bytes(bytes) => Some(bytes),
        };
        let mut framing = head.framing;
        if head.expects_continue && limit != Some(0) {
            let proceed = b"HTTP/1.1 100 Continue\r\n\r\n";
            self.client.writer.write_all(proceed).await?;
        }
        let count = counting(seen);
        let terms = self.terms(plan, limit, &count);
        pass(
            &mut self.client.reader,
            &mut framing,
            Sinks::default(),
            terms,
        )
        .await?;
        sleep(plan.answer_delay).await;
        seen.answered(answer.status);
        give(&mut self.client.writer, plan, answer).await?;
        match answer.close {
            Close::AtOnce => Err(Ended::AtOnce),
            Close::Linger => Err(Ended::Over),
            Close::Never if framing.is_done() => Ok(()),
            Close::Never => {
                let terms = self.terms(plan, None, &count);
                pass(
                    &mut self.client.reader,
                    &mut framing,
                    Sinks::default(),
                    terms,
                )
                .await?;
                Ok(())
            }
        }
    }

    /// Reads everything and says nothing.
    async fn swallow(
        &mut self,
        head: RequestHead,
        plan: &Plan,
        lasts: Option<Duration>,
        seen: &Watching,
    ) -> Result<(), Ended> {
        let mut framing = head.framing;
        let count = counting(seen);
        let terms = self.terms(plan, None, &count);
        pass(
            &mut self.client.reader,
            &mut framing,
            Sinks::default(),
            terms,
        )
        .await?;
        let Some(lasts) = lasts else {
            return Err(Ended::Broken(Break::Hang));
        };
        sleep(lasts).await;
        Err(Ended::Broken(Break::Fin))
    }

    /// Reads everything for later, and seems to lose it.
    async fn withhold(
        &mut self,
        head: RequestHead,
        plan: &Plan,
        spool: Option<&mut Spool>,
        seen: &Watching,
    ) -> Result<(), Ended> {
        let Some(spool) = spool else {
            return Err(Ended::AtOnce);
        };
        let mut framing = head.framing;
        let count = counting(seen);
        let terms = self.terms(plan, None, &count);
        let sinks = Sinks {
            writer: None,
            spool: Some(&mut *spool),
        };
        let passed = pass(&mut self.client.reader, &mut framing, sinks, terms).await?;
        if passed == Passed::Whole {
            spool.finish();
        }
        Err(Ended::Broken(Break::Reset))
    }

    fn terms<'a>(
        &self,
        plan: &'a Plan,
        limit: Option<u64>,
        count: &'a (dyn Fn(Counted, usize) + Sync),
    ) -> Terms<'a> {
        Terms {
            paces: &plan.upload,
            limit,
            corrupt: plan.corrupt.clone(),
            frozen: self.shared.frozen(),
            count,
        }
    }
}

/// Counts a request's body.
pub(super) fn counting(seen: &Watching) -> impl Fn(Counted, usize) + Sync {
    |what, bytes| match what {
        Counted::Received => seen.received(bytes),
        Counted::Forwarded => seen.forwarded(bytes),
    }
}

/// Writes a made-up answer.
pub(super) async fn give(
    client: &mut OwnedWriteHalf,
    plan: &Plan,
    answer: &Answer,
) -> io::Result<()> {
    client.write_all(&answer.head()).await?;
    for piece in answer.pieces() {
        for pace in &plan.download {
            pace.pass(piece.len()).await;
        }
        client.write_all(piece).await?;
    }
    Ok(())
}

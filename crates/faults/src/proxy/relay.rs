//! A request that goes on to the upstream: both ways at once, for an answer may come before the request's end.

use std::future::pending;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::SystemTime;

use tokio::io::AsyncWriteExt as _;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

use super::connection::{Connection, Ended, counting, give};
use super::passage::{Passed, Sinks, Stuck, Terms, pass, thawed};
use super::side::Reader;
use super::spool::Spool;
use crate::http::{RequestHead, ResponseHead};
use crate::rule::{Break, Direction};
use crate::schedule::{End, Plan};
use crate::seen::Watching;

/// What both ways need.
struct Relay<'a> {
    plan: &'a Plan,
    seen: &'a Watching,
    frozen: watch::Receiver<bool>,
    /// Whether the answer is one to a HEAD.
    to_head: bool,
}

impl Connection {
    /// Ends when the request has gone and the answer has come, each to its end.
    pub(super) async fn relay(
        &mut self,
        head: RequestHead,
        plan: &Plan,
        spool: Option<&mut Spool>,
        seen: &Watching,
    ) -> Result<(), Ended> {
        let relay = Relay {
            plan,
            seen,
            frozen: self.shared.frozen(),
            to_head: head.method == "HEAD",
        };
        let fresh = match self.upstream.take() {
            Some(upstream) => upstream,
            None => self.shared.connect().await?,
        };
        let client = &mut self.client;
        let upstream = self.upstream.insert(fresh);
        let ways = Ways::default();
        let up = async {
            relay
                .send(head, &mut client.reader, &mut upstream.writer, spool)
                .await?;
            ways.one_is_through();
            // A client that ends here may still want its answer: the upstream hears of it and decides.
            client.reader.end().await?;
            upstream.writer.shutdown().await?;
            pending().await
        };
        let down = async {
            relay
                .answer(&mut upstream.reader, &mut client.writer)
                .await?;
            ways.one_is_through();
            upstream.reader.end().await?;
            Err(Ended::Over)
        };
        tokio::select! {
            biased;
            () = ways.both_are_through() => Ok(()),
            ended = up => ended,
            ended = down => ended,
        }
    }
}

impl Relay<'_> {
    async fn send(
        &self,
        head: RequestHead,
        client: &mut Reader,
        upstream: &mut OwnedWriteHalf,
        mut spool: Option<&mut Spool>,
    ) -> Result<(), Ended> {
        if upstream.write_all(&head.bytes).await.is_err() {
            return upstream_is_gone().await;
        }
        let mut framing = head.framing;
        let mut limit = match self.plan.end {
            Some(
                End::Cut {
                    direction: Direction::Request,
                    after_bytes,
                    ..
                }
                | End::BlackHole { after_bytes, .. },
            ) => Some(after_bytes),
            _ => None,
        };
        let count = counting(self.seen);
        let mut corrupt = self.plan.corrupt.clone();
        loop {
            let sinks = Sinks {
                writer: Some(&mut *upstream),
                spool: spool.as_deref_mut(),
            };
            let terms = Terms {
                paces: &self.plan.upload,
                limit,
                corrupt: std::mem::take(&mut corrupt),
                frozen: self.frozen.clone(),
                count: &count,
            };
            match pass(client, &mut framing, sinks, terms).await {
                Ok(Passed::Whole) => break,
                Ok(Passed::Stopped) => self.stop().await?,
                Err(Stuck::Writing(_)) => return upstream_is_gone().await,
                Err(stuck) => return Err(stuck.into()),
            }
            // What follows is counted anew.
            let behind = limit.take().unwrap_or_default();
            let to_come = |at: &u64| at.checked_sub(behind);
            corrupt = self.plan.corrupt.iter().filter_map(to_come).collect();
        }
        if let Some(spool) = spool {
            spool.finish();
        }
        Ok(())
    }

    /// At the limit: an end, or a pause.
    async fn stop(&self) -> Result<(), Ended> {
        match self.plan.end {
            Some(End::Cut { how, .. }) => Err(Ended::Broken(how)),
            Some(End::BlackHole {
                lasts: Some(lasts), ..
            }) => {
                sleep(lasts).await;
                Ok(())
            }
            _ => Err(Ended::Broken(Break::Hang)),
        }
    }

    async fn answer(
        &self,
        upstream: &mut Reader,
        client: &mut OwnedWriteHalf,
    ) -> Result<(), Ended> {
        let head = self.head(upstream, client).await?;
        self.seen.upstream_answered(head.status);
        sleep(self.plan.answer_delay).await;
        let mut frozen = self.frozen.clone();
        let mut framing = head.framing.clone();
        let swallowed = match &self.plan.end {
            Some(End::SwallowReply { how }) => Some(Ended::Broken(*how)),
            Some(End::Answer(_)) => None,
            _ => {
                thawed(&mut frozen).await;
                self.seen.answered(head.status);
                let edited = self.plan.edits.apply(&head.bytes, SystemTime::now());
                client.write_all(&edited).await?;
                return self.body(upstream, client, &mut framing).await;
            }
        };
        let terms = self.answer_terms(None);
        pass(upstream, &mut framing, Sinks::default(), terms).await?;
        match (swallowed, &self.plan.end) {
            (Some(ended), _) => Err(ended),
            (None, Some(End::Answer(answer))) => {
                thawed(&mut frozen).await;
                self.seen.answered(answer.status);
                give(client, self.plan, answer).await?;
                Ok(())
            }
            (None, _) => Ok(()),
        }
    }

    /// The head that counts; interim ones (`100 Continue`) pass.
    async fn head(
        &self,
        upstream: &mut Reader,
        client: &mut OwnedWriteHalf,
    ) -> Result<ResponseHead, Ended> {
        loop {
            let bytes = upstream.head().await?.ok_or(Ended::Over)?;
            let head = ResponseHead::parse(bytes, self.to_head)?;
            if !head.is_interim() {
                return Ok(head);
            }
            thawed(&mut self.frozen.clone()).await;
            client.write_all(&head.bytes).await?;
        }
    }

    async fn body(
        &self,
        upstream: &mut Reader,
        client: &mut OwnedWriteHalf,
        framing: &mut crate::http::Framing,
    ) -> Result<(), Ended> {
        let cut = match self.plan.end {
            Some(End::Cut {
                direction: Direction::Response,
                after_bytes,
                how,
            }) => Some((after_bytes, how)),
            _ => None,
        };
        let sinks = Sinks {
            writer: Some(client),
            spool: None,
        };
        let terms = self.answer_terms(cut.map(|(after_bytes, _)| after_bytes));
        let passed = pass(upstream, framing, sinks, terms).await?;
        match (passed, cut) {
            (Passed::Stopped, Some((_, how))) => Err(Ended::Broken(how)),
            _ => Ok(()),
        }
    }

    fn answer_terms(&self, limit: Option<u64>) -> Terms<'_> {
        Terms {
            paces: &self.plan.download,
            limit,
            corrupt: Vec::new(),
            frozen: self.frozen.clone(),
            count: &|_, _| {},
        }
    }
}

/// What became of the upstream is found out, and its last word passed on, by whoever reads from it.
async fn upstream_is_gone() -> Result<(), Ended> {
    pending().await
}

/// Request and answer: which of them is through.
#[derive(Default)]
struct Ways {
    through: AtomicU8,
    both: Notify,
}

impl Ways {
    fn one_is_through(&self) {
        if self.through.fetch_add(1, Ordering::AcqRel) == 1 {
            self.both.notify_one();
        }
    }

    async fn both_are_through(&self) {
        self.both.notified().await;
    }
}

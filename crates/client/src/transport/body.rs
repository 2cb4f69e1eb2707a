//! The body of a PUT: the reader's pieces, as many bytes as were announced, as fast as they may go.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use super::throttle::{Leave, Throttle};
use crate::source::Chunks;

/// The reader ended before the announced size; what it says of that is told elsewhere.
#[derive(Debug, thiserror::Error)]
#[error("the recording could not be read to its end")]
pub(super) struct EndedEarly;

pub(super) struct Body {
    chunks: Chunks,
    left_bytes: u64,
    feed: Feed,
    throttle: Throttle,
    /// What of the last piece may not go yet.
    held_back: Bytes,
    until: Option<Pin<Box<Sleep>>>,
}

/// Whether the network waits for the reader rather than the other way round.
#[derive(Debug, Clone, Default)]
pub(super) struct Feed(Arc<AtomicBool>);

impl Feed {
    pub(super) fn is_waited_for(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    #[cfg(test)]
    pub(super) fn known(is_waited_for: bool) -> Self {
        Self(Arc::new(is_waited_for.into()))
    }
}

impl Body {
    pub(super) fn new(chunks: Chunks, size_bytes: u64, throttle: Throttle) -> (Self, Feed) {
        let feed = Feed::default();
        let body = Self {
            chunks,
            left_bytes: size_bytes,
            feed: feed.clone(),
            throttle,
            held_back: Bytes::new(),
            until: None,
        };
        (body, feed)
    }

    /// The next bytes that may go; `None` when the reader has no more.
    fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.held_back.is_empty() {
            match ready!(self.chunks.poll_next(cx)) {
                Some(chunk) => self.held_back = chunk,
                None => return Poll::Ready(None),
            }
        }
        loop {
            if let Some(until) = &mut self.until {
                ready!(until.as_mut().poll(cx));
                self.until = None;
            }
            match self.throttle.take(self.held_back.len()) {
                Leave::Go(bytes) => {
                    return Poll::Ready(Some(self.held_back.split_to(bytes)));
                }
                Leave::Wait(wait) => self.until = Some(Box::pin(sleep(wait))),
            }
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = EndedEarly;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, EndedEarly>>> {
        if self.left_bytes == 0 {
            return Poll::Ready(None);
        }
        let next = self.poll_bytes(cx);
        self.feed.0.store(next.is_pending(), Ordering::Relaxed);
        next.map(|chunk| {
            Some(match chunk {
                Some(chunk) => {
                    self.left_bytes = self.left_bytes.saturating_sub(chunk.len() as u64);
                    Ok(Frame::data(chunk))
                }
                None => Err(EndedEarly),
            })
        })
    }

    fn is_end_stream(&self) -> bool {
        self.left_bytes == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left_bytes)
    }
}

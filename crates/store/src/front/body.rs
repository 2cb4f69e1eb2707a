//! A request's body, which goes on being read for a moment after it was refused.
//!
//! A client that is still sending when the connection closes loses the answer to a reset more often than not. So the rest
//! of a refused body is thrown away for a while before the connection may close.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::poll_fn;
use http::HeaderMap;
use http::header::EXPECT;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::protocol::BodyCut;

/// How long the rest of a refused body is thrown away.
const LINGER: Duration = Duration::from_secs(3);

/// The body of a request. Dropping it before its end lingers.
pub(super) struct ClientBody {
    incoming: Option<Incoming>,
    cut: BodyCut,
    /// The client sends nothing before it is told to; being refused, it never is.
    waits_for_continue: bool,
}

impl ClientBody {
    pub(super) fn new(incoming: Incoming, headers: &HeaderMap) -> Self {
        Self {
            incoming: Some(incoming),
            cut: BodyCut::default(),
            waits_for_continue: headers.contains_key(EXPECT),
        }
    }

    /// Becomes set when the client stops before the end.
    pub(super) fn cut(&self) -> BodyCut {
        self.cut.clone()
    }
}

impl Body for ClientBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.waits_for_continue = false;
        let Some(incoming) = &mut self.incoming else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(incoming).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Err(_))) => {
                self.cut.set();
                self.incoming = None;
            }
            Poll::Ready(None) => self.incoming = None,
            Poll::Ready(Some(Ok(_))) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.incoming {
            Some(incoming) => incoming.size_hint(),
            None => SizeHint::with_exact(0),
        }
    }
}

impl Drop for ClientBody {
    fn drop(&mut self) {
        let Some(mut incoming) = self.incoming.take() else {
            return;
        };
        if self.waits_for_continue || incoming.is_end_stream() {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(timeout(LINGER, async move {
                while let Some(Ok(_)) =
                    poll_fn(|context| Pin::new(&mut incoming).poll_frame(context)).await
                {
                }
            }));
        }
    }
}

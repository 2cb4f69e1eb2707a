//! The socket, with what hyper is given on top: counted, and read to its last byte also when writing has failed.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::acknowledged;
use super::body::Feed;

/// Where the kernel does not say what was acknowledged, progress lags this far behind what was written, in bytes, until
/// everything is: the send buffer that is asked for.
pub(super) const MOST_UNSEEN_BYTES: u32 = 512 * 1024;

/// What a full record of TLS carries, and the most that it is on the wire, in bytes (RFC 8446 section 5.2, RFC 5288).
const RECORD_CARRIES_BYTES: u64 = 16_384;
const RECORD_TAKES_BYTES: u64 = 16_384 + 29;

/// The TCP connection. A write that fails is not reported but waits for ever: the store may have said why before it
/// closed, and the reading side finds that out, or that there is nothing more.
pub(super) struct Raw {
    stream: TcpStream,
    written: Arc<AtomicU64>,
    cannot_write: bool,
}

impl Raw {
    fn outcome(&mut self, written: io::Result<usize>) -> Poll<io::Result<usize>> {
        if let Ok(bytes) = &written {
            self.written.fetch_add(*bytes as u64, Ordering::Relaxed);
            Poll::Ready(written)
        } else {
            self.cannot_write = true;
            Poll::Pending
        }
    }
}

impl AsyncRead for Raw {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Raw {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.cannot_write {
            return Poll::Pending;
        }
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes));
        self.outcome(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.cannot_write {
            return Poll::Pending;
        }
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, slices));
        self.outcome(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// What hyper writes to: the connection, or TLS over it.
pub(super) struct Socket {
    layer: Layer,
    written: Arc<AtomicU64>,
}

enum Layer {
    Plain(Raw),
    Tls(Box<TlsStream<Raw>>),
}

/// Counts both sides of the encryption, and asks the kernel.
pub(super) struct Meter {
    /// Another handle of the same socket. It lives as long as the exchange does.
    socket: socket2::Socket,
    raw_written: Arc<AtomicU64>,
    plain_written: Arc<AtomicU64>,
    handshake_bytes: u64,
    encrypted: bool,
}

impl Socket {
    pub(super) fn count(stream: TcpStream) -> io::Result<(Raw, socket2::Socket)> {
        let handle = socket2::SockRef::from(&stream).try_clone()?;
        let raw = Raw {
            stream,
            written: Arc::default(),
            cannot_write: false,
        };
        Ok((raw, handle))
    }

    pub(super) fn plain(raw: Raw, socket: socket2::Socket) -> (Self, Meter) {
        let counted = raw.written.clone();
        Self::over(Layer::Plain(raw), counted, socket)
    }

    pub(super) fn tls(stream: TlsStream<Raw>, socket: socket2::Socket) -> (Self, Meter) {
        let counted = stream.get_ref().0.written.clone();
        Self::over(Layer::Tls(Box::new(stream)), counted, socket)
    }

    fn over(layer: Layer, raw_written: Arc<AtomicU64>, socket: socket2::Socket) -> (Self, Meter) {
        let written: Arc<AtomicU64> = Arc::default();
        let meter = Meter {
            socket,
            handshake_bytes: raw_written.load(Ordering::Relaxed),
            raw_written,
            plain_written: written.clone(),
            encrypted: matches!(layer, Layer::Tls(_)),
        };
        (Self { layer, written }, meter)
    }

    fn layer(&mut self) -> Pin<&mut (dyn ReadWrite + 'static)> {
        match &mut self.layer {
            Layer::Plain(raw) => Pin::new(raw),
            Layer::Tls(stream) => Pin::new(stream.as_mut()),
        }
    }
}

trait ReadWrite: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> ReadWrite for T {}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.layer().poll_read(cx, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(self.layer().poll_write(cx, bytes))?;
        self.written.fetch_add(written as u64, Ordering::Relaxed);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(self.layer().poll_write_vectored(cx, slices))?;
        self.written.fetch_add(written as u64, Ordering::Relaxed);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        match &self.layer {
            Layer::Plain(raw) => raw.is_write_vectored(),
            Layer::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.layer().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.layer().poll_shutdown(cx)
    }
}

/// An exchange, as far as the socket shows it.
pub(super) struct Wire {
    pub(super) meter: Meter,
    pub(super) feed: Feed,
    /// Bytes of the request before its body.
    pub(super) head_bytes: u64,
    /// Bytes of its body.
    pub(super) size_bytes: u64,
}

/// One look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    /// Bytes on the wire that the other side has.
    pub(super) taken_bytes: u64,
    /// Bytes of the body among them.
    pub(super) body_bytes: u64,
    /// Whether that is all there is to send.
    pub(super) all_taken: bool,
    /// Whether nothing waits for the other side, but the other side for the file.
    pub(super) waits_for_source: bool,
}

impl Wire {
    /// Whether the whole request has been given to the socket.
    pub(super) fn is_all_written(&self) -> bool {
        self.meter.plain_written.load(Ordering::Relaxed) >= self.head_bytes + self.size_bytes
    }

    pub(super) fn look(&self) -> Look {
        let plain = self.meter.plain_written.load(Ordering::Relaxed);
        let raw = self.meter.raw_written.load(Ordering::Relaxed);
        let told = acknowledged::waiting_bytes(&self.meter.socket);
        let waiting = told.unwrap_or(if self.is_all_written() {
            0
        } else {
            raw.min(u64::from(MOST_UNSEEN_BYTES))
        });
        let taken_bytes = raw.saturating_sub(waiting);
        let plain_taken = if self.meter.encrypted {
            carried(taken_bytes.saturating_sub(self.meter.handshake_bytes)).min(plain)
        } else {
            taken_bytes
        };
        Look {
            taken_bytes,
            body_bytes: plain_taken
                .saturating_sub(self.head_bytes)
                .min(self.size_bytes),
            all_taken: self.is_all_written() && waiting == 0,
            waits_for_source: self.feed.is_waited_for() && waiting == 0,
        }
    }
}

/// Bytes that so many bytes of TLS carry, at least.
fn carried(wire_bytes: u64) -> u64 {
    wire_bytes / RECORD_TAKES_BYTES * RECORD_CARRIES_BYTES
        + (wire_bytes % RECORD_TAKES_BYTES)
            .saturating_sub(RECORD_TAKES_BYTES - RECORD_CARRIES_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_carries_a_little_less_than_it_takes() {
        assert_eq!(carried(0), 0);
        assert_eq!(carried(20), 0);
        assert_eq!(carried(RECORD_TAKES_BYTES), RECORD_CARRIES_BYTES);
        assert_eq!(
            carried(RECORD_TAKES_BYTES * 3 + 129),
            RECORD_CARRIES_BYTES * 3 + 100
        );
    }
}

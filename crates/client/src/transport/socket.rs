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

/// Another handle of the same socket, and how the kernel is asked about it. It lives as long as the exchange does.
pub(super) struct Handle {
    socket: socket2::Socket,
    ask: acknowledged::Ask,
}

/// Counts both sides of the encryption, and asks the kernel.
pub(super) struct Meter {
    handle: Handle,
    raw_written: Arc<AtomicU64>,
    plain_written: Arc<AtomicU64>,
    handshake_bytes: u64,
    encrypted: bool,
}

impl Socket {
    pub(super) fn count(stream: TcpStream, ask: acknowledged::Ask) -> io::Result<(Raw, Handle)> {
        let socket = socket2::SockRef::from(&stream).try_clone()?;
        let handle = Handle { socket, ask };
        let raw = Raw {
            stream,
            written: Arc::default(),
            cannot_write: false,
        };
        Ok((raw, handle))
    }

    pub(super) fn plain(raw: Raw, handle: Handle) -> (Self, Meter) {
        let counted = raw.written.clone();
        Self::over(Layer::Plain(raw), counted, handle)
    }

    pub(super) fn tls(stream: TlsStream<Raw>, handle: Handle) -> (Self, Meter) {
        let counted = stream.get_ref().0.written.clone();
        Self::over(Layer::Tls(Box::new(stream)), counted, handle)
    }

    fn over(layer: Layer, raw_written: Arc<AtomicU64>, handle: Handle) -> (Self, Meter) {
        let written: Arc<AtomicU64> = Arc::default();
        let meter = Meter {
            handle,
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
    /// As long as these become more, something moves: the bytes that the other side has, or, where the kernel does not
    /// say how many those are, the bytes that it took from us.
    pub(super) moved_bytes: u64,
    /// Bytes of the body that the other side has.
    pub(super) body_bytes: u64,
    /// What it is about now.
    pub(super) waits_for: WaitsFor,
}

/// What an exchange waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WaitsFor {
    /// The file: nothing waits for the other side.
    Source,
    /// The other side, to take what was written.
    Taking,
    /// The other side, to answer: it has everything.
    Answer,
    /// One of the last two: everything is written, and the kernel does not say whether so many bytes of it, the last
    /// ones, were taken.
    TakingOrAnswer(u64),
}

impl Wire {
    /// Whether the whole request has been given to the socket.
    pub(super) fn is_all_written(&self) -> bool {
        self.meter.plain_written.load(Ordering::Relaxed) >= self.head_bytes + self.size_bytes
    }

    pub(super) fn look(&self) -> Look {
        let handle = &self.meter.handle;
        self.look_told((handle.ask)(&handle.socket))
    }

    /// A look when the kernel says how many bytes wait for the other side, or says nothing.
    fn look_told(&self, told: Option<u64>) -> Look {
        let plain = self.meter.plain_written.load(Ordering::Relaxed);
        let raw = self.meter.raw_written.load(Ordering::Relaxed);
        let all_written = self.is_all_written();
        let unseen = raw.min(u64::from(MOST_UNSEEN_BYTES));
        let waiting = told.unwrap_or(if all_written { 0 } else { unseen });
        let taken_bytes = raw.saturating_sub(waiting);
        let plain_taken = if self.meter.encrypted {
            carried(taken_bytes.saturating_sub(self.meter.handshake_bytes)).min(plain)
        } else {
            taken_bytes
        };
        Look {
            moved_bytes: raw.saturating_sub(told.unwrap_or(0)),
            body_bytes: plain_taken
                .saturating_sub(self.head_bytes)
                .min(self.size_bytes),
            waits_for: match told {
                Some(0) if all_written => WaitsFor::Answer,
                None if all_written => WaitsFor::TakingOrAnswer(unseen),
                // Where nothing is told, what the kernel holds may be on its way still: nobody can do more about it.
                None | Some(0) if self.feed.is_waited_for() => WaitsFor::Source,
                _ => WaitsFor::Taking,
            },
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

    const HEAD_BYTES: u64 = 500;
    const SIZE_BYTES: u64 = 10_000_000;
    const ALL_BYTES: u64 = HEAD_BYTES + SIZE_BYTES;
    const UNSEEN: u64 = MOST_UNSEEN_BYTES as u64;

    /// An exchange of which so many bytes are written.
    fn written(bytes: u64, waits_for_file: bool) -> Wire {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
        let handle = Handle {
            socket: socket.unwrap(),
            ask: |_| None,
        };
        Wire {
            meter: Meter {
                handle,
                raw_written: Arc::new(bytes.into()),
                plain_written: Arc::new(bytes.into()),
                handshake_bytes: 0,
                encrypted: false,
            },
            feed: Feed::known(waits_for_file),
            head_bytes: HEAD_BYTES,
            size_bytes: SIZE_BYTES,
        }
    }

    #[test]
    fn what_it_waits_for_is_seen_with_and_without_the_kernels_word() {
        use WaitsFor::{Answer, Source, Taking, TakingOrAnswer};
        for (bytes, waits_for_file, told, moved_bytes, body_bytes, waits_for) in [
            (
                2_000_000,
                false,
                Some(700_000),
                1_300_000,
                1_299_500,
                Taking,
            ),
            (2_000_000, false, Some(0), 2_000_000, 1_999_500, Taking),
            (2_000_000, true, Some(0), 2_000_000, 1_999_500, Source),
            // What was read of the file has not been taken yet: the file is not to blame.
            (2_000_000, true, Some(1), 1_999_999, 1_999_499, Taking),
            (
                ALL_BYTES,
                false,
                Some(1),
                ALL_BYTES - 1,
                SIZE_BYTES - 1,
                Taking,
            ),
            (ALL_BYTES, false, Some(0), ALL_BYTES, SIZE_BYTES, Answer),
            (0, false, None, 0, 0, Taking),
            // Slow lines move, too, before the buffer is full.
            (400_000, false, None, 400_000, 0, Taking),
            (400_000, true, None, 400_000, 0, Source),
            (
                2_000_000,
                false,
                None,
                2_000_000,
                2_000_000 - UNSEEN - 500,
                Taking,
            ),
            (
                2_000_000,
                true,
                None,
                2_000_000,
                2_000_000 - UNSEEN - 500,
                Source,
            ),
            (
                ALL_BYTES,
                false,
                None,
                ALL_BYTES,
                SIZE_BYTES,
                TakingOrAnswer(UNSEEN),
            ),
        ] {
            let expected = Look {
                moved_bytes,
                body_bytes,
                waits_for,
            };
            let look = written(bytes, waits_for_file).look_told(told);
            assert_eq!(look, expected, "{bytes} {waits_for_file} {told:?}");
        }
    }

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

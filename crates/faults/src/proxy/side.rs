//! One end of a connection, read through a buffer of fixed size.

use std::future::pending;
use std::io;

use bytes::{BufMut as _, Bytes, BytesMut};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// Bytes of a body that are read at once.
pub(super) const READ_BYTES: usize = 64 * 1024;

/// A longer head is none.
const MAX_HEAD_BYTES: usize = 4 * 1024 * 1024;

/// A client, or the upstream.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) reader: Reader,
    pub(super) writer: OwnedWriteHalf,
}

#[derive(Debug)]
pub(super) struct Reader {
    half: OwnedReadHalf,
    buffer: BytesMut,
}

impl Side {
    pub(super) fn new(stream: TcpStream) -> Self {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "what passes may be delayed");
        }
        let (half, writer) = stream.into_split();
        Self {
            reader: Reader {
                half,
                buffer: BytesMut::new(),
            },
            writer,
        }
    }

    /// Ends with a reset.
    pub(super) fn reset(self) {
        if let Err(error) = self.writer.as_ref().set_zero_linger() {
            tracing::debug!(%error, "a reset becomes an orderly end");
        }
        self.drop_at_once();
    }

    /// Ends without a word before: what nobody read makes it a reset.
    pub(super) fn drop_at_once(self) {
        // Dropped otherwise, it would say goodbye first.
        self.writer.forget();
    }
}

impl Reader {
    /// The next head, with its empty line; `None` when the peer ends before one begins.
    pub(super) async fn head(&mut self) -> io::Result<Option<Bytes>> {
        let mut searched = 0;
        loop {
            // The end of the last line may lie across two reads.
            let begin = usize::saturating_sub(searched, 3);
            let found = self.buffer[begin..]
                .windows(4)
                .position(|window| window == b"\r\n\r\n");
            if let Some(at) = found {
                return Ok(Some(self.take(begin + at + 4)));
            }
            searched = self.buffer.len();
            if searched > MAX_HEAD_BYTES {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "no head"));
            }
            if self.fill(READ_BYTES).await? == 0 {
                let nothing = self.buffer.is_empty();
                return if nothing {
                    Ok(None)
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
        }
    }

    /// Reads at most `most` bytes more; 0 when the peer has ended.
    pub(super) async fn fill(&mut self, most: usize) -> io::Result<usize> {
        self.buffer.reserve(most);
        self.half
            .read_buf(&mut (&mut self.buffer).limit(most))
            .await
    }

    pub(super) fn buffered(&self) -> &[u8] {
        &self.buffer
    }

    pub(super) fn take(&mut self, length: usize) -> Bytes {
        self.buffer.split_to(length).freeze()
    }

    /// Waits for the peer to end, and for ever when it says something instead, which stays to be read.
    pub(super) async fn end(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() && self.fill(READ_BYTES).await? == 0 {
            return Ok(());
        }
        pending().await
    }

    /// Throws away what comes, to the peer's end.
    pub(super) async fn discard(&mut self) -> io::Result<()> {
        loop {
            self.buffer.clear();
            if self.fill(READ_BYTES).await? == 0 {
                return Ok(());
            }
        }
    }
}

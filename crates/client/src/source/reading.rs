//! The reader thread: fixed buffers, one pass, hashed on the way where that is wanted.
//!
//! A thread of its own that feeds 512 KiB pieces was the fastest of the ways that were measured: smaller ones wake threads
//! more often, larger ones fall out of the processor's cache. Its memory does not grow with the file: there are
//! [`Pass::BUFFERS`] buffers, and a buffer is read into again once the network has let go of it.

use std::future::poll_fn;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::mpsc as pool;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::guard::Guard;
use super::{Change, Hashed, Pass, SourceError};

/// Size of a piece, in bytes.
pub const CHUNK_BYTES: usize = 512 * 1024;

/// How often the file is looked at from outside while it is read.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A file being read. Dropping it stops the thread.
#[derive(Debug)]
pub struct Reading<P: Pass = Hashed> {
    chunks: Chunks,
    outcome: oneshot::Receiver<Result<P::Sum, SourceError>>,
}

/// The pieces, in order. They end early when the file cannot be read to its end; the outcome says why.
#[derive(Debug)]
pub struct Chunks(mpsc::Receiver<Bytes>);

impl Chunks {
    /// The next piece; `None` at the end, and when reading failed.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        self.0.poll_recv(cx)
    }
}

impl<P: Pass> Reading<P> {
    /// The pieces, and what came of reading them.
    pub fn split(self) -> (Chunks, oneshot::Receiver<Result<P::Sum, SourceError>>) {
        (self.chunks, self.outcome)
    }
}

impl Reading {
    /// Reads to the end for the hash alone. A disk that gives no further piece within `limit` is given up on.
    pub async fn hash(self, limit: Duration) -> Result<String, SourceError> {
        let Self {
            mut chunks,
            outcome,
        } = self;
        let silent = |_| SourceError::NotAnswering(limit);
        while timeout(limit, poll_fn(|cx| chunks.poll_next(cx)))
            .await
            .map_err(silent)?
            .is_some()
        {}
        let read = timeout(limit, outcome).await.map_err(silent)?;
        read.unwrap_or_else(|_| Err(thread_ended()))
    }
}

#[cfg(test)]
impl Reading {
    /// One that a test feeds, at its own pace.
    pub(crate) fn fed() -> (
        mpsc::Sender<Bytes>,
        oneshot::Sender<Result<String, SourceError>>,
        Self,
    ) {
        let (sender, receiver) = mpsc::channel(Hashed::BUFFERS);
        let (outcome_sender, outcome) = oneshot::channel();
        let chunks = Chunks(receiver);
        (sender, outcome_sender, Self { chunks, outcome })
    }
}

/// What is said when the thread ended without a word, which only a defect can bring about.
fn thread_ended() -> SourceError {
    SourceError::Unreadable(io::Error::other("the reader thread ended early"))
}

/// A buffer that returns to its pool when the last user lets go of it.
struct Pooled {
    buffer: Vec<u8>,
    length: usize,
    pool: pool::Sender<Vec<u8>>,
}

impl AsRef<[u8]> for Pooled {
    fn as_ref(&self) -> &[u8] {
        &self.buffer[..self.length]
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        // The thread may have ended; then the buffer ends too.
        let _ = self.pool.send(std::mem::take(&mut self.buffer));
    }
}

pub(super) fn start<P: Pass>(
    path: &Path,
    guard: Guard,
    range: Range<u64>,
) -> Result<Reading<P>, SourceError> {
    let (sender, receiver) = mpsc::channel(P::BUFFERS);
    let (outcome_sender, outcome) = oneshot::channel();
    let reader = Reader {
        path: path.to_owned(),
        guard,
        range,
        chunks: sender,
    };
    std::thread::Builder::new()
        .name("recording-reader".to_owned())
        .spawn(move || reader.run::<P>(outcome_sender))
        .map_err(SourceError::Unreadable)?;
    Ok(Reading {
        chunks: Chunks(receiver),
        outcome,
    })
}

struct Reader {
    path: PathBuf,
    guard: Guard,
    range: Range<u64>,
    chunks: mpsc::Sender<Bytes>,
}

impl Reader {
    fn run<P: Pass>(self, outcome: oneshot::Sender<Result<P::Sum, SourceError>>) {
        let (read, last) = match self.read_all_but_last::<P>() {
            Ok(None) => return,
            Ok(Some((sum, last))) => (Ok(sum), Some(last)),
            Err(error) => (Err(error), None),
        };
        // The outcome is there before the last piece is, so that no answer to that piece can overtake it.
        let _ = outcome.send(read);
        if let Some(last) = last {
            let _ = self.chunks.blocking_send(last);
        }
    }

    /// Reads the range: what came of it and the last piece, or nothing when nobody listens any more.
    fn read_all_but_last<P: Pass>(&self) -> Result<Option<(P::Sum, Bytes)>, SourceError> {
        let (mut file, opened) = self.guard.open(&self.path)?;
        file.seek(SeekFrom::Start(self.range.start))?;
        let (pool, free) = pool::channel();
        for _ in 0..P::BUFFERS {
            let _ = pool.send(vec![0; CHUNK_BYTES]);
        }
        let mut pass = P::begin();
        let mut left = self.range.end - self.range.start;
        let mut looked_at = Instant::now();
        loop {
            let Ok(mut buffer) = free.recv() else {
                return Ok(None);
            };
            let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(CHUNK_BYTES);
            file.read_exact(&mut buffer[..wanted])
                .map_err(ended_early)?;
            pass.update(&buffer[..wanted]);
            left -= wanted as u64;
            let piece = Bytes::from_owner(Pooled {
                buffer,
                length: wanted,
                pool: pool.clone(),
            });
            // Before the last piece is let go of, and now and then on the way there.
            if left == 0 || looked_at.elapsed() >= LOOK_EVERY {
                opened.look_again(&self.path, &file)?;
                looked_at = Instant::now();
            }
            if left == 0 {
                return Ok(Some((pass.finish(), piece)));
            }
            if self.chunks.blocking_send(piece).is_err() {
                return Ok(None);
            }
        }
    }
}

/// What a file that gave fewer bytes than it has means.
pub(super) fn ended_early(error: io::Error) -> SourceError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => SourceError::Changed(Change::Size),
        _ => SourceError::Unreadable(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Identity, Source};
    use crate::sum::Sha256;
    use crate::sum::hexadecimal;
    use std::fs::{self, File};
    use std::io::Write;

    fn content(size_bytes: usize) -> Vec<u8> {
        (0..size_bytes)
            .map(|at| u8::try_from(at % 251).unwrap())
            .collect()
    }

    fn source(path: &Path) -> Source {
        Source::fixed(path.to_owned(), Identity::take(path).unwrap())
    }

    async fn collect(chunks: &mut Chunks) -> Vec<u8> {
        let mut all = Vec::new();
        while let Some(chunk) = std::future::poll_fn(|cx| chunks.poll_next(cx)).await {
            assert!(chunk.len() <= CHUNK_BYTES);
            all.extend_from_slice(&chunk);
        }
        all
    }

    #[tokio::test]
    async fn every_byte_once_and_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.webm");
        for size_bytes in [1, CHUNK_BYTES - 1, CHUNK_BYTES, 7 * CHUNK_BYTES + 3] {
            let content = content(size_bytes);
            fs::write(&path, &content).unwrap();
            let source = source(&path);
            let (mut chunks, outcome) = source.read::<Hashed>(0..source.durable()).unwrap().split();
            assert_eq!(collect(&mut chunks).await, content);
            assert_eq!(
                outcome.await.unwrap().unwrap(),
                hexadecimal(&Sha256::digest(&content))
            );
        }
    }

    #[tokio::test]
    async fn a_change_while_it_is_read_keeps_the_last_piece_back() {
        type Happening = fn(&Path);
        let cases: &[(Happening, &str)] = &[
            (|path| fs::remove_file(path).unwrap(), "gone"),
            (
                |path| {
                    File::options()
                        .write(true)
                        .open(path)
                        .unwrap()
                        .set_len(CHUNK_BYTES as u64)
                        .unwrap();
                },
                "size",
            ),
            (
                |path| {
                    File::options()
                        .append(true)
                        .open(path)
                        .unwrap()
                        .write_all(b"more")
                        .unwrap();
                },
                "size",
            ),
            // It is told by its number, which the standard library tells on Unix alone.
            #[cfg(unix)]
            (
                |path| {
                    let other = path.with_extension("new");
                    fs::copy(path, &other).unwrap();
                    fs::rename(other, path).unwrap();
                },
                "place",
            ),
        ];
        for (happening, expected) in cases {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.webm");
            let content = content(12 * CHUNK_BYTES);
            fs::write(&path, &content).unwrap();
            let source = source(&path);
            let (mut chunks, outcome) = source.read::<Hashed>(0..source.durable()).unwrap().split();
            let first = std::future::poll_fn(|cx| chunks.poll_next(cx))
                .await
                .unwrap();
            happening(&path);
            drop(first);
            let rest = collect(&mut chunks).await;
            assert!(rest.len() + CHUNK_BYTES < content.len(), "{expected}");
            let error = outcome.await.unwrap().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}: {expected}");
        }
    }

    #[tokio::test]
    async fn hashing_ends_when_the_disk_says_nothing_more() {
        let limit = Duration::from_millis(50);
        for pieces in [0, 1] {
            let (feeder, _outcome, reading) = Reading::fed();
            for _ in 0..pieces {
                feeder.send(Bytes::from_static(b"piece")).await.unwrap();
            }
            let hashed = reading.hash(limit).await;
            assert!(
                matches!(hashed, Err(SourceError::NotAnswering(stated)) if stated == limit),
                "{hashed:?}"
            );
        }
    }

    #[tokio::test]
    async fn dropping_it_ends_the_thread() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.webm");
        fs::write(&path, content(12 * CHUNK_BYTES)).unwrap();
        let source = source(&path);
        let (chunks, outcome) = source.read::<Hashed>(0..source.durable()).unwrap().split();
        drop(chunks);
        assert!(outcome.await.is_err(), "the thread ends without an outcome");
    }
}

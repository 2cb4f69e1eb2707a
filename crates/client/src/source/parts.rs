//! One pass over a recording for the checksum of each part and the hash of the whole: every byte is read once for both.
//!
//! The pass goes as far as it is allowed, part by part, so that it stays just ahead of the senders: the system's page
//! cache still holds a part when it is read again to be sent.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::mpsc as allowances;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::timeout;

use super::disk::Pulse;
use super::guard::Guard;
use super::reading::{CHUNK_BYTES, LOOK_EVERY, ended_early};
use super::{Checksum, ChecksumKind, Identity, SourceError};
use crate::sum::{Sha256, hexadecimal};

/// Results that wait to be fetched.
const WAITING_RESULTS: usize = 4;

/// What the pass has found out.
#[derive(Debug)]
pub enum PartRead {
    /// The checksum of the next part, from 1.
    Part(u32, Checksum),
    /// SHA-256 of the whole file, as hexadecimal digits: nothing follows.
    Whole(String),
    /// The file cannot be read, or is another by now: nothing follows.
    Failed(SourceError),
}

/// A recording being read part by part. Dropping it stops the thread.
#[derive(Debug)]
pub struct PartReading {
    results: mpsc::Receiver<PartRead>,
    allowed: allowances::Sender<u32>,
    /// Parts that it was allowed to read, and those that it has read.
    up_to: u32,
    read: u32,
    limit: Duration,
    pulse: Pulse,
    beats: u64,
    moved_at: Instant,
}

impl PartReading {
    /// Lets the pass go on to the end of this part, and no further.
    pub fn allow(&mut self, up_to: u32) {
        if self.read >= self.up_to {
            self.moved_at = Instant::now();
        }
        self.up_to = self.up_to.max(up_to);
        // It may have ended; then there is nothing to allow.
        let _ = self.allowed.send(up_to);
    }

    /// What comes next; `None` when nothing more does. May be dropped and called again at any time.
    pub async fn next(&mut self) -> Option<PartRead> {
        loop {
            let beats = self.pulse.beats();
            if beats != self.beats || self.read >= self.up_to {
                self.beats = beats;
                self.moved_at = Instant::now();
            }
            let left = self.limit.saturating_sub(self.moved_at.elapsed());
            if left.is_zero() {
                return Some(PartRead::Failed(SourceError::NotAnswering(self.limit)));
            }
            if let Ok(read) = timeout(left, self.results.recv()).await {
                if let Some(PartRead::Part(number, _)) = read {
                    self.read = number;
                }
                return read;
            }
        }
    }
}

pub(super) fn start(
    path: &Path,
    identity: &Identity,
    part_bytes: u64,
    kind: ChecksumKind,
    limit: Duration,
) -> Result<PartReading, SourceError> {
    let pulse = Pulse::default();
    let (sender, results) = mpsc::channel(WAITING_RESULTS);
    let (allowed, allowances) = allowances::channel();
    let pass = Pass {
        path: path.to_owned(),
        identity: identity.clone(),
        part_bytes: part_bytes.max(1),
        kind,
        results: sender,
        allowances,
        pulse: pulse.clone(),
    };
    std::thread::Builder::new()
        .name("recording-parts".to_owned())
        .spawn(move || pass.run())
        .map_err(SourceError::Unreadable)?;
    Ok(PartReading {
        results,
        allowed,
        up_to: 0,
        read: 0,
        limit,
        pulse,
        beats: 0,
        moved_at: Instant::now(),
    })
}

struct Pass {
    path: PathBuf,
    identity: Identity,
    part_bytes: u64,
    kind: ChecksumKind,
    results: mpsc::Sender<PartRead>,
    allowances: allowances::Receiver<u32>,
    pulse: Pulse,
}

impl Pass {
    fn run(self) {
        let last = match self.read() {
            Ok(Some(sha256)) => PartRead::Whole(sha256),
            Ok(None) => return,
            Err(error) => PartRead::Failed(error),
        };
        let _ = self.results.blocking_send(last);
    }

    /// SHA-256 of the whole; `None` when nobody listens any more.
    fn read(&self) -> Result<Option<String>, SourceError> {
        self.identity.check(&self.path)?;
        let (mut file, opened) = Guard::Finished(self.identity.clone()).open(&self.path)?;
        let mut buffer = vec![0; CHUNK_BYTES];
        let mut whole = Sha256::new();
        let mut left = self.identity.size_bytes;
        let mut looked_at = Instant::now();
        let mut allowed = 0;
        let mut number = 0;
        while left > 0 {
            number += 1;
            while allowed < number {
                let Ok(up_to) = self.allowances.recv() else {
                    return Ok(None);
                };
                allowed = allowed.max(up_to);
            }
            let mut part = self.kind.begin();
            let mut left_of_part = left.min(self.part_bytes);
            left -= left_of_part;
            while left_of_part > 0 {
                let wanted = usize::try_from(left_of_part)
                    .unwrap_or(usize::MAX)
                    .min(CHUNK_BYTES);
                file.read_exact(&mut buffer[..wanted])
                    .map_err(ended_early)?;
                part.update(&buffer[..wanted]);
                whole.update(&buffer[..wanted]);
                self.pulse.beat();
                left_of_part -= wanted as u64;
                if left == 0 && left_of_part == 0 || looked_at.elapsed() >= LOOK_EVERY {
                    opened.look_again(&self.path, &file)?;
                    looked_at = Instant::now();
                }
                if self.results.is_closed() {
                    return Ok(None);
                }
            }
            if self
                .results
                .blocking_send(PartRead::Part(number, part.finish()))
                .is_err()
            {
                return Ok(None);
            }
        }
        Ok(Some(hexadecimal(&whole.finalize())))
    }
}

/// Reads one range for its checksum alone. Blocks.
pub(super) fn checksum(
    path: &Path,
    guard: &Guard,
    range: &Range<u64>,
    kind: ChecksumKind,
    pulse: &Pulse,
) -> Result<Checksum, SourceError> {
    let (mut file, opened) = guard.open(path)?;
    file.seek(SeekFrom::Start(range.start))?;
    let mut sum = kind.begin();
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut rest: io::Take<&mut File> = (&mut file).take(range.end.saturating_sub(range.start));
    while rest.limit() > 0 {
        let wanted = usize::try_from(rest.limit())
            .unwrap_or(usize::MAX)
            .min(CHUNK_BYTES);
        rest.read_exact(&mut buffer[..wanted])
            .map_err(ended_early)?;
        sum.update(&buffer[..wanted]);
        pulse.beat();
    }
    opened.look_again(path, &file)?;
    Ok(sum.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    /// Long enough for a busy computer.
    const LIMIT: Duration = Duration::from_mins(1);

    fn source(folder: &Path, size_bytes: usize) -> (Source, Vec<u8>) {
        let path = folder.join("a.webm");
        let content: Vec<u8> = (0..size_bytes)
            .map(|at| u8::try_from(at % 249).unwrap())
            .collect();
        std::fs::write(&path, &content).unwrap();
        let identity = Identity::take(&path).unwrap();
        (Source::fixed(path, identity), content)
    }

    fn sha256(bytes: &[u8]) -> Checksum {
        Checksum::Sha256(Sha256::digest(bytes))
    }

    #[tokio::test]
    async fn each_part_and_the_whole_in_one_pass() {
        let folder = tempfile::tempdir().unwrap();
        for (size_bytes, part_bytes) in [
            (1, 10),
            (1000, 1000),
            (1001, 1000),
            (3 * CHUNK_BYTES + 7, CHUNK_BYTES + 1),
        ] {
            let (source, content) = source(folder.path(), size_bytes);
            let mut reading = source
                .read_parts(part_bytes as u64, ChecksumKind::Sha256, LIMIT)
                .unwrap();
            reading.allow(u32::MAX);
            for (number, part) in (1..).zip(content.chunks(part_bytes)) {
                let Some(PartRead::Part(read, sum)) = reading.next().await else {
                    panic!("part {number} is missing");
                };
                assert_eq!((read, sum), (number, sha256(part)));
                let range = (u64::from(number) - 1) * part_bytes as u64;
                let range = range..range + part.len() as u64;
                let again = source
                    .checksum(range, ChecksumKind::Sha256, LIMIT)
                    .await
                    .unwrap();
                assert_eq!(again, sum);
            }
            let Some(PartRead::Whole(whole)) = reading.next().await else {
                panic!("no hash of the whole");
            };
            assert_eq!(whole, sha256(&content).digits());
            assert!(reading.next().await.is_none());
        }
    }

    #[tokio::test]
    async fn it_reads_no_further_than_it_may() {
        let folder = tempfile::tempdir().unwrap();
        let (source, _) = source(folder.path(), 1000);
        let mut reading = source
            .read_parts(100, ChecksumKind::Crc64Nvme, LIMIT)
            .unwrap();
        reading.allow(2);
        for number in [1, 2] {
            let read = reading.next().await;
            assert!(matches!(read, Some(PartRead::Part(read, _)) if read == number));
        }
        // It would be there at once, if it came.
        let more = tokio::time::timeout(std::time::Duration::from_millis(100), reading.next());
        assert!(more.await.is_err());
        reading.allow(3);
        let read = reading.next().await;
        assert!(matches!(read, Some(PartRead::Part(3, _))));
    }

    #[tokio::test]
    async fn a_change_in_its_midst_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let (source, _) = source(folder.path(), 1000);
        let mut reading = source.read_parts(100, ChecksumKind::Sha256, LIMIT).unwrap();
        reading.allow(1);
        assert!(reading.next().await.is_some());
        let file = File::options().append(true).open(source.path()).unwrap();
        std::io::Write::write_all(&mut &file, b"more").unwrap();
        reading.allow(u32::MAX);
        let mut last = None;
        while let Some(read) = reading.next().await {
            last = Some(read);
        }
        assert!(
            matches!(last, Some(PartRead::Failed(SourceError::Changed(_)))),
            "{last:?}"
        );
    }
}

//! A file that is still being recorded: what of it is final, and whether it is still the same.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::guard::Guard;
use super::identity::file_id;
use super::reading::CHUNK_BYTES;
use super::{FileId, Identity, Pulse, SourceError};

/// A file that is still being recorded. Clones share what is known of it.
#[derive(Debug, Clone)]
pub struct GrowingFile {
    pub(super) path: PathBuf,
    /// As it was when the job was made: little of it was there.
    pub(super) identity: Identity,
    durable: Arc<AtomicU64>,
    number: Option<FileId>,
}

/// Follows a file that is still being recorded. As long as it is kept the file stays open, so that its number holds.
#[derive(Debug)]
pub(crate) struct Follower {
    source: GrowingFile,
    file: File,
    growing: media::Growing,
    buffer: Vec<u8>,
}

impl GrowingFile {
    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes from its beginning are final, but for those before its first Cluster, which are not until it is
    /// sealed.
    pub fn durable(&self) -> u64 {
        self.durable.load(Ordering::Relaxed)
    }

    pub(super) fn guard(&self) -> Guard {
        Guard::Growing {
            number: self.number,
            least_bytes: self.durable(),
        }
    }
}

impl Follower {
    /// Opens the file and looks at it for the first time. Blocks.
    pub(crate) fn open(path: &Path, identity: Identity) -> Result<Self, SourceError> {
        // By its path first: opening a pipe would wait for a writer.
        if !std::fs::metadata(path)?.is_file() {
            return Err(SourceError::NotAFile);
        }
        let file = File::open(path)?;
        let source = GrowingFile {
            path: path.to_owned(),
            identity,
            durable: Arc::default(),
            number: file_id(&file.metadata()?),
        };
        Ok(Self::of(source, file))
    }

    /// Opens a file again that somebody else followed before, if it still is the same. Blocks.
    pub(crate) fn anew(source: GrowingFile) -> Result<Self, SourceError> {
        let (file, _) = source.guard().open(&source.path)?;
        Ok(Self::of(source, file))
    }

    fn of(source: GrowingFile, file: File) -> Self {
        Self {
            source,
            file,
            growing: media::Growing::new(),
            buffer: vec![0; CHUNK_BYTES],
        }
    }

    /// The file that it follows.
    pub(crate) fn source(&self) -> &GrowingFile {
        &self.source
    }

    /// Reads what has been added since, and says how many bytes are final by now. Blocks.
    pub(crate) fn look(&mut self, pulse: &Pulse) -> Result<u64, SourceError> {
        self.source
            .guard()
            .look_again(&self.source.path, &self.file)?;
        self.file
            .seek(SeekFrom::Start(self.growing.followed_bytes()))?;
        loop {
            let read = self.file.read(&mut self.buffer)?;
            pulse.beat();
            if read == 0 {
                break;
            }
            self.growing.feed(&self.buffer[..read]);
        }
        let durable = self.growing.final_range().end;
        self.source.durable.store(durable, Ordering::Relaxed);
        Ok(durable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Change, ChecksumKind, Source};
    use std::fs;
    use std::io::Write as _;
    use std::time::Duration;

    /// As GStreamer's muxer writes it: a header, then clusters whose size is filled in when they are over.
    fn head() -> Vec<u8> {
        let name = b"GStreamer matroskamux version 1.22.0";
        let mut bytes = vec![0x1A, 0x45, 0xDF, 0xA3, 0x80, 0x18, 0x53, 0x80, 0x67, 0xFF];
        let length = u8::try_from(name.len()).unwrap();
        bytes.extend([0x15, 0x49, 0xA9, 0x66, 0x80 | (3 + length)]);
        bytes.extend([0x4D, 0x80, 0x80 | length]);
        bytes.extend(name);
        bytes
    }

    fn cluster(filling: u8) -> Vec<u8> {
        [
            &[0x1F, 0x43, 0xB6, 0x75, 0xFF, 0xA3, 0x88][..],
            &[filling; 8],
        ]
        .concat()
    }

    #[tokio::test]
    async fn what_is_final_is_read_and_the_writer_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.webm");
        let mut writer = File::create(&path).unwrap();
        writer.write_all(&head()).unwrap();
        let identity = Identity::take(&path).unwrap();
        let mut follower = Follower::open(&path, identity).unwrap();
        let pulse = Pulse::default();
        assert_eq!(follower.look(&pulse).unwrap(), 0);
        for filling in 0..3 {
            writer.write_all(&cluster(filling)).unwrap();
        }
        let start = head().len() as u64;
        let length = cluster(0).len() as u64;
        assert_eq!(follower.look(&pulse).unwrap(), start + length * 2);

        let source = Source::Growing(follower.source().clone());
        assert_eq!(
            (source.durable(), source.sealed()),
            (start + length * 2, false)
        );
        let limit = Duration::from_mins(1);
        let range = start..start + length;
        let sum = source
            .checksum(range.clone(), ChecksumKind::Sha256, limit)
            .await
            .unwrap();
        writer.write_all(&cluster(9)).unwrap();
        assert_eq!(
            source
                .checksum(range, ChecksumKind::Sha256, limit)
                .await
                .unwrap(),
            sum
        );
        assert_eq!(follower.look(&pulse).unwrap(), start + length * 3);

        let aside = folder.path().join("aside.webm");
        fs::rename(&path, &aside).unwrap();
        assert!(matches!(follower.look(&pulse), Err(SourceError::Gone)));
        fs::copy(&aside, &path).unwrap();
        // It is told by its number, which the standard library tells on Unix alone.
        #[cfg(unix)]
        assert!(matches!(
            follower.look(&pulse),
            Err(SourceError::Changed(Change::Replaced))
        ));
        fs::rename(&aside, &path).unwrap();
        follower.look(&pulse).unwrap();
        writer.set_len(start).unwrap();
        assert!(matches!(
            follower.look(&pulse),
            Err(SourceError::Changed(Change::Size))
        ));
    }
}

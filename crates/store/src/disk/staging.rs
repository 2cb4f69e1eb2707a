//! A body on its way to becoming an object: written, sealed and hashed under a name that nobody asks for.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::sealing::{self, KeyBytes, Sealer};
use super::sums::{Digests, Sums};
use super::{Algorithm, sums};

/// A body that is still coming. Dropping it removes what was written.
pub(crate) struct Staging {
    place: StagingPlace,
    file: File,
    data_key: KeyBytes,
    sealer: Sealer,
    sums: Sums,
    size_bytes: u64,
}

/// A body that has come, not yet verified nor durable. Dropping it removes it.
pub(crate) struct Staged {
    pub(super) place: StagingPlace,
    pub(super) file: File,
    pub(super) data_key: KeyBytes,
    pub(crate) size_bytes: u64,
    pub(crate) digests: Digests,
}

/// The staged file's name, which ends with this value.
pub(super) struct StagingPlace(pub(super) PathBuf);

impl Drop for StagingPlace {
    fn drop(&mut self) {
        // Gone already after a rename. What cannot be removed now is swept when the store is next opened.
        let _ = fs::remove_file(&self.0);
    }
}

impl Staging {
    pub(super) fn begin(folder: &Path, wanted: &[Algorithm]) -> io::Result<Self> {
        let data_key = sealing::new_key()?;
        let path = folder.join(new_name()?);
        let file = private_file(&path)?;
        Ok(Self {
            place: StagingPlace(path),
            file,
            sealer: Sealer::new(&data_key)?,
            data_key,
            sums: Sums::new(wanted),
            size_bytes: 0,
        })
    }

    /// Writes more of the body.
    pub(crate) fn append(&mut self, pieces: &[Bytes]) -> io::Result<()> {
        for piece in pieces {
            self.sums.update(piece);
            self.sealer.push(piece)?;
            self.size_bytes += piece.len() as u64;
        }
        self.write_sealed()
    }

    /// The body is whole.
    pub(crate) fn finish(mut self) -> io::Result<Staged> {
        self.sealer.finish()?;
        self.write_sealed()?;
        Ok(Staged {
            place: self.place,
            file: self.file,
            data_key: self.data_key,
            size_bytes: self.size_bytes,
            digests: self.sums.finish(),
        })
    }

    fn write_sealed(&mut self) -> io::Result<()> {
        let sealed = self.sealer.sealed();
        self.file.write_all(sealed)?;
        sealed.clear();
        Ok(())
    }
}

/// A name that nothing has.
pub(super) fn new_name() -> io::Result<String> {
    random_hex()
}

/// 32 hexadecimal digits that nobody can guess.
pub(crate) fn random_hex() -> io::Result<String> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| io::Error::other("no randomness"))?;
    Ok(sums::hex(&bytes))
}

/// A new file that its owner alone can read.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

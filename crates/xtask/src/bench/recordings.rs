//! Recordings of any size to send.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::failure::Failure;
use crate::fixtures;

/// Up to this size the file has contents; beyond it is a hole, which no disk must hold and every reader reads.
const MOST_WRITTEN_BYTES: u64 = 10 * 1024 * 1024 * 1024;

/// Id and length of a `Void` element (RFC 8794, section 11.3.2), which players pass over.
const VOID_ID: u8 = 0xEC;
const VOID_HEAD_BYTES: u64 = 9;

/// A playable recording of exactly `size_bytes`, unless it is there: a short one, and a `Void` element behind it.
pub(crate) fn make(folder: &Path, size_bytes: u64) -> Result<PathBuf, Failure> {
    let path = folder.join(format!("{size_bytes}.webm"));
    if fs::metadata(&path).is_ok_and(|facts| facts.len() == size_bytes) {
        return Ok(path);
    }
    let short = fixtures::make_live()?;
    let copied_bytes = fs::copy(&short, &path).map_err(Failure::file("write", &path))?;
    let void_bytes = size_bytes
        .checked_sub(copied_bytes + VOID_HEAD_BYTES)
        .ok_or_else(|| Failure::Usage("no recording is that small: 1 MiB or more".to_owned()))?;
    fill(&path, void_bytes, size_bytes).map_err(Failure::file("write", &path))?;
    Ok(path)
}

fn fill(path: &Path, void_bytes: u64, size_bytes: u64) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.seek(SeekFrom::End(0))?;
    file.write_all(&[VOID_ID])?;
    // A length of eight bytes has its highest bit set by the first of them.
    file.write_all(&(void_bytes | 1 << 56).to_be_bytes())?;
    if size_bytes <= MOST_WRITTEN_BYTES {
        let noise = fixtures::noise(1024 * 1024);
        let mut left = void_bytes;
        while left > 0 {
            let now = usize::try_from(left).unwrap_or(usize::MAX).min(noise.len());
            file.write_all(&noise[..now])?;
            left -= now as u64;
        }
    }
    file.set_len(size_bytes)?;
    // So that nobody's run is disturbed by this file still on its way to the disk, or by a look at whether it grows.
    file.sync_all()?;
    file.set_modified(SystemTime::now() - Duration::from_mins(5))
}

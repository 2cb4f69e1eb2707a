//! Recordings that their recorder could not finish: it was killed, or the computer lost its power.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::Duration;

use media::repair::{self, RepairError};
use media::{Probe, Refusal, Structure};
use serde::{Deserialize, Serialize};

use crate::inspect::{self, unanswered, unreadable};
use crate::source::{self, Beating, Identity, Pulse};
use crate::{Code, Diagnosis, Inspection, diagnosis};

/// What had to be done to a recording that its recorder had not finished. Its length and its index were added besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mended {
    /// Bytes at its end that were no whole frame, and were cut off.
    pub cut_bytes: u64,
}

/// The file of a recording that has ended.
pub(crate) struct Ended {
    pub(crate) inspection: Inspection,
    pub(crate) identity: Identity,
    pub(crate) mended: Option<Mended>,
}

/// What the file of a recording that has ended is. One that its recorder had not finished is mended first, where it is: what
/// was final of it stays as it was. A disk that says nothing for `limit` is given up on.
pub(crate) async fn finish(path: &Path, limit: Duration) -> Result<Ended, Diagnosis> {
    let ended = path.to_owned();
    let looked = source::ask(limit, move |pulse| finish_now(&ended, pulse)).await;
    looked.unwrap_or_else(|error| Err(unanswered(&error.into(), path)))
}

/// Blocks: for two seconds by itself where something is to be mended, and for as long as the disk takes.
fn finish_now(path: &Path, pulse: &Pulse) -> Result<Ended, Diagnosis> {
    let metadata = fs::metadata(path).map_err(|error| unreadable(&error))?;
    pulse.beat();
    let mended = if metadata.is_file() && !is_finished(path, metadata.len(), pulse) {
        inspect::settle(path, &metadata, pulse)?;
        mend(path, pulse)?
    } else {
        None
    };
    let (inspection, identity) = inspect::look(path, pulse)?;
    Ok(Ended {
        inspection,
        identity,
        mended,
    })
}

/// A recorder says as the very last where its file ends, and so does a repair.
fn is_finished(path: &Path, size_bytes: u64, pulse: &Pulse) -> bool {
    let probed = inspect::probe(path, size_bytes, pulse);
    matches!(
        probed,
        Ok(Probe {
            structure: Structure::Closed,
            ..
        })
    )
}

/// `None` where there is nothing to be done, or nothing that can be done where the file is.
fn mend(path: &Path, pulse: &Pulse) -> Result<Option<Mended>, Diagnosis> {
    let opened = OpenOptions::new().read(true).write(true).open(path);
    let mut file = opened.map_err(|error| diagnosis::of_disk(path, &error))?;
    lock(&file)?;
    let size_bytes = file.metadata().map_err(|error| unreadable(&error))?.len();
    let planned = repair::plan(&mut Beating::new(&file, pulse), size_bytes);
    let plan = planned.map_err(|error| of_repair(&error, path))?;
    if plan.needs().is_empty() {
        return Ok(None);
    }
    match plan.mend(&mut file) {
        Ok(()) => {
            pulse.beat();
            tracing::info!(path = %path.display(), needs = ?plan.needs(), "a recording was mended");
            Ok(Some(Mended {
                cut_bytes: plan.cut_bytes(),
            }))
        }
        // It is judged as it is, then.
        Err(RepairError::NotInPlace(obstacle)) => {
            tracing::info!(path = %path.display(), %obstacle, "a recording cannot be mended where it is");
            Ok(None)
        }
        Err(error) => Err(of_repair(&error, path)),
    }
}

/// Against another program that mends it; where a file system knows no locks, there is none.
fn lock(file: &File) -> Result<(), Diagnosis> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Diagnosis::of(Code::StillGrowing)),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

fn of_repair(error: &RepairError, path: &Path) -> Diagnosis {
    tracing::info!(path = %path.display(), source = ?error, "a recording cannot be mended");
    match error {
        // Without its header nobody knows what its frames are, and without a frame there is no recording.
        RepairError::Refused(Refusal::Empty | Refusal::Truncated { .. })
        | RepairError::NothingWhole => Diagnosis::of(Code::NothingRecorded),
        RepairError::Refused(refusal) => diagnosis::of_media(refusal),
        RepairError::Read(error) => unreadable(error),
        RepairError::Write(error) => diagnosis::of_disk(path, error),
        RepairError::Changed => Diagnosis::of(Code::StillGrowing),
        _ => Diagnosis::of(Code::Truncated),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_nothing_in_it_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.webm");
        let code = |content: &[u8]| {
            fs::write(&path, content).unwrap();
            let file = File::options().write(true).open(&path).unwrap();
            file.set_modified(std::time::UNIX_EPOCH).unwrap();
            finish_now(&path, &Pulse::default()).err().unwrap().code
        };
        let header = b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm";
        assert_eq!(code(b""), Code::NothingRecorded);
        assert_eq!(code(&header[..9]), Code::NothingRecorded);
        assert_eq!(code(header), Code::NothingRecorded);
        assert_eq!(code(&[0x55; 4096]), Code::NotWebm);
        let missing = folder.path().join("missing.webm");
        let refused = finish_now(&missing, &Pulse::default()).err().unwrap();
        assert_eq!(refused.code, Code::Unreadable);
    }

    #[test]
    fn two_do_not_mend_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.webm");
        fs::write(&path, b"").unwrap();
        let other = File::open(&path).unwrap();
        other.try_lock().unwrap();
        let refused = mend(&path, &Pulse::default()).unwrap_err();
        assert_eq!(refused.code, Code::StillGrowing);
    }
}

//! Which recordings of watched folders have been taken: `<home>/watched`, one append-only log for all folders, so that a
//! file that was renamed or copied is not sent a second time.
//!
//! Whoever holds it holds its lock, so that two programs that watch the same folder take each recording once.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wire::TaskId;

use super::{Account, JournalError, frame};
use crate::Home;
use crate::source::Identity;

/// The version of what we write.
const VERSION: u32 = 1;

/// The ledger of one home folder.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    path: PathBuf,
}

/// The ledger, held by this program alone until it is dropped.
#[derive(Debug)]
pub(crate) struct OpenLedger {
    log: File,
    length: u64,
    entries: Vec<Taken>,
}

/// A recording that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Taken {
    /// SHA-256 of the file, as hexadecimal digits.
    pub(crate) sha256: String,
    /// What the file was, so that it need not be read again as long as it stays so.
    pub(crate) identity: Identity,
    /// For whom.
    #[serde(flatten)]
    pub(crate) errand: Errand,
}

/// What a recording is taken for: the same file may be wanted by another task, or at another server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Errand {
    /// What it is for.
    pub(crate) task: TaskId,
    /// Whose it is; `None` when nobody was signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<Account>,
}

#[derive(Serialize, Deserialize)]
struct Line<T> {
    #[serde(rename = "v")]
    version: u32,
    at: Timestamp,
    #[serde(flatten)]
    taken: T,
}

impl Errand {
    /// Whether one was done by the other. Whoever was not signed in may have been anybody.
    fn is_that_of(&self, other: &Self) -> bool {
        let same = match (&self.account, &other.account) {
            (Some(own), Some(theirs)) => own == theirs,
            _ => true,
        };
        same && self.task == other.task
    }
}

impl Ledger {
    /// The ledger of this home. Makes nothing yet.
    pub(crate) fn of(home: &Home) -> Self {
        Self {
            path: home.path().join("watched"),
        }
    }

    /// Opens it, once no other program has it open. A torn tail is cut off. Blocks.
    pub(crate) fn open(&self) -> Result<OpenLedger, JournalError> {
        let mut options = File::options();
        options.create(true).truncate(false).read(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut log = options.open(&self.path).map_err(JournalError::Unwritable)?;
        log.lock().map_err(JournalError::Unwritable)?;
        let mut bytes = Vec::new();
        log.read_to_end(&mut bytes)
            .map_err(JournalError::Unreadable)?;
        let (payloads, end) = frame::decode(&bytes);
        // Lines of a later version stay where they lie.
        let entries = payloads
            .into_iter()
            .filter_map(|payload| serde_json::from_slice::<Line<Taken>>(payload).ok())
            .filter(|line| line.version == VERSION)
            .map(|line| line.taken)
            .collect();
        let length = end as u64;
        if end < bytes.len() {
            log.set_len(length).map_err(JournalError::Unwritable)?;
        }
        log.seek(SeekFrom::Start(length))
            .map_err(JournalError::Unwritable)?;
        Ok(OpenLedger {
            log,
            length,
            entries,
        })
    }
}

impl OpenLedger {
    /// Whether a file that looks like this was taken, wherever it lies and whatever it is called.
    pub(crate) fn knows_by_sight(&self, identity: &Identity, errand: &Errand) -> bool {
        // A copy that keeps everything else has another number; a file system may have none.
        let looks_like = |known: &Identity| {
            (known.size_bytes, known.modified_at, &known.ends_sha256)
                == (
                    identity.size_bytes,
                    identity.modified_at,
                    &identity.ends_sha256,
                )
        };
        let mut entries = self.entries.iter();
        identity.modified_at.is_some()
            && entries.any(|taken| looks_like(&taken.identity) && taken.errand.is_that_of(errand))
    }

    /// Whether this content was taken.
    pub(crate) fn knows(&self, sha256: &str, errand: &Errand) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|taken| taken.sha256 == sha256 && taken.errand.is_that_of(errand))
    }

    /// Writes it down and waits until the disk has it. When that fails the ledger is as it was before.
    pub(crate) fn append(&mut self, taken: Taken, now: Timestamp) -> Result<(), JournalError> {
        let line = Line {
            version: VERSION,
            at: now,
            taken: &taken,
        };
        let frame = frame::encode(|payload| serde_json::to_writer(payload, &line).ok());
        let frame = frame.ok_or_else(|| {
            JournalError::Unwritable(std::io::Error::other("the line cannot be written as JSON"))
        })?;
        let written = self.log.write_all(&frame);
        if let Err(error) = written.and_then(|()| self.log.sync_data()) {
            let _ = self.log.set_len(self.length);
            let _ = self.log.seek(SeekFrom::Start(self.length));
            return Err(JournalError::Unwritable(error));
        }
        self.length += frame.len() as u64;
        self.entries.push(taken);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn errand(task: &str, user: Option<&str>) -> Errand {
        Errand {
            task: task.parse().unwrap(),
            account: user.map(|user| Account {
                server: crate::ServerOrigin::parse("https://recordings.example").unwrap(),
                user: user.into(),
            }),
        }
    }

    fn identity(size_bytes: u64, second: i64) -> Identity {
        Identity {
            size_bytes,
            modified_at: Some(Timestamp::from_second(second).unwrap()),
            file_id: None,
            ends_sha256: "00".to_owned(),
        }
    }

    fn taken(sha256: &str, errand: &Errand) -> Taken {
        Taken {
            sha256: sha256.to_owned(),
            identity: identity(10, 1),
            errand: errand.clone(),
        }
    }

    #[test]
    fn what_was_taken_is_known_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::of(&Home::at(folder.path()));
        let errand = errand("t", Some("ana"));
        ledger
            .open()
            .unwrap()
            .append(taken("aa", &errand), Timestamp::UNIX_EPOCH)
            .unwrap();
        let open = ledger.open().unwrap();
        assert!(open.knows("aa", &errand) && !open.knows("ab", &errand));
        assert!(open.knows_by_sight(&identity(10, 1), &errand));
        for other in [identity(11, 1), identity(10, 2)] {
            assert!(!open.knows_by_sight(&other, &errand), "{other:?}");
        }
        let timeless = Identity {
            modified_at: None,
            ..identity(10, 1)
        };
        assert!(!open.knows_by_sight(&timeless, &errand));
    }

    #[test]
    fn another_task_and_another_account_want_it_too() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::of(&Home::at(folder.path()));
        let mut open = ledger.open().unwrap();
        let own = errand("t", Some("ana"));
        open.append(taken("aa", &own), Timestamp::UNIX_EPOCH)
            .unwrap();
        for (other, known) in [
            (errand("t", Some("ana")), true),
            (errand("t", None), true),
            (errand("t", Some("ben")), false),
            (errand("u", Some("ana")), false),
            (errand("u", None), false),
        ] {
            assert_eq!(open.knows("aa", &other), known, "{other:?}");
        }
    }

    #[test]
    fn a_torn_tail_is_cut_off_and_a_later_version_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::of(&Home::at(folder.path()));
        let errand = errand("t", None);
        let now = Timestamp::UNIX_EPOCH;
        ledger
            .open()
            .unwrap()
            .append(taken("aa", &errand), now)
            .unwrap();
        let newer = frame::framed(br#"{"v":2,"at":"2026-11-24T10:00:00Z","said":"otherwise"}"#);
        let mut bytes = fs::read(&ledger.path).unwrap();
        bytes.extend_from_slice(&newer);
        let whole = bytes.len();
        bytes.extend_from_slice(&newer[..newer.len() - 1]);
        fs::write(&ledger.path, &bytes).unwrap();
        let mut open = ledger.open().unwrap();
        assert_eq!(fs::metadata(&ledger.path).unwrap().len(), whole as u64);
        open.append(taken("bb", &errand), now).unwrap();
        drop(open);
        let open = ledger.open().unwrap();
        assert!(open.knows("aa", &errand) && open.knows("bb", &errand));
        assert!(fs::read(&ledger.path).unwrap().starts_with(&bytes[..whole]));
    }

    #[test]
    fn one_program_at_a_time_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::of(&Home::at(folder.path()));
        let errand = errand("t", None);
        let takers: Vec<_> = (0..8)
            .map(|_| {
                let (ledger, errand) = (ledger.clone(), errand.clone());
                std::thread::spawn(move || {
                    let mut open = ledger.open().unwrap();
                    let first = !open.knows("aa", &errand);
                    if first {
                        open.append(taken("aa", &errand), Timestamp::UNIX_EPOCH)
                            .unwrap();
                    }
                    first
                })
            })
            .collect();
        let firsts = takers
            .into_iter()
            .filter_map(|taker| taker.join().unwrap().then_some(()));
        assert_eq!(firsts.count(), 1);
    }
}

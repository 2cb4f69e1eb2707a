//! Recordings that were begun here and that nobody has decided about: a note of each in `<home>/recordings`, so that the next
//! start finds what a program that was killed has left, also where no job was made of it yet.
//!
//! Whoever makes a recording, or has it before its user, holds its note's lock: a note that nobody holds was left.

use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::journal::{Journal, JournalError, make_private_folder, sync_folder};
use crate::sum::{Sha256, hexadecimal};
use crate::uploads::{blocking, explained};
use crate::{Client, ClientError, Code, Home, Mended, mending};

/// The version of what we write.
const VERSION: u32 = 1;

/// A recorder whose program is gone finishes its file by itself, within this time.
const FINISHED_WITHIN: Duration = Duration::from_secs(40);

/// How often is looked whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A recording that nobody has decided about. Dropping it leaves its note to the next start.
#[derive(Debug)]
#[must_use = "dropping it leaves it to the next start"]
pub struct Undecided {
    path: PathBuf,
    note: PathBuf,
    /// Open, it is locked.
    _held: File,
}

/// What a recording that was left is, once nobody writes it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// As its recorder has finished it.
    Whole,
    /// It had been cut off, and was mended where it is.
    Mended(Mended),
    /// Nothing to decide about: there is no file any more, or nothing was recorded in it.
    Nothing,
}

/// The notes of one home folder.
#[derive(Debug, Clone)]
pub(crate) struct Notes {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Note {
    #[serde(rename = "v")]
    version: u32,
    path: PathBuf,
}

impl Undecided {
    /// Notes that a recording is going to be made to this file. The note is on the disk when this returns. Blocks.
    pub fn begin(home: &Home, path: &Path) -> Result<Self, ClientError> {
        let begun = Notes::of(home).write(path);
        begun.map_err(|error| ClientError::Upload(explained(&JournalError::Unwritable(error))))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its user has decided, or there is nothing to decide: the note is removed, and the file stays.
    pub fn decided(&self) {
        match fs::remove_file(&self.note) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, "a recording will be offered once more");
            }
            _ => {}
        }
    }
}

impl Notes {
    pub(crate) fn of(home: &Home) -> Self {
        Self {
            folder: home.path().join("recordings"),
        }
    }

    fn write(&self, path: &Path) -> io::Result<Undecided> {
        make_private_folder(&self.folder)?;
        let path = std::path::absolute(path)?;
        let line = serde_json::to_vec(&Note {
            version: VERSION,
            path: path.clone(),
        })?;
        let name = format!("{}-{}", Uuid::now_v7(), mark(&path));
        let note = self.folder.join(name);
        let mut file = File::create_new(&note)?;
        hold(&file);
        let written = file.write_all(&line).and_then(|()| file.sync_all());
        if let Err(error) = written.and_then(|()| sync_folder(&self.folder)) {
            // Half a note is none. What cannot be removed is passed over by whoever reads.
            let _ = fs::remove_file(&note);
            return Err(error);
        }
        Ok(Undecided {
            path,
            note,
            _held: file,
        })
    }

    /// Whether somebody holds one of this file: it is being made, or is before its user.
    pub(crate) fn has_held(&self, path: &Path) -> bool {
        let mark = mark(path);
        let notes = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        notes
            .filter(|note| note.file_name().to_string_lossy().ends_with(&mark))
            .filter_map(|note| File::open(note.path()).ok())
            .any(|note| !hold(&note))
    }

    /// Removes those of this file that nobody holds: it has been sent, so that there is nothing to decide.
    pub(crate) fn settle(&self, path: &Path) {
        match self.left() {
            Ok(left) => left
                .iter()
                .filter(|recording| recording.path() == path)
                .for_each(Undecided::decided),
            Err(error) => tracing::warn!(%error, "a recording may be offered once more"),
        }
    }

    /// Those that nobody holds, oldest first; they are held then.
    fn left(&self) -> io::Result<Vec<Undecided>> {
        let notes = match fs::read_dir(&self.folder) {
            Ok(notes) => notes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut notes: Vec<PathBuf> = notes.flatten().map(|note| note.path()).collect();
        notes.sort();
        Ok(notes.into_iter().filter_map(take).collect())
    }
}

/// The end of the names of a file's notes. On Windows nobody else reads what is in a file that is locked.
fn mark(path: &Path) -> String {
    let path: PathBuf = path.components().collect();
    let mut sum = Sha256::new();
    sum.update(path.as_os_str().as_encoded_bytes());
    hexadecimal(&sum.finalize())
}

fn take(note: PathBuf) -> Option<Undecided> {
    let mut held = File::open(&note).ok()?;
    if !hold(&held) {
        return None;
    }
    let mut line = Vec::new();
    held.read_to_end(&mut line).ok()?;
    match serde_json::from_slice(&line) {
        Ok(Note {
            version: VERSION,
            path,
        }) => Some(Undecided {
            path,
            note,
            _held: held,
        }),
        Ok(_) => None,
        Err(error) => {
            tracing::warn!(note = %note.display(), %error, "a note of a recording cannot be read");
            None
        }
    }
}

/// Whether nobody else holds it. Where a file system knows no locks, nobody is known to.
fn hold(file: &File) -> bool {
    !matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

impl Client {
    /// As [`Undecided::begin`], where others are not to be kept waiting.
    pub async fn note_recording(&self, path: &Path) -> Result<Undecided, ClientError> {
        let notes = self.inner.uploads.notes.clone();
        let path = path.to_owned();
        blocking(move || {
            let written = notes.write(&path);
            written.map_err(|error| explained(&JournalError::Unwritable(error)))
        })
        .await
    }

    /// Recordings that programs before this one have left undecided, oldest first: they were killed in the middle, or ended
    /// with one before its user. What there is a job of is not among them: the journal has it.
    pub async fn undecided(&self) -> Result<Vec<Undecided>, ClientError> {
        let notes = self.inner.uploads.notes.clone();
        let journal = self.inner.uploads.journal.clone();
        blocking(move || without_a_job(&notes, &journal).map_err(|error| explained(&error))).await
    }

    /// What this recording is, which programs before this one have left: a recorder that still finishes its file is waited
    /// for, and what nobody could finish is mended. Where there is nothing to decide about, its note goes, and an empty file.
    pub async fn finish_left(&self, left: &Undecided) -> Result<Left, ClientError> {
        let path = left.path();
        let error = match self.once_written(path).await {
            Ok(Some(mended)) => return Ok(Left::Mended(mended)),
            Ok(None) => return Ok(Left::Whole),
            Err(error) => error,
        };
        let (file, code) = (path.to_owned(), error.diagnosis().code);
        if blocking(move || Ok(has_nothing(&file, code))).await? {
            left.decided();
            return Ok(Left::Nothing);
        }
        Err(error)
    }

    async fn once_written(&self, path: &Path) -> Result<Option<Mended>, ClientError> {
        let until = Instant::now() + FINISHED_WITHIN;
        loop {
            let finished = self.finish_recording(path).await;
            let is_written =
                matches!(&finished, Err(error) if error.diagnosis().code == Code::StillGrowing);
            if !is_written || Instant::now() >= until {
                return finished;
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// The recording has ended: its file is mended where its recorder could not finish it. One that somebody still writes, or
    /// that has nothing in it, is refused.
    pub async fn finish_recording(&self, path: &Path) -> Result<Option<Mended>, ClientError> {
        let limit = self.inner.uploads.pace.limits.disk;
        let ended = mending::finish(path, limit).await;
        Ok(ended.map_err(ClientError::Upload)?.mended)
    }
}

/// Whether there is no file any more, or one in which nothing was recorded. An empty one goes.
fn has_nothing(path: &Path, code: Code) -> bool {
    match fs::metadata(path) {
        Ok(file) if file.len() == 0 => {
            if let Err(error) = fs::remove_file(path) {
                tracing::warn!(%error, "an empty file stays");
            }
            true
        }
        Ok(_) => code == Code::NothingRecorded,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

fn without_a_job(notes: &Notes, journal: &Journal) -> Result<Vec<Undecided>, JournalError> {
    let left = notes.left().map_err(JournalError::Unreadable)?;
    if left.is_empty() {
        return Ok(left);
    }
    let jobs = journal.jobs()?;
    let stories = jobs.iter().filter_map(|job| journal.read(job).ok());
    let paths: HashSet<PathBuf> = stories.map(|story| story.job.path).collect();
    let (known, left): (Vec<_>, Vec<_>) = left
        .into_iter()
        .partition(|recording| paths.contains(recording.path()));
    for recording in known {
        recording.decided();
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(left: &[Undecided]) -> Vec<String> {
        let names = left.iter().filter_map(|one| one.path().file_name());
        names
            .map(|name| name.to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn what_is_held_is_not_left_and_what_is_decided_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path().join("home"));
        let notes = Notes::of(&home);
        assert!(notes.left().unwrap().is_empty());
        let begin = |name: &str| Undecided::begin(&home, &folder.path().join(name)).unwrap();
        let (first, second) = (begin("a.webm"), begin("b.webm"));
        assert!(notes.left().unwrap().is_empty(), "somebody makes them");
        drop(second);
        drop(first);
        let left = notes.left().unwrap();
        assert_eq!(names(&left), ["a.webm", "b.webm"]);
        assert!(notes.left().unwrap().is_empty(), "they are held again");
        let of_first = folder.path().join("a.webm");
        assert!(notes.has_held(&of_first));
        left[0].decided();
        left[0].decided();
        assert!(!notes.has_held(&of_first));
        let of_second = folder.path().join("b.webm");
        notes.settle(&of_second);
        drop(left);
        assert!(!notes.has_held(&of_second));
        assert_eq!(names(&notes.left().unwrap()), ["b.webm"], "it was held");
        notes.settle(&of_second);
        assert!(notes.left().unwrap().is_empty());
    }

    #[test]
    fn what_is_no_note_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let notes = Notes::of(&Home::at(folder.path()));
        drop(notes.write(Path::new("/films/a.webm")).unwrap());
        for (name, content) in [
            ("torn", &br#"{"v":1,"pa"#[..]),
            ("empty", b""),
            ("later", br#"{"v":2,"path":"/films/b.webm","scene":3}"#),
        ] {
            fs::write(notes.folder.join(name), content).unwrap();
        }
        fs::create_dir(notes.folder.join("folder")).unwrap();
        assert_eq!(names(&notes.left().unwrap()), ["a.webm"]);
    }
}

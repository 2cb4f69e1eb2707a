//! What one program asks of an upload that another one drives: a small file in the job's folder for each wish, which the
//! driving program takes away as it hears it.
//!
//! A wish appears under its name at once and whole, so that nobody reads half of one. It knows no upload and no network.

use std::fs::{self, File};
use std::io::{self, Write};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use uuid::Uuid;

/// What names of wishes begin with; the rest is a UUID (version 7), so that they sort by age.
const PREFIX: &str = "wish-";

/// No wish is longer, in bytes.
const LONGEST: u64 = 4096;

/// What is wanted of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "wish",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
pub enum Wish {
    /// Rest, until the wish to resume.
    Pause,
    /// Go on.
    Resume,
    /// Give it up, here and at the backend.
    Cancel,
    /// Send at most so many bytes a second, or as many as go.
    Limit {
        /// The limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes_per_second: Option<NonZeroU64>,
    },
    /// Go before the others that wait.
    MoveToFront,
}

/// Leaves a wish in a job's folder; the file that disappears when it is heard.
pub(crate) fn leave(folder: &Path, wish: Wish) -> io::Result<PathBuf> {
    let name = format!("{PREFIX}{}", Uuid::now_v7());
    let unfinished = folder.join(format!(".{name}"));
    let mut file = File::options()
        .create_new(true)
        .write(true)
        .open(&unfinished)?;
    file.write_all(&serde_json::to_vec(&wish)?)?;
    drop(file);
    let left = folder.join(name);
    fs::rename(&unfinished, &left)?;
    Ok(left)
}

/// Takes the wishes out of a job's folder, oldest first. What is none is taken away too.
fn take(folder: &Path) -> io::Result<Vec<Wish>> {
    let mut names: Vec<_> = fs::read_dir(folder)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| is_wish(path))
        .collect();
    names.sort();
    let mut wishes = Vec::new();
    for path in names {
        let is_small = fs::metadata(&path).is_ok_and(|metadata| metadata.len() <= LONGEST);
        let wish: Option<Wish> = is_small
            .then(|| fs::read(&path).ok())
            .flatten()
            .and_then(|text| serde_json::from_slice(&text).ok());
        fs::remove_file(&path)?;
        wishes.extend(wish);
    }
    Ok(wishes)
}

fn is_wish(path: &Path) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| name.starts_with(PREFIX))
}

/// Listens in a job's folder.
#[derive(Debug)]
pub(crate) struct Wishes {
    folder: PathBuf,
    changes: mpsc::Receiver<()>,
    /// Watches for as long as it is kept; `None` where the system does not let us, and then looking has to do.
    watcher: Option<RecommendedWatcher>,
}

impl Wishes {
    pub(crate) fn listen(folder: PathBuf) -> Self {
        // One notice is as good as many: all wishes are taken at once.
        let (sender, changes) = mpsc::channel(1);
        let watcher = watch(&folder, sender.clone());
        if let Err(error) = &watcher {
            tracing::info!(%error, "the wishes of other programs are looked for now and then only");
        }
        // What was left before anybody listened.
        let _ = sender.try_send(());
        Self {
            folder,
            changes,
            watcher: watcher.ok(),
        }
    }

    /// The wishes that were left since this was called last; waits until there may be some.
    pub(crate) async fn next(&mut self) -> Vec<Wish> {
        if self.changes.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
        self.look()
    }

    /// The wishes that are there now.
    pub(crate) fn look(&self) -> Vec<Wish> {
        take(&self.folder).unwrap_or_else(|error| {
            tracing::info!(%error, "the wishes of other programs cannot be read");
            Vec::new()
        })
    }

    /// Whether they have to be looked for, because nobody says when there are some.
    pub(crate) fn must_be_looked_for(&self) -> bool {
        self.watcher.is_none()
    }
}

fn watch(folder: &Path, changed: mpsc::Sender<()>) -> notify::Result<RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| event.paths.iter().any(|path| is_wish(path))) {
            // A full channel has a notice already.
            let _ = changed.try_send(());
        }
    })?;
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    fn limit(bytes_per_second: u64) -> Wish {
        Wish::Limit {
            bytes_per_second: NonZeroU64::new(bytes_per_second),
        }
    }

    #[tokio::test]
    async fn wishes_are_heard_once_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        leave(folder.path(), Wish::Pause).unwrap();
        let mut wishes = Wishes::listen(folder.path().to_owned());
        assert_eq!(wishes.next().await, [Wish::Pause]);

        leave(folder.path(), limit(7)).unwrap();
        leave(folder.path(), limit(0)).unwrap();
        leave(folder.path(), Wish::Resume).unwrap();
        let mut heard = Vec::new();
        while heard.len() < 3 {
            let more = timeout(Duration::from_secs(20), wishes.next());
            heard.extend(more.await.expect("they are heard"));
        }
        assert_eq!(heard, [limit(7), limit(0), Wish::Resume]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_no_wish_is_taken_away_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("wish-1", "{}".to_owned()),
            ("wish-2", "nonsense".to_owned()),
            ("wish-3", " ".repeat(100_000)),
            ("wish-4", r#"{"wish":"dance"}"#.to_owned()),
            ("log", "a log".to_owned()),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        leave(folder.path(), Wish::Cancel).unwrap();
        assert_eq!(take(folder.path()).unwrap(), [Wish::Cancel]);
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "the log");
    }
}

//! What the operating system tells of a folder, and what the folder holds when it is looked into.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use notify::event::{AccessKind, AccessMode, Event, EventKind, ModifyKind, RenameMode};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use super::settling::{Heard, Look};
use crate::source::Pulse;

/// The files of a folder, and which folder it is: another may be mounted in its place.
pub(super) struct Contents {
    pub(super) files: BTreeMap<PathBuf, Look>,
    pub(super) folder: Option<u64>,
}

/// Looks into a folder, not into those in it. Names that begin with a dot are their makers' own business.
pub(super) fn look(folder: &Path, pulse: &Pulse) -> io::Result<Contents> {
    let mut files = BTreeMap::new();
    let metadata = fs::metadata(folder)?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        pulse.beat();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        // Gone by now, or a link that leads nowhere: no file.
        let Ok(metadata) = fs::metadata(entry.path()) else {
            continue;
        };
        if metadata.is_file() {
            let look = Look {
                size_bytes: metadata.len(),
                modified_at: metadata.modified().ok(),
            };
            files.insert(entry.path(), look);
        }
    }
    Ok(Contents {
        files,
        folder: number(&metadata),
    })
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps)] // elsewhere there is none
fn number(metadata: &Metadata) -> Option<u64> {
    use std::os::unix::fs::MetadataExt as _;
    Some(metadata.ino() ^ metadata.dev().rotate_left(32))
}

#[cfg(not(unix))]
fn number(_metadata: &Metadata) -> Option<u64> {
    None
}

/// Has the system tell what happens in a folder, for as long as the watcher is kept. What is told is never awaited by whoever
/// tells it: a computer whose programs write faster than we listen is not held up.
pub(super) fn listen(
    folder: &Path,
    heard: mpsc::UnboundedSender<Heard>,
) -> notify::Result<RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        let event = event.ok();
        let told = event.map_or(Some(Heard::Unsure), |event| translate(&event));
        if let Some(told) = told {
            let _ = heard.send(told);
        }
    })?;
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

/// `None` for what says nothing of a file's content: reading is none of our business, and we read ourselves.
fn translate(event: &Event) -> Option<Heard> {
    if event.need_rescan() {
        return Some(Heard::Unsure);
    }
    let first = event.paths.first()?.clone();
    Some(match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Heard::Closed(first),
        EventKind::Access(_) => return None,
        // Only where closing is told, too, can it be waited for.
        EventKind::Modify(ModifyKind::Data(_)) if cfg!(target_os = "linux") => {
            Heard::Written(first)
        }
        EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => match event.paths.get(1) {
            Some(to) => Heard::Renamed {
                from: first,
                to: to.clone(),
            },
            None => Heard::Changed,
        },
        _ => Heard::Changed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a.webm"), b"12345").unwrap();
        fs::write(at(".hidden.webm"), b"1").unwrap();
        fs::create_dir(at("folder")).unwrap();
        fs::write(at("folder/b.webm"), b"1").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(at("nowhere"), at("dangling.webm")).unwrap();
        let found = look(folder.path(), &Pulse::default()).unwrap();
        let sizes: Vec<_> = found
            .files
            .iter()
            .map(|(path, look)| (path.clone(), look.size_bytes))
            .collect();
        assert_eq!(sizes, [(at("a.webm"), 5)]);
        let gone = look(&at("nowhere"), &Pulse::default());
        assert_eq!(gone.err().unwrap().kind(), io::ErrorKind::NotFound);
    }

    /// The rule that a file in hand is waited for rests on the system telling of both writing and closing.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn writing_closing_and_renaming_are_told() {
        use std::io::Write as _;
        use std::time::Duration;
        use tokio::time::timeout;

        let folder = tempfile::tempdir().unwrap();
        let (sender, mut heard) = mpsc::unbounded_channel();
        let _watcher = listen(folder.path(), sender).unwrap();
        let path = folder.path().join("a.webm");
        let renamed = folder.path().join("b.webm");
        let mut file = fs::File::create(&path).unwrap();
        file.write_all(b"1").unwrap();
        drop(file);
        fs::rename(&path, &renamed).unwrap();
        let mut told = Vec::new();
        let last = Heard::Renamed {
            from: path.clone(),
            to: renamed,
        };
        while told.last() != Some(&last) {
            let next = timeout(Duration::from_secs(20), heard.recv()).await;
            told.push(next.expect("it is told").unwrap());
        }
        let place = |wanted: &Heard| told.iter().position(|heard| heard == wanted);
        let (written, closed) = (
            place(&Heard::Written(path.clone())),
            place(&Heard::Closed(path)),
        );
        assert!(written.is_some() && written < closed, "{told:?}");
    }
}

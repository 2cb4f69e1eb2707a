//! Files that have been chosen and not yet sent: each is looked at, and its user says whether they go.
//!
//! A file with something wrong stands here with what is wrong, and goes nowhere. Nothing here is in the journal: what is
//! discarded leaves no trace, and the files stay where they are.

mod looking;
mod playing;
mod recorded;
mod shown;
pub(crate) mod trimming;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use client::Inspection;

use crate::ipc::Failure;
use crate::playback::Played;
use crate::shell::{Shell, lock};

use looking::look;
pub(crate) use looking::{add, look_again};
pub(crate) use playing::play;
use recorded::Recorded;
pub(crate) use recorded::{Standing, discard, offer, remove};
pub(crate) use shown::Beside;

/// A chosen file.
#[derive(Debug, Clone)]
struct Candidate {
    /// Names it in commands.
    id: String,
    path: PathBuf,
    sight: Sight,
    /// Where the webview may play it, once somebody wants to. It ends with the review.
    played: Option<Arc<Played>>,
    /// What of it is to be sent, in seconds, where that is not all of it.
    stretch: Option<Range<f64>>,
    /// Where it was recorded here.
    recorded: Option<Recorded>,
}

/// What is known of a chosen file.
#[derive(Debug, Clone)]
enum Sight {
    /// It is being looked at.
    Looking,
    /// It can be sent.
    Good(Inspection),
    /// It is about to be sent.
    Starting(Inspection),
    /// It cannot be sent.
    Wrong {
        size_bytes: Option<u64>,
        failure: Failure,
    },
}

/// The files that their user is looking over, in the order in which they were chosen.
#[derive(Default)]
pub(crate) struct Review {
    candidates: Mutex<Vec<Candidate>>,
    /// How fast bytes went out when some last did, in bytes a second.
    speed: Mutex<Option<f64>>,
}

impl Review {
    /// Takes these files in, but for those that are here already, and returns the new ones with their names.
    fn add(&self, files: Vec<PathBuf>) -> Vec<(String, PathBuf)> {
        let mut candidates = lock(&self.candidates);
        let mut added = Vec::new();
        for path in files {
            if candidates.iter().any(|candidate| candidate.path == path) {
                continue;
            }
            let id = uuid::Uuid::now_v7().to_string();
            added.push((id.clone(), path.clone()));
            candidates.push(Candidate {
                id,
                path,
                sight: Sight::Looking,
                played: None,
                stretch: None,
                recorded: None,
            });
        }
        added
    }

    /// What looking at a file has shown. It may have been removed meanwhile.
    fn see(&self, id: &str, sight: Sight) {
        if let Some(candidate) = find(&mut lock(&self.candidates), id) {
            candidate.sight = sight;
        }
    }

    /// The file, to be looked at again; `None` unless something was wrong with it.
    fn look_again(&self, id: &str) -> Option<PathBuf> {
        let mut candidates = lock(&self.candidates);
        let candidate = find(&mut candidates, id)?;
        if !matches!(candidate.sight, Sight::Wrong { .. }) {
            return None;
        }
        candidate.sight = Sight::Looking;
        Some(candidate.path.clone())
    }

    /// Where the pictures of a recording that can be sent are; `None` for a file without any.
    pub(crate) fn with_pictures(&self, id: &str) -> Option<PathBuf> {
        let mut candidates = lock(&self.candidates);
        let candidate = find(&mut candidates, id)?;
        let (Sight::Good(inspection) | Sight::Starting(inspection)) = &candidate.sight else {
            return None;
        };
        inspection.video_codec?;
        Some(candidate.path.clone())
    }

    /// Takes a file out.
    pub(crate) fn remove(&self, id: &str) {
        lock(&self.candidates).retain(|candidate| candidate.id != id);
    }

    /// Takes all files out.
    pub(crate) fn discard(&self) {
        lock(&self.candidates).clear();
    }

    /// Its user has signed out. What was chosen for their account goes; what was recorded here and belongs to no account yet
    /// waits for whoever signs in.
    pub(crate) fn leave(&self) {
        lock(&self.candidates).retain(Candidate::is_nobodys);
    }

    /// Marks what can be sent as being started, and returns it. Those with something wrong have been shown and go; those
    /// that are still being looked at stay.
    fn start(&self) -> Vec<Candidate> {
        let mut candidates = lock(&self.candidates);
        let mut starting = Vec::new();
        for candidate in candidates.iter_mut() {
            if let Sight::Good(inspection) = &candidate.sight {
                candidate.sight = Sight::Starting(inspection.clone());
                starting.push(candidate.clone());
            }
        }
        if !starting.is_empty() {
            candidates.retain(|candidate| !matches!(candidate.sight, Sight::Wrong { .. }));
        }
        starting
    }

    /// The line was this fast a moment ago.
    pub(crate) fn learn_speed(&self, bytes_per_second: f64) {
        *lock(&self.speed) = Some(bytes_per_second);
    }
}

fn find<'a>(candidates: &'a mut [Candidate], id: &str) -> Option<&'a mut Candidate> {
    candidates.iter_mut().find(|candidate| candidate.id == id)
}

/// Starts uploading what can be sent, in the order in which it was chosen. Each file leaves the review as its upload
/// appears.
pub(crate) fn upload(shell: &Arc<Shell>) -> Result<(), Failure> {
    let task = shell.task().ok_or_else(|| Failure {
        code: "invalid_task".to_owned(),
        message: "No task has been chosen.".to_owned(),
        hint: "Choose what the recording is for.".to_owned(),
        retryable: false,
    })?;
    let starting = shell.review.start();
    shell.touch();
    let shell = shell.clone();
    tauri::async_runtime::spawn(async move {
        for candidate in starting {
            trimming::send(&shell, candidate, &task).await;
            shell.touch();
        }
    });
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::Path;

    use client::{Code, Diagnosis};

    use super::*;
    use crate::{ipc, overview};

    pub(super) fn inspection(path: &Path, size_bytes: u64) -> Inspection {
        Inspection {
            file_name: overview::file_name(path),
            path: path.to_owned(),
            size_bytes,
            duration_seconds: Some(10.0),
            content_type: "video/webm",
            video_codec: None,
            audio_codec: None,
        }
    }

    /// A review of these files, all of them good and of a thousand bytes.
    pub(super) fn review_of(names: &[&str]) -> Review {
        let review = Review::default();
        for (id, path) in review.add(names.iter().map(PathBuf::from).collect()) {
            review.see(&id, Sight::Good(inspection(&path, 1000)));
        }
        review
    }

    /// With no uploads beside it.
    pub(crate) fn alone() -> Beside<'static> {
        Beside {
            bytes_ahead: 0,
            is_running: &|_| false,
            arrived_bytes: &|_| 0,
        }
    }

    fn names(review: &ipc::Review) -> Vec<&str> {
        let names = review.files.iter().map(|file| file.file_name.as_str());
        names.collect()
    }

    fn wrong() -> Sight {
        Sight::Wrong {
            size_bytes: Some(0),
            failure: Diagnosis::of(Code::EmptyFile).into(),
        }
    }

    #[test]
    fn a_file_is_reviewed_once() {
        let review = review_of(&["/a.webm", "/b.webm"]);
        assert!(review.add(vec![PathBuf::from("/a.webm")]).is_empty());
        assert_eq!(names(&review.shown(&alone())), ["a.webm", "b.webm"]);
    }

    #[test]
    fn what_is_wrong_does_not_keep_the_others() {
        let review = review_of(&["/a.webm", "/b.webm"]);
        let added = review.add(vec!["/empty.webm".into(), "/late.webm".into()]);
        review.see(&added[0].0, wrong());
        let starting: Vec<_> = review.start().into_iter().map(|file| file.path).collect();
        assert_eq!(
            starting,
            [PathBuf::from("/a.webm"), PathBuf::from("/b.webm")]
        );
        let shown = review.shown(&alone());
        assert_eq!(names(&shown), ["a.webm", "b.webm", "late.webm"]);
        assert_eq!(shown.files[0].verdict, ipc::Verdict::Starting);
        assert!(review.start().is_empty(), "a second click starts nothing");
    }

    #[test]
    fn a_review_of_nothing_good_stays() {
        let review = Review::default();
        let added = review.add(vec!["/empty.webm".into()]);
        review.see(&added[0].0, wrong());
        assert!(review.start().is_empty());
        assert_eq!(names(&review.shown(&alone())), ["empty.webm"]);
        assert!(review.look_again(&added[0].0).is_some());
        assert!(review.look_again(&added[0].0).is_none(), "one look at once");
    }

    #[test]
    fn a_removed_file_does_not_come_back_when_it_has_been_looked_at() {
        let review = Review::default();
        let added = review.add(vec!["/a.webm".into()]);
        review.discard();
        review.see(
            &added[0].0,
            Sight::Good(inspection(Path::new("/a.webm"), 1)),
        );
        assert!(review.shown(&alone()).files.is_empty());
    }
}

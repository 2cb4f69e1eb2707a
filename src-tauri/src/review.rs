//! Files that have been chosen and not yet sent: each is looked at, and its user says whether they go.
//!
//! A file with something wrong stands here with what is wrong, and goes nowhere. Nothing here is in the journal: what is
//! discarded leaves no trace, and the files stay where they are.

mod playing;
mod recorded;
pub(crate) mod trimming;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use client::{Client, Code, Diagnosis, Inspection};

use crate::ipc::{self, Failure};
use crate::playback::Played;
use crate::shell::{Shell, lock};
use crate::{overview, uploads};

pub(crate) use playing::play;
use recorded::Recorded;
pub(crate) use recorded::{Standing, discard, offer, remove};

/// Longest wait for the server to say how large a recording may be. One that does not say by then refuses it later.
const ASKING_TIME: Duration = Duration::from_secs(2);

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

    /// As the window shows it. `bytes_ahead` go first; `is_running` tells of a file that is on its way already.
    pub(crate) fn shown(
        &self,
        bytes_ahead: u64,
        is_running: impl Fn(&Path) -> bool,
    ) -> ipc::Review {
        let files: Vec<_> = lock(&self.candidates)
            .iter()
            .map(|candidate| candidate.shown(&is_running))
            .collect();
        let good_bytes = files
            .iter()
            .filter(|file| file.verdict == ipc::Verdict::Good)
            .filter_map(|file| file.size_bytes)
            .sum();
        ipc::Review {
            expected_seconds: expected_seconds(good_bytes, bytes_ahead, *lock(&self.speed)),
            files,
        }
    }
}

fn find<'a>(candidates: &'a mut [Candidate], id: &str) -> Option<&'a mut Candidate> {
    candidates.iter_mut().find(|candidate| candidate.id == id)
}

impl Candidate {
    fn shown(&self, is_running: impl Fn(&Path) -> bool) -> ipc::ReviewedFile {
        let (verdict, inspection) = match &self.sight {
            Sight::Looking => (ipc::Verdict::Looking, None),
            Sight::Good(inspection) if self.job().is_none() && is_running(&self.path) => {
                let failure = already_uploading();
                (ipc::Verdict::Wrong { failure }, Some(inspection))
            }
            Sight::Good(inspection) => (ipc::Verdict::Good, Some(inspection)),
            Sight::Starting(inspection) => (ipc::Verdict::Starting, Some(inspection)),
            Sight::Wrong { failure, .. } => {
                let failure = failure.clone();
                (ipc::Verdict::Wrong { failure }, None)
            }
        };
        let unread_size = match &self.sight {
            Sight::Wrong { size_bytes, .. } => *size_bytes,
            _ => None,
        };
        ipc::ReviewedFile {
            id: self.id.clone(),
            file_name: overview::file_name(&self.path),
            path: overview::for_its_user(&self.path),
            size_bytes: inspection
                .map(|inspection| inspection.size_bytes)
                .or(unread_size),
            duration_seconds: inspection.and_then(|inspection| inspection.duration_seconds),
            video_codec: inspection
                .and_then(|inspection| inspection.video_codec)
                .map(|codec| codec.to_string()),
            audio_codec: inspection
                .and_then(|inspection| inspection.audio_codec)
                .map(|codec| codec.to_string()),
            recorded: self.recorded.is_some(),
            ended_because: self.recorded.as_ref().and_then(Recorded::because),
            verdict,
        }
    }
}

fn already_uploading() -> Failure {
    Failure {
        code: "already_uploading".to_owned(),
        message: "This recording is being uploaded for this task already.".to_owned(),
        hint: "It stands in the list of uploads.".to_owned(),
        retryable: false,
    }
}

/// How long these bytes take, with those that go first. Without a measured speed nothing is said, rather than guessed.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time of about so many seconds needs no 53 bits, and is not negative"
)]
fn expected_seconds(bytes: u64, bytes_ahead: u64, bytes_per_second: Option<f64>) -> Option<u64> {
    let speed = bytes_per_second.filter(|speed| *speed >= 1.0)?;
    let bytes = (bytes > 0).then(|| bytes.saturating_add(bytes_ahead))?;
    Some((bytes as f64 / speed).ceil() as u64)
}

/// Takes chosen files in, and looks at each.
pub(crate) fn add(shell: &Arc<Shell>, files: Vec<PathBuf>) {
    for (id, path) in shell.review.add(files) {
        look(shell, id, path);
    }
    shell.touch();
}

/// Looks again at a file that something was wrong with: it may have been mended.
pub(crate) fn look_again(shell: &Arc<Shell>, id: &str) {
    if let Some(path) = shell.review.look_again(id) {
        look(shell, id.to_owned(), path);
    }
    shell.touch();
}

fn look(shell: &Arc<Shell>, id: String, path: PathBuf) {
    let shell = shell.clone();
    tauri::async_runtime::spawn(async move {
        let sight = match inspect(&shell.client, &path).await {
            Ok(inspection) => Sight::Good(inspection),
            Err(failure) => Sight::Wrong {
                size_bytes: uploads::size_of(&path).await,
                failure,
            },
        };
        shell.review.see(&id, sight);
        shell.touch();
    });
}

async fn inspect(client: &Client, path: &Path) -> Result<Inspection, Failure> {
    let inspection = client.inspect(path).await?;
    let most = tokio::time::timeout(ASKING_TIME, client.max_file_bytes()).await;
    if let Ok(Ok(most)) = most
        && inspection.size_bytes > most
    {
        return Err(Diagnosis::of(Code::TooLarge).into());
    }
    Ok(inspection)
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
mod tests {
    use super::*;

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
    fn review_of(names: &[&str]) -> Review {
        let review = Review::default();
        for (id, path) in review.add(names.iter().map(PathBuf::from).collect()) {
            review.see(&id, Sight::Good(inspection(&path, 1000)));
        }
        review
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
        assert_eq!(names(&review.shown(0, |_| false)), ["a.webm", "b.webm"]);
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
        let shown = review.shown(0, |_| false);
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
        assert_eq!(names(&review.shown(0, |_| false)), ["empty.webm"]);
        assert!(review.look_again(&added[0].0).is_some());
        assert!(review.look_again(&added[0].0).is_none(), "one look at once");
    }

    #[test]
    fn a_file_that_is_on_its_way_is_not_sent_twice() {
        let review = review_of(&["/a.webm", "/b.webm"]);
        let shown = review.shown(0, |path| path == Path::new("/a.webm"));
        let failure = already_uploading();
        assert_eq!(shown.files[0].verdict, ipc::Verdict::Wrong { failure });
        assert_eq!(shown.files[1].verdict, ipc::Verdict::Good);
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
        assert!(review.shown(0, |_| false).files.is_empty());
    }

    #[test]
    fn a_time_is_told_only_from_a_speed_that_was_measured() {
        let review = review_of(&["/a.webm", "/b.webm"]);
        assert_eq!(review.shown(0, |_| false).expected_seconds, None);
        review.learn_speed(100.0);
        assert_eq!(review.shown(0, |_| false).expected_seconds, Some(20));
        assert_eq!(review.shown(501, |_| false).expected_seconds, Some(26));
        review.learn_speed(0.0);
        assert_eq!(review.shown(0, |_| false).expected_seconds, None);
    }
}

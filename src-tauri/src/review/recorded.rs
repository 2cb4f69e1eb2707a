//! Files under review that were recorded here. Most have been on their way while they were made; their uploads are
//! completed once their user says so, and given up where they are not wanted.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use client::Undecided;
use wire::TaskId;

use super::{Candidate, Review, Sight, look};
use crate::ipc::Failure;
use crate::shell::{Shell, lock};
use crate::{overview, uploads};

/// What is known of a file that was recorded here.
#[derive(Debug, Clone)]
pub(super) struct Recorded {
    standing: Standing,
    because: Option<Failure>,
}

/// What there is of it beside the file.
#[derive(Debug, Clone)]
pub(crate) enum Standing {
    /// An upload that waits for its user's word, by its name.
    Sent(String),
    /// Nothing is on its way. The note, where there is one, has the next start offer it until its user has decided.
    Unsent(Option<Arc<Undecided>>),
}

impl Recorded {
    /// What its user should know of how it ended.
    pub(super) fn because(&self) -> Option<Failure> {
        self.because.clone()
    }
}

impl Candidate {
    /// Its upload, where it has one already.
    pub(super) fn job(&self) -> Option<&str> {
        match &self.recorded.as_ref()?.standing {
            Standing::Sent(job) => Some(job),
            Standing::Unsent(_) => None,
        }
    }

    /// Its user has decided.
    fn decided(&self) {
        if let Some(Recorded {
            standing: Standing::Unsent(Some(note)),
            ..
        }) = &self.recorded
        {
            note.decided();
        }
    }

    /// Whether it was recorded here and has no upload: it is no account's yet.
    pub(super) fn is_nobodys(&self) -> bool {
        let recorded = self.recorded.as_ref();
        recorded.is_some_and(|recorded| matches!(recorded.standing, Standing::Unsent(_)))
    }
}

impl Review {
    /// The uploads that wait for their user's word, by their names.
    pub(crate) fn jobs(&self) -> Vec<String> {
        let candidates = lock(&self.candidates);
        let jobs = candidates.iter().filter_map(Candidate::job);
        jobs.map(str::to_owned).collect()
    }

    /// This upload waits for no word any more.
    pub(crate) fn release_job(&self, job: &str) {
        lock(&self.candidates).retain(|candidate| candidate.job() != Some(job));
    }

    /// Takes a recording in, and returns its new name; `None` where it is here already.
    fn add_recorded(&self, path: &Path, recorded: Recorded) -> Option<String> {
        let mut candidates = lock(&self.candidates);
        if candidates.iter().any(|candidate| candidate.path == path) {
            return None;
        }
        let id = uuid::Uuid::now_v7().to_string();
        candidates.push(Candidate {
            id: id.clone(),
            path: path.to_owned(),
            sight: Sight::Looking,
            played: None,
            stretch: None,
            recorded: Some(recorded),
        });
        Some(id)
    }

    /// Takes out those that were recorded here and are meant.
    fn take_recorded(&self, is_meant: impl Fn(&Candidate) -> bool) -> Vec<Candidate> {
        let mut candidates = lock(&self.candidates);
        let (taken, left) = std::mem::take(&mut *candidates)
            .into_iter()
            .partition(|candidate| candidate.recorded.is_some() && is_meant(candidate));
        *candidates = left;
        taken
    }
}

/// Offers a finished recording to its user, with a word of why it ended where it did not end as they wanted.
pub(crate) fn offer(
    shell: &Arc<Shell>,
    path: PathBuf,
    standing: Standing,
    because: Option<Failure>,
) {
    let recorded = Recorded { standing, because };
    if let Some(id) = shell.review.add_recorded(&path, recorded) {
        look(shell, id, path);
        shell.touch();
    }
}

/// Uploads what is wanted of a file that its user has looked at: the file itself, or a stretch of it that was made a file of
/// its own. What is on its way whole and for this task already is completed, and leaves the review by itself once it has
/// heard of that; what is for another task, or only a stretch, begins anew.
pub(super) async fn start(
    shell: &Arc<Shell>,
    candidate: &Candidate,
    wanted: PathBuf,
    task: &TaskId,
) {
    if let Some(job) = candidate.job() {
        if wanted == candidate.path && uploads::approve(shell, job, task) {
            return;
        }
        if let Err(failure) = uploads::cancel(shell, job).await {
            tracing::warn!(code = failure.code, "an upload that is not wanted stays");
        }
    }
    uploads::start(shell, wanted, task).await;
    candidate.decided();
    shell.review.remove(&candidate.id);
}

/// Takes everything out of the review. Uploads of what was recorded are given up, and the files go too where their user
/// says so; chosen files stay where they are.
pub(crate) async fn discard(shell: &Arc<Shell>, delete_recorded: bool) -> Result<(), Failure> {
    let recorded = shell.review.take_recorded(|_| true);
    shell.review.discard();
    give_up(shell, recorded, delete_recorded).await
}

/// Takes one file out, likewise. It stays where it is.
pub(crate) async fn remove(shell: &Arc<Shell>, id: &str) -> Result<(), Failure> {
    let recorded = shell.review.take_recorded(|candidate| candidate.id == id);
    shell.review.remove(id);
    give_up(shell, recorded, false).await
}

async fn give_up(
    shell: &Arc<Shell>,
    recorded: Vec<Candidate>,
    delete: bool,
) -> Result<(), Failure> {
    shell.touch();
    let mut outcome = Ok(());
    for candidate in recorded {
        if let Some(job) = candidate.job() {
            outcome = outcome.and(uploads::cancel(shell, job).await);
        }
        if delete && let Err(error) = tokio::fs::remove_file(&candidate.path).await {
            tracing::warn!(%error, "a recording that is not wanted stays");
            outcome = outcome.and(Err(not_deleted(&candidate.path)));
        }
        candidate.decided();
    }
    shell.touch();
    outcome
}

fn not_deleted(path: &Path) -> Failure {
    let path = overview::for_its_user(path);
    Failure::of_the_shell(
        "not_deleted",
        &format!("The file could not be deleted: {path}."),
        "Delete it in your files.",
    )
}

#[cfg(test)]
mod tests {
    use super::super::Beside;
    use super::super::tests::{alone, inspection};
    use super::*;
    use crate::ipc;

    fn offered(review: &Review, job: Option<&str>) -> String {
        let standing = job.map_or(Standing::Unsent(None), |job| Standing::Sent(job.to_owned()));
        let recorded = Recorded {
            standing,
            because: None,
        };
        let path = Path::new("/recorded.webm");
        review.add_recorded(path, recorded).unwrap()
    }

    #[test]
    fn a_recording_that_is_on_its_way_is_no_second_upload_of_itself() {
        let review = Review::default();
        let id = offered(&review, Some("1"));
        let seen = inspection(Path::new("/recorded.webm"), 1000);
        review.see(&id, Sight::Good(seen));
        review.learn_speed(100.0);
        let beside = Beside {
            is_running: &|_| true,
            arrived_bytes: &|job| if job == "1" { 900 } else { 0 },
            ..alone()
        };
        let shown = review.shown(&beside);
        assert_eq!(shown.files[0].verdict, ipc::Verdict::Good);
        assert!(shown.files[0].recorded);
        assert_eq!(shown.files[0].arrived_bytes, 900);
        assert_eq!(shown.expected_seconds, Some(1), "it is not sent twice");
        // A part of it is another file.
        review.trim(&id, Some(0.0..5.0));
        assert_eq!(review.shown(&beside).expected_seconds, Some(5));
        assert_eq!(review.jobs(), ["1"]);
        review.release_job("1");
        assert!(review.shown(&beside).files.is_empty());
    }

    #[test]
    fn only_what_was_recorded_here_can_be_deleted() {
        let review = Review::default();
        review.add(vec!["/chosen.webm".into()]);
        offered(&review, None);
        let taken = review.take_recorded(|_| true);
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].path, Path::new("/recorded.webm"));
        assert_eq!(review.shown(&alone()).files.len(), 1);
    }
}

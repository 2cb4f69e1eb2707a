//! Sending a stretch of a file under review: it becomes a file beside it, and that one is sent. The file stays as it is.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use wire::TaskId;

use super::{Candidate, Review, Sight, find, recorded};
use crate::ipc::Failure;
use crate::shell::{Shell, lock};
use crate::uploads;

impl Review {
    /// Sends this stretch of a file, in seconds, or all of it.
    pub(crate) fn trim(&self, id: &str, stretch: Option<Range<f64>>) {
        if let Some(candidate) = find(&mut lock(&self.candidates), id) {
            candidate.stretch = stretch;
        }
    }
}

/// The stretch between two times, if both are told and in their order.
pub(crate) fn stretch(from: Option<f64>, to: Option<f64>) -> Option<Range<f64>> {
    let stretch = from?..to?;
    (stretch.start >= 0.0 && stretch.start < stretch.end).then_some(stretch)
}

/// Where a stretch of a file under review can begin, in seconds.
pub(crate) async fn starts(shell: &Shell, id: &str) -> Vec<f64> {
    let Some(path) = shell.review.playable(id) else {
        return Vec::new();
    };
    let found = tauri::async_runtime::spawn_blocking(move || {
        let mut file = File::open(&path)?;
        let size_bytes = file.metadata()?.len();
        let scan = media::repair::scan(&mut file, size_bytes);
        std::io::Result::Ok(scan.map(|scan| media::trim::starts(&scan)))
    });
    match found.await {
        Ok(Ok(Ok(starts))) => starts,
        Ok(Ok(Err(error))) => {
            tracing::debug!(%error, "where a recording can be cut is not known");
            Vec::new()
        }
        Ok(Err(error)) => {
            tracing::debug!(%error, "a recording cannot be read");
            Vec::new()
        }
        Err(error) => {
            tracing::error!(%error, "looking for places to cut at did not end in order");
            Vec::new()
        }
    }
}

/// Makes a file of a stretch, beside the recording, and returns where it is; the recording itself where all of it is wanted.
///
/// What was sent of the whole while it was made is its caller's to give up: what is sent now is another recording.
pub(crate) async fn cut(path: &Path, stretch: Option<Range<f64>>) -> Result<PathBuf, Failure> {
    let Some(stretch) = stretch else {
        return Ok(path.to_owned());
    };
    let path = path.to_owned();
    // Whoever ends the program meanwhile leaves at most a file that bears no name of a recording.
    let cutting = tauri::async_runtime::spawn_blocking(move || {
        client::trim(&path, stretch, None, &AtomicBool::new(false))
    });
    match cutting.await {
        Ok(trimmed) => Ok(trimmed?.path),
        Err(error) => {
            tracing::error!(%error, "trimming did not end in order");
            Err(Failure::of_the_shell(
                "not_trimmed",
                "The recording could not be trimmed.",
                "Try again, or upload all of it.",
            ))
        }
    }
}

/// Sends a file, or what of it is wanted. What cannot be cut out stays in the review, with the reason.
pub(super) async fn send(shell: &Arc<Shell>, candidate: Candidate, task: &TaskId) {
    match cut(&candidate.path, candidate.stretch.clone()).await {
        Ok(wanted) => recorded::start(shell, &candidate, wanted, task).await,
        Err(failure) => {
            let size_bytes = uploads::size_of(&candidate.path).await;
            let wrong = Sight::Wrong {
                size_bytes,
                failure,
            };
            shell.review.see(&candidate.id, wrong);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    #[test]
    fn a_stretch_has_two_ends_in_their_order() {
        assert_eq!(stretch(Some(1.0), Some(2.0)), Some(1.0..2.0));
        for (from, to) in [
            (None, None),
            (Some(1.0), None),
            (Some(2.0), Some(1.0)),
            (Some(-1.0), Some(1.0)),
            (Some(f64::NAN), Some(1.0)),
        ] {
            assert_eq!(stretch(from, to), None, "{from:?} {to:?}");
        }
    }

    #[tokio::test]
    async fn a_stretch_becomes_a_file_and_nothing_is_cut_unasked() {
        let world = World::new();
        let recording = world.recording();
        assert_eq!(cut(&recording, None).await.unwrap(), recording);
        let cut_out = cut(&recording, Some(0.0..1.0)).await.unwrap();
        assert_eq!(cut_out, recording.with_file_name("short.trimmed.webm"));
        let refused = cut(&recording, Some(0.0..0.0)).await.unwrap_err();
        assert_eq!(refused.code, "empty_file");
    }
}

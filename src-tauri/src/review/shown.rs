//! Files under review as the window shows them: what is known of each, what of it is to be sent, and how long that takes.

use std::ops::Range;
use std::path::Path;

use super::recorded::Recorded;
use super::{Candidate, Review, Sight};
use crate::ipc::{self, Failure};
use crate::overview;
use crate::shell::lock;

/// What has to be known of the uploads beside it.
pub(crate) struct Beside<'a> {
    /// Bytes that go first.
    pub(crate) bytes_ahead: u64,
    /// Whether this file is on its way already.
    pub(crate) is_running: &'a dyn Fn(&Path) -> bool,
    /// How many bytes of the upload of this name have arrived and stay.
    pub(crate) arrived_bytes: &'a dyn Fn(&str) -> u64,
}

impl Review {
    /// As the window shows it.
    pub(crate) fn shown(&self, beside: &Beside<'_>) -> ipc::Review {
        let files: Vec<_> = lock(&self.candidates)
            .iter()
            .map(|candidate| candidate.shown(beside))
            .collect();
        let good = files
            .iter()
            .filter(|file| file.verdict == ipc::Verdict::Good);
        let bytes = good.map(bytes_to_send).sum();
        ipc::Review {
            expected_seconds: expected_seconds(bytes, beside.bytes_ahead, *lock(&self.speed)),
            files,
        }
    }
}

impl Candidate {
    fn shown(&self, beside: &Beside<'_>) -> ipc::ReviewedFile {
        let (verdict, inspection) = match &self.sight {
            Sight::Looking => (ipc::Verdict::Looking, None),
            Sight::Good(inspection) if self.job().is_none() && (beside.is_running)(&self.path) => {
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
        let size_bytes = inspection
            .map(|inspection| inspection.size_bytes)
            .or(unread_size);
        let duration_seconds = inspection.and_then(|inspection| inspection.duration_seconds);
        ipc::ReviewedFile {
            id: self.id.clone(),
            file_name: overview::file_name(&self.path),
            path: overview::for_its_user(&self.path),
            size_bytes,
            duration_seconds,
            video_codec: inspection
                .and_then(|inspection| inspection.video_codec)
                .map(|codec| codec.to_string()),
            audio_codec: inspection
                .and_then(|inspection| inspection.audio_codec)
                .map(|codec| codec.to_string()),
            recorded: self.recorded.is_some(),
            ended_because: self.recorded.as_ref().and_then(Recorded::because),
            arrived_bytes: self.job().map_or(0, beside.arrived_bytes),
            stretch: self.stretch.as_ref().map(|wanted| ipc::Stretch {
                from_seconds: wanted.start,
                to_seconds: wanted.end,
                about_bytes: about_bytes(size_bytes.unwrap_or(0), duration_seconds, wanted),
            }),
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

/// What has yet to go of a file. A stretch of it is another file, of which nothing has arrived.
fn bytes_to_send(file: &ipc::ReviewedFile) -> u64 {
    match &file.stretch {
        Some(stretch) => stretch.about_bytes,
        None => file
            .size_bytes
            .unwrap_or(0)
            .saturating_sub(file.arrived_bytes),
    }
}

/// The size of a stretch of a file, if the file is as dense everywhere.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate needs no 53 bits, and a share is from 0 to 1"
)]
fn about_bytes(size_bytes: u64, whole_seconds: Option<f64>, stretch: &Range<f64>) -> u64 {
    let whole = whole_seconds.filter(|whole| *whole > 0.0);
    let share = whole.map_or(1.0, |whole| (stretch.end - stretch.start) / whole);
    (size_bytes as f64 * share.clamp(0.0, 1.0)).round() as u64
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

#[cfg(test)]
mod tests {
    use super::super::tests::{alone, review_of};
    use super::*;

    #[test]
    fn a_file_that_is_on_its_way_is_not_sent_twice() {
        let review = review_of(&["/a.webm", "/b.webm"]);
        let shown = review.shown(&Beside {
            is_running: &|path| path == Path::new("/a.webm"),
            ..alone()
        });
        let failure = already_uploading();
        assert_eq!(shown.files[0].verdict, ipc::Verdict::Wrong { failure });
        assert_eq!(shown.files[1].verdict, ipc::Verdict::Good);
    }

    #[test]
    fn a_time_is_told_only_from_a_speed_that_was_measured() {
        let review = review_of(&["/a.webm", "/b.webm"]);
        let expected = |bytes_ahead| {
            let beside = Beside {
                bytes_ahead,
                ..alone()
            };
            review.shown(&beside).expected_seconds
        };
        assert_eq!(expected(0), None);
        review.learn_speed(100.0);
        assert_eq!(expected(0), Some(20));
        assert_eq!(expected(501), Some(26));
        review.learn_speed(0.0);
        assert_eq!(expected(0), None);
    }

    #[test]
    fn a_stretch_is_as_large_as_its_share_of_the_time() {
        let review = review_of(&["/a.webm"]);
        review.learn_speed(100.0);
        let id = review.shown(&alone()).files[0].id.clone();
        review.trim(&id, Some(2.5..5.0));
        let shown = review.shown(&alone());
        let stretch = shown.files[0].stretch.clone().unwrap();
        assert_eq!(stretch.about_bytes, 250);
        assert_eq!((stretch.from_seconds, stretch.to_seconds), (2.5, 5.0));
        assert_eq!(shown.expected_seconds, Some(3));
        assert_eq!(shown.files[0].size_bytes, Some(1000));
        review.trim(&id, None);
        assert_eq!(review.shown(&alone()).files[0].stretch, None);
        assert_eq!(about_bytes(1000, None, &(2.5..5.0)), 1000);
    }
}

//! An upload in parts that the store has lost: a lifecycle rule, an administrator, or a completion whose answer was lost.

use wire::{MultipartUpload, RecordingId, UploadStatus};

use super::react::ACCIDENTS;
use super::{Effect, Goal, Record, Ticket, Transition};
use crate::engine::Lost;
use crate::journal::Reservation;
use crate::{Diagnosis, diagnosis};

impl Lost {
    /// Whether a backend offers the very upload that is gone: then it cannot open another for the same recording.
    pub(super) fn is_offered_again(&self, upload: &MultipartUpload) -> bool {
        let gone = self.place.multipart.as_ref();
        gone.is_some_and(|gone| gone.upload_id == upload.upload_id)
    }
}

impl Transition<'_> {
    /// The store does not know the upload: the recording tells why.
    pub(super) fn upload_lost(&mut self, diagnosis: Diagnosis) {
        self.state.tally.lost_uploads += 1;
        if self.state.tally.lost_uploads > ACCIDENTS {
            return self.fail(diagnosis);
        }
        if self.state.goal.reservation().is_none() && self.state.lost.is_some() {
            // The backend has just said that it cannot open another for the same recording.
            return self.begin_elsewhere();
        }
        let (place, parts, sha256) = match self.state.goal.clone() {
            Goal::Send(place, Ticket::Multipart(parts)) | Goal::List(place, parts) => {
                let sha256 = parts.whole_sha256().map(str::to_owned);
                (place, Some(parts), sha256)
            }
            Goal::Complete(place, frozen) | Goal::Reconcile(place, frozen) => {
                (place, None, frozen.sha256)
            }
            Goal::Verify(place, sha256) => (place, None, sha256),
            _ => return self.fail(diagnosis),
        };
        self.state.lost = Some(Lost {
            place: place.clone(),
            parts,
        });
        self.state.tally.restarted_because = Some(diagnosis::upload_lost());
        self.pursue(Goal::Recover(place, sha256));
    }

    /// Complete and ours, or to be sent anew.
    pub(super) fn recover(
        &mut self,
        place: Reservation,
        sha256: Option<String>,
        found: &wire::Recording,
    ) {
        match (found.upload_status, sha256) {
            (UploadStatus::Complete, Some(sha256)) => {
                self.state.lost = None;
                let frozen = self.freeze(&place, Some(sha256), None);
                self.reconcile(place, frozen, found);
            }
            (UploadStatus::Complete, None) => {
                self.state.lost = None;
                self.pursue(Goal::Hash(place));
            }
            _ => {
                if let Some(parts) = self.state.parts_mut() {
                    parts.begin_anew();
                }
                self.pursue(Goal::Reserve);
            }
        }
    }

    /// The backend cannot open another upload for the same recording: another recording, then.
    pub(super) fn begin_elsewhere(&mut self) {
        let Some(lost) = self.state.lost.as_mut() else {
            return;
        };
        let recording = lost.place.recording.clone();
        // What is given up must not be taken for the lost one a second time.
        lost.place.multipart = None;
        self.leave(recording);
        self.pursue(Goal::Reserve);
    }

    /// Gives a place up at the backend, for another.
    pub(super) fn leave(&mut self, recording: RecordingId) {
        self.state.tally.generation += 1;
        self.journal(Record::Abandoned {
            recording: Some(recording.clone()),
        });
        self.effects.push(Effect::GiveUp(recording));
    }
}

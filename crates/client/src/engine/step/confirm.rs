//! From the last byte in the store to a link that has been opened.

use std::sync::Arc;

use wire::{CompletedRecording, DownloadUrl, UploadStatus};

use super::{Call, Contract, Effect, Frozen, Goal, Stage, Transition, Trouble};
use crate::journal::{Record, Reservation};
use crate::{Code, Diagnosis, Done, Link};

impl Transition<'_> {
    /// The backend's word counts where it is about what was asked.
    pub(super) fn completed(
        &mut self,
        reservation: Reservation,
        frozen: Frozen,
        answer: &CompletedRecording,
    ) {
        let is_ours = answer.s3_key == frozen.request.s3_key
            && answer.file_size.0 == frozen.request.file_size;
        if !is_ours {
            return self.fail(Diagnosis::of(Code::Conflict));
        }
        self.moved();
        self.pursue(Goal::Verify(reservation, frozen.sha256));
    }

    /// The request for completion, as it will be sent however often it has to be.
    pub(super) fn freeze(
        &self,
        reservation: &Reservation,
        sha256: Option<String>,
        parts: Option<Vec<wire::CompletedPart>>,
    ) -> Frozen {
        let extended = matches!(self.state.contract, Some(Contract::Extended(_)));
        let request = wire::Complete {
            s3_key: reservation.s3_key.clone(),
            file_size: self.state.size_bytes(),
            duration: self.state.whole_seconds(),
            sha256: sha256.clone().filter(|_| extended),
            parts,
        };
        Frozen {
            request: Arc::new(request),
            sha256,
        }
    }

    /// The backend's record decides, whatever became of an answer.
    pub(super) fn reconcile(
        &mut self,
        reservation: Reservation,
        frozen: Frozen,
        found: &wire::Recording,
    ) {
        match found.upload_status {
            UploadStatus::Complete
                if self.is_ours(&reservation, frozen.sha256.as_deref(), found) =>
            {
                self.moved();
                self.pursue(Goal::Verify(reservation, frozen.sha256));
            }
            // It says one thing and keeps another: not for ever.
            UploadStatus::Pending if self.state.tally.contradictions < 3 => {
                self.state.tally.contradictions += 1;
                if reservation.multipart.is_some() && frozen.request.parts.is_none() {
                    return self.pursue(Goal::Renew(reservation));
                }
                self.pursue(Goal::Complete(reservation, frozen));
            }
            _ => self.fail(Diagnosis::of(Code::Conflict)),
        }
    }

    fn is_ours(
        &self,
        reservation: &Reservation,
        sha256: Option<&str>,
        found: &wire::Recording,
    ) -> bool {
        found.s3_key == reservation.s3_key
            && found
                .file_size
                .is_none_or(|size| size.0 == self.state.size_bytes())
            && found
                .sha256
                .as_deref()
                .is_none_or(|claimed| sha256.is_none_or(|own| claimed == own))
    }

    pub(super) fn verify(
        &mut self,
        reservation: Reservation,
        sha256: Option<String>,
        found: &wire::Recording,
    ) {
        match (found.upload_status, found.download_url.clone()) {
            (UploadStatus::Complete, _)
                if !self.is_ours(&reservation, sha256.as_deref(), found) =>
            {
                self.fail(Diagnosis::of(Code::Conflict));
            }
            (UploadStatus::Complete, Some(url)) => {
                let size_bytes = self.state.size_bytes();
                self.effects.push(Effect::Ask(Call::Prove(url, size_bytes)));
            }
            (UploadStatus::Complete, None) => {
                self.react(Trouble::LinkRefused, Diagnosis::of(Code::LinkBroken));
            }
            _ => {
                let frozen = self.freeze(&reservation, sha256, None);
                self.reconcile(reservation, frozen, found);
            }
        }
    }

    pub(super) fn done(
        &mut self,
        reservation: Reservation,
        sha256: Option<String>,
        url: DownloadUrl,
    ) {
        let now = self.at.time;
        let tally = &self.state.tally;
        let elapsed = now.duration_since(self.state.job.created_at).as_millis();
        let done = Done {
            recording: reservation.recording,
            s3_key: reservation.s3_key,
            size_bytes: self.state.size_bytes(),
            duration_seconds: self.state.job.duration_seconds,
            sha256,
            link: Link::proven(url),
            attempts: tally.attempts,
            bytes_sent: tally.bytes_sent,
            elapsed_milliseconds: u64::try_from(elapsed).unwrap_or(0),
            finished_at: now,
        };
        let record = Record::Done {
            attempts: tally.attempts,
            bytes_sent: tally.bytes_sent,
        };
        self.end(Stage::Done(Box::new(done)), Some(record));
    }
}

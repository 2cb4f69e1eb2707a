//! What backend and store of that world make of each effect.

use super::*;
use crate::engine::PartOrder;

impl World {
    pub(super) fn mishap(&mut self, storing: bool, completing: bool) -> Option<Trouble> {
        let list = if storing && !self.at_store.is_empty() {
            &mut self.at_store
        } else {
            &mut self.mishaps
        };
        let possible = match list.front()? {
            Mishap::Trouble(_) => true,
            Mishap::LostAfterStoring(_) | Mishap::UploadSwept => storing,
            Mishap::LostAfterCompleting => completing,
        };
        if !possible {
            return None;
        }
        Some(match list.pop_front()? {
            Mishap::Trouble(trouble) => trouble,
            Mishap::LostAfterStoring(trouble) => {
                self.stored = true;
                trouble
            }
            Mishap::UploadSwept => {
                self.parts.sweep();
                return None;
            }
            Mishap::LostAfterCompleting => {
                self.complete = true;
                passing()
            }
        })
    }

    pub(super) fn execute(&mut self, effect: Effect) -> Vec<Event> {
        vec![match effect {
            Effect::Journal(record) | Effect::Note(record) => {
                self.journal.push(record);
                return Vec::new();
            }
            Effect::TakeTurn => Event::TurnCame,
            Effect::Wake(after) => {
                self.wake = Some(after);
                return Vec::new();
            }
            Effect::ReadParts { plan, .. } => {
                self.parts.begin_reading(plan);
                return Vec::new();
            }
            Effect::ReadOn(up_to) => return self.parts.read_on(up_to),
            Effect::HashPart { part, .. } => self.parts.hash(&part),
            Effect::SendPart { order, .. } => self.take_part(&order),
            Effect::Ask(call) => self.answer(call),
            Effect::Send(_) => self.take(),
            Effect::Hash => Event::Hashed(SHA256.to_owned()),
            Effect::GiveUp(_) | Effect::ReportOrphan(_) => {
                self.orphans += 1;
                return Vec::new();
            }
            Effect::Abort => {
                self.wake = None;
                self.parts.abort();
                return Vec::new();
            }
            Effect::YieldTurn | Effect::Limit(_) | Effect::Seal => return Vec::new(),
        }]
    }

    fn take_part(&mut self, order: &PartOrder) -> Event {
        self.parts.begin(order, self.state.line.lanes);
        if self.mishap_at_part(order) {
            return self.parts.failed(order);
        }
        self.parts.take(order)
    }

    /// Whether something goes wrong with it; what that is the store of parts knows then.
    fn mishap_at_part(&mut self, order: &PartOrder) -> bool {
        let list = if self.at_store.is_empty() {
            &mut self.mishaps
        } else {
            &mut self.at_store
        };
        let trouble = match list.front() {
            Some(Mishap::Trouble(trouble)) => *trouble,
            Some(Mishap::LostAfterStoring(trouble)) => {
                let trouble = *trouble;
                self.parts.take(order);
                trouble
            }
            Some(Mishap::UploadSwept) => {
                self.parts.sweep();
                list.pop_front();
                return false;
            }
            Some(Mishap::LostAfterCompleting) | None => return false,
        };
        list.pop_front();
        self.parts.trouble = Some(trouble);
        true
    }

    pub(super) fn take(&mut self) -> Event {
        self.sends += 1;
        if let Some(trouble) = self.mishap(true, false) {
            return failed(trouble);
        }
        if self.stored && self.uploads.is_some() {
            return failed(Trouble::ObjectExists);
        }
        self.stored = true;
        Event::Stored(Stored {
            etag: None,
            sha256: SHA256.to_owned(),
        })
    }

    pub(super) fn answer(&mut self, call: Call) -> Event {
        let completing = matches!(call, Call::Complete(..));
        if let Call::Complete(_, request) = &call {
            self.completions.push(wire::Complete::clone(request));
            self.stored |= self.parts.are_these(request);
        }
        if !matches!(call, Call::Capabilities)
            && let Some(trouble) = self.mishap(false, completing && self.stored)
        {
            return failed(trouble);
        }
        match call {
            Call::Capabilities => Event::Learned(self.uploads.clone()),
            Call::Initiate(request) => {
                if request.idempotency_key.is_none() || self.place_key != request.idempotency_key {
                    self.place_key = request.idempotency_key;
                    self.places += 1;
                    (self.stored, self.complete) = (false, false);
                    self.parts.give_up();
                }
                let mut place = self.place();
                if request.multipart == Some(true) && !self.complete {
                    place.upload_url = None;
                    place.multipart = Some(self.parts.open());
                }
                if self.complete {
                    place.upload_url = None;
                    place.upload_status = UploadStatus::Complete;
                }
                Event::Initiated {
                    answer: Box::new(place),
                    clock_offset: None,
                }
            }
            Call::Renew(_) => {
                self.renewals += 1;
                Event::Renewed {
                    answer: Box::new(RenewedTicket {
                        upload_url: self.url(),
                        upload_headers: [].into(),
                        expires_at: self.time,
                    }),
                    clock_offset: None,
                }
            }
            Call::Complete(..) if self.complete => failed(Trouble::Unclear),
            Call::Complete(_, request) if request.parts.is_some() && !self.stored => {
                failed(self.parts.what_is_wrong())
            }
            Call::Complete(..) if !self.stored => failed(Trouble::ObjectMissing),
            Call::ListParts(_, after) => match self.parts.list(after.unwrap_or(0)) {
                Some(page) => Event::Listed(Box::new(page)),
                None => failed(Trouble::UploadLost),
            },
            Call::Complete(id, request) => {
                self.complete = true;
                Event::Completed(Box::new(CompletedRecording {
                    id,
                    s3_key: request.s3_key.clone(),
                    file_size: ByteSize(request.file_size),
                    duration: request.duration,
                    upload_status: UploadStatus::Complete,
                    completed_at: None,
                }))
            }
            Call::Look(_) => Event::Found(Box::new(self.recording())),
            Call::Prove(url, _) => Event::Proven(url),
        }
    }

    pub(super) fn url(&self) -> wire::Secret {
        format!(
            "https://bucket.example/{}?X-Amz-Expires={}",
            self.key(),
            self.ticket_seconds
        )
        .into()
    }

    pub(super) fn key(&self) -> String {
        format!("key-{}", self.places)
    }

    pub(super) fn place(&self) -> Initiated {
        Initiated {
            recording_id: format!("recording-{}", self.places).into(),
            upload_url: Some(self.url()),
            s3_key: self.key(),
            expires_in: self.ticket_seconds,
            upload_status: UploadStatus::Pending,
            upload_headers: None,
            expires_at: None,
            multipart: None,
        }
    }

    pub(super) fn recording(&self) -> Recording {
        Recording {
            id: format!("recording-{}", self.places).into(),
            task_id: "onboarding".to_owned(),
            user_id: "anna".into(),
            s3_key: self.key(),
            file_size: Some(ByteSize(SIZE_BYTES)),
            duration: None,
            mime_type: None,
            upload_status: if self.complete {
                UploadStatus::Complete
            } else {
                UploadStatus::Pending
            },
            created_at: start(),
            completed_at: None,
            filename: None,
            sha256: None,
            kept_until: None,
            availability: None,
            download_url: self
                .complete
                .then(|| DownloadUrl::from("https://bucket.example/k".to_owned())),
        }
    }
}

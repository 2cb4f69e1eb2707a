//! The calls, one by one: what a backend of ours, or a base backend, answers to each.

use wire::{
    ByteSize, CompletedRecording, DownloadUrl, ErrorBody, ErrorCode, Initiate, Initiated, Messages,
    MultipartUpload, RecordingId, RenewedTicket, StoredPart, StoredParts, UploadStatus,
};

use super::super::{Call, Event, PartOrder, Trouble};
use super::cloud::{Cloud, Place, Upload, index_of, key_of, name_of};
use super::file::{BLOCK_BYTES, Content, Edition, sha256};
use super::start;
use crate::backend::BackendError;
use crate::diagnosis::{self, Step};
use crate::transport::{Refusal, SendError, StoreCode, Stored};

/// What the backend refuses with, and at which step.
type Refused = (Step, u16, Option<ErrorCode>);

impl Cloud {
    pub(super) fn ask(&mut self, call: &Call) -> Event {
        let answer = match call {
            Call::Capabilities => Ok(Event::Learned(self.capabilities())),
            Call::Initiate(request) => self.initiate(request),
            Call::Renew(recording) => self.renew(recording),
            Call::ListParts(recording, after) => self.list(recording, after.unwrap_or(0)),
            Call::Complete(recording, request) => self.complete(recording, request),
            Call::Look(recording) => self.look(recording),
            Call::Prove(url, size_bytes) => Ok(self.prove(url, *size_bytes)),
        };
        answer.unwrap_or_else(refused)
    }

    fn place(&self, recording: &RecordingId, step: Step) -> Result<usize, Refused> {
        index_of(recording)
            .filter(|index| *index < self.places.len())
            .ok_or((step, 404, Some(ErrorCode::NotFound)))
    }

    fn initiate(&mut self, request: &Initiate) -> Result<Event, Refused> {
        let step = Step::Initiate {
            task_is_uuid: false,
        };
        let known = request.idempotency_key.as_ref().and_then(|key| {
            let mut places = self.places.iter();
            places.position(|place| place.key.as_ref() == Some(key))
        });
        let index = known.unwrap_or(self.places.len());
        if known.is_none() {
            self.places.push(Place {
                key: request.idempotency_key.clone(),
                status: UploadStatus::Pending,
                upload: None,
                object: None,
                claimed_sha256: None,
            });
        }
        let status = self.places[index].status;
        if status == UploadStatus::Failed {
            return Err((step, 410, Some(ErrorCode::GivenUp)));
        }
        let in_parts = request.multipart == Some(true) && status == UploadStatus::Pending;
        let multipart = in_parts.then(|| self.open(index));
        let whole = status == UploadStatus::Pending && multipart.is_none();
        Ok(Event::Initiated {
            answer: Box::new(Initiated {
                recording_id: name_of(index),
                upload_url: whole.then(|| url(index)),
                s3_key: key_of(index),
                expires_in: 3600,
                upload_status: status,
                upload_headers: None,
                expires_at: None,
                multipart,
            }),
            clock_offset: None,
        })
    }

    /// The upload that the backend knows of, which the store may have swept away; a new one where it knows of none.
    fn open(&mut self, index: usize) -> MultipartUpload {
        let upload = self.places[index].upload.unwrap_or_else(|| {
            self.uploads.push(Upload {
                is_open: true,
                kept: [].into(),
            });
            self.uploads.len() - 1
        });
        self.places[index].upload = Some(upload);
        MultipartUpload {
            upload_id: format!("upload-{upload}"),
            part_size: BLOCK_BYTES,
        }
    }

    fn renew(&self, recording: &RecordingId) -> Result<Event, Refused> {
        let index = self.place(recording, Step::Renew)?;
        if self.places[index].status != UploadStatus::Pending {
            return Err((Step::Renew, 409, Some(ErrorCode::NotPending)));
        }
        Ok(Event::Renewed {
            answer: Box::new(RenewedTicket {
                upload_url: url(index),
                upload_headers: [].into(),
                expires_at: "2027-01-01T00:00:00Z".parse().unwrap(),
            }),
            clock_offset: None,
        })
    }

    /// The open upload of a place that waits for its parts. One that the store has lost is forgotten here, as ours does.
    fn upload(&mut self, recording: &RecordingId, step: Step) -> Result<usize, Refused> {
        let index = self.place(recording, step)?;
        let place = &mut self.places[index];
        match place.status {
            UploadStatus::Pending => {}
            UploadStatus::Complete => return Err((step, 409, Some(ErrorCode::NotPending))),
            _ => return Err((step, 410, Some(ErrorCode::GivenUp))),
        }
        let aborted = (step, 409, Some(ErrorCode::UploadAborted));
        let upload = place.upload.ok_or(aborted)?;
        if !self.uploads[upload].is_open {
            place.upload = None;
            return Err(aborted);
        }
        Ok(upload)
    }

    fn list(&mut self, recording: &RecordingId, after: u32) -> Result<Event, Refused> {
        let upload = self.upload(recording, Step::ListParts)?;
        let kept = &self.uploads[upload].kept;
        let parts: Vec<StoredPart> = kept
            .range(after + 1..)
            .take(self.page)
            .map(|(number, content)| StoredPart {
                part_number: *number,
                size: content.range.end - content.range.start,
                etag: content.etag(),
                checksum: Some(
                    content
                        .checksum(crate::source::ChecksumKind::Crc64Nvme)
                        .digits(),
                ),
            })
            .collect();
        let last = parts.last().map(|part| part.part_number);
        let next = last.filter(|last| kept.range(last + 1..).next().is_some());
        Ok(Event::Listed(Box::new(StoredParts { parts, next })))
    }

    fn complete(
        &mut self,
        recording: &RecordingId,
        request: &wire::Complete,
    ) -> Result<Event, Refused> {
        let step = Step::Complete;
        let index = self.place(recording, step)?;
        assert_eq!(request.s3_key, key_of(index), "another's key");
        if self.places[index].status == UploadStatus::Complete {
            let same = self.places[index].claimed_sha256 == request.sha256;
            return match (&self.extensions, same) {
                (Some(_), true) => Ok(completed(recording, request)),
                (Some(_), false) => Err((step, 400, Some(ErrorCode::AlreadyComplete))),
                (None, _) => Err((step, 400, None)),
            };
        }
        let object = match &request.parts {
            None if self.places[index].status == UploadStatus::Failed => {
                return Err((step, 410, Some(ErrorCode::GivenUp)));
            }
            None => self.places[index].object.clone(),
            Some(parts) => Some(self.assemble(recording, parts)?),
        };
        let object = object.ok_or((step, 409, Some(ErrorCode::ObjectMissing)))?;
        let comes_whole = request.parts.is_none();
        if comes_whole
            && request
                .sha256
                .as_ref()
                .is_some_and(|sum| *sum != sha256(&object))
        {
            return Err((step, 409, Some(ErrorCode::ChecksumMismatch)));
        }
        let place = &mut self.places[index];
        place.status = UploadStatus::Complete;
        place.object = Some(object);
        place.claimed_sha256.clone_from(&request.sha256);
        Ok(completed(recording, request))
    }

    /// Puts together exactly what is named, as S3 does. Whether that is the recording is for others to see.
    fn assemble(
        &mut self,
        recording: &RecordingId,
        parts: &[wire::CompletedPart],
    ) -> Result<Vec<Edition>, Refused> {
        let upload = self.upload(recording, Step::Complete)?;
        let kept = &self.uploads[upload].kept;
        let mut object = Vec::new();
        for part in parts {
            let named = kept.get(&part.part_number);
            let content = named.filter(|content| content.etag() == part.etag).ok_or((
                Step::Complete,
                409,
                Some(ErrorCode::PartsMismatch),
            ))?;
            object.extend_from_slice(&content.blocks);
        }
        self.sweep(upload);
        Ok(object)
    }

    fn look(&self, recording: &RecordingId) -> Result<Event, Refused> {
        let index = self.place(recording, Step::Look)?;
        let place = &self.places[index];
        let complete = place.status == UploadStatus::Complete;
        let size = place.object.as_ref().filter(|_| complete);
        Ok(Event::Found(Box::new(wire::Recording {
            id: recording.clone(),
            task_id: "onboarding".to_owned(),
            user_id: "anna".into(),
            s3_key: key_of(index),
            file_size: size.map(|object| ByteSize(size_of(object))),
            duration: None,
            mime_type: None,
            upload_status: place.status,
            created_at: start(),
            completed_at: None,
            filename: None,
            sha256: place.claimed_sha256.clone(),
            kept_until: None,
            availability: None,
            download_url: complete
                .then(|| DownloadUrl::from(format!("https://bucket.example/{}", key_of(index)))),
        })))
    }

    fn prove(&self, url: &DownloadUrl, size_bytes: u64) -> Event {
        let opens = self.places.iter().enumerate().any(|(index, place)| {
            url.reveal() == format!("https://bucket.example/{}", key_of(index))
                && place.object.as_deref().map(size_of) == Some(size_bytes)
        });
        assert!(opens, "a link to nothing was given out");
        Event::Proven(url.clone())
    }

    pub(super) fn put(&mut self, recording: &RecordingId, content: &Content) -> Event {
        let index = index_of(recording).unwrap();
        if self.extensions.is_some() && self.places[index].object.is_some() {
            let (trouble, diagnosis) = of_store(412, StoreCode::PreconditionFailed, false);
            return Event::Failed { trouble, diagnosis };
        }
        self.places[index].object = Some(content.blocks.clone());
        Event::Stored(Stored {
            etag: Some(content.etag()),
            sha256: sha256(&content.blocks),
        })
    }

    pub(super) fn put_part(
        &mut self,
        recording: &RecordingId,
        order: &PartOrder,
        content: &Content,
        signed: Option<usize>,
    ) -> Event {
        let number = order.number;
        let failed = |(trouble, diagnosis)| Event::PartFailed {
            number,
            acknowledged_bytes: 0,
            trouble,
            diagnosis,
        };
        let upload = match signed.map_or_else(|| self.sign(recording), Ok) {
            Ok(upload) => upload,
            Err(refused) => return failed(explained(refused)),
        };
        if !self.uploads[upload].is_open {
            return failed(of_store(404, StoreCode::NoSuchUpload, true));
        }
        if content.checksum(order.checksum.kind()) != order.checksum {
            return failed(of_store(400, StoreCode::BadDigest, true));
        }
        self.uploads[upload].kept.insert(number, content.clone());
        Event::PartStored {
            number,
            etag: Some(content.etag()).filter(|_| !self.hides_tags),
        }
    }

    /// A ticket for a part. Whether the store still knows the upload is not asked.
    fn sign(&self, recording: &RecordingId) -> Result<usize, Refused> {
        let step = Step::SignPart;
        let place = &self.places[self.place(recording, step)?];
        match place.status {
            UploadStatus::Pending => {
                place
                    .upload
                    .ok_or((step, 409, Some(ErrorCode::UploadAborted)))
            }
            UploadStatus::Complete => Err((step, 409, Some(ErrorCode::NotPending))),
            _ => Err((step, 410, Some(ErrorCode::GivenUp))),
        }
    }
}

/// The size that an object has, all blocks being of one length.
fn size_of(object: &[Edition]) -> u64 {
    object.len() as u64 * BLOCK_BYTES
}

fn url(place: usize) -> wire::Secret {
    format!(
        "https://bucket.example/{}?X-Amz-Expires=3600",
        key_of(place)
    )
    .into()
}

fn completed(recording: &RecordingId, request: &wire::Complete) -> Event {
    Event::Completed(Box::new(CompletedRecording {
        id: recording.clone(),
        s3_key: request.s3_key.clone(),
        file_size: ByteSize(request.file_size),
        duration: request.duration,
        upload_status: UploadStatus::Complete,
        completed_at: None,
    }))
}

/// A refusal as the engine hears of it: through the tables that read real ones.
fn explained((step, status, code): Refused) -> (Trouble, crate::Diagnosis) {
    let words = if code.is_none() && step == Step::Complete {
        "Recording is already COMPLETE"
    } else {
        "no"
    };
    let error = BackendError::Refused {
        status,
        body: Some(Box::new(ErrorBody {
            status_code: status,
            message: Messages::One(words.to_owned()),
            error: None,
            code,
            request_id: None,
        })),
        retry_after: None,
        request_id: None,
    };
    (
        Trouble::of_backend(step, &error),
        diagnosis::of_backend(step, &error),
    )
}

fn refused(refused: Refused) -> Event {
    let (trouble, diagnosis) = explained(refused);
    Event::Failed { trouble, diagnosis }
}

fn of_store(status: u16, code: StoreCode, is_part: bool) -> (Trouble, crate::Diagnosis) {
    let error = SendError::Refused(Box::new(Refusal {
        status,
        code: Some(code),
        message: None,
        request_id: None,
        retry_after: None,
        is_web_page: false,
    }));
    let trouble = if is_part {
        Trouble::of_part(&error)
    } else {
        Trouble::of_send(&error, false)
    };
    let path = std::path::Path::new("/recordings/demo.webm");
    (trouble, diagnosis::of_send(&error, false, path))
}

//! The other side: a backend and a store that keep the contract. Nothing is lost here, and nothing happens by itself.

use std::collections::BTreeMap;
use std::fmt::Debug;

use wire::{IdempotencyKey, RecordingId, UploadCapabilities, UploadStatus};

use super::super::{Call, Event, PartOrder};
use super::file::{Content, Edition};

/// What a program asks of the other side.
#[derive(Debug, Clone)]
pub(super) enum Request {
    /// A question to the backend, or to the store for a link.
    Ask(Box<Call>),
    /// The whole recording.
    Put {
        /// Whose ticket it has.
        recording: RecordingId,
        /// What is in it.
        content: Content,
    },
    /// A part: first its ticket, then its bytes.
    PutPart {
        /// Of which recording.
        recording: RecordingId,
        /// Which, with the checksum that is signed.
        order: PartOrder,
        /// What is in it.
        content: Content,
        /// The upload that its ticket names, once it has one.
        upload: Option<usize>,
    },
    /// A place will not be used.
    GiveUp(RecordingId),
}

/// A backend, and the store behind it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Cloud {
    /// `None` where only the base contract is kept.
    pub(super) extensions: Option<Extensions>,
    pub(super) places: Vec<Place>,
    pub(super) uploads: Vec<Upload>,
    /// Parts on a page of its list.
    pub(super) page: usize,
    /// The store answers a PUT of a part without its tag, as some do.
    pub(super) hides_tags: bool,
}

/// What it understands, as far as it differs from place to place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Extensions {
    pub(super) multipart: bool,
}

/// A recording's row, and the object under its key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) key: Option<IdempotencyKey>,
    pub(super) status: UploadStatus,
    /// The upload in parts that the backend knows of. The store may have swept it away.
    pub(super) upload: Option<usize>,
    pub(super) object: Option<Vec<Edition>>,
    /// What the one who completed it said that the whole adds up to.
    pub(super) claimed_sha256: Option<String>,
}

/// An upload in parts in the store.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Upload {
    pub(super) is_open: bool,
    pub(super) kept: BTreeMap<u32, Content>,
}

impl Cloud {
    pub(super) fn new(extensions: Option<Extensions>) -> Self {
        Self {
            extensions,
            places: Vec::new(),
            uploads: Vec::new(),
            page: 1,
            hides_tags: false,
        }
    }

    pub(super) fn capabilities(&self) -> Option<UploadCapabilities> {
        self.extensions
            .map(|extensions| super::extensions(extensions.multipart))
    }

    /// Does what is asked; the answer. `None` where nobody waits for one.
    pub(super) fn perform(&mut self, request: &Request) -> Option<Event> {
        match request {
            Request::Ask(call) => Some(self.ask(call)),
            Request::Put { recording, content } => Some(self.put(recording, content)),
            Request::PutPart {
                recording,
                order,
                content,
                upload,
            } => Some(self.put_part(recording, order, content, *upload)),
            Request::GiveUp(recording) => {
                self.give_up(recording);
                None
            }
        }
    }

    /// The store forgets an upload, by a rule of its own. Nobody is told.
    pub(super) fn sweep(&mut self, upload: usize) {
        self.uploads[upload].is_open = false;
        self.uploads[upload].kept.clear();
    }

    /// An upload in parts that could be swept away.
    pub(super) fn open_upload(&self) -> Option<usize> {
        self.uploads.iter().position(|upload| upload.is_open)
    }

    /// The upload that a ticket given out now would name.
    pub(super) fn upload_of(&self, recording: &RecordingId) -> Option<usize> {
        let place = &self.places[index_of(recording)?];
        let pending = place.status == UploadStatus::Pending;
        place.upload.filter(|_| pending)
    }

    /// What the store holds of a part, in the upload that the backend knows of.
    pub(super) fn kept(&self, recording: &RecordingId, number: u32) -> Option<&Content> {
        let upload = self.places[index_of(recording)?].upload?;
        self.uploads[upload].kept.get(&number)
    }

    /// Whether a request that lingers in the network can still change anything, now or ever.
    pub(super) fn heeds(&self, request: &Request) -> bool {
        let is_pending = |recording: &RecordingId| {
            index_of(recording)
                .is_some_and(|place| self.places[place].status == UploadStatus::Pending)
        };
        match request {
            Request::Ask(call) => match &**call {
                Call::Complete(recording, _) => is_pending(recording),
                // A second place is asked for by nobody else; of a base backend it is one that nobody will use.
                _ => false,
            },
            Request::PutPart { upload, .. } => {
                upload.is_some_and(|upload| self.uploads[upload].is_open)
            }
            Request::Put { recording, .. } => self.may_put(recording),
            Request::GiveUp(recording) => is_pending(recording),
        }
    }

    /// Whether the store takes a whole object there: write-once, where extensions are used.
    fn may_put(&self, recording: &RecordingId) -> bool {
        index_of(recording).is_some_and(|place| {
            let place = &self.places[place];
            let swept = place.status == UploadStatus::Failed;
            !swept && (self.extensions.is_none() || place.object.is_none())
        })
    }

    fn give_up(&mut self, recording: &RecordingId) {
        let Some(index) = index_of(recording) else {
            return;
        };
        let place = &mut self.places[index];
        if place.status != UploadStatus::Pending {
            return;
        }
        place.status = UploadStatus::Failed;
        place.object = None;
        if let Some(upload) = place.upload {
            self.sweep(upload);
        }
    }
}

/// Where a recording's row is.
pub(super) fn index_of(recording: &RecordingId) -> Option<usize> {
    recording.as_str().strip_prefix("recording-")?.parse().ok()
}

pub(super) fn name_of(place: usize) -> RecordingId {
    format!("recording-{place}").into()
}

pub(super) fn key_of(place: usize) -> String {
    format!("key-{place}")
}

//! A recorder, a store, a backend and a disk that do what they are asked, and a clock that moves when nothing else does.

use std::collections::BTreeMap;

use wire::{Initiate, MultipartUpload};

use super::*;
use crate::engine::Line;
use crate::source::Checksum;

pub(super) const PART_BYTES: u64 = 100_000;

/// A part takes so long on its way.
const TAKES: SignedDuration = SignedDuration::from_secs(7);

/// The store, the backend and the disk, which do what they are asked; a clock that moves when nothing else does.
pub(super) struct Live {
    pub(super) state: State,
    pub(super) time: Timestamp,
    pub(super) asked: Vec<Call>,
    pub(super) journal: Vec<Record>,
    pub(super) given_up: u32,
    /// How the file is read, and which parts are on their way.
    pub(super) edition: u64,
    pub(super) on_the_way: BTreeMap<u32, Timestamp>,
    /// Parts in the order in which they were sent, with what of the file that was.
    pub(super) sent: Vec<(u32, std::ops::Range<u64>)>,
    pub(super) stored: BTreeMap<u32, Checksum>,
    pub(super) most_at_once: usize,
    pub(super) wake_at: Option<Timestamp>,
    pub(super) uploads: Option<UploadCapabilities>,
}

impl Live {
    pub(super) fn begin(uploads: Option<UploadCapabilities>, awaits_word: bool) -> Self {
        let mut job = job();
        job.identity.size_bytes = 400;
        let mut live = Self {
            state: State::recording(job, awaits_word, policy()),
            time: start(),
            asked: Vec::new(),
            journal: Vec::new(),
            given_up: 0,
            edition: 0,
            on_the_way: BTreeMap::new(),
            sent: Vec::new(),
            stored: BTreeMap::new(),
            most_at_once: 0,
            wake_at: None,
            uploads,
        };
        let line = Line {
            lanes: 6,
            bytes_per_second: None,
        };
        live.feed(Event::Measured(line));
        live.feed(Event::Begun);
        live
    }

    fn checksum(&self, number: u32) -> Checksum {
        // The header is written over at the end.
        let edition = if number == 1 { self.edition } else { 0 };
        Checksum::Crc64Nvme(u64::from(number) * 100 + edition)
    }

    pub(super) fn feed(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let at = Moment {
                time: self.time,
                jitter: 1.0,
            };
            let (state, effects) = step(self.state.clone(), event, at);
            self.state = state;
            for effect in effects {
                events.extend(self.execute(effect));
            }
        }
    }

    fn execute(&mut self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::Journal(record) | Effect::Note(record) => self.journal.push(record),
            Effect::HashPart { part, .. } => {
                let checksum = self.checksum(part.number);
                let number = part.number;
                return Some(Event::PartHashed { number, checksum });
            }
            Effect::SendPart { order, .. } => {
                assert_eq!(
                    order.checksum,
                    self.checksum(order.number),
                    "it changes after this"
                );
                self.sent.push((order.number, order.range));
                self.on_the_way.insert(order.number, self.time + TAKES);
                self.most_at_once = self.most_at_once.max(self.on_the_way.len());
            }
            Effect::Abort => {
                self.on_the_way.clear();
                self.wake_at = None;
            }
            Effect::Wake(after) => {
                self.wake_at = Some(self.time + SignedDuration::try_from(after).unwrap());
            }
            Effect::GiveUp(_) => self.given_up += 1,
            Effect::Ask(call) => {
                self.asked.push(call.clone());
                return self.answer(call);
            }
            Effect::TakeTurn | Effect::ReadParts { .. } => panic!("{effect:?}"),
            _ => {}
        }
        None
    }

    fn answer(&mut self, call: Call) -> Option<Event> {
        Some(match call {
            Call::Capabilities => Event::Learned(self.uploads.clone()),
            Call::Initiate(request) => Event::Initiated {
                answer: Box::new(initiated(&request)),
                clock_offset: None,
            },
            Call::Complete(_, request) => Event::Completed(Box::new(CompletedRecording {
                id: "recording-1".into(),
                s3_key: request.s3_key.clone(),
                file_size: ByteSize(request.file_size),
                duration: request.duration,
                upload_status: UploadStatus::Complete,
                completed_at: Some(self.time),
            })),
            _ => return None,
        })
    }

    /// Lets whatever is on its way arrive, and whatever is waited for come.
    pub(super) fn pass(&mut self, limit: SignedDuration) {
        let until = self.time + limit;
        loop {
            let part = self
                .on_the_way
                .iter()
                .map(|(number, at)| (*at, *number))
                .min();
            let next = part.map(|(at, _)| at).into_iter().chain(self.wake_at).min();
            let Some(at) = next.filter(|at| *at <= until) else {
                self.time = until;
                return;
            };
            self.time = self.time.max(at);
            let arrived = part.filter(|(arrives_at, _)| *arrives_at == at);
            if let Some((_, number)) = arrived {
                self.on_the_way.remove(&number);
                self.stored.insert(number, self.checksum(number));
                let etag = Some("e".to_owned());
                self.feed(Event::PartStored { number, etag });
            } else {
                self.wake_at = None;
                self.feed(Event::WaitEnded);
            }
        }
    }

    pub(super) fn pass_long(&mut self) {
        self.pass(SignedDuration::from_hours(10));
    }

    pub(super) fn grow(&mut self, final_bytes: u64) {
        self.feed(Event::Grew(final_bytes));
    }

    pub(super) fn seal(&mut self, size_bytes: u64) {
        self.edition += 1;
        let identity = Identity {
            size_bytes,
            ..job().identity
        };
        let duration_seconds = Some(10.4);
        self.feed(Event::Sealed {
            identity,
            duration_seconds,
            mended: None,
        });
    }

    pub(super) fn numbers(&self) -> Vec<u32> {
        self.sent.iter().map(|(number, _)| *number).collect()
    }

    pub(super) fn initiates(&self) -> Vec<&Initiate> {
        let initiates = self.asked.iter().filter_map(|call| match call {
            Call::Initiate(request) => Some(&**request),
            _ => None,
        });
        initiates.collect()
    }

    pub(super) fn completion(&self) -> Option<&wire::Complete> {
        self.asked.iter().find_map(|call| match call {
            Call::Complete(_, request) => Some(&**request),
            _ => None,
        })
    }

    pub(super) fn waits_for(&self) -> Option<WaitCause> {
        match &self.state.stage {
            Stage::Waiting(wait) => Some(wait.cause),
            _ => None,
        }
    }
}

pub(super) fn initiated(request: &Initiate) -> Initiated {
    let multipart = request
        .multipart
        .unwrap_or_default()
        .then(|| MultipartUpload {
            upload_id: "upload-1".to_owned(),
            part_size: PART_BYTES,
        });
    let whole = multipart.is_none();
    Initiated {
        recording_id: "recording-1".into(),
        upload_url: whole.then(|| {
            let url = "https://bucket.example/k?X-Amz-Expires=3600";
            url.to_owned().into()
        }),
        s3_key: "k".to_owned(),
        expires_in: 3600,
        upload_status: UploadStatus::Pending,
        upload_headers: None,
        expires_at: None,
        multipart,
    }
}

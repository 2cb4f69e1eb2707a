//! The decisions, seen from outside: a small world answers each effect with an event, good or bad, in virtual time.

mod decisions;
mod in_parts;
mod properties;
mod store;

use std::collections::VecDeque;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use wire::{ByteSize, CompletedRecording, Initiated, Recording, RenewedTicket, UploadCapabilities};

use super::*;
use crate::engine::{PartSizes, Policy, Speed, Tally, snapshot};
use crate::journal::{Account, Entry, Job, Story, What};
use crate::source::Identity;
use crate::transport::Stored;
use crate::{JobId, Phase, ServerOrigin};

use self::store::PartStore;

const SIZE_BYTES: u64 = 1_000_000;
const SHA256: &str = "00aa";

fn account() -> Account {
    Account {
        server: ServerOrigin::parse("https://recordings.example").unwrap(),
        user: "anna".into(),
    }
}

fn job() -> Job {
    Job {
        id: JobId::new(),
        path: "/recordings/demo.webm".into(),
        file_name: "demo.webm".to_owned(),
        identity: Identity {
            size_bytes: SIZE_BYTES,
            modified_at: None,
            file_id: None,
            ends_sha256: String::new(),
        },
        duration_seconds: Some(10.4),
        content_type: "video/webm".to_owned(),
        task: "onboarding".parse().unwrap(),
        account: Some(account()),
        created_at: start(),
    }
}

fn start() -> Timestamp {
    "2026-11-24T10:00:00Z".parse().unwrap()
}

/// Small parts, so that this recording has ten of them.
fn policy() -> Policy {
    Policy {
        part_sizes: PartSizes {
            least_bytes: 100_000,
            most_bytes: 100_000,
            unit_bytes: 1000,
        },
        ..Policy::default()
    }
}

fn in_parts() -> UploadCapabilities {
    UploadCapabilities {
        multipart: true,
        min_part_size: Some(100_000),
        checksum: Some(wire::WholeChecksum::Crc64Nvme),
        ..extensions(true)
    }
}

fn extensions(renew: bool) -> UploadCapabilities {
    UploadCapabilities {
        multipart: false,
        renew,
        tasks: true,
        checksum: None,
        min_part_size: None,
        max_parts: None,
        max_file_size: None,
    }
}

/// What goes wrong, at the next effect that it can happen to.
#[derive(Debug, Clone)]
enum Mishap {
    /// Whatever is asked or sent next fails so.
    Trouble(Trouble),
    /// The store takes it and the answer is lost.
    LostAfterStoring(Trouble),
    /// The backend completes it and the answer is lost.
    LostAfterCompleting,
    /// The store throws away what had arrived in parts.
    UploadSwept,
}

/// A backend and a store, as far as the engine sees them.
struct World {
    state: State,
    time: Timestamp,
    uploads: Option<UploadCapabilities>,
    mishaps: VecDeque<Mishap>,
    /// The same, at the next PUTs alone.
    at_store: VecDeque<Mishap>,
    /// The object under the key of the place that was given out last.
    stored: bool,
    complete: bool,
    places: u32,
    place_key: Option<wire::IdempotencyKey>,
    renewals: u32,
    sends: u32,
    completions: Vec<wire::Complete>,
    longest_wait: Duration,
    waited: Duration,
    journal: Vec<Record>,
    /// The program dies once so many records are durable, before what they allow is done.
    dies_after: usize,
    orphans: usize,
    ticket_seconds: u32,
    /// Uploads in parts, and what of them is on its way.
    parts: PartStore,
    /// Which of the things that could happen next does.
    picks: VecDeque<usize>,
    wake: Option<Duration>,
}

impl World {
    fn new(uploads: Option<UploadCapabilities>) -> Self {
        Self {
            state: State::new(job(), policy()),
            time: start(),
            uploads,
            mishaps: VecDeque::new(),
            at_store: VecDeque::new(),
            stored: false,
            complete: false,
            places: 0,
            place_key: None,
            renewals: 0,
            sends: 0,
            completions: Vec::new(),
            longest_wait: Duration::ZERO,
            waited: Duration::ZERO,
            journal: Vec::new(),
            dies_after: usize::MAX,
            orphans: 0,
            ticket_seconds: 3600,
            parts: PartStore::default(),
            picks: VecDeque::new(),
            wake: None,
        }
    }

    /// What happens first is decided by these numbers.
    fn picking(mut self, picks: impl IntoIterator<Item = usize>) -> Self {
        self.picks.extend(picks);
        self
    }

    fn suffering(mut self, mishaps: impl IntoIterator<Item = Mishap>) -> Self {
        self.mishaps.extend(mishaps);
        self
    }

    fn suffering_at_the_store(mut self, mishaps: impl IntoIterator<Item = Mishap>) -> Self {
        self.at_store.extend(mishaps);
        self
    }

    /// Runs until nothing more happens by itself; the state's last stage tells how it ended.
    fn run(&mut self) -> Stage {
        self.run_on(Event::Begun)
    }

    fn run_on(&mut self, event: Event) -> Stage {
        let mut events = VecDeque::from([event]);
        let mut steps = 0;
        while let Some(event) = self.next(&mut events) {
            steps += 1;
            assert!(steps < 3_000, "it does not end: {:?}", self.state.stage);
            let more = self.feed(event);
            if std::mem::take(&mut self.parts.aborted) {
                events.retain(|event| !is_of_parts(event));
            }
            events.extend(more);
        }
        self.state.stage.clone()
    }

    /// One of the things that could happen next; time passes when nothing else does.
    fn next(&mut self, events: &mut VecDeque<Event>) -> Option<Event> {
        if events.is_empty() {
            let after = self.wake.take()?;
            self.longest_wait = self.longest_wait.max(after);
            self.waited += after;
            self.time += SignedDuration::try_from(after).unwrap();
            return Some(Event::WaitEnded);
        }
        let mut at = self.picks.pop_front().unwrap_or(0) % events.len();
        if is_of_the_pass(&events[at]) {
            // The pass over the file goes from its beginning to its end.
            at = events.iter().position(is_of_the_pass)?;
        }
        events.remove(at)
    }

    /// Runs until an attempt has begun, and leaves it at that.
    fn sending(mut self) -> Self {
        let mut events = VecDeque::from([Event::Begun]);
        while self.sends == 0 {
            let event = events.pop_front().expect("it sends");
            events.extend(self.feed(event));
        }
        self
    }

    fn step(&self, event: Event) -> (State, Vec<Effect>) {
        let at = Moment {
            time: self.time,
            jitter: 1.0,
        };
        step(self.state.clone(), event, at)
    }

    fn feed(&mut self, event: Event) -> Vec<Event> {
        let was_final = self.state.stage.is_final();
        let proven =
            matches!(event, Event::Proven(_)) && matches!(self.state.goal, Goal::Verify(..));
        self.parts.hear(&event);
        let waited = matches!(self.state.stage, Stage::Waiting(_));
        let (state, effects) = self.step(event);
        self.state = state;
        if waited && self.state.stage == Stage::Working {
            self.wake = None;
        }
        assert!(!was_final || effects.is_empty(), "final is final");
        if !was_final {
            self.check(proven);
        }
        let mut events = Vec::new();
        for effect in effects {
            if self.journal.len() >= self.dies_after {
                self.wake = None;
                self.parts.aborted = true;
                return Vec::new();
            }
            events.extend(self.execute(effect));
        }
        events
    }

    /// The program starts again, with nothing but its log.
    fn restart(&mut self) {
        let made = Record::Queued {
            job: Box::new(self.state.job.clone()),
        };
        let entries = std::iter::once(&made).chain(&self.journal);
        let story = Story {
            job: self.state.job.clone(),
            entries: entries
                .map(|record| Entry {
                    at: start(),
                    what: What::Known(record.clone()),
                })
                .collect(),
            torn_bytes: 0,
        };
        self.state = State::recall(&story, policy());
        self.dies_after = usize::MAX;
        self.wake = None;
        self.parts.restart();
    }

    /// What must hold at every moment.
    fn check(&self, proven: bool) {
        let phase = snapshot(&self.state, 0, &Speed::default()).phase;
        match &phase {
            Phase::Done(_) => assert!(proven && self.complete && self.stored, "done without proof"),
            Phase::Sending {
                sent_bytes,
                total_bytes,
                ..
            } => assert!(
                sent_bytes < total_bytes,
                "100 % before the store has answered"
            ),
            Phase::Waiting {
                cause, next_try, ..
            } => assert_eq!(next_try.is_none(), *cause == WaitCause::SignIn),
            _ => {}
        }
    }

    fn mishap(&mut self, storing: bool, completing: bool) -> Option<Trouble> {
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

    fn execute(&mut self, effect: Effect) -> Vec<Event> {
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
            Effect::HashPart { order } => self.parts.hash(&order),
            Effect::SendPart { order, .. } => self.take_part(&order),
            Effect::GiveUp(_) => {
                self.orphans += 1;
                return Vec::new();
            }
            Effect::Ask(call) => self.answer(call),
            Effect::Send(_) => self.take(),
            Effect::Hash => Event::Hashed(SHA256.to_owned()),
            Effect::ReportOrphan(_) => {
                self.orphans += 1;
                return Vec::new();
            }
            Effect::Abort => {
                self.wake = None;
                self.parts.abort();
                return Vec::new();
            }
            Effect::YieldTurn => return Vec::new(),
        }]
    }

    fn take_part(&mut self, order: &super::super::PartOrder) -> Event {
        self.parts.begin(order, self.state.line.lanes);
        if self.mishap_at_part(order) {
            return self.parts.failed(order);
        }
        self.parts.take(order)
    }

    /// Whether something goes wrong with it; what that is the store of parts knows then.
    fn mishap_at_part(&mut self, order: &super::super::PartOrder) -> bool {
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

    fn take(&mut self) -> Event {
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

    fn answer(&mut self, call: Call) -> Event {
        let completing = matches!(call, Call::Complete(..));
        if let Call::Complete(_, request) = &call {
            self.completions.push(request.clone());
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
                    s3_key: request.s3_key,
                    file_size: ByteSize(request.file_size),
                    duration: request.duration,
                    upload_status: UploadStatus::Complete,
                    completed_at: None,
                }))
            }
            Call::Look(_) => Event::Found(Box::new(self.recording())),
            Call::Prove(url) => Event::Proven(url),
        }
    }

    fn url(&self) -> wire::Secret {
        format!(
            "https://bucket.example/{}?X-Amz-Expires={}",
            self.key(),
            self.ticket_seconds
        )
        .into()
    }

    fn key(&self) -> String {
        format!("key-{}", self.places)
    }

    fn place(&self) -> Initiated {
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

    fn recording(&self) -> Recording {
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
            download_url: self
                .complete
                .then(|| DownloadUrl::from("https://bucket.example/k".to_owned())),
        }
    }

    fn tally(&self) -> &Tally {
        &self.state.tally
    }
}

fn passing() -> Trouble {
    Trouble::Passing {
        retry_after: None,
        slow_down: false,
    }
}

fn failed(trouble: Trouble) -> Event {
    let diagnosis = Diagnosis::of(Code::StoreRefused);
    Event::Failed { trouble, diagnosis }
}

fn trouble(trouble: Trouble) -> Mishap {
    Mishap::Trouble(trouble)
}

fn is_done(stage: &Stage) -> bool {
    matches!(stage, Stage::Done(_))
}

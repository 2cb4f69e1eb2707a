//! This side: what the loop around `step` does with effects, without a socket, a disk or a clock. What it has asked for
//! lies in slots until somebody decides what becomes of it.
//!
//! A crash leaves the records that were durable, and of the notes behind them as many as the disk happens to have kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use wire::RecordingId;

use super::super::{Effect, Event, Moment, PartOrder, PartPlan, PartToRead, Stage, State};
use super::cloud::Request;
use super::file::{Content, Edition, Recording, sha256};
use super::{account, start};
use crate::journal::{Entry, Record, Story, What};
use crate::source::ChecksumKind;

/// The function on trial, or one with a fault planted in it.
pub(super) type Step = fn(&mut State, Event, Moment) -> Vec<Effect>;

/// A program that drives one upload.
#[derive(Clone)]
pub(super) struct Program {
    pub(super) step: Step,
    pub(super) state: State,
    /// What is durable, and what is written behind it.
    pub(super) journal: Vec<Arc<Record>>,
    pub(super) notes: Vec<Arc<Record>>,
    /// What the backend is being asked, or the PUT of a whole recording.
    pub(super) operation: Option<Operation>,
    /// Parts on their way.
    pub(super) parts: BTreeMap<u32, Request>,
    pub(super) rehashing: BTreeMap<u32, (PartToRead, ChecksumKind)>,
    pub(super) pass: Option<Pass>,
    pub(super) wake_at: Option<Timestamp>,
    pub(super) lines_up: bool,
    /// What was asked and is waited for no longer: it may still arrive.
    pub(super) let_go: Vec<Request>,
    /// It was told something twice, which the loop never is.
    pub(super) misheard: Option<Misheard>,
    /// Counts what was put into slots, so that a simulation can tell one from the next.
    pub(super) issued: u64,
    /// Which of them lies where: in a part's slot, or in the one for operations.
    pub(super) serials: BTreeMap<Option<u32>, u64>,
    /// The first thing that it did wrong.
    pub(super) wrong: Option<String>,
}

/// What runs on its own.
#[derive(Debug, Clone)]
pub(super) enum Operation {
    /// Something that is asked of the other side.
    Remote(Request),
    /// The file is read for its hash.
    Hash,
}

/// What was told twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misheard {
    /// What became of a part.
    Part,
    /// The answer to a question.
    Answer,
}

/// The pass over the file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Pass {
    pub(super) plan: PartPlanKey,
    pub(super) kind: ChecksumKind,
    pub(super) allowed: u32,
    pub(super) read: u32,
    pub(super) seen: Vec<Edition>,
    pub(super) is_through: bool,
}

/// A plan's numbers: the recording's size, and the parts'.
pub(super) type PartPlanKey = (u64, u64);

/// How long a program lives on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    /// It goes on.
    Long,
    /// It ends once so many more records are durable, before what they allow is done.
    Until(usize),
}

impl Program {
    pub(super) fn new(step: Step, state: State) -> Self {
        Self {
            step,
            state,
            journal: Vec::new(),
            notes: Vec::new(),
            operation: None,
            parts: BTreeMap::new(),
            rehashing: BTreeMap::new(),
            pass: None,
            wake_at: None,
            lines_up: false,
            let_go: Vec::new(),
            misheard: None,
            issued: 0,
            serials: BTreeMap::new(),
            wrong: None,
        }
    }

    /// Feeds an event; `false` when the program did not live to do all that came of it.
    pub(super) fn happen(
        &mut self,
        event: Event,
        at: Moment,
        file: &Recording,
        life: Life,
    ) -> bool {
        let was_final = self.state.stage.is_final();
        let waited = matches!(self.state.stage, Stage::Waiting(_));
        let effects = (self.step)(&mut self.state, event, at);
        if was_final && !(effects.is_empty() && self.state.stage.is_final()) {
            self.wrong(format!("something after the end: {effects:?}"));
        }
        if waited && self.state.stage == Stage::Working {
            self.wake_at = None;
        }
        let mut left = match life {
            Life::Long => usize::MAX,
            Life::Until(records) => records,
        };
        for effect in effects {
            if left == 0 {
                return false;
            }
            if matches!(effect, Effect::Journal(_)) {
                left -= 1;
            }
            self.execute(effect, at.time, file);
        }
        true
    }

    fn execute(&mut self, effect: Effect, now: Timestamp, file: &Recording) {
        match effect {
            Effect::Journal(record) => {
                self.journal.append(&mut self.notes);
                self.journal.push(Arc::new(record));
            }
            Effect::Note(record) => self.notes.push(Arc::new(record)),
            Effect::TakeTurn => self.lines_up = true,
            Effect::YieldTurn => self.lines_up = false,
            // The file of a trial is what it is.
            Effect::ReportOrphan(_) | Effect::Limit(_) | Effect::Seal => {}
            Effect::Ask(call) => self.start(Operation::Remote(Request::Ask(Box::new(call)))),
            Effect::Send(_) => {
                let Some(recording) = self.place() else {
                    return self.wrong("it sends to no place".to_owned());
                };
                let content = file.whole();
                self.start(Operation::Remote(Request::Put { recording, content }));
            }
            Effect::Hash => self.start(Operation::Hash),
            Effect::ReadParts { plan, kind } => {
                self.pass = Some(Pass {
                    plan: (plan.size_bytes, plan.part_bytes),
                    kind,
                    allowed: 0,
                    read: 0,
                    seen: Vec::new(),
                    is_through: false,
                });
            }
            Effect::ReadOn(up_to) => match &mut self.pass {
                Some(pass) => pass.allowed = pass.allowed.max(up_to),
                None => self.wrong("it reads on where it never began".to_owned()),
            },
            Effect::HashPart { part, kind } => {
                self.rehashing.insert(part.number, (part, kind));
            }
            Effect::SendPart { recording, order } => self.send_part(recording, order, file),
            Effect::Abort => self.abort(),
            Effect::Wake(after) => {
                self.wake_at = Some(now.checked_add(after).unwrap_or(Timestamp::MAX));
            }
            Effect::GiveUp(recording) => self.let_go.push(Request::GiveUp(recording)),
        }
    }

    fn start(&mut self, operation: Operation) {
        self.issued += 1;
        self.serials.insert(None, self.issued);
        // The pass over the file may have come to its end before a hash that was begun beside it: the loop drops that.
        if let Some(Operation::Remote(request)) = self.operation.replace(operation) {
            self.let_go.push(request);
            if self.misheard.is_none() {
                self.wrong("two questions at a time".to_owned());
            }
        }
    }

    fn send_part(&mut self, recording: RecordingId, order: PartOrder, file: &Recording) {
        let number = order.number;
        self.issued += 1;
        self.serials.insert(Some(number), self.issued);
        let lanes = usize::try_from(self.state.line.lanes.max(1)).unwrap();
        if self.parts.len() >= lanes {
            self.wrong(format!("part {number} has no lane"));
        }
        let content = file.read(order.range.clone());
        let request = Request::PutPart {
            recording,
            order,
            content,
            upload: None,
        };
        if self.parts.insert(number, request).is_some() {
            self.wrong(format!("part {number} is sent twice at a time"));
        }
    }

    fn abort(&mut self) {
        if let Some(Operation::Remote(request)) = self.operation.take() {
            self.let_go.push(request);
        }
        let parts = std::mem::take(&mut self.parts);
        self.let_go.extend(parts.into_values());
        self.rehashing.clear();
        self.wake_at = None;
    }

    /// The next thing that the pass over the file says, if it may say one.
    pub(super) fn read(&mut self, file: &Recording) -> Option<Event> {
        let pass = self.pass.as_mut()?;
        let (size_bytes, part_bytes) = pass.plan;
        let plan = PartPlan {
            size_bytes,
            part_bytes,
        };
        if pass.read < pass.allowed {
            pass.read += 1;
            let content = file.read(plan.range(pass.read));
            pass.seen.extend_from_slice(&content.blocks);
            return Some(Event::PartHashed {
                number: pass.read,
                checksum: content.checksum(pass.kind),
            });
        }
        if Some(pass.read) == plan.count() && !pass.is_through {
            pass.is_through = true;
            return Some(Event::Hashed(sha256(&pass.seen)));
        }
        None
    }

    /// Whether the pass has something to say.
    pub(super) fn reads(&self) -> bool {
        self.pass.as_ref().is_some_and(|pass| {
            let count = pass.plan.0.div_ceil(pass.plan.1);
            pass.read < pass.allowed || u64::from(pass.read) == count && !pass.is_through
        })
    }

    /// A part's checksum, computed anew.
    pub(super) fn rehash(&mut self, number: u32, file: &Recording) -> Option<Event> {
        let (part, kind) = self.rehashing.remove(&number)?;
        let content: Content = file.read(part.range);
        Some(Event::PartHashed {
            number,
            checksum: content.checksum(kind),
        })
    }

    /// The program dies, and of its last notes so many are on the disk. What was on its way may still arrive.
    pub(super) fn crash(&mut self, notes_kept: usize) {
        self.notes.truncate(notes_kept);
        self.journal.append(&mut self.notes);
        self.abort();
        self.pass = None;
        self.lines_up = false;
        self.state = recall(&self.state, &self.journal);
    }

    /// What the loop does first.
    pub(super) fn begin(&mut self, at: Moment, file: &Recording) {
        self.happen(Event::SignedIn(account()), at, file, Life::Long);
        self.happen(Event::Begun, at, file, Life::Long);
    }

    /// The place that it works with.
    pub(super) fn place(&self) -> Option<RecordingId> {
        let lost = self.state.lost.as_ref().map(|lost| &lost.place);
        let place = self.state.goal.reservation().or(lost)?;
        Some(place.recording.clone())
    }

    /// Places that it has said it will not use.
    pub(super) fn abandoned(&self) -> BTreeSet<&RecordingId> {
        let records = self.journal.iter().filter_map(|record| match &**record {
            Record::Abandoned { recording } => recording.as_ref(),
            _ => None,
        });
        records.collect()
    }

    fn wrong(&mut self, what: String) {
        self.wrong.get_or_insert(what);
    }
}

/// How the job stands, by what its log says.
pub(super) fn recall(state: &State, journal: &[Arc<Record>]) -> State {
    let made = Arc::new(Record::Queued {
        job: Box::new(state.job.clone()),
    });
    let story = Story {
        job: state.job.clone(),
        entries: std::iter::once(&made)
            .chain(journal)
            .map(|record| Entry {
                at: start(),
                what: What::Known((**record).clone()),
            })
            .collect(),
        torn_bytes: 0,
    };
    State::recall(&story, state.policy)
}

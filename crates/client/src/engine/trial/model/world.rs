//! The world at one moment, and everything that can happen next.

use std::collections::BTreeSet;

use super::super::super::{Event, Goal, Moment, Stage, State, Trouble};
use super::super::cloud::{Cloud, Extensions, Request, index_of};
use super::super::file::{BLOCK_BYTES, Recording};
use super::super::program::{Life, Misheard, Operation, Program, Step};
use super::super::{job, laws, start};
use super::action::{Action, Slot};
use super::print::Recalled;
use super::{Budget, policy};
use crate::{Code, Diagnosis};

/// One upload, the other side, and what is between them.
#[derive(Clone)]
pub(super) struct World {
    pub(super) program: Program,
    pub(super) cloud: Cloud,
    pub(super) file: Recording,
    /// How many blocks of it are final, while it is recorded.
    pub(super) final_blocks: Option<u64>,
    pub(super) budget: Budget,
    /// Requests that nobody waits for any more. Each may arrive, or not.
    pub(super) adrift: Vec<Request>,
    /// A reply that was heard once and may be heard once more.
    pub(super) echo: Option<Event>,
    /// Parts of uploads that this program was told the store has.
    pub(super) told: BTreeSet<(usize, u32)>,
    pub(super) wrong: Option<String>,
    pub(super) recalled: Recalled,
}

fn moment() -> Moment {
    Moment {
        time: start(),
        jitter: 1.0,
    }
}

impl World {
    pub(super) fn new(
        step: Step,
        extensions: Option<Extensions>,
        blocks: u64,
        budget: Budget,
    ) -> Self {
        let size_bytes = blocks * BLOCK_BYTES;
        let state = State::new(job(size_bytes), policy());
        let program = Program::new(step, state);
        let file = Recording::new(size_bytes);
        Self::begun(program, extensions, file, None, budget)
    }

    pub(super) fn begun(
        program: Program,
        extensions: Option<Extensions>,
        file: Recording,
        final_blocks: Option<u64>,
        budget: Budget,
    ) -> Self {
        let mut world = Self {
            program,
            cloud: Cloud::new(extensions),
            file,
            final_blocks,
            budget,
            adrift: Vec::new(),
            echo: None,
            told: BTreeSet::new(),
            wrong: None,
            recalled: Recalled::default(),
        };
        world.begin();
        world
    }

    /// Lets it happen.
    pub(super) fn act(&mut self, action: Action) {
        match action {
            Action::Read => {
                let event = self.program.read(&self.file);
                self.feed(event.unwrap(), Life::Long);
            }
            Action::Rehash(number) => {
                let event = self.program.rehash(number, &self.file);
                self.feed(event.unwrap(), Life::Long);
            }
            Action::Hash => {
                self.program.operation = None;
                let sum = super::super::file::sha256(&self.file.blocks);
                self.feed(Event::Hashed(sum), Life::Long);
            }
            Action::Grow => self.grow(),
            Action::Seal => self.seal(),
            Action::Approve => self.feed(Event::ApproveWanted, Life::Long),
            Action::Wake => {
                self.program.wake_at = None;
                self.feed(Event::WaitEnded, Life::Long);
            }
            Action::Answer(slot) => {
                let (_, event) = self.answer(slot);
                self.feed(event, Life::Long);
            }
            Action::DieAfter(slot, records) => {
                let (_, event) = self.answer(slot);
                self.feed(event, Life::Until(records));
            }
            Action::Arrive(index) => {
                let request = self.adrift.remove(index);
                self.cloud.perform(&request);
            }
            Action::Break(slot) => {
                self.budget.mishaps -= 1;
                let request = self.take(slot);
                self.set_adrift(request);
                self.feed(broken(slot), Life::Long);
            }
            Action::Double(slot) => {
                self.budget.mishaps -= 1;
                let request = self.signed(self.peek(slot).clone());
                let (_, event) = self.answer(slot);
                self.adrift.push(request);
                self.feed(event, Life::Long);
            }
            Action::Repeat(slot) => {
                self.budget.echoes -= 1;
                let (_, event) = self.answer(slot);
                self.echo = Some(event.clone());
                self.feed(event, Life::Long);
            }
            Action::Echo => {
                let event = self.echo.take().unwrap();
                self.program.misheard = Some(match event {
                    Event::PartStored { .. } | Event::PartFailed { .. } => Misheard::Part,
                    _ => Misheard::Answer,
                });
                self.feed(event, Life::Long);
            }
            Action::Sleep => {
                self.budget.sleeps -= 1;
                self.feed(Event::WokeUp, Life::Long);
            }
            Action::Pause => {
                self.budget.pauses -= 1;
                self.feed(Event::PauseWanted, Life::Long);
            }
            Action::Resume => self.feed(Event::ResumeWanted, Life::Long),
            Action::Sweep => {
                self.budget.sweeps -= 1;
                let upload = self.cloud.open_upload().unwrap();
                self.cloud.sweep(upload);
            }
            Action::Crash { notes, rewrites } => {
                if let Some(block) = rewrites {
                    self.budget.rewrites -= 1;
                    self.file.write_over(block);
                }
                self.crash(notes);
            }
            Action::Cut { notes } => {
                self.budget.cuts -= 1;
                let left = self.final_blocks.unwrap() - 1;
                self.crash_leaving(notes, left);
            }
        }
        self.tidy();
    }

    fn peek(&self, slot: Slot) -> &Request {
        match (slot, &self.program.operation) {
            (Slot::Operation, Some(Operation::Remote(request))) => request,
            (Slot::Part(number), _) => &self.program.parts[&number],
            _ => unreachable!("nothing is asked"),
        }
    }

    fn take(&mut self, slot: Slot) -> Request {
        let request = self.peek(slot).clone();
        match slot {
            Slot::Operation => self.program.operation = None,
            Slot::Part(number) => drop(self.program.parts.remove(&number)),
        }
        request
    }

    fn answer(&mut self, slot: Slot) -> (Request, Event) {
        let request = self.take(slot);
        let event = self.cloud.perform(&request).unwrap();
        (request, event)
    }

    pub(super) fn feed(&mut self, event: Event, life: Life) {
        self.note_told(&event);
        let before = self.sent_parts();
        let lives = self.program.happen(event, moment(), &self.file, life);
        if !lives {
            return self.crash(self.program.notes.len());
        }
        self.settle();
        self.check_sent(&before);
    }

    fn begin(&mut self) {
        self.program.begin(moment(), &self.file);
        self.settle();
    }

    /// Nobody else is in the line.
    fn settle(&mut self) {
        while std::mem::take(&mut self.program.lines_up) {
            let file = self.file.clone();
            self.program
                .happen(Event::TurnCame, moment(), &file, Life::Long);
        }
    }

    /// Of a recording there is what was final, and the end that its recorder gave it.
    fn crash(&mut self, notes: usize) {
        let blocks = self.final_blocks.unwrap_or_default() + 1;
        self.crash_leaving(notes, blocks);
    }

    fn crash_leaving(&mut self, notes: usize, blocks: u64) {
        self.budget.crashes = self.budget.crashes.saturating_sub(1);
        self.told.clear();
        // What a program of the past was told is heard by nobody.
        self.echo = None;
        self.program.crash(notes);
        if self.final_blocks.is_some() {
            self.seal_in_a_crash(blocks);
        }
        self.tidy();
        self.begin();
    }

    /// What was let go drifts on, as long as it can still change anything.
    fn tidy(&mut self) {
        for request in std::mem::take(&mut self.program.let_go) {
            self.set_adrift(request);
        }
        self.recalled.read(&self.program);
        let cloud = &self.cloud;
        self.adrift.retain(|request| cloud.heeds(request));
        self.adrift
            .sort_by_cached_key(|request| format!("{request:?}"));
        self.adrift.dedup_by_key(|request| format!("{request:?}"));
    }

    fn set_adrift(&mut self, request: Request) {
        let request = self.signed(request);
        self.adrift.push(request);
    }

    /// A part that is on its way has its ticket.
    fn signed(&self, mut request: Request) -> Request {
        if let Request::PutPart {
            recording, upload, ..
        } = &mut request
        {
            *upload = upload.or_else(|| self.cloud.upload_of(recording));
        }
        request
    }

    fn sent_parts(&self) -> Vec<u32> {
        self.program.parts.keys().copied().collect()
    }

    fn note_told(&mut self, event: &Event) {
        let upload = self.program.place();
        let Some(upload) = upload.and_then(|place| self.cloud.places[index_of(&place)?].upload)
        else {
            return;
        };
        match event {
            Event::PartStored { number, .. } => drop(self.told.insert((upload, *number))),
            Event::Listed(page) => {
                let numbers = page.parts.iter().map(|part| (upload, part.part_number));
                self.told.extend(numbers);
            }
            _ => {}
        }
    }

    /// What the store is known to hold is not sent. A file that was written over is another matter: the journal may speak
    /// of the tags that its earlier bytes had, and is believed.
    fn check_sent(&mut self, before: &[u32]) {
        if self.file.editions.len() > 1 {
            return;
        }
        let Goal::Send(place, _) = &self.program.state.goal else {
            return;
        };
        let Some(upload) = self.cloud.upload_of(&place.recording) else {
            return;
        };
        for (number, request) in &self.program.parts {
            let Request::PutPart { content, .. } = request else {
                continue;
            };
            let is_told = self.told.contains(&(upload, *number));
            if !before.contains(number)
                && is_told
                && self.cloud.kept(&place.recording, *number) == Some(content)
            {
                let wrong = format!("part {number} is sent, and the store has it");
                self.wrong.get_or_insert(wrong);
            }
        }
    }

    /// What it breaks, if anything.
    pub(super) fn broken_law(&self) -> Option<String> {
        let wrong = self.wrong.clone();
        wrong
            .filter(|_| self.program.misheard.is_none())
            .or_else(|| laws::broken_law(&self.program, &self.cloud, &self.file))
    }

    /// Whether the upload may end so, once the network is good.
    pub(super) fn may_end(&self) -> bool {
        match &self.program.state.stage {
            Stage::Done(_) => true,
            // The loop hears every answer once: it has one slot, and drops the connection of what it lets go. If it did
            // not, an upload could end without its link, but not with a wrong one.
            Stage::Failed(_) if self.program.misheard == Some(Misheard::Answer) => true,
            // A file that is another than it was is a cause; nothing else here is.
            Stage::Failed(diagnosis) => {
                let causes = [Code::SourceChanged, Code::Integrity, Code::Conflict];
                self.file.editions.len() > 1 && causes.contains(&diagnosis.code)
            }
            _ => false,
        }
    }
}

/// As a connection that broke is told of.
fn broken(slot: Slot) -> Event {
    let trouble = Trouble::Passing {
        retry_after: None,
        slow_down: false,
    };
    let diagnosis = Diagnosis::of(Code::ConnectionLost);
    match slot {
        Slot::Operation => Event::Failed { trouble, diagnosis },
        Slot::Part(number) => Event::PartFailed {
            number,
            acknowledged_bytes: 0,
            trouble,
            diagnosis,
        },
    }
}

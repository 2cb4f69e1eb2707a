//! The world, and how it is run.

use super::store::PartStore;
use super::*;

/// What goes wrong, at the next effect that it can happen to.
#[derive(Debug, Clone)]
pub(super) enum Mishap {
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
pub(super) struct World {
    pub(super) state: State,
    pub(super) time: Timestamp,
    pub(super) uploads: Option<UploadCapabilities>,
    pub(super) mishaps: VecDeque<Mishap>,
    /// The same, at the next PUTs alone.
    pub(super) at_store: VecDeque<Mishap>,
    /// The object under the key of the place that was given out last.
    pub(super) stored: bool,
    pub(super) complete: bool,
    pub(super) places: u32,
    pub(super) place_key: Option<wire::IdempotencyKey>,
    pub(super) renewals: u32,
    pub(super) sends: u32,
    pub(super) completions: Vec<wire::Complete>,
    pub(super) longest_wait: Duration,
    pub(super) waited: Duration,
    pub(super) journal: Vec<Record>,
    /// The program dies once so many records are durable, before what they allow is done.
    pub(super) dies_after: usize,
    pub(super) orphans: usize,
    pub(super) ticket_seconds: u32,
    /// Uploads in parts, and what of them is on its way.
    pub(super) parts: PartStore,
    /// Which of the things that could happen next does.
    pub(super) picks: VecDeque<usize>,
    pub(super) wake: Option<Duration>,
}

impl World {
    pub(super) fn new(uploads: Option<UploadCapabilities>) -> Self {
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
    pub(super) fn picking(mut self, picks: impl IntoIterator<Item = usize>) -> Self {
        self.picks.extend(picks);
        self
    }

    pub(super) fn suffering(mut self, mishaps: impl IntoIterator<Item = Mishap>) -> Self {
        self.mishaps.extend(mishaps);
        self
    }

    pub(super) fn suffering_at_the_store(
        mut self,
        mishaps: impl IntoIterator<Item = Mishap>,
    ) -> Self {
        self.at_store.extend(mishaps);
        self
    }

    /// Runs until nothing more happens by itself; the state's last stage tells how it ended.
    pub(super) fn run(&mut self) -> Stage {
        self.run_on(Event::Begun)
    }

    pub(super) fn run_on(&mut self, event: Event) -> Stage {
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
    pub(super) fn next(&mut self, events: &mut VecDeque<Event>) -> Option<Event> {
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
    pub(super) fn sending(mut self) -> Self {
        let mut events = VecDeque::from([Event::Begun]);
        while self.sends == 0 {
            let event = events.pop_front().expect("it sends");
            events.extend(self.feed(event));
        }
        self
    }

    pub(super) fn step(&self, event: Event) -> (State, Vec<Effect>) {
        let at = Moment {
            time: self.time,
            jitter: 1.0,
        };
        step(self.state.clone(), event, at)
    }

    pub(super) fn feed(&mut self, event: Event) -> Vec<Event> {
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
    pub(super) fn restart(&mut self) {
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
    pub(super) fn check(&self, proven: bool) {
        let snapshot = snapshot(&self.state, 0, &Speed::default());
        match &snapshot.phase {
            Phase::Done(_) => assert!(proven && self.complete && self.stored, "done without proof"),
            // Of a recording that has just begun nothing is final: no progress is all of it.
            Phase::Sending { .. } => assert!(
                snapshot.arrived_bytes < snapshot.size_bytes.max(1),
                "100 % before the store has answered"
            ),
            Phase::Waiting {
                cause, next_try, ..
            } => {
                let needs_somebody = matches!(cause, WaitCause::SignIn | WaitCause::Paused);
                assert_eq!(next_try.is_none(), needs_somebody);
            }
            _ => {}
        }
    }

    pub(super) fn tally(&self) -> &Tally {
        &self.state.tally
    }
}

//! The world of one seed, as it runs.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::super::super::{Event, Lanes, Line, Moment, Speed, Stage, State, Trouble, snapshot};
use super::super::cloud::{Cloud, Request};
use super::super::file::{BLOCK_BYTES, Recording};
use super::super::program::{Life, Program, Step};
use super::super::{job, laws, policy, start};
use super::flight::{Flight, Slot};
use super::growth::Growth;
use super::lot::Lot;
use super::storm::{Harshness, Storm, milliseconds};
use crate::{Code, Diagnosis, Phase, WaitCause};

/// As often as the loop looks.
pub(super) const TICK: SignedDuration = SignedDuration::from_millis(250);

/// A read of a part, or of all, takes so long.
pub(super) const READ: SignedDuration = SignedDuration::from_millis(3);

/// What a sound upload needs of time when nothing is wrong any more, beside sending: the longest waits that a server may
/// have asked for, and the longest between looks.
const PATIENCE: SignedDuration = SignedDuration::from_mins(12);

pub(super) struct Sky {
    pub(super) lot: Lot,
    pub(super) storm: Storm,
    pub(super) program: Program,
    pub(super) cloud: Cloud,
    pub(super) file: Recording,
    pub(super) now: Timestamp,
    /// How far the computer's clock is off.
    pub(super) clock_is_off: SignedDuration,
    pub(super) flights: BTreeMap<Slot, Flight>,
    pub(super) adrift: Vec<(Timestamp, Request)>,
    pub(super) reads_at: Timestamp,
    pub(super) ticks_at: Timestamp,
    pub(super) mischief_at: Timestamp,
    pub(super) signed_out_until: Option<Timestamp>,
    /// When its user has it go on.
    pub(super) paused_until: Option<Timestamp>,
    /// How the file grows, while it is recorded.
    pub(super) growth: Option<Growth>,
    /// The file is another, and whoever looks sees it.
    pub(super) has_changed: bool,
    pub(super) was_cancelled: bool,
    pub(super) lanes: Lanes,
    pub(super) told_bytes: u64,
    began: Instant,
    /// Bytes of parts that were ever acknowledged, and those that had to be sent in vain.
    pub(super) on_the_wire: u64,
    pub(super) excused: u64,
    pub(super) crashes: u32,
    pub(super) sweeps: u32,
    /// What went wrong, and how often.
    pub(super) faults: BTreeMap<String, u32>,
    pub(super) wrong: Option<String>,
}

impl Sky {
    pub(super) fn new(seed: u64, step: Step) -> Self {
        Self::made(seed, step, false)
    }

    /// The world of a seed, in which the file is finished or is still being recorded.
    pub(super) fn made(seed: u64, step: Step, is_recording: bool) -> Self {
        let mut lot = Lot::new(seed);
        let storm = Storm::of(&mut lot);
        let size_bytes = storm.blocks * BLOCK_BYTES;
        let (job, policy) = (job(size_bytes), policy(storm.most_blocks));
        let growth = is_recording.then(|| Growth::of(&mut lot));
        let state = if is_recording {
            State::recording(job, false, policy)
        } else {
            State::new(job, policy)
        };
        let mut cloud = Cloud::new(storm.extensions);
        cloud.page = 7;
        cloud.hides_tags = storm.hides_tags;
        let mut sky = Self {
            program: Program::new(step, state),
            cloud,
            file: Recording::new(size_bytes),
            now: start(),
            clock_is_off: SignedDuration::ZERO,
            flights: BTreeMap::new(),
            adrift: Vec::new(),
            reads_at: start(),
            ticks_at: start(),
            mischief_at: start(),
            signed_out_until: None,
            paused_until: None,
            growth,
            has_changed: false,
            was_cancelled: false,
            lanes: Lanes::default(),
            told_bytes: 0,
            began: Instant::now(),
            on_the_wire: 0,
            excused: 0,
            crashes: 0,
            sweeps: 0,
            faults: BTreeMap::new(),
            wrong: None,
            lot,
            storm,
        };
        sky.plan_mischief();
        sky.begin();
        sky
    }

    /// Runs to the end of the upload; what was wrong on the way, if anything.
    pub(super) fn run(&mut self) -> Result<(), String> {
        let size = self.file.size_bytes;
        let sending = milliseconds(size * 1000 / self.storm.lane_speed.min(self.storm.line_speed));
        let recording = self.growth.as_ref().map(Growth::lasts).unwrap_or_default();
        let deadline = self.storm_ends() + PATIENCE + sending * 3 + recording * 40;
        while !self.program.state.stage.is_final() {
            if self.now > deadline {
                let (state, flights) = (&self.program.state, self.flights.len());
                return Err(format!(
                    "it does not end: {:?}, with {flights} requests on their way at {}; {:?}",
                    state.stage, self.now, state.tally
                ));
            }
            self.pass_time();
            self.check()?;
        }
        for (_, request) in std::mem::take(&mut self.adrift) {
            self.cloud.perform(&request);
        }
        self.check()?;
        self.check_end()
    }

    fn check(&self) -> Result<(), String> {
        let broken = laws::broken_law(&self.program, &self.cloud, &self.file);
        if let Some(law) = self.wrong.clone().or(broken) {
            return Err(law);
        }
        if !(1..=6).contains(&self.lanes.count()) {
            return Err(format!("{} lanes", self.lanes.count()));
        }
        let is_sound = self.storm.harshness == Harshness::Passing && !self.storm.rewrites;
        if is_sound && self.on_the_wire > self.file.size_bytes + self.excused {
            let (sent, excused) = (self.on_the_wire, self.excused);
            return Err(format!(
                "{sent} bytes were sent, and {excused} of them had to be"
            ));
        }
        let now = snapshot(&self.program.state, 0, &Speed::default());
        let sending = matches!(now.phase, Phase::Sending { .. });
        if sending && now.arrived_bytes >= now.size_bytes.max(1) {
            return Err("100 % before the end".to_owned());
        }
        Ok(())
    }

    fn check_end(&self) -> Result<(), String> {
        let may_fail = self.storm.harshness == Harshness::Anything || self.storm.rewrites;
        match &self.program.state.stage {
            Stage::Done(_) => Ok(()),
            Stage::Cancelled(_) if self.was_cancelled => Ok(()),
            Stage::Failed(diagnosis)
                if self.has_changed && diagnosis.code == Code::SourceChanged =>
            {
                Ok(())
            }
            Stage::Failed(_) if may_fail => Ok(()),
            stage => Err(format!("it ended as {stage:?}")),
        }
    }

    fn storm_ends(&self) -> Timestamp {
        start() + self.storm.lasts
    }

    pub(super) fn is_stormy(&self) -> bool {
        self.now < self.storm_ends()
    }

    fn moment(&mut self) -> Moment {
        Moment {
            time: self.now + self.clock_is_off,
            jitter: self.lot.fraction(),
        }
    }

    /// The computer's own time at which a wait ends.
    fn wake_at(&self) -> Option<Timestamp> {
        Some(self.program.wake_at? - self.clock_is_off)
    }

    /// Goes on to the next thing that happens, and lets it.
    fn pass_time(&mut self) {
        self.launch();
        let is_sending = self
            .flights
            .values()
            .any(|flight| flight.is_put() && flight.due.is_none());
        let first_due = self
            .flights
            .iter()
            .filter_map(|(slot, flight)| Some((flight.due?, *slot)))
            .min();
        let first_adrift = (0..self.adrift.len()).min_by_key(|index| self.adrift[*index].0);
        let reads = self.program.reads() || !self.program.rehashing.is_empty();
        let tick = is_sending.then_some(self.ticks_at);
        let mischief = (self.mischief_at < self.storm_ends()).then_some(self.mischief_at);
        let next = [
            first_due.map(|(at, _)| at),
            first_adrift.map(|index| self.adrift[index].0),
            reads.then_some(self.reads_at),
            self.wake_at(),
            tick,
            mischief,
            self.signed_out_until,
            self.paused_until,
            self.growth.as_ref().map(|growth| growth.next_at),
        ];
        let Some(at) = next.into_iter().flatten().min() else {
            return self.wrong_now("nothing will ever happen");
        };
        self.now = self.now.max(at);
        if let Some((due, slot)) = first_due
            && due <= at
        {
            self.land(slot);
        } else if let Some(index) = first_adrift
            && self.adrift[index].0 <= at
        {
            let (_, request) = self.adrift.swap_remove(index);
            self.cloud.perform(&request);
        } else if reads && self.reads_at <= at {
            self.read();
        } else if self.wake_at().is_some_and(|wake| wake <= at) {
            self.program.wake_at = None;
            self.feed(Event::WaitEnded);
        } else if tick.is_some_and(|tick| tick <= at) {
            self.tick();
        } else if self.signed_out_until.is_some_and(|until| until <= at) {
            self.signed_out_until = None;
            self.feed(Event::SignedIn(super::super::account()));
        } else if self.paused_until.is_some_and(|until| until <= at) {
            self.paused_until = None;
            self.feed(Event::ResumeWanted);
        } else if self
            .growth
            .as_ref()
            .is_some_and(|growth| growth.next_at <= at)
        {
            self.grow();
        } else {
            self.mischief();
            self.plan_mischief();
        }
    }

    pub(super) fn feed(&mut self, event: Event) -> bool {
        self.feed_for(event, Life::Long)
    }

    /// Feeds an event as the loop does; `false` when the program died of it.
    pub(super) fn feed_for(&mut self, event: Event, life: Life) -> bool {
        self.lanes.hear(&event, self.instant());
        let moment = self.moment();
        let lives = self.program.happen(event, moment, &self.file, life);
        self.collect();
        if !lives {
            return false;
        }
        while std::mem::take(&mut self.program.lines_up) {
            let moment = self.moment();
            self.program
                .happen(Event::TurnCame, moment, &self.file, Life::Long);
        }
        let waits_for_sign_in = matches!(&self.program.state.stage, Stage::Waiting(wait) if wait.cause == WaitCause::SignIn);
        if waits_for_sign_in && self.program.wake_at.is_none() && self.signed_out_until.is_none() {
            self.program.wake_at =
                Some(self.now + self.clock_is_off + SignedDuration::from_secs(1));
        }
        self.launch();
        true
    }

    pub(super) fn begin(&mut self) {
        let moment = self.moment();
        self.program.begin(moment, &self.file);
        self.feed(Event::Measured(self.line()));
    }

    pub(super) fn instant(&self) -> Instant {
        let elapsed = self.now.duration_since(start());
        self.began + Duration::try_from(elapsed).unwrap()
    }

    pub(super) fn line(&self) -> Line {
        Line {
            lanes: self.lanes.count(),
            bytes_per_second: self.lanes.bytes_per_second(),
        }
    }

    /// What was let go arrives later, or never; what it had got acknowledged was in vain.
    pub(super) fn collect(&mut self) {
        for request in std::mem::take(&mut self.program.let_go) {
            let slot = match &request {
                Request::PutPart { order, .. } => Some(order.number),
                _ => None,
            };
            let is_told = matches!(request, Request::GiveUp(_));
            let flight = (!is_told).then(|| self.flights.remove(&slot)).flatten();
            let is_whole = flight.as_ref().is_none_or(Flight::is_whole);
            if let Some(flight) = flight
                && slot.is_some()
            {
                self.excused += flight.acknowledged;
            }
            if is_whole && self.lot.happens(if is_told { 0.9 } else { 0.4 }) {
                self.set_adrift(request);
            }
        }
    }

    pub(super) fn set_adrift(&mut self, mut request: Request) {
        if let Request::PutPart {
            recording, upload, ..
        } = &mut request
        {
            *upload = upload.or_else(|| self.cloud.upload_of(recording));
        }
        if self.cloud.heeds(&request) {
            let at = self.now + milliseconds(self.lot.between(1, 60_000));
            self.adrift.push((at, request));
        }
    }

    fn read(&mut self) {
        self.reads_at = self.now + READ;
        if self.has_changed {
            self.read_failed(Trouble::Lasting, Code::SourceChanged);
            return;
        }
        if self.is_stormy() && self.lot.happens(self.storm.fault_rate / 20.0) {
            self.program.pass = None;
            self.read_failed(Trouble::DiskSilent, Code::Unreadable);
            return;
        }
        let again = self.program.rehashing.keys().next().copied();
        let event = match again {
            Some(number) => self.program.rehash(number, &self.file),
            None => self.program.read(&self.file),
        };
        self.feed(event.unwrap());
    }

    fn read_failed(&mut self, trouble: Trouble, code: Code) {
        *self.faults.entry(format!("{trouble:?}")).or_default() += 1;
        let diagnosis = Diagnosis::of(code);
        self.feed(Event::ReadFailed { trouble, diagnosis });
    }

    pub(super) fn measure(&mut self, in_flight: u64, in_use: u32) {
        let on_the_wire = self.program.state.tally.bytes_sent + in_flight;
        let bytes = on_the_wire.saturating_sub(self.told_bytes);
        self.told_bytes = on_the_wire;
        let now = self.instant();
        self.lanes.learn(bytes, in_use, now);
        let line = self.line();
        if line != self.program.state.line {
            self.feed(Event::Measured(line));
        }
    }

    fn wrong_now(&mut self, what: &str) {
        self.wrong.get_or_insert(what.to_owned());
    }
}

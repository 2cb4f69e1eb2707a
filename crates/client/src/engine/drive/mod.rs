//! The one loop: executes effects, feeds events, publishes snapshots.

mod operations;
mod parts;

use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use wire::RecordingId;

use super::queue::{Move, Place, Turn};
use super::step::advance;
use super::{
    Effect, Event, Goal, Line, Moment, Queue, SharedLanes, Speed, Stage, State, Ticket, Trouble,
    snapshot,
};
use crate::backend::Backend;
use crate::journal::{Account, JobLog, JournalError, Record};
use crate::source::{Disk, Source};
use crate::transport::{Limits, Progress, Throttle};
use crate::wishes::{Wish, Wishes};
use crate::{Client, SessionState, Snapshot, WaitCause, diagnosis};

use self::operations::Operation;
use self::parts::PartWork;

/// How often progress is published, and the clocks are compared.
const TICK: Duration = Duration::from_millis(250);

/// The wall clock gets this far ahead of the monotonic one, which stands still meanwhile, where a computer slept. A
/// process that was merely held up (a slow disk, a signal) sees both go on: its sockets say what became of them.
const SLEPT: Duration = Duration::from_secs(5);

/// Who waits for sign-in while somebody is signed in (they may have just come back) asks again after this long.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Longest time that giving an upload up at the backend may take.
const GIVE_UP_LIMIT: Duration = Duration::from_secs(10);

/// What the holder of an upload wants.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Command {
    /// Try now.
    Retry,
    /// Rest.
    Pause,
    /// Go on.
    Resume,
    /// Send at most so many bytes a second, or as many as go.
    Limit(Option<NonZeroU64>),
    /// Go before or after others that wait.
    Move(Move),
    /// Give it up.
    Cancel,
    /// Stop, resumable.
    Stop,
}

impl From<Wish> for Command {
    fn from(wish: Wish) -> Self {
        match wish {
            Wish::Pause => Self::Pause,
            Wish::Resume => Self::Resume,
            Wish::Cancel => Self::Cancel,
            Wish::Limit { bytes_per_second } => Self::Limit(bytes_per_second),
            Wish::MoveToFront => Self::Move(Move::ToFront),
        }
    }
}

/// An upload being driven.
pub(crate) struct Drive {
    state: State,
    source: Source,
    disk: Arc<Disk>,
    log: Arc<Mutex<JobLog>>,
    client: Client,
    queue: Queue,
    lanes: SharedLanes,
    limits: Limits,
    throttle: Throttle,
    snapshots: watch::Sender<Snapshot>,
    commands: mpsc::UnboundedReceiver<Command>,
    wishes: Wishes,

    operation: Option<Operation>,
    progress: Progress,
    parts: PartWork,
    wake_at: Option<Instant>,
    place: Option<Place>,
    turn: Option<Turn>,
    speed: Speed,
    looked_at: Instant,
    /// Bytes on the wire when the lanes were last told.
    told_bytes: u64,
}

impl Drive {
    pub(crate) fn new(
        state: State,
        log: JobLog,
        client: Client,
        queue: Queue,
        lanes: SharedLanes,
        limits: Limits,
        commands: mpsc::UnboundedReceiver<Command>,
    ) -> (Self, watch::Receiver<Snapshot>) {
        let place = queue.join(&state.job.id);
        let speed = Speed::default();
        let (snapshots, mut receiver) = watch::channel(snapshot(&state, place.ahead(), &speed));
        receiver.mark_changed();
        let source = Source::fixed(state.job.path.clone(), state.job.identity.clone());
        let drive = Self {
            state,
            source,
            disk: Arc::new(Disk::answering_within(limits.disk)),
            client,
            queue,
            lanes,
            limits,
            throttle: Throttle::default(),
            snapshots,
            commands,
            wishes: Wishes::listen(log.folder().to_owned()),
            log: Arc::new(Mutex::new(log)),
            operation: None,
            progress: Progress::default(),
            parts: PartWork::default(),
            wake_at: None,
            place: Some(place),
            turn: None,
            speed,
            looked_at: Instant::now(),
            told_bytes: 0,
        };
        (drive, receiver)
    }

    /// Drives the upload to its end: done, failed, given up or stopped.
    pub(crate) async fn run(mut self) {
        let mut session = self.client.session();
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut ticked_at = (SystemTime::now(), Instant::now());

        let signed_in = account(&session.borrow_and_update());
        if let Some(account) = signed_in {
            self.happen(Event::SignedIn(account)).await;
        }
        self.measure().await;
        self.happen(Event::Begun).await;
        while !self.state.stage.is_final() {
            let event = tokio::select! {
                biased;
                // Nobody holds the upload any more: then it stops.
                command = self.commands.recv() => self.obey(command.unwrap_or(Command::Stop)),
                wishes = self.wishes.next() => self.grant(wishes).await,
                outcome = outcome(&mut self.operation) => Some(outcome),
                event = self.parts.next(&self.source) => Some(event),
                () = due(self.wake_at) => {
                    self.wake_at = None;
                    Some(Event::WaitEnded)
                }
                () = line_moved(&mut self.place) => self.try_turn(),
                Ok(()) = session.changed() => account(&session.borrow_and_update()).map(Event::SignedIn),
                _ = ticks.tick() => {
                    let now = (SystemTime::now(), Instant::now());
                    let wall = now.0.duration_since(ticked_at.0).unwrap_or_default();
                    let slept = slept(wall, now.1.duration_since(ticked_at.1));
                    ticked_at = now;
                    if slept {
                        Some(Event::WokeUp)
                    } else {
                        self.measure().await;
                        if self.wishes.must_be_looked_for() {
                            let wishes = self.wishes.look();
                            self.grant(wishes).await;
                        }
                        self.look()
                    }
                }
            };
            match event {
                Some(event) => self.happen(event).await,
                None => publish(&self.snapshots, self.snapshot()),
            }
        }
        self.leave().await;
    }

    /// What its holder wants.
    fn obey(&mut self, command: Command) -> Option<Event> {
        Some(match command {
            Command::Retry => Event::RetryWanted,
            Command::Pause => Event::PauseWanted,
            Command::Resume => Event::ResumeWanted,
            Command::Limit(limit) => Event::LimitWanted(limit),
            Command::Move(how) => {
                self.queue.move_job(&self.state.job.id, how);
                return None;
            }
            Command::Cancel => Event::CancelWanted,
            Command::Stop => Event::StopWanted,
        })
    }

    /// What other programs want.
    async fn grant(&mut self, wishes: Vec<Wish>) -> Option<Event> {
        for wish in wishes {
            if let Some(event) = self.obey(wish.into()) {
                self.happen(event).await;
            }
        }
        None
    }

    /// Feeds an event, and whatever comes of journaling its effects.
    async fn happen(&mut self, event: Event) {
        let mut next = Some(event);
        while let Some(event) = next.take() {
            let ended = matches!(event, Event::Stored(_) | Event::Failed { .. });
            if ended && let Some(progressed) = self.look() {
                // What the last moments brought counts too.
                advance(&mut self.state, progressed, moment());
            }
            if asks_to_be_spared(&event) {
                self.lanes.lock().halve(std::time::Instant::now());
            }
            let waited = matches!(self.state.stage, Stage::Waiting(_));
            let effects = advance(&mut self.state, event, moment());
            if waited && self.state.stage == Stage::Working {
                self.wake_at = None;
                self.begin_to_measure();
            }
            for effect in effects {
                if let Err(error) = self.execute(effect).await {
                    tracing::error!(job = %self.state.job.id, %error, source = ?error, "the journal cannot be written");
                    next = Some(Event::JournalFailed(diagnosis::of_journal(&error)));
                    break;
                }
            }
        }
        if self.state.stage.is_final() {
            // Told when everything that it promises is so.
            return;
        }
        let waits_for_sign_in =
            matches!(&self.state.stage, Stage::Waiting(wait) if wait.cause == WaitCause::SignIn);
        if waits_for_sign_in && self.wake_at.is_none() && self.backend().is_some() {
            self.wake_at = Some(Instant::now() + ASK_AGAIN_AFTER);
        }
        publish(&self.snapshots, self.snapshot());
    }

    async fn execute(&mut self, effect: Effect) -> Result<(), JournalError> {
        match effect {
            Effect::Journal(record) => {
                return write(self.log.clone(), record, JobLog::append).await;
            }
            Effect::Note(record) => return write(self.log.clone(), record, JobLog::note).await,
            Effect::TakeTurn => {
                if self.place.is_none() {
                    self.place = Some(self.queue.join(&self.state.job.id));
                }
            }
            Effect::YieldTurn => {
                self.turn = None;
                self.place = None;
            }
            Effect::Limit(limit) => self.throttle.set(limit),
            Effect::Ask(call) => self.operation = Some(self.ask(call)),
            Effect::Send(ticket) => self.operation = Some(self.send(ticket)),
            Effect::Hash => self.operation = Some(self.hash()),
            Effect::ReadParts { plan, kind } => {
                self.begin_to_measure();
                self.read_parts(plan, kind);
            }
            Effect::ReadOn(up_to) => self.parts.read_on(up_to),
            Effect::HashPart { order } => self.hash_part(order),
            Effect::SendPart { recording, order } => self.send_part(recording, order),
            Effect::Abort => {
                self.operation = None;
                self.parts.abort();
                self.wake_at = None;
            }
            Effect::Wake(after) => self.wake_at = Some(Instant::now() + after),
            Effect::GiveUp(recording) => self.give_up(recording),
            Effect::ReportOrphan(recording) => {
                tracing::info!(job = %self.state.job.id, %recording, "a reserved place stays unused at the backend");
            }
        }
        Ok(())
    }

    /// The backend in the name of whose upload it is; nobody else's.
    fn backend(&self) -> Option<Backend> {
        let backend = self.client.backend().ok()?;
        (self.state.account.as_ref() == Some(&account_of(&backend))).then_some(backend)
    }

    fn try_turn(&mut self) -> Option<Event> {
        self.turn = self.place.as_ref()?.try_take();
        self.turn.as_ref()?;
        self.place = None;
        Some(Event::TurnCame)
    }

    /// How far what is on its way has come.
    fn look(&mut self) -> Option<Event> {
        let bytes = self.acknowledged_bytes()?;
        let now = Instant::now();
        let on_the_wire = self.state.tally.bytes_sent + bytes;
        self.speed
            .learn(on_the_wire, now.duration_since(self.looked_at));
        self.looked_at = now;
        Some(Event::Progressed(bytes))
    }

    /// What has been acknowledged of the attempt that runs, or of the parts that are on their way; `None` while nothing
    /// is being sent.
    fn acknowledged_bytes(&self) -> Option<u64> {
        if self.state.stage != Stage::Working {
            return None;
        }
        match &self.state.goal {
            Goal::Send(_, Ticket::Multipart(_)) => Some(self.parts.acknowledged_bytes()),
            Goal::Send(_, Ticket::Single(_)) => {
                self.operation.as_ref()?;
                Some(self.progress.acknowledged_bytes())
            }
            _ => None,
        }
    }

    /// Speed counts from now on.
    fn begin_to_measure(&mut self) {
        self.speed = Speed::counting_from(self.state.tally.bytes_sent);
        self.looked_at = Instant::now();
    }

    /// Tells the lanes what has arrived, and the upload what the lanes make of it.
    async fn measure(&mut self) {
        let line = {
            let mut lanes = self.lanes.lock();
            if self.state.holds_turn {
                let in_flight = self.acknowledged_bytes();
                let on_the_wire = self.state.tally.bytes_sent + in_flight.unwrap_or(0);
                let in_use = self
                    .parts
                    .in_use()
                    .max(u32::from(in_flight.is_some() && self.operation.is_some()));
                let bytes = on_the_wire.saturating_sub(self.told_bytes);
                self.told_bytes = on_the_wire;
                lanes.learn(bytes, in_use, std::time::Instant::now());
            }
            Line {
                lanes: lanes.count(),
                bytes_per_second: lanes.bytes_per_second(),
            }
        };
        if line != self.state.line {
            self.happen(Event::Measured(line)).await;
        }
    }

    /// Tells the backend of a place that will not be used, in the background.
    fn give_up(&self, recording: RecordingId) {
        let backend = self.backend();
        tokio::spawn(async move { give_up(backend, &recording).await });
    }

    fn snapshot(&self) -> Snapshot {
        let ahead = self.place.as_ref().map_or(0, Place::ahead);
        snapshot(&self.state, ahead, &self.speed)
    }

    /// What is left to do when nothing more happens. Whoever is told that it is done, failed or stopped finds the job free
    /// in the journal: to be forgotten once the link is shown, or to be taken up again. That it is cancelled is told at
    /// once: the backend may take its time.
    async fn leave(mut self) {
        // Others need not wait for what is left to do.
        self.place = None;
        self.turn = None;
        let backend = self.backend();
        let last = self.snapshot();
        let Self {
            state,
            log,
            snapshots,
            ..
        } = self;
        let Stage::Cancelled(given_up) = state.stage else {
            // Nothing else holds it: what was written was waited for.
            drop(log);
            return publish(&snapshots, last);
        };
        publish(&snapshots, last);
        // The log says what is still to be told; the next start does it.
        if let Some(recording) = given_up
            && !give_up(backend, &recording).await
        {
            return;
        }
        forget(log).await;
    }
}

fn publish(snapshots: &watch::Sender<Snapshot>, now: Snapshot) {
    snapshots.send_if_modified(|last| {
        let changed = *last != now;
        *last = now;
        changed
    });
}

/// Tells the backend that a recording is given up; whether it heard.
async fn give_up(backend: Option<Backend>, recording: &RecordingId) -> bool {
    let Some(backend) = backend else { return false };
    match timeout(GIVE_UP_LIMIT, backend.give_up(recording)).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::info!(%recording, %error, "the backend was not told that the upload is given up");
            false
        }
        Err(_) => {
            tracing::info!(%recording, "the backend was not told in time that the upload is given up");
            false
        }
    }
}

/// How a record is written.
type Write = fn(&mut JobLog, &Record, Timestamp) -> Result<(), JournalError>;

/// Writes a transition down, on a thread that may block.
async fn write(log: Arc<Mutex<JobLog>>, record: Record, how: Write) -> Result<(), JournalError> {
    let written = tokio::task::spawn_blocking(move || {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        how(&mut log, &record, Timestamp::now())
    });
    written
        .await
        .unwrap_or_else(|error| Err(JournalError::Unwritable(std::io::Error::other(error))))
}

/// Removes a job that was given up. A log that stays is offered again: a nuisance, no loss.
async fn forget(log: Arc<Mutex<JobLog>>) {
    let Some(log) = Arc::into_inner(log) else {
        return;
    };
    let log = log.into_inner().unwrap_or_else(PoisonError::into_inner);
    match tokio::task::spawn_blocking(move || log.forget()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "a job that was given up could not be removed"),
        Err(error) => tracing::warn!(%error, "a job that was given up could not be removed"),
    }
}

/// Whose a backend's session is.
pub(crate) fn account_of(backend: &Backend) -> Account {
    Account {
        server: backend.server().clone(),
        user: backend.user().id.clone(),
    }
}

fn account(session: &SessionState) -> Option<Account> {
    match session {
        SessionState::SignedIn { server, user, .. } => Some(Account {
            server: server.clone(),
            user: user.id.clone(),
        }),
        SessionState::SignedOut { .. } => None,
    }
}

/// Whether the wall clock went on while the monotonic one stood still. A wall clock that was set back is no sleep.
fn slept(wall: Duration, monotonic: Duration) -> bool {
    wall.saturating_sub(monotonic) > SLEPT
}

fn moment() -> Moment {
    Moment {
        time: Timestamp::now(),
        jitter: rand::random(),
    }
}

/// Whether a failure means that less should be asked of the store, or of the line.
fn asks_to_be_spared(event: &Event) -> bool {
    let (Event::PartFailed { trouble, .. } | Event::Failed { trouble, .. }) = event else {
        return false;
    };
    matches!(
        trouble,
        Trouble::Stalled
            | Trouble::Passing {
                slow_down: true,
                ..
            }
    )
}

async fn outcome(operation: &mut Option<Operation>) -> Event {
    match operation {
        Some(running) => {
            let outcome = running.await;
            *operation = None;
            outcome
        }
        None => std::future::pending().await,
    }
}

async fn due(wake_at: Option<Instant>) {
    match wake_at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

async fn line_moved(place: &mut Option<Place>) {
    match place {
        Some(place) => place.changed().await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_shows_in_the_wall_clock_alone() {
        for (wall_milliseconds, monotonic_milliseconds, expected) in [
            (250, 250, false),
            (5_250, 250, false),
            (6_000, 250, true),
            // The process was held up, and the computer was awake.
            (60_000, 60_000, false),
            // The wall clock was set back.
            (0, 250, false),
        ] {
            let wall = Duration::from_millis(wall_milliseconds);
            let monotonic = Duration::from_millis(monotonic_milliseconds);
            assert_eq!(slept(wall, monotonic), expected, "{wall:?} {monotonic:?}");
        }
    }
}

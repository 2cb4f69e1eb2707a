//! The one loop: executes effects, feeds events, publishes snapshots.

mod commands;
mod growing;
mod leaving;
mod measuring;
mod network;
mod operations;
mod parts;
mod showing;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::queue::{Place, Turn};
use super::step::advance;
use super::{Effect, Event, Moment, Queue, SharedLanes, SleepWatch, Speed, Stage, State, snapshot};
use crate::backend::Backend;
use crate::journal::{Account, JobLog, JournalError, Record};
use crate::source::{Disk, Source};
use crate::transport::{Limits, Progress, Throttle};
use crate::wishes::Wishes;
use crate::{Client, SessionState, Snapshot, WaitCause, diagnosis};

pub(crate) use self::commands::Command;
pub(crate) use self::showing::Shown;

use self::growing::{Following, followed};
use self::network::WaysOut;
use self::operations::Operation;
use self::parts::PartWork;
use self::showing::{Showing, showing};

/// How often progress is published, and the clocks are compared.
const TICK: Duration = Duration::from_millis(250);

/// Who waits for sign-in while somebody is signed in (they may have just come back) asks again after this long.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// An upload being driven.
pub(crate) struct Drive {
    state: State,
    source: Source,
    /// Whoever follows the file, while it is recorded.
    following: Option<Following>,
    disk: Arc<Disk>,
    log: Arc<Mutex<JobLog>>,
    client: Client,
    queue: Queue,
    lanes: SharedLanes,
    limits: Limits,
    throttle: Throttle,
    showing: Showing,
    commands: mpsc::UnboundedReceiver<Command>,
    wishes: Wishes,

    operation: Option<Operation>,
    progress: Progress,
    parts: PartWork,
    wake_at: Option<Instant>,
    /// The ways out when they were looked for last, while the upload waits for one.
    ways_out: Option<WaysOut>,
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
    ) -> (Self, Shown) {
        queue.recall(&state.job.id, state.rank);
        let place = (!state.is_live).then(|| queue.join(&state.job.id));
        let speed = Speed::default();
        let ahead = place.as_ref().map_or(0, Place::ahead);
        let (showing, shown) = showing(snapshot(&state, ahead, &speed));
        let source = Source::fixed(state.job.path.clone(), state.job.identity.clone());
        let drive = Self {
            state,
            source,
            following: None,
            disk: Arc::new(Disk::answering_within(limits.disk)),
            client,
            queue,
            lanes,
            limits,
            throttle: Throttle::default(),
            showing,
            commands,
            wishes: Wishes::listen(log.folder().to_owned()),
            log: Arc::new(Mutex::new(log)),
            operation: None,
            progress: Progress::default(),
            parts: PartWork::default(),
            wake_at: None,
            ways_out: None,
            place,
            turn: None,
            speed,
            looked_at: Instant::now(),
            told_bytes: 0,
        };
        (drive, shown)
    }

    /// Drives the upload to its end: done, failed, given up or stopped.
    ///
    /// `driven` is let go of once the job is free for others.
    pub(crate) async fn run<T: Send>(mut self, driven: T) {
        let mut session = self.client.session();
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut sleep = SleepWatch::new(self.client.inner.uploads.clocks.clone());

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
                event = followed(&mut self.following) => Some(event),
                () = due(self.wake_at) => {
                    self.wake_at = None;
                    Some(Event::WaitEnded)
                }
                () = line_moved(&mut self.place) => self.try_turn(),
                Ok(()) = session.changed() => account(&session.borrow_and_update()).map(Event::SignedIn),
                _ = ticks.tick() => if sleep.has_slept() {
                    Some(Event::WokeUp)
                } else {
                    self.tick().await
                },
            };
            self.keep_what_was_settled().await;
            match event {
                Some(event) => self.happen(event).await,
                None => self.showing.show(self.snapshot()),
            }
        }
        self.leave(driven).await;
    }

    /// What others settle (another upload's holder the place in the line, a part's first ticket where all parts go) holds
    /// after a restart, too: it is written down before whatever comes next.
    async fn keep_what_was_settled(&mut self) {
        let rank = self.queue.rank(&self.state.job.id);
        if rank != self.state.rank {
            self.happen(Event::Moved(rank)).await;
        }
        if let Some(destination) = self.parts.destination()
            && self.state.destination.as_ref() != Some(&destination)
        {
            self.happen(Event::PartsLedTo(destination)).await;
        }
    }

    /// What is looked at now and then.
    async fn tick(&mut self) -> Option<Event> {
        self.measure().await;
        if self.wishes.must_be_looked_for() {
            let wishes = self.wishes.look();
            self.grant(wishes).await;
        }
        self.look_for_network().or_else(|| self.look())
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
            self.lanes.lock().hear(&event, std::time::Instant::now());
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
        self.showing.show(self.snapshot());
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
            Effect::HashPart { part, kind } => self.hash_part(part, kind),
            Effect::Seal => self.seal(),
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

    fn snapshot(&self) -> Snapshot {
        let ahead = self.place.as_ref().map_or(0, Place::ahead);
        snapshot(&self.state, ahead, &self.speed)
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

fn moment() -> Moment {
    Moment {
        time: Timestamp::now(),
        jitter: rand::random(),
    }
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

//! A running upload, held by whoever started it.

use std::num::NonZeroU64;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::engine::{Command, Move, Shown};
use crate::{ClientError, JobId, Phase, Snapshot, mending};

/// How long a cancelled upload may take to tell the backend before its holder is let go. It goes on telling after that,
/// and at the next start if it has to.
const TELLING_LIMIT: Duration = Duration::from_millis(800);

/// A running upload.
///
/// Dropping it stops sending; the journal keeps the job, and `Client::resume` goes on with it.
#[must_use = "dropping an upload stops it"]
#[derive(Debug)]
pub struct Upload {
    job: JobId,
    commands: mpsc::UnboundedSender<Command>,
    shown: Shown,
    /// `None` once it has ended.
    task: Option<JoinHandle<()>>,
    told_last: bool,
    /// How long its file's disk may take to answer.
    disk_limit: Duration,
}

impl Upload {
    pub(crate) fn new(
        job: JobId,
        commands: mpsc::UnboundedSender<Command>,
        shown: Shown,
        task: JoinHandle<()>,
        disk_limit: Duration,
    ) -> Self {
        Self {
            job,
            commands,
            shown,
            task: Some(task),
            told_last: false,
            disk_limit,
        }
    }

    /// Its name.
    pub fn job(&self) -> &JobId {
        &self.job
    }

    /// How it stands now.
    pub fn snapshot(&self) -> Snapshot {
        self.shown.now()
    }

    /// A receiver that outlives this borrow, for whoever shows progress.
    pub fn watch(&self) -> watch::Receiver<Snapshot> {
        self.shown.watch()
    }

    /// The next snapshot: the first of each phase, from the beginning on and however late it is asked for, and the latest
    /// in between; `None` once the last, final one has been returned.
    pub async fn changed(&mut self) -> Option<Snapshot> {
        if self.told_last {
            return None;
        }
        let snapshot = self.shown.next().await?;
        self.told_last = snapshot.phase.is_final();
        Some(snapshot)
    }

    /// Ends a wait early: try now.
    pub fn retry_now(&self) {
        self.tell(Command::Retry);
    }

    /// Rests: nothing is sent within a second, what arrived stays, and it stays so after a restart until
    /// [`Upload::resume`].
    pub fn pause(&self) {
        self.tell(Command::Pause);
    }

    /// Goes on after [`Upload::pause`].
    pub fn resume(&self) {
        self.tell(Command::Resume);
    }

    /// Sends at most so many bytes a second, or as many as go; holds at once, and after a restart.
    pub fn limit(&self, bytes_per_second: Option<NonZeroU64>) {
        self.tell(Command::Limit(bytes_per_second));
    }

    /// Goes before all others that wait for their turn.
    pub fn move_to_front(&self) {
        self.tell(Command::Move(Move::ToFront));
    }

    /// Changes places with the one that goes before it.
    pub fn move_up(&self) {
        self.tell(Command::Move(Move::Up));
    }

    /// Changes places with the one that comes after it.
    pub fn move_down(&self) {
        self.tell(Command::Move(Move::Down));
    }

    /// The recording has ended, and its file is closed: what is left of it goes now. Looks at the file first. One that its
    /// recorder could not finish is mended where it is, and what was sent of it stays valid; one that somebody still writes,
    /// or that has nothing in it, is refused.
    ///
    /// Only for uploads of [`Client::upload_growing`](crate::Client::upload_growing); for others it does nothing.
    pub async fn seal(&self) -> Result<(), ClientError> {
        let path = self.snapshot().path;
        let ended = mending::finish(&path, self.disk_limit).await;
        let ended = ended.map_err(ClientError::Upload)?;
        self.tell(Command::Seal {
            identity: ended.identity,
            duration_seconds: ended.inspection.duration_seconds,
            mended: ended.mended,
        });
        Ok(())
    }

    /// Its user has looked at the recording: it may be completed. For uploads that wait for no such word it does nothing.
    pub fn approve(&self) {
        self.tell(Command::Approve);
    }

    /// Waits for what is left to do once the upload is final: to tell the backend the hash of a recording that was sent
    /// while it was made, or that it is given up. A program that ends before that loses no recording.
    pub async fn settled(mut self) {
        self.task_ended().await;
    }

    /// Stops, gives the upload up at the backend, and forgets it. Returns within a second whatever the network does; what
    /// the backend could not be told by then it is told later. An upload that was final already stays what it is.
    pub async fn cancel(mut self) -> Result<(), ClientError> {
        self.tell(Command::Cancel);
        match self.ended().await {
            Phase::Failed(diagnosis) if diagnosis.code == crate::Code::DiskUnwritable => {
                Err(ClientError::Upload(diagnosis))
            }
            _ => {
                let _ = timeout(TELLING_LIMIT, self.task_ended()).await;
                Ok(())
            }
        }
    }

    /// Stops sending and waits until the journal is closed. Resumable.
    pub async fn stop(mut self) -> Snapshot {
        self.tell(Command::Stop);
        self.task_ended().await;
        self.snapshot()
    }

    fn tell(&self, command: Command) {
        // Nobody listens once the upload is final, and nothing is to be done then.
        let _ = self.commands.send(command);
    }

    async fn task_ended(&mut self) {
        if let Some(task) = &mut self.task {
            // An error means that it panicked: its journal is closed then, too.
            let _ = task.await;
            self.task = None;
        }
    }

    async fn ended(&mut self) -> Phase {
        let mut latest = self.shown.watch();
        match latest.wait_for(|snapshot| snapshot.phase.is_final()).await {
            Ok(snapshot) => snapshot.phase.clone(),
            Err(_) => Phase::Stopped,
        }
    }
}

//! A watched folder: recordings that other programs save in it are uploaded once they are complete, each once. The files
//! stay as they are.
//!
//! What is complete is decided in `settling`, without a disk or a clock; which recordings were taken before, the ledger
//! knows. It uploads nothing by itself: each recording becomes a job like any other.

mod settling;
mod system;
mod taking;

use std::collections::HashSet;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::RecommendedWatcher;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use wire::TaskId;

use crate::{Client, ClientError, Code, Diagnosis, Upload};

use self::settling::{Heard, Settling};
use self::system::Contents;
use self::taking::TakenIn;

/// Longest time between two looks into a folder: what the system tells of it may be little, or nothing.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Shortest time between two looks, however much happens.
const LOOK_AFTER: Duration = Duration::from_millis(200);

/// A folder to be watched.
#[derive(Debug, Clone)]
pub struct WatchedFolder {
    /// The folder. Those in it are not looked into.
    pub path: PathBuf,
    /// What the recordings in it are for.
    pub task: TaskId,
    /// Most bytes a second of each, where that is limited.
    pub bytes_per_second: Option<NonZeroU64>,
    /// How long a file has to stay as it is before it counts as complete.
    pub quiet: Duration,
    /// Whether it ends once what was there at its beginning is taken in.
    pub once: bool,
}

/// What is seen in a watched folder.
#[derive(Debug)]
pub enum Sighting {
    /// A recording is complete, or was left unfinished before, and its upload has begun.
    Begun(Upload),
    /// A recording was uploaded before, under another name. It is told once.
    Known(PathBuf),
    /// A file is no recording that can be uploaded. It is left where it is, and told once.
    Left {
        /// Which.
        path: PathBuf,
        /// Why.
        diagnosis: Diagnosis,
    },
    /// The folder is not there, or cannot be read. It is waited for.
    Lost(Diagnosis),
    /// The folder is there again.
    Back,
}

/// A folder being watched. Dropping it ends that; uploads that have begun are their holders' own.
#[must_use = "dropping it ends the watching"]
#[derive(Debug)]
pub struct FolderWatch {
    sightings: mpsc::Receiver<Sighting>,
    task: JoinHandle<()>,
}

impl FolderWatch {
    /// What is seen next; `None` once nothing more will be. May be dropped and called again at any time.
    pub async fn next(&mut self) -> Option<Sighting> {
        self.sightings.recv().await
    }
}

impl Drop for FolderWatch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Client {
    /// Watches a folder, which has to be there at the beginning, and goes on with the uploads of its recordings that were
    /// left unfinished.
    pub async fn watch_folder(&self, folder: WatchedFolder) -> Result<FolderWatch, ClientError> {
        let path = std::path::absolute(&folder.path);
        let path = path.map_err(|error| ClientError::Upload(unreadable(&error)))?;
        let (sender, sightings) = mpsc::channel(1);
        let mut eye = Eye {
            client: self.clone(),
            settling: Settling::new(folder.quiet),
            folder: WatchedFolder { path, ..folder },
            told: HashSet::new(),
            is_lost: false,
            ears: None,
            sightings: sender,
        };
        let first = eye.look().await.map_err(ClientError::Upload)?;
        let task = tokio::spawn(async move {
            // An error means that nobody listens any more.
            let _ = eye.watch(first).await;
        });
        Ok(FolderWatch { sightings, task })
    }
}

fn unreadable(error: &std::io::Error) -> Diagnosis {
    Diagnosis::of(Code::Unreadable)
        .saying(format!("The folder cannot be read: {error}."))
        .hinting("Check that it is there, and that you may read it.")
}

/// Nobody listens any more.
struct Unheard;

/// What the system tells, and of which folder.
struct Ears {
    folder: Option<u64>,
    heard: mpsc::UnboundedReceiver<Heard>,
    /// `None` where the system does not let us; then looking has to do.
    _watcher: Option<RecommendedWatcher>,
}

impl Ears {
    fn new(path: &Path, folder: Option<u64>) -> Self {
        let (sender, heard) = mpsc::unbounded_channel();
        let watcher = system::listen(path, sender);
        if let Err(error) = &watcher {
            tracing::info!(%error, "a watched folder is looked into now and then only");
        }
        Self {
            folder,
            heard,
            _watcher: watcher.ok(),
        }
    }
}

/// Watches one folder.
struct Eye {
    client: Client,
    folder: WatchedFolder,
    settling: Settling,
    /// Files about which something was said.
    told: HashSet<PathBuf>,
    is_lost: bool,
    ears: Option<Ears>,
    sightings: mpsc::Sender<Sighting>,
}

impl Eye {
    async fn watch(mut self, first: Contents) -> Result<(), Unheard> {
        for upload in self.client.left_in(&self.folder).await {
            self.tell(Sighting::Begun(upload)).await?;
        }
        self.found(first);
        let quiet = self.folder.quiet;
        let ends_at = self.folder.once.then(|| Instant::now() + quiet);
        loop {
            // One moment for both: what is complete when it ends is taken in.
            let now = Instant::now();
            while let Some(path) = self.settling.take(now.into_std()) {
                self.take_in(path).await?;
            }
            if ends_at.is_some_and(|end| end <= now) {
                return self.leave_the_rest().await;
            }
            self.wait(ends_at).await;
            match self.look().await {
                Ok(contents) => {
                    if std::mem::take(&mut self.is_lost) {
                        self.tell(Sighting::Back).await?;
                    }
                    self.found(contents);
                }
                Err(diagnosis) => {
                    self.ears = None;
                    if !std::mem::replace(&mut self.is_lost, true) {
                        self.tell(Sighting::Lost(diagnosis)).await?;
                    }
                }
            }
        }
    }

    async fn look(&mut self) -> Result<Contents, Diagnosis> {
        let path = self.folder.path.clone();
        let limit = self.client.inner.uploads.pace.limits.disk;
        let looked = crate::source::ask(limit, move |pulse| system::look(&path, pulse)).await;
        match looked {
            Ok(Ok(contents)) => {
                let folder = contents.folder;
                if self.ears.as_ref().is_none_or(|ears| ears.folder != folder) {
                    self.ears = Some(Ears::new(&self.folder.path, folder));
                }
                Ok(contents)
            }
            Ok(Err(error)) => Err(unreadable(&error)),
            Err(error) => Err(crate::diagnosis::of_source(
                &error.into(),
                &self.folder.path,
            )),
        }
    }

    fn found(&mut self, contents: Contents) {
        let now = Instant::now().into_std();
        self.listen(now);
        self.told.retain(|path| contents.files.contains_key(path));
        self.settling.looked(contents.files, now);
    }

    /// Takes note of what the system has told.
    fn listen(&mut self, now: std::time::Instant) {
        let Some(ears) = &mut self.ears else { return };
        while let Ok(heard) = ears.heard.try_recv() {
            self.settling.heard(heard, now);
        }
    }

    /// Until there may be something new to see, or it ends.
    async fn wait(&mut self, ends_at: Option<Instant>) {
        let due = self.settling.due_at().map(Instant::from_std);
        let latest = Instant::now() + LOOK_EVERY;
        let until = [due, ends_at]
            .into_iter()
            .flatten()
            .fold(latest, Instant::min);
        let heard = async {
            match &mut self.ears {
                Some(ears) => ears.heard.recv().await,
                None => None,
            }
        };
        tokio::select! {
            () = sleep_until(until) => {}
            Some(heard) = heard => {
                let now = Instant::now();
                self.settling.heard(heard, now.into_std());
                sleep_until((now + LOOK_AFTER).min(until)).await;
            }
        }
    }

    async fn take_in(&mut self, path: PathBuf) -> Result<(), Unheard> {
        match self.client.take_in(&path, &self.folder).await {
            Ok(TakenIn::Begun(upload)) => self.tell(Sighting::Begun(upload)).await,
            Ok(TakenIn::Known) => self.tell_once(path, Sighting::Known).await,
            Ok(TakenIn::Nothing) => Ok(()),
            Err(diagnosis) if is_passing(diagnosis.code) => {
                self.settling.put_back(&path, Instant::now().into_std());
                Ok(())
            }
            Err(diagnosis) => {
                let left = |path| Sighting::Left { path, diagnosis };
                self.tell_once(path, left).await
            }
        }
    }

    /// What is not complete by then is left to the next time.
    async fn leave_the_rest(mut self) -> Result<(), Unheard> {
        let rest: Vec<_> = self.settling.unsettled().map(Path::to_owned).collect();
        for path in rest {
            let diagnosis = Diagnosis::of(Code::StillGrowing);
            let left = |path| Sighting::Left { path, diagnosis };
            self.tell_once(path, left).await?;
        }
        Ok(())
    }

    async fn tell_once(
        &mut self,
        path: PathBuf,
        sighting: impl FnOnce(PathBuf) -> Sighting,
    ) -> Result<(), Unheard> {
        if self.told.insert(path.clone()) {
            self.tell(sighting(path)).await?;
        }
        Ok(())
    }

    async fn tell(&self, sighting: Sighting) -> Result<(), Unheard> {
        self.sightings.send(sighting).await.map_err(|_| Unheard)
    }
}

/// Whether a file that is refused for this is likely to be another matter soon: it is looked at again. A full disk may have
/// room by then, and a drive may answer.
fn is_passing(code: Code) -> bool {
    matches!(
        code,
        Code::StillGrowing | Code::SourceGone | Code::DriveNotAnswering | Code::DiskUnwritable
    )
}

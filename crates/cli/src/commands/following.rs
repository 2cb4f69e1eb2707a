//! Watching uploads until each is through: those of a command line, and those of a folder as they come.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use client::{Client, ClientError, Code, Diagnosis, FolderWatch, Sighting, Upload};
use tokio::time::MissedTickBehavior;

use super::ending::{End, end_of, of_final, of_stopped, out_of_patience, refused};
use super::upload::named;
use crate::exit::Exit;
use crate::failure;
use crate::interruption::Interruption;
use crate::patience::Patience;
use crate::report::{Item, Notice, Outcome, Report};
use crate::silence::awaited;

/// A file that is on its way, or was refused.
pub(super) struct Begun {
    item: Item,
    upload: Result<Upload, Diagnosis>,
}

impl Begun {
    /// Takes note of what came of starting it, and tells.
    pub(super) fn new(
        mut item: Item,
        upload: Result<Upload, ClientError>,
        report: &mut dyn Report,
    ) -> Self {
        if let Ok(upload) = &upload {
            let snapshot = upload.snapshot();
            item.job = Some(upload.job().clone());
            item.name.clone_from(&snapshot.file_name);
            report.queued(&item, &snapshot);
        }
        let upload = upload.map_err(|error| {
            failure::log_causes(&error);
            error.diagnosis()
        });
        Self { item, upload }
    }

    /// One that was told of before.
    pub(super) fn going(mut item: Item, upload: Result<Upload, Diagnosis>) -> Self {
        if let Ok(upload) = &upload {
            item.job = Some(upload.job().clone());
        }
        Self { item, upload }
    }

    /// A job that cannot be worked on.
    pub(super) fn refused(item: Item, diagnosis: Diagnosis) -> Self {
        Self {
            item,
            upload: Err(diagnosis),
        }
    }
}

/// Watches uploads until each is through.
pub(super) struct Watch<'a> {
    pub(super) client: &'a Client,
    pub(super) report: &'a mut dyn Report,
    pub(super) interruption: &'a mut Interruption,
    /// Whether its user has said stop.
    pub(super) interrupted: bool,
    pub(super) max_wait: Option<Duration>,
    /// A folder whose recordings join them, for as long as it is watched.
    pub(super) folder: Option<FolderWatch>,
    /// Whether one that has arrived is left to wait for its user's word.
    pub(super) holds_for_review: bool,
}

impl Watch<'_> {
    /// Watches them in their order; the engine sends them in that order too. Returns how the program ends: as the first
    /// one that was not done.
    pub(super) async fn all(&mut self, begun: Vec<Begun>, several: bool) -> Exit {
        let mut exit = Exit::Done;
        let (mut done, mut failed) = (0, 0);
        let mut begun = VecDeque::from(begun);
        while let Some(Begun { item, upload }) = self.next(&mut begun).await {
            let (outcome, ended) = match upload {
                Err(diagnosis) => (refused(diagnosis), None),
                Ok(upload) => self.one(&item, upload, &mut begun).await,
            };
            let delivered = self.report.closed(&item, &outcome);
            let settled = self.settled(ended).await;
            match &outcome {
                Outcome::Done(of) => {
                    done += 1;
                    // Whose hash nobody was told yet is kept for that.
                    if delivered && (settled || of.sha256.is_some()) {
                        self.forget(&item);
                    }
                }
                Outcome::Held(_) => done += 1,
                Outcome::NotDone { .. } => failed += 1,
            }
            if exit == Exit::Done {
                exit = outcome.exit();
            }
        }
        if several {
            self.report.summary(done, failed);
        }
        exit
    }

    /// The next one. Of a folder there may be more, until it is watched no longer.
    async fn next(&mut self, begun: &mut VecDeque<Begun>) -> Option<Begun> {
        while begun.is_empty() && self.folder.is_some() && !self.interrupted {
            tokio::select! {
                biased;
                () = self.interruption.next() => self.interrupted = true,
                sighting = sighted(&mut self.folder) => self.see(sighting, begun),
            }
        }
        begun.pop_front()
    }

    /// Something was seen in the folder.
    fn see(&mut self, sighting: Option<Sighting>, begun: &mut VecDeque<Begun>) {
        match sighting {
            Some(Sighting::Begun(upload)) => {
                let item = named(&upload.snapshot().path);
                begun.push_back(Begun::new(item, Ok(upload), self.report));
            }
            Some(sighting) => {
                if let Some(notice) = Notice::of(sighting) {
                    self.report.noticed(&notice);
                }
            }
            None => self.folder = None,
        }
    }

    /// Waits for what is left to do once the link is there: a recording that was sent while it was made is hashed as a whole
    /// then. Whether it was done; if not, the journal keeps the job, and `revui resume` does it.
    async fn settled(&mut self, ended: Option<Upload>) -> bool {
        let Some(upload) = ended else { return true };
        tokio::select! {
            biased;
            () = self.interruption.next() => {
                self.interrupted = true;
                false
            }
            () = awaited(upload.settled()) => true,
        }
    }

    /// One upload, to its end; with it, if it ended by itself. What is seen in the folder meanwhile is begun after it.
    async fn one(
        &mut self,
        item: &Item,
        mut upload: Upload,
        begun: &mut VecDeque<Begun>,
    ) -> (Outcome, Option<Upload>) {
        let end = if self.interrupted {
            End::Interrupted
        } else {
            self.until_it_ends(item, &mut upload, begun).await
        };
        let (reason, exit) = match end {
            End::Final(phase) => {
                // Given up by another program, too: this one tells the backend before it ends.
                return (of_final(phase), Some(upload));
            }
            End::Held(diagnosis) => {
                upload.stop().await;
                return (Outcome::Held(diagnosis), None);
            }
            End::Interrupted => {
                self.interrupted = true;
                (Diagnosis::of(Code::Interrupted), Exit::Resumable)
            }
            End::OutOfPatience(diagnosis) => (diagnosis, Exit::Resumable),
            End::NeedsSignIn(diagnosis) => {
                // Nobody comes by to sign in while a folder is watched.
                self.interrupted |= self.folder.is_some();
                (diagnosis, Exit::SignedOut)
            }
        };
        (of_stopped(upload.stop().await, reason, exit), None)
    }

    async fn until_it_ends(
        &mut self,
        item: &Item,
        upload: &mut Upload,
        begun: &mut VecDeque<Begun>,
    ) -> End {
        let mut patience = Patience::new(self.max_wait);
        // From the beginning on: no phase is passed over, however fast it went.
        let first = tokio::select! {
            biased;
            () = self.interruption.next() => return End::Interrupted,
            first = upload.changed() => first,
        };
        let Some(mut last) = first else {
            return End::Final(upload.snapshot().phase);
        };
        let mut seconds = tokio::time::interval(Duration::from_secs(1));
        seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut mended = None;
        loop {
            if let Some(new) = last.mended
                && mended.replace(new).is_none()
            {
                self.report.mended(item, new);
            }
            self.report.changed(item, &last);
            patience.observe(&last, Instant::now());
            if let Some(end) = end_of(&last.phase, self.holds_for_review) {
                return end;
            }
            loop {
                tokio::select! {
                    biased;
                    () = self.interruption.next() => return End::Interrupted,
                    () = until(patience.ends_at()) => return out_of_patience(&last.phase),
                    changed = upload.changed() => match changed {
                        Some(snapshot) => {
                            last = snapshot;
                            break;
                        }
                        None => return End::Final(upload.snapshot().phase),
                    },
                    sighting = sighted(&mut self.folder) => self.see(sighting, begun),
                    _ = seconds.tick() => self.report.tick(Instant::now()),
                }
            }
        }
    }

    /// A link that has left this program needs its journal no more: not before, for a program can be killed at any moment.
    fn forget(&self, item: &Item) {
        let Some(job) = &item.job else { return };
        if let Err(error) = self.client.forget(job) {
            failure::log_causes(&error);
        }
    }
}

/// What is seen next in the folder that is watched; never anything, if none is.
async fn sighted(folder: &mut Option<FolderWatch>) -> Option<Sighting> {
    match folder {
        Some(folder) => folder.next().await,
        None => std::future::pending().await,
    }
}

/// Until then; for ever, if there is no then.
async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

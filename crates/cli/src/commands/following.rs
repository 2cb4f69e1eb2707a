//! Watching uploads until each is through: those of a command line, and those of a folder as they come.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use client::{
    Client, ClientError, Code, Diagnosis, FolderWatch, Phase, Sighting, Snapshot, Upload, WaitCause,
};
use tokio::time::MissedTickBehavior;

use super::upload::named;
use crate::exit::Exit;
use crate::failure;
use crate::interruption::Interruption;
use crate::patience::Patience;
use crate::report::{Item, Notice, Outcome, Report};

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
}

/// Why watching an upload ended.
enum End {
    /// It is final.
    Final(Phase),
    /// Its user said stop.
    Interrupted,
    /// It has waited long enough, for this.
    OutOfPatience(Diagnosis),
    /// It waits for a sign-in that this program cannot give it.
    NeedsSignIn(Diagnosis),
}

impl Watch<'_> {
    /// Watches them in their order; the engine sends them in that order too. Returns how the program ends: as the first
    /// one that was not done.
    pub(super) async fn all(&mut self, begun: Vec<Begun>, several: bool) -> Exit {
        let mut exit = Exit::Done;
        let (mut done, mut failed) = (0, 0);
        let mut begun = VecDeque::from(begun);
        while let Some(Begun { item, upload }) = self.next(&mut begun).await {
            let outcome = match upload {
                Err(diagnosis) => refused(diagnosis),
                Ok(upload) => self.one(&item, upload, &mut begun).await,
            };
            let delivered = self.report.closed(&item, &outcome);
            match outcome {
                Outcome::Done(_) => {
                    done += 1;
                    if delivered {
                        self.forget(&item);
                    }
                }
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

    /// One upload, to its end. What is seen in the folder meanwhile is begun after it.
    async fn one(
        &mut self,
        item: &Item,
        mut upload: Upload,
        begun: &mut VecDeque<Begun>,
    ) -> Outcome {
        let end = if self.interrupted {
            End::Interrupted
        } else {
            self.until_it_ends(item, &mut upload, begun).await
        };
        let (reason, exit) = match end {
            End::Final(phase) => {
                if phase == Phase::Cancelled {
                    // Given up by another program: this one tells the backend before it ends.
                    upload.stop().await;
                }
                return of_final(phase);
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
        of_stopped(upload.stop().await, reason, exit)
    }

    async fn until_it_ends(
        &mut self,
        item: &Item,
        upload: &mut Upload,
        begun: &mut VecDeque<Begun>,
    ) -> End {
        let mut patience = Patience::new(self.max_wait);
        // From the beginning on: no phase is passed over, however fast it went.
        let Some(mut last) = upload.changed().await else {
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
            if let Some(end) = end_of(&last.phase) {
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

/// Whether nothing more will happen that this program could wait for.
fn end_of(phase: &Phase) -> Option<End> {
    match phase {
        Phase::Waiting {
            cause: WaitCause::SignIn,
            diagnosis,
            ..
        } => Some(End::NeedsSignIn(diagnosis.clone())),
        phase if phase.is_final() => Some(End::Final(phase.clone())),
        _ => None,
    }
}

fn out_of_patience(phase: &Phase) -> End {
    match phase {
        Phase::Waiting { diagnosis, .. } => End::OutOfPatience(diagnosis.clone()),
        _ => End::OutOfPatience(Diagnosis::of(Code::Interrupted)),
    }
}

fn refused(diagnosis: Diagnosis) -> Outcome {
    Outcome::NotDone {
        exit: Exit::of(diagnosis.code),
        diagnosis,
        kept: false,
    }
}

fn of_final(phase: Phase) -> Outcome {
    match phase {
        Phase::Done(done) => Outcome::Done(done),
        Phase::Failed(diagnosis) => Outcome::NotDone {
            exit: Exit::of(diagnosis.code),
            kept: diagnosis.retryable,
            diagnosis,
        },
        Phase::Cancelled => refused(Diagnosis::of(Code::GivenUp)),
        _ => Outcome::NotDone {
            diagnosis: Diagnosis::of(Code::Interrupted),
            exit: Exit::Resumable,
            kept: true,
        },
    }
}

/// An upload that was stopped for `reason`. It may have got through at the last moment.
fn of_stopped(stopped: Snapshot, reason: Diagnosis, exit: Exit) -> Outcome {
    match stopped.phase {
        phase @ (Phase::Done(_) | Phase::Failed(_) | Phase::Cancelled) => of_final(phase),
        _ => Outcome::NotDone {
            diagnosis: reason,
            exit,
            kept: true,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(cause: WaitCause, code: Code) -> Phase {
        Phase::Waiting {
            cause,
            next_try: None,
            attempt: 1,
            diagnosis: Diagnosis::of(code),
        }
    }

    #[test]
    fn only_a_sign_in_is_not_waited_for() {
        let sign_in = waiting(WaitCause::SignIn, Code::SignedOut);
        assert!(matches!(end_of(&sign_in), Some(End::NeedsSignIn(_))));
        for moving in [
            waiting(WaitCause::Network, Code::ServerUnreachable),
            waiting(WaitCause::BackOff, Code::ServerFailed),
            Phase::Queued { ahead: 1 },
            Phase::Completing,
        ] {
            assert!(end_of(&moving).is_none(), "{moving:?}");
        }
        for last in [Phase::Stopped, Phase::Cancelled] {
            assert!(matches!(end_of(&last), Some(End::Final(_))));
        }
    }

    #[test]
    fn the_end_of_an_upload_is_the_end_of_the_program() {
        for (phase, exit, kept) in [
            (
                Phase::Failed(Diagnosis::of(Code::SourceChanged)),
                Exit::Failed,
                false,
            ),
            (
                Phase::Failed(Diagnosis::of(Code::SourceGone)),
                Exit::Failed,
                true,
            ),
            (
                Phase::Failed(Diagnosis::of(Code::TooLarge)),
                Exit::NotARecording,
                false,
            ),
            (Phase::Stopped, Exit::Resumable, true),
            (Phase::Cancelled, Exit::Failed, false),
        ] {
            let shown = format!("{phase:?}");
            let Outcome::NotDone {
                exit: ends,
                kept: keeps,
                ..
            } = of_final(phase)
            else {
                panic!("{shown} is not done");
            };
            assert_eq!((ends, keeps), (exit, kept), "{shown}");
        }
    }
}

//! `upload`: files, one after the other, each until its link works.

use std::path::Path;
use std::time::{Duration, Instant};

use client::{Client, ClientError, Code, Diagnosis, NewUpload, Phase, Snapshot, Upload, WaitCause};
use tokio::time::MissedTickBehavior;

use crate::arguments::{self, Rate};
use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::interruption::Interruption;
use crate::patience::Patience;
use crate::report::{self, Item, Outcome, Report};
use crate::{session, silence};

/// `revui upload`.
pub(super) async fn upload(arguments: arguments::Upload) -> Result<Exit, Failure> {
    if arguments.watching.json {
        silence::is_fine();
    }
    let mut interruption = Interruption::listen().map_err(|error| cannot_listen(&error))?;
    let (client, mut interrupted) = session::open_for_upload_until(&mut interruption).await?;
    let several = arguments.files.len() > 1;
    let bytes_per_second = arguments.limit.and_then(|Rate(limit)| limit);
    let mut report = report::choose(arguments.watching.json, several);
    let mut begun = Vec::new();
    for file in &arguments.files {
        if interrupted {
            begun.push(Begun::refused(named(file), not_begun()));
            continue;
        }
        let new = NewUpload::new(file, arguments.task.clone()).limited(bytes_per_second);
        // Looking at a file takes as long as its disk likes.
        let upload = tokio::select! {
            biased;
            () = interruption.next() => {
                interrupted = true;
                Err(ClientError::Upload(not_begun()))
            }
            upload = client.upload(new) => upload,
        };
        begun.push(Begun::new(named(file), upload, report.as_mut()));
    }
    let exit = Watch {
        client: &client,
        report: report.as_mut(),
        interruption: &mut interruption,
        interrupted,
        max_wait: arguments.watching.max_wait,
    }
    .all(begun, several)
    .await;
    Ok(exit)
}

pub(super) fn cannot_listen(error: &std::io::Error) -> Failure {
    Failure::local(
        "internal",
        format!("This program cannot listen for Ctrl+C: {error}."),
        "Nothing was sent. Try again.",
    )
}

/// Its user said stop while the file was looked at: there is no job to go on with.
fn not_begun() -> Diagnosis {
    Diagnosis::of(Code::Interrupted)
        .saying("This was stopped before the upload began.")
        .hinting("The file is as it was. Start the same command again whenever you like.")
}

/// A file as the command line named it; it has no job yet.
fn named(file: &Path) -> Item {
    let name = file.file_name().unwrap_or(file.as_os_str());
    Item {
        job: None,
        file: file.display().to_string(),
        name: name.display().to_string(),
    }
}

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
        for Begun { item, upload } in begun {
            let outcome = match upload {
                Err(diagnosis) => refused(diagnosis),
                Ok(upload) => self.one(&item, upload).await,
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

    /// One upload, to its end.
    async fn one(&mut self, item: &Item, mut upload: Upload) -> Outcome {
        let end = if self.interrupted {
            End::Interrupted
        } else {
            self.until_it_ends(item, &mut upload).await
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
            End::NeedsSignIn(diagnosis) => (diagnosis, Exit::SignedOut),
        };
        of_stopped(upload.stop().await, reason, exit)
    }

    async fn until_it_ends(&mut self, item: &Item, upload: &mut Upload) -> End {
        let mut patience = Patience::new(self.max_wait);
        // From the beginning on: no phase is passed over, however fast it went.
        let Some(mut last) = upload.changed().await else {
            return End::Final(upload.snapshot().phase);
        };
        let mut seconds = tokio::time::interval(Duration::from_secs(1));
        seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            self.report.changed(item, &last);
            patience.observe(&last.phase, Instant::now());
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

//! One recording, from its countdown to its finished file.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use capture::protocol::{Event, SoundSource, Source, StopReason};
use capture::{CaptureError, FailureCode, Helper, Recording};
use client::Undecided;
use jiff::ZonedDateTime;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep_until};

use super::choices;
use super::sending::Sending;
use crate::closing;
use crate::ipc::{Choices, Failure, RecordingCamera, RecordingOrder, RecordingStage, Sound};
use crate::shell::Shell;

/// What is counted down from.
const SECONDS: u8 = 3;

/// Nothing is heard.
const SILENCE_DECIBELS: f64 = -100.0;

type Orders = UnboundedReceiver<RecordingOrder>;

/// Makes it. Whatever happens, the window is there again at its end, and what was recorded is under review or on its way.
pub(super) async fn make(shell: Arc<Shell>, helper: Helper, choices: Choices, mut orders: Orders) {
    shell.surroundings.show_bar();
    let begun = !choices.counts_down || count_down(&shell, &mut orders).await;
    let made = if begun {
        record(&shell, helper, &choices, &mut orders).await
    } else {
        Ok(())
    };
    shell.recorder.end(made.err());
    shell.surroundings.hide_bar();
    if begun {
        closing::come_back(&shell);
    }
    shell.touch();
}

/// Whether it is to begin.
async fn count_down(shell: &Shell, orders: &mut Orders) -> bool {
    let began = Instant::now();
    for passed in 0..SECONDS {
        stage(
            shell,
            RecordingStage::CountingDown {
                seconds: SECONDS - passed,
            },
        );
        let next = began + Duration::from_secs(u64::from(passed) + 1);
        loop {
            tokio::select! {
                biased;
                order = orders.recv() => match order {
                    Some(RecordingOrder::Begin) => return true,
                    Some(RecordingOrder::Stop | RecordingOrder::Discard) | None => return false,
                    Some(RecordingOrder::Pause | RecordingOrder::Resume) => {}
                },
                () = sleep_until(next) => break,
            }
        }
    }
    true
}

/// Records until it ends, and sends meanwhile.
async fn record(
    shell: &Arc<Shell>,
    helper: Helper,
    choices: &Choices,
    orders: &mut Orders,
) -> Result<(), Failure> {
    stage(shell, RecordingStage::Starting);
    if choices::shows_the_desktop(&choices.target) {
        shell.surroundings.step_aside();
    }
    let folder = capture::default_folder().map_err(CaptureError::from)?;
    let file =
        capture::new_in(&folder, ZonedDateTime::now().datetime()).map_err(CaptureError::from)?;
    let options = choices::options(choices);
    let note = noted(shell, &file).await;
    let recording = helper.record(&options, file).await?;
    let sending = Sending::new(choices.after_stop, note);
    Making {
        shell,
        recording,
        sending,
    }
    .run(orders)
    .await
}

/// So that the next start finds it if this one is killed. It is recorded without, too.
async fn noted(shell: &Shell, file: &Path) -> Option<Undecided> {
    let noted = shell.client.note_recording(file).await;
    noted
        .inspect_err(|error| tracing::warn!(%error, "a recording is not noted"))
        .ok()
}

struct Making<'a> {
    shell: &'a Arc<Shell>,
    recording: Recording,
    sending: Sending,
}

impl Making<'_> {
    async fn run(mut self, orders: &mut Orders) -> Result<(), Failure> {
        loop {
            tokio::select! {
                biased;
                Some(order) = orders.recv() => self.obey(order).await,
                () = self.sending.changed() => {
                    let upload = self.sending.shown();
                    let most_bytes = self.sending.most_bytes();
                    self.shell.recorder.change(|shown| {
                        shown.upload = upload;
                        // What is not sent any more may become as large as it likes.
                        shown.size_near &= most_bytes.is_some();
                    });
                    self.recording.limit_size(most_bytes).await;
                }
                event = self.recording.next() => match event {
                    Some(event) if event.is_last() => return self.end(event).await,
                    Some(event) => self.observe(event).await,
                    None => return Ok(()),
                },
            }
            self.shell.touch();
        }
    }

    async fn obey(&mut self, order: RecordingOrder) {
        match order {
            RecordingOrder::Begin => {}
            RecordingOrder::Pause => self.recording.pause().await,
            RecordingOrder::Resume => self.recording.resume().await,
            RecordingOrder::Stop => {
                stage(self.shell, RecordingStage::Ending);
                self.recording.stop().await;
            }
            RecordingOrder::Discard => {
                stage(self.shell, RecordingStage::Ending);
                self.recording.discard().await;
            }
        }
    }

    async fn observe(&mut self, event: Event) {
        if let Event::Started { path, .. } = &event {
            self.sending.begin(self.shell, path).await;
        }
        self.shell.recorder.change(|shown| show(shown, event));
    }

    /// Nothing follows. The file is finished, or gone, or as a crash has left it.
    async fn end(self, last: Event) -> Result<(), Failure> {
        stage(self.shell, RecordingStage::Ending);
        self.shell.touch();
        match last {
            Event::Stopped { path, reason, .. } => {
                let because = match reason {
                    StopReason::DiskLow => Some(disk_was_full()),
                    StopReason::SizeLimit => Some(was_as_large_as_it_may_be()),
                    _ => None,
                };
                self.finish(path, because).await
            }
            Event::Failed {
                failure,
                path: Some(path),
            } => {
                let because = Failure {
                    hint: "What was recorded until then is in the file, which has been mended if that was necessary."
                        .to_owned(),
                    ..failure.into()
                };
                self.finish(path, Some(because)).await
            }
            Event::Failed { failure, .. } => {
                self.sending.give_up().await;
                Err(failure.into())
            }
            _ => {
                self.sending.give_up().await;
                Ok(())
            }
        }
    }

    async fn finish(self, path: PathBuf, because: Option<Failure>) -> Result<(), Failure> {
        match self.sending.finish(self.shell, path, because).await {
            Some(unsaid) => Err(unsaid),
            None => Ok(()),
        }
    }
}

fn stage(shell: &Shell, stage: RecordingStage) {
    shell.recorder.change(|shown| shown.stage = stage);
    shell.touch();
}

fn disk_was_full() -> Failure {
    capture::Failure::new(
        FailureCode::DiskFull,
        "The disk was almost full, so the recording was stopped.",
        "All of it until then is in the file. Make room before the next one.",
    )
    .into()
}

fn was_as_large_as_it_may_be() -> Failure {
    Failure::of_the_shell(
        "size_limit",
        "The server takes no larger recording, so it was stopped.",
        "All of it until then is in the file. Record the rest in another one.",
    )
}

/// What an event changes of what is shown.
fn show(shown: &mut crate::ipc::Recording, event: Event) {
    match event {
        Event::Started {
            path,
            microphone,
            system_sound,
            camera,
            ..
        } => {
            shown.stage = RecordingStage::Running;
            shown.file_name = Some(crate::overview::file_name(&path));
            shown.sounds = [(microphone, false), (system_sound, true)]
                .into_iter()
                .filter_map(|(name, is_system)| Some(sound(name?, is_system)))
                .collect();
            // One that cannot be opened is told before.
            let lost = shown.camera.take().is_some_and(|camera| camera.lost);
            shown.camera = camera.map(|name| RecordingCamera { name, lost });
        }
        Event::Level {
            source,
            rms_decibels,
            ..
        } => {
            if let Some(sound) = sound_of(shown, source) {
                sound.decibels = rms_decibels;
            }
        }
        Event::Progress {
            elapsed_ms,
            bytes,
            minutes_left,
            ..
        } => {
            if bytes != shown.size_bytes {
                shown.stalled = false;
            }
            shown.elapsed_ms = elapsed_ms;
            shown.size_bytes = bytes;
            shown.minutes_left = minutes_left;
        }
        Event::Paused { elapsed_ms } => rest(shown, RecordingStage::Paused, elapsed_ms),
        Event::Resumed { elapsed_ms } => rest(shown, RecordingStage::Running, elapsed_ms),
        Event::DeviceLost { source, name } => lose(shown, source, name, true),
        Event::DeviceBack { source, name } => lose(shown, source, name, false),
        Event::DiskLow { minutes_left, .. } => {
            shown.disk_low = true;
            shown.minutes_left = Some(minutes_left);
        }
        Event::SizeNear { minutes_left } => {
            shown.size_near = true;
            shown.minutes_left = Some(minutes_left);
        }
        Event::Stalled { .. } => shown.stalled = true,
        _ => {}
    }
}

/// Once it is ending it stays so, whatever was told before.
fn rest(shown: &mut crate::ipc::Recording, stage: RecordingStage, elapsed_ms: u64) {
    shown.elapsed_ms = elapsed_ms;
    if shown.stage != RecordingStage::Ending {
        shown.stage = stage;
        shown.stalled = false;
    }
}

fn sound(name: String, is_system: bool) -> Sound {
    Sound {
        name,
        is_system,
        decibels: SILENCE_DECIBELS,
        lost: false,
    }
}

fn sound_of(shown: &mut crate::ipc::Recording, source: SoundSource) -> Option<&mut Sound> {
    let is_system = source == SoundSource::SystemSound;
    let mut sounds = shown.sounds.iter_mut();
    sounds.find(|sound| sound.is_system == is_system)
}

/// A device went away, by name, or is back.
fn lose(shown: &mut crate::ipc::Recording, source: Source, name: String, lost: bool) {
    let heard = match source {
        Source::Microphone => SoundSource::Microphone,
        Source::SystemSound => SoundSource::SystemSound,
        Source::Screen => {
            shown.lost_screen = lost.then_some(name);
            return;
        }
        Source::Window => {
            shown.lost_window = lost.then_some(name);
            return;
        }
        Source::Camera => {
            shown.camera = Some(RecordingCamera { name, lost });
            return;
        }
    };
    if let Some(sound) = sound_of(shown, heard) {
        sound.lost = lost;
        sound.decibels = SILENCE_DECIBELS;
    }
}

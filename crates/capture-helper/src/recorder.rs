//! One recording, from its plan to its file.

mod devices;
mod ending;
mod hearing;
mod screens;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use capture::protocol::{Command, Event, StopReason};
use capture::{DiskGuard, Options, Room, SizeGuard, SoundDevice, Sources};

use devices::Lost;
use hearing::first_error;

use crate::encoding;
use crate::inbox::Input;
use crate::outlet::tell;
use crate::pipeline::Pipeline;
use crate::plan::Plan;
use crate::timeline::Track;
use crate::trouble::Trouble;
use crate::watch::Watch;

/// Nothing is waited for longer, so that nothing below comes late.
const TICK: Duration = Duration::from_millis(100);
const PROGRESS_EVERY: Duration = Duration::from_millis(500);
/// A display server that is asked for a first picture may be busy.
const FIRST_PICTURE_WITHIN: Duration = Duration::from_secs(15);

/// How far it is.
enum Phase {
    /// There is no picture yet.
    Starting { by: Instant },
    /// It records.
    Running,
    /// It rests.
    Resting,
    /// The file is being finished.
    Ending {
        outcome: Outcome,
        tracks_by: Instant,
        by: Instant,
    },
}

/// What its end is told as.
enum Outcome {
    Stopped(StopReason),
    Failed(Trouble),
}

/// Records. Without a path it only looks whether it could.
pub(crate) struct Recorder<'a> {
    inbox: &'a Receiver<Input>,
    plan: Plan,
    path: Option<PathBuf>,
    pipeline: Pipeline,
    guard: DiskGuard,
    /// What the file must not come to, where somebody has said so.
    size: Option<SizeGuard>,
    expected_bytes_per_second: u64,
    phase: Phase,
    lost: Vec<Lost>,
    /// Of the screens, where a part of the desktop is recorded.
    watch: Option<Watch>,
    next_progress: Instant,
}

impl<'a> Recorder<'a> {
    /// Begins.
    pub(crate) fn begin(
        options: &Options,
        sources: &'static Sources,
        path: Option<PathBuf>,
        (told, inbox): (&Sender<Input>, &'a Receiver<Input>),
    ) -> Result<Self, Trouble> {
        if let Some(path) = &path
            && free_bytes(path).is_some_and(|free| free < options.reserve_bytes)
        {
            return Err(Trouble::DiskFull(path.clone()));
        }
        let plan = Plan::of(options, sources, (told, inbox))?;
        let mut pipeline = Pipeline::build(&plan, path.as_deref(), told)?;
        if let Err(trouble) = pipeline.play() {
            // The element that could not start has told why.
            return Err(first_error(inbox).unwrap_or(trouble));
        }
        let now = Instant::now();
        let taken = pipeline.fineness();
        let expected = encoding::bytes_per_second(taken.width, taken.height);
        let mut this = Self {
            inbox,
            path,
            pipeline,
            guard: DiskGuard::new(options.reserve_bytes, expected),
            size: None,
            expected_bytes_per_second: expected,
            phase: Phase::Starting {
                by: now + FIRST_PICTURE_WITHIN,
            },
            lost: Vec::new(),
            watch: screens::watch(&plan.picture),
            next_progress: now,
            plan,
        };
        this.add_sounds();
        Ok(this)
    }

    /// Goes on until there is nothing more to tell than this.
    pub(crate) fn run(mut self) -> Event {
        loop {
            let end = match self.inbox.recv_timeout(TICK) {
                Ok(input) => self.take(input),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => self.take(Input::Abandoned),
            };
            if let Some(end) = end.or_else(|| self.look(Instant::now())) {
                return end;
            }
        }
    }

    fn take(&mut self, input: Input) -> Option<Event> {
        match input {
            Input::Command(command) => return self.obey(&command),
            Input::Signal => return self.stop(StopReason::Requested),
            Input::Abandoned => return self.stop(StopReason::Abandoned),
            Input::FirstPicture => return self.started(),
            // Nobody was asked a second time.
            Input::Allowed(_) => {}
            Input::AtEnd(track) => self.track_ended(track),
            Input::Bus(message) => return self.hear(&message),
            Input::Moved(source) => {
                if let Some(device) = self.pipeline.remove_sound(source) {
                    self.lose(source, device);
                }
            }
            Input::WindowSeen(seen) => self.window_seen(seen),
            Input::CameraSeen(seen) => self.camera_seen(seen),
            Input::DesktopSeen(seen) => self.desktop_seen(seen),
        }
        None
    }

    fn obey(&mut self, command: &Command) -> Option<Event> {
        match (command, &self.phase) {
            (Command::Stop, _) => return self.stop(StopReason::Requested),
            (Command::Discard, _) => return Some(self.discarded()),
            (Command::LimitSize { bytes }, _) => self.limit_size(*bytes),
            (Command::Pause, Phase::Running) => {
                if let Err(trouble) = self.pipeline.pause() {
                    return self.fail(trouble);
                }
                self.phase = Phase::Resting;
                tell(&Event::Paused {
                    elapsed_ms: self.elapsed_ms(),
                });
            }
            (Command::Resume, Phase::Resting) => {
                if let Err(trouble) = self.pipeline.play() {
                    return self.fail(trouble);
                }
                self.phase = Phase::Running;
                tell(&Event::Resumed {
                    elapsed_ms: self.elapsed_ms(),
                });
            }
            _ => {}
        }
        None
    }

    fn started(&mut self) -> Option<Event> {
        if !matches!(self.phase, Phase::Starting { .. }) {
            return None;
        }
        self.phase = Phase::Running;
        let Some(path) = self.path.clone() else {
            self.pipeline.shut();
            return Some(Event::Probed);
        };
        let taken = self.pipeline.fineness();
        let name = |device: &Option<SoundDevice>| device.as_ref().map(|device| device.name.clone());
        tell(&Event::Started {
            path,
            width: taken.width,
            height: taken.height,
            frames_per_second: taken.frames_per_second,
            reduced_from: Some(self.pipeline.wanted()).filter(|wanted| *wanted != taken),
            microphone: name(&self.plan.microphone),
            system_sound: name(&self.plan.system_sound),
            camera: self.plan.camera.as_ref().map(|camera| camera.name.clone()),
        });
        None
    }

    fn stop(&mut self, reason: StopReason) -> Option<Event> {
        self.end(Outcome::Stopped(reason))
    }

    fn fail(&mut self, trouble: Trouble) -> Option<Event> {
        self.end(Outcome::Failed(trouble))
    }

    /// What is due by now.
    fn look(&mut self, now: Instant) -> Option<Event> {
        match &self.phase {
            Phase::Starting { by } if now >= *by => return Some(self.failed(&Trouble::NoPicture)),
            Phase::Ending { by, .. } if now >= *by => {
                let path = self.path.clone().unwrap_or_default();
                return Some(self.failed(&Trouble::NotFinished(path)));
            }
            Phase::Ending { tracks_by, .. } if now >= *tracks_by => {
                self.pipeline.finish(Track::Picture);
                self.pipeline.finish(Track::Sound);
            }
            Phase::Running | Phase::Resting => {
                self.look_for_lost(now);
                if let Some(end) = self.look_at_screens() {
                    return Some(end);
                }
                if now >= self.next_progress {
                    self.next_progress = now + PROGRESS_EVERY;
                    return self.progress();
                }
            }
            _ => {}
        }
        None
    }

    fn progress(&mut self) -> Option<Event> {
        let path = self.path.as_deref()?;
        let (bytes, free) = (size_bytes(path), free_bytes(path));
        let elapsed_ms = self.elapsed_ms();
        let disk = free.map(|free| self.guard.observe(free, bytes, elapsed_ms));
        let size = self.size.as_mut();
        let size = size.map(|size| size.observe(bytes, elapsed_ms));
        let rooms = [disk, size].into_iter().flatten();
        tell(&Event::Progress {
            elapsed_ms,
            bytes,
            free_bytes: free,
            minutes_left: rooms.map(Room::minutes_left).min(),
        });
        if let (Some(Room::Low { minutes_left }), Some(free_bytes)) = (disk, free) {
            tell(&Event::DiskLow {
                free_bytes,
                minutes_left,
            });
        }
        if let Some(Room::Low { minutes_left }) = size {
            tell(&Event::SizeNear { minutes_left });
        }
        match (disk, size) {
            (Some(Room::Out), _) => self.stop(StopReason::DiskLow),
            (_, Some(Room::Out)) => self.stop(StopReason::SizeLimit),
            _ => None,
        }
    }

    /// What is larger already stays as it is: an end would make it no smaller.
    fn limit_size(&mut self, most_bytes: Option<u64>) {
        let written_bytes = self.path.as_deref().map_or(0, size_bytes);
        let most_bytes = most_bytes.filter(|most| *most > written_bytes);
        self.size = most_bytes.map(|most| SizeGuard::new(most, self.expected_bytes_per_second));
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.pipeline.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

fn size_bytes(path: &Path) -> u64 {
    path.metadata().map_or(0, |file| file.len())
}

/// Bytes that this user may still take of the disk that the file is on.
fn free_bytes(path: &Path) -> Option<u64> {
    let facts = rustix::fs::statvfs(path).ok()?;
    Some(facts.f_bavail.saturating_mul(facts.f_frsize))
}

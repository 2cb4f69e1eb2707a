//! The helper program, from its start to its first answer.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use crate::device::Devices;
use crate::end::HelperEnd;
use crate::error::CaptureError;
use crate::options::{Camera, Microphone, Options, Target};
use crate::preview::Preview;
use crate::protocol::{self, Command, Event};
use crate::recording::Recording;

/// The name of the program.
pub const HELPER: &str = "revui-capture-helper";

/// How long it may take to load its libraries and say who it is: a computer that has never loaded GStreamer looks through
/// all of its plugins first.
const HELLO_WITHIN: Duration = Duration::from_secs(30);

/// How long one that is not heard any more may take to be gone.
const GONE_WITHIN: Duration = Duration::from_secs(2);

/// Of what it writes to standard error, so many lines are kept.
const LAST_WORDS: usize = 20;

/// The helper, started and greeted. Dropping it lets it finish what it does, and end.
#[derive(Debug)]
pub struct Helper {
    child: Child,
    commands: ChildStdin,
    events: Lines<BufReader<ChildStdout>>,
    /// Closed when it writes no more.
    last_words: watch::Receiver<Vec<String>>,
    /// By when it is no longer waited for, once it is not heard any more.
    gone_by: Option<Instant>,
}

impl Helper {
    /// Starts the helper that lies in the folder of `REVUI_BIN_DIR`, else beside this program, and waits until it has said
    /// who it is.
    pub async fn start() -> Result<Self, CaptureError> {
        Self::start_at(&beside_this_program(std::env::var_os("REVUI_BIN_DIR"))).await
    }

    /// Starts this helper.
    pub async fn start_at(path: &Path) -> Result<Self, CaptureError> {
        let mut child = command(path).spawn().map_err(|source| {
            let path = path.to_owned();
            match source.kind() {
                io::ErrorKind::NotFound => CaptureError::Missing { path },
                _ => CaptureError::NotStarted { path, source },
            }
        })?;
        let (Some(commands), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(CaptureError::Silent);
        };
        let mut helper = Self {
            child,
            commands,
            events: BufReader::new(stdout).lines(),
            last_words: listen(stderr),
            gone_by: None,
        };
        helper.greet().await?;
        Ok(helper)
    }

    async fn greet(&mut self) -> Result<(), CaptureError> {
        let Ok(first) = timeout(HELLO_WITHIN, self.next()).await else {
            return Err(CaptureError::Silent);
        };
        match first {
            Some(Event::Hello { protocol, .. }) if protocol == protocol::VERSION => Ok(()),
            Some(Event::Hello { version, .. }) => Err(CaptureError::OtherVersion {
                theirs: version,
                ours: env!("CARGO_PKG_VERSION").to_owned(),
            }),
            Some(Event::Failed { failure, .. }) => Err(CaptureError::Refused(failure)),
            Some(_) => Err(CaptureError::OtherVersion {
                theirs: "unknown".to_owned(),
                ours: env!("CARGO_PKG_VERSION").to_owned(),
            }),
            None => Err(CaptureError::NotLoaded(self.end().await)),
        }
    }

    /// What can be recorded; each opened once if `probe` says so.
    pub async fn devices(mut self, probe: bool) -> Result<Devices, CaptureError> {
        self.tell(&Command::ListDevices { probe }).await?;
        loop {
            match self.next().await {
                Some(Event::Devices { devices }) => return Ok(devices),
                Some(Event::Failed { failure, .. }) => return Err(CaptureError::Refused(failure)),
                Some(_) => {}
                None => return Err(CaptureError::Ended(self.end().await)),
            }
        }
    }

    /// Opens what these options name, and closes it again: whether a recording would begin.
    pub async fn probe(self, options: &Options) -> Result<(), CaptureError> {
        let options = options.clone();
        self.probed(&Command::Probe { options }).await
    }

    /// Opens this microphone until it is heard, and closes it again.
    pub async fn probe_microphone(self, microphone: &Microphone) -> Result<(), CaptureError> {
        let microphone = microphone.clone();
        self.probed(&Command::ProbeMicrophone { microphone }).await
    }

    async fn probed(mut self, command: &Command) -> Result<(), CaptureError> {
        self.tell(command).await?;
        loop {
            match self.next().await {
                Some(Event::Probed) => return Ok(()),
                Some(Event::Failed { failure, .. }) => return Err(CaptureError::Refused(failure)),
                Some(_) => {}
                None => return Err(CaptureError::Ended(self.end().await)),
            }
        }
    }

    /// A small picture of what a recording of this target would show now. The same helper may be asked for another.
    pub async fn preview(&mut self, target: &Target) -> Result<Preview, CaptureError> {
        let target = target.clone();
        self.previewed(&Command::Preview { target }).await
    }

    /// A small picture of what a camera sees now. It is opened for that, and closed again.
    pub async fn preview_camera(&mut self, camera: &Camera) -> Result<Preview, CaptureError> {
        let camera = camera.clone();
        self.previewed(&Command::PreviewCamera { camera }).await
    }

    async fn previewed(&mut self, command: &Command) -> Result<Preview, CaptureError> {
        self.tell(command).await?;
        loop {
            match self.next().await {
                Some(Event::Preview { preview }) => return Ok(preview),
                Some(Event::Failed { failure, .. }) => return Err(CaptureError::Refused(failure)),
                Some(_) => {}
                None => return Err(CaptureError::Ended(self.end().await)),
            }
        }
    }

    /// Begins a recording to a file that [`new_in`](crate::new_in) or [`reserve`](crate::reserve) has made.
    pub async fn record(
        mut self,
        options: &Options,
        output: PathBuf,
    ) -> Result<Recording, CaptureError> {
        let command = Command::Start {
            output: output.clone(),
            options: options.clone(),
        };
        self.tell(&command).await?;
        Ok(Recording::new(self, output))
    }

    async fn tell(&mut self, command: &Command) -> Result<(), CaptureError> {
        match self.write(command).await {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Err(CaptureError::Untold(error))
            }
            Err(error) => {
                tracing::debug!(%error, "the helper does not listen");
                Err(CaptureError::Ended(self.end().await))
            }
        }
    }

    /// Tells it what to do, if it is there.
    pub(crate) async fn write(&mut self, command: &Command) -> io::Result<()> {
        let mut line = protocol::line(command)?;
        line.push('\n');
        self.commands.write_all(line.as_bytes()).await?;
        self.commands.flush().await
    }

    /// The next thing it tells; `None` once it has ended. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            match self.events.next_line().await {
                Ok(Some(line)) => match serde_json::from_str(&line) {
                    Ok(event) => return Some(event),
                    Err(error) => tracing::warn!(%error, "a line of the helper's that is none"),
                },
                Ok(None) => return None,
                Err(error) => {
                    tracing::warn!(%error, "the helper cannot be heard");
                    return None;
                }
            }
        }
    }

    /// How it ended, once it is not heard any more. Dropping the future loses nothing.
    pub(crate) async fn end(&mut self) -> HelperEnd {
        let soon = || Instant::now() + GONE_WITHIN;
        let gone_by = *self.gone_by.get_or_insert_with(soon);
        // What it wrote arrives by another pipe, which is at its end with it.
        let gone = async {
            let _ = self.child.wait().await;
            while self.last_words.changed().await.is_ok() {}
        };
        let _ = timeout_at(gone_by, gone).await;
        let end = HelperEnd {
            status: self.child.try_wait().ok().flatten(),
            said: self.last_words.borrow().clone(),
        };
        tracing::warn!("the helper ended: {end}");
        end
    }
}

/// The helper's process: apart from this one's group, since Ctrl+C reaches a whole group and is for whoever started it.
fn command(path: &Path) -> tokio::process::Command {
    let mut command = std::process::Command::new(path);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    #[cfg(windows)]
    {
        /// Source: Microsoft's "Process Creation Flags".
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
        std::os::windows::process::CommandExt::creation_flags(
            &mut command,
            CREATE_NEW_PROCESS_GROUP,
        );
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.into()
}

fn beside_this_program(folder: Option<OsString>) -> PathBuf {
    let name = format!("{HELPER}{}", std::env::consts::EXE_SUFFIX);
    let beside = || {
        let program = std::env::current_exe().ok()?;
        Some(program.parent()?.to_owned())
    };
    folder
        .map(PathBuf::from)
        .or_else(beside)
        .unwrap_or_default()
        .join(name)
}

/// Keeps the end of what the helper writes to standard error.
fn listen(stderr: ChildStderr) -> watch::Receiver<Vec<String>> {
    let (keeping, kept) = watch::channel(Vec::new());
    tokio::spawn(async move {
        let mut lines = BufReader::new(stderr).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            tracing::debug!("the helper: {line}");
            keeping.send_modify(|kept| {
                if kept.len() == LAST_WORDS {
                    kept.remove(0);
                }
                kept.push(line);
            });
        }
    });
    kept
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A helper that says who it is, takes one command, and then does this.
    fn that(does: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("helper");
        let version = protocol::VERSION;
        let hello = format!(r#"{{"event":"hello","protocol":{version},"version":"1"}}"#);
        let script = format!("#!/bin/sh\necho '{hello}'\nread -r command\n{does}\n");
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        (folder, path)
    }

    /// One test, since a program that is being written while another is started is busy.
    #[tokio::test]
    async fn whoever_asked_learns_how_it_ended() {
        for (does, expected) in [
            (
                "echo 'no picture' >&2; kill -SEGV $$",
                "it crashed (signal 11), saying “no picture”.",
            ),
            (
                "echo 'no display' >&2; exit 3",
                "it gave up (exit code 3), saying “no display”.",
            ),
            // What it began may outlive it, and keep its pipe open.
            (
                "echo 'no camera' >&2; sleep 10 >/dev/null & exit 4",
                "it gave up (exit code 4), saying “no camera”.",
            ),
        ] {
            let (_folder, path) = that(does);
            let helper = Helper::start_at(&path).await.unwrap();
            let error = helper.devices(false).await.unwrap_err();
            let source = std::error::Error::source(&error).unwrap().to_string();
            assert!(source.contains("saying last: no "), "{source}");
            let failure = error.failure();
            assert!(failure.message.ends_with(expected), "{failure}");

            let helper = Helper::start_at(&path).await.unwrap();
            let output = path.with_file_name("a.webm");
            fs::write(&output, "some").unwrap();
            let recording = helper.record(&Options::default(), output.clone()).await;
            let mut recording = recording.unwrap();
            let Some(Event::Failed {
                failure,
                path: kept,
            }) = recording.next().await
            else {
                panic!("it goes on");
            };
            assert!(failure.message.ends_with(expected), "{failure}");
            assert_eq!(kept, Some(output));
            assert_eq!(recording.next().await, None);
        }
    }
}

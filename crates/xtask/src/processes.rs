//! Programs that this one starts, and that end with it.
//!
//! Two kinds: tools ([`run`], [`capture`]) do one thing while we wait; a [`Program`] goes on beside us. Ctrl+C and a
//! request to terminate end both, so that nothing stays behind that nobody sees.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::failure::Failure;

/// How long a program may take to end in order before it is ended without being asked.
const PATIENCE: Duration = Duration::from_secs(10);

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static RUNNING: Mutex<BTreeMap<u32, Reach>> = Mutex::new(BTreeMap::new());

/// What a signal to a child has to reach.
#[derive(Clone, Copy)]
enum Reach {
    /// The process itself: it shares our terminal, and tools end their own children.
    Process,
    /// Its process group, so that what it started in turn ends as well.
    Group,
}

fn running() -> MutexGuard<'static, BTreeMap<u32, Reach>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on Ctrl+C, SIGTERM and SIGHUP end every child. Whoever waits for one gets [`Failure::Interrupted`].
pub(crate) fn end_all_on_interrupt() -> Result<(), Failure> {
    ctrlc::set_handler(|| {
        INTERRUPTED.store(true, Ordering::SeqCst);
        for (&id, &reach) in running().iter() {
            signal(id, reach, Signal::End);
        }
    })
    .map_err(|error| Failure::Unexpected {
        what: format!("cannot listen for Ctrl+C: {error}"),
    })
}

/// [`Failure::Interrupted`] once Ctrl+C was pressed.
pub(crate) fn check_interrupt() -> Result<(), Failure> {
    if INTERRUPTED.load(Ordering::SeqCst) {
        return Err(Failure::Interrupted);
    }
    Ok(())
}

/// Runs a tool to its end; anything but success is a failure.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let child = start(command, Reach::Process)?;
    let status = finish(child)?.status;
    succeeded(command, status)
}

/// Runs a tool to its end and returns what it wrote to its standard output.
pub(crate) fn capture(command: &mut Command) -> Result<String, Failure> {
    let child = start(command.stdout(Stdio::piped()), Reach::Process)?;
    let output = finish(child)?;
    succeeded(command, output.status)?;
    text_of(command, output)
}

/// As [`capture`], with a few words to read on its standard input (fewer than a pipe holds: nobody reads meanwhile).
pub(crate) fn capture_with_input(command: &mut Command, input: &str) -> Result<String, Failure> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = start(command, Reach::Process)?;
    if let Some(mut pipe) = child.stdin.take() {
        // A tool that ends without reading says why by its exit status.
        let _ = pipe.write_all(input.as_bytes());
    }
    let output = finish(child)?;
    succeeded(command, output.status)?;
    text_of(command, output)
}

/// Runs a tool to its end, showing what it writes and handing each line of it on. Returns whether it succeeded.
pub(crate) fn follow(
    command: &mut Command,
    mut each_line: impl FnMut(&str),
) -> Result<bool, Failure> {
    let program = name_of(command);
    let not_started = |source| Failure::NotStarted {
        program: program.clone(),
        source,
    };
    // One pipe for both streams keeps the lines in the order in which they were written.
    let (reader, writer) = std::io::pipe().map_err(not_started)?;
    command.stdout(writer.try_clone().map_err(not_started)?);
    command.stderr(writer);
    let child = start(command, Reach::Process)?;
    // The command keeps its ends of the pipe open, and the reader waits for the last of them.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut lines = BufReader::new(reader);
    let mut line = Vec::new();
    while lines
        .read_until(b'\n', &mut line)
        .is_ok_and(|read| read > 0)
    {
        let text = String::from_utf8_lossy(&line);
        print!("{text}");
        each_line(text.trim_end());
        line.clear();
    }
    Ok(finish(child)?.status.success())
}

/// A program that goes on beside this one. Dropping it ends it, in order if it can.
pub(crate) struct Program {
    id: u32,
    ended: Receiver<ExitStatus>,
}

impl Program {
    /// Starts it.
    pub(crate) fn start(command: &mut Command) -> Result<Self, Failure> {
        Ok(Self::of(start_in_group(command)?))
    }

    /// The same, with each line that it writes to its standard output.
    pub(crate) fn start_telling(
        command: &mut Command,
    ) -> Result<(Self, Receiver<String>), Failure> {
        let mut child = start_in_group(command.stdout(Stdio::piped()))?;
        let (tell, lines) = mpsc::channel();
        if let Some(pipe) = child.stdout.take() {
            thread::spawn(move || {
                for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                    // Read on, whether anybody listens or not: a full pipe would hold the program up.
                    let _ = tell.send(line);
                }
            });
        }
        Ok((Self::of(child), lines))
    }

    fn of(child: Child) -> Self {
        let id = child.id();
        let (tell, ended) = mpsc::channel();
        thread::spawn(move || {
            if let Ok(output) = wait(child) {
                // Nobody listens any more once the program was dropped.
                let _ = tell.send(output.status);
            }
        });
        Self { id, ended }
    }

    /// Holds it where it is, as a computer that falls asleep does.
    pub(crate) fn freeze(&self) {
        signal(self.id, Reach::Group, Signal::Stop);
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) {
        signal(self.id, Reach::Group, Signal::Continue);
    }

    /// Its exit status, if it ends within this time.
    pub(crate) fn ends_within(&self, time: Duration) -> Result<Option<ExitStatus>, Failure> {
        let outcome = self.ended.recv_timeout(time);
        check_interrupt()?;
        match outcome {
            Ok(status) => Ok(Some(status)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Failure::Unexpected {
                what: "a program that was started cannot be waited for".to_owned(),
            }),
        }
    }

    /// Waits for its end, however long that takes.
    pub(crate) fn wait(&self) -> Result<Option<ExitStatus>, Failure> {
        let status = self.ended.recv().ok();
        check_interrupt()?;
        Ok(status)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if !running().contains_key(&self.id) {
            return;
        }
        signal(self.id, Reach::Group, Signal::Continue);
        signal(self.id, Reach::Group, Signal::End);
        if self.ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            signal(self.id, Reach::Group, Signal::Kill);
            let _ = self.ended.recv_timeout(PATIENCE);
        }
    }
}

/// Starts it in a process group of its own, so that a Ctrl+C reaches it once, through us.
fn start_in_group(command: &mut Command) -> Result<Child, Failure> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    start(command, Reach::Group)
}

fn start(command: &mut Command, reach: Reach) -> Result<Child, Failure> {
    check_interrupt()?;
    let child = command.spawn().map_err(|source| Failure::NotStarted {
        program: name_of(command),
        source,
    })?;
    running().insert(child.id(), reach);
    Ok(child)
}

fn finish(child: Child) -> Result<Output, Failure> {
    let output = wait(child);
    check_interrupt()?;
    output.map_err(|error| Failure::Unexpected {
        what: format!("cannot wait for a program that was started: {error}"),
    })
}

fn wait(mut child: Child) -> std::io::Result<Output> {
    let id = child.id();
    let mut stdout = Vec::new();
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_end(&mut stdout)?;
    }
    let status = child.wait();
    running().remove(&id);
    status.map(|status| Output {
        status,
        stdout,
        stderr: Vec::new(),
    })
}

fn succeeded(command: &Command, status: ExitStatus) -> Result<(), Failure> {
    if status.success() {
        return Ok(());
    }
    Err(Failure::Ended {
        program: name_of(command),
        status,
    })
}

fn text_of(command: &Command, output: Output) -> Result<String, Failure> {
    String::from_utf8(output.stdout).map_err(|_| Failure::Unexpected {
        what: format!("`{}` wrote something that is no text", name_of(command)),
    })
}

/// The program and its first two arguments: enough to know it by.
fn name_of(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let mut name = program
        .file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    for argument in command.get_args().take(2) {
        name.push(' ');
        name.push_str(&argument.to_string_lossy());
    }
    name
}

#[derive(Clone, Copy)]
enum Signal {
    End,
    Kill,
    Stop,
    Continue,
}

/// Signals go through the shell's own `kill`: the standard library knows only the unconditional one, `unsafe` is denied
/// here, and a small Debian has no program of that name.
#[cfg(unix)]
fn signal(id: u32, reach: Reach, signal: Signal) {
    let name = match signal {
        Signal::End => "TERM",
        Signal::Kill => "KILL",
        Signal::Stop => "STOP",
        Signal::Continue => "CONT",
    };
    let target = match reach {
        Reach::Process => id.to_string(),
        Reach::Group => format!("-{id}"),
    };
    let _ = Command::new("sh")
        .args(["-c", r#"kill -s "$0" -- "$1""#, name, &target])
        .stderr(Stdio::null())
        .status();
}

#[cfg(windows)]
fn signal(id: u32, _: Reach, signal: Signal) {
    if matches!(signal, Signal::Stop | Signal::Continue) {
        return;
    }
    let _ = Command::new("taskkill")
        .args(["/T", "/F", "/PID", &id.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn a_dropped_program_has_ended() {
        let program = Program::start(Command::new("sleep").arg("600")).unwrap();
        let id = program.id;
        let began = Instant::now();
        drop(program);
        assert!(began.elapsed() < PATIENCE);
        assert!(!running().contains_key(&id));
    }

    #[test]
    fn what_a_tool_writes_is_captured_and_its_failure_named() {
        assert_eq!(capture(Command::new("echo").arg("here")).unwrap(), "here\n");
        assert_eq!(
            capture_with_input(&mut Command::new("cat"), "through").unwrap(),
            "through"
        );
        let failure = run(&mut Command::new("false")).unwrap_err();
        assert!(
            failure.to_string().starts_with("`false` failed"),
            "{failure}"
        );
        let failure = run(&mut Command::new("no-such-program")).unwrap_err();
        assert!(
            failure
                .to_string()
                .contains("cannot start `no-such-program`")
        );
    }

    #[test]
    fn both_streams_are_followed_in_order() {
        let mut lines = Vec::new();
        let script = "echo one; echo two >&2; echo three; exit 3";
        let succeeded = follow(Command::new("sh").args(["-c", script]), |line| {
            lines.push(line.to_owned());
        })
        .unwrap();
        assert!(!succeeded);
        assert_eq!(lines, ["one", "two", "three"]);
    }
}

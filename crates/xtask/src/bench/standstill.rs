//! What happens when nothing moves: the computer sleeps, or the network swallows everything.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::programs::Built;
use super::targets::{Backend, Store, Target, received_bytes, telling};
use super::uploaders::Commands;
use crate::failure::Failure;
use crate::processes::{self, Program};

/// Bytes that arrive before the standstill begins: where no part of a round size ends.
const BEFORE_BYTES: u64 = 61 * 1024 * 1024;

/// How often the other side is asked what it has received.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Longest that anything is waited for here.
const LONGEST: Duration = Duration::from_mins(3);

/// What was seen.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Standstill {
    /// How long the program was held.
    pub(crate) frozen_seconds: u64,
    /// From its waking until the other side received a further byte, in seconds.
    pub(crate) progress_after: Option<f64>,
    /// From the last byte that a connection took until it was given up, in seconds; of several the longest.
    pub(crate) aborted_after: Option<f64>,
}

impl Standstill {
    /// Freezes an upload of this file, and swallows another.
    pub(crate) fn see(
        built: &Built,
        commands: &Commands<'_>,
        target: &Target,
        file: &Path,
        frozen: Duration,
    ) -> Result<Self, Failure> {
        eprintln!("an upload is frozen for {} s", frozen.as_secs());
        let progress_after = freeze(commands, target, file, frozen)?;
        eprintln!("an upload goes into a black hole");
        let aborted_after = swallow(built, commands, target, file)?;
        Ok(Self {
            frozen_seconds: frozen.as_secs(),
            progress_after,
            aborted_after,
        })
    }
}

fn freeze(
    commands: &Commands<'_>,
    target: &Target,
    file: &Path,
    frozen: Duration,
) -> Result<Option<f64>, Failure> {
    let store = &target.store;
    let begun_at = received_bytes(store)?;
    let mut command = commands.revui(target, &target.backend.server, file)?;
    let program = Program::start(quiet(&mut command))?;
    wait_for(store, begun_at + BEFORE_BYTES)?;
    program.freeze();
    if let Some(status) = program.ends_within(frozen)? {
        return Err(Failure::Unexpected {
            what: format!("the upload ended ({status}) before it could be frozen"),
        });
    }
    // What was on its way has long arrived: whatever comes now was sent after waking.
    let asleep_at = received_bytes(store)?;
    let woke = Instant::now();
    program.thaw();
    let moved = wait_for(store, asleep_at + 1)?;
    let progress_after = moved.then(|| woke.elapsed().as_secs_f64());
    arrives(&program)?;
    Ok(progress_after)
}

/// The hole has a backend of its own, which signs for its address.
fn swallow(
    built: &Built,
    commands: &Commands<'_>,
    target: &Target,
    file: &Path,
) -> Result<Option<f64>, Failure> {
    let address = target.store.endpoint.trim_start_matches("http://");
    let mut hole = Command::new(&built.far_side);
    hole.args(["black-hole", address, &BEFORE_BYTES.to_string()]);
    let (_hole, endpoint, lines) = telling(&mut hole)?;
    let store = Store {
        endpoint,
        ..target.store.clone()
    };
    let room = commands.homes.join("black-hole");
    std::fs::create_dir_all(&room).map_err(Failure::file("make", &room))?;
    let (backend, _backend) = Backend::start(built, &store, &room)?;
    let mut command = commands.revui_of(&backend.server, &backend.token()?)?;
    command
        .arg("upload")
        .arg(file)
        .args(["--task", &backend.task]);
    let program = Program::start(quiet(&mut command))?;

    arrives(&program)?;
    processes::check_interrupt()?;
    // One of several that were swallowed at once may be let go of before another.
    let released = lines.try_iter().filter_map(|line| {
        let milliseconds: u32 = line.strip_prefix("released ")?.parse().ok()?;
        Some(f64::from(milliseconds) / 1000.0)
    });
    Ok(released.max_by(f64::total_cmp))
}

fn quiet(command: &mut Command) -> &mut Command {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
}

/// Whether so many bytes are received in time.
fn wait_for(store: &Store, bytes: u64) -> Result<bool, Failure> {
    let began = Instant::now();
    while received_bytes(store)? < bytes {
        if began.elapsed() > LONGEST {
            return Ok(false);
        }
        processes::check_interrupt()?;
        thread::sleep(LOOK_EVERY);
    }
    Ok(true)
}

/// It gets through in the end.
fn arrives(program: &Program) -> Result<(), Failure> {
    let status = program.ends_within(LONGEST)?;
    if status.is_some_and(|status| status.success()) {
        return Ok(());
    }
    Err(Failure::Unexpected {
        what: "the upload did not get through after the standstill".to_owned(),
    })
}

//! One process, measured from outside: how long it takes, what it uses of the processors, and its most memory.
//!
//! The system keeps these numbers for each process that has ended, and tells them to its parent, summed over all its
//! children. So the parent is another copy of this program, which starts the one process, waits for it, and writes down
//! what the system says: nothing else is in the sums.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::processes::Program;

/// What one run took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Measurement {
    /// From just before it was started to just after it ended.
    pub(crate) elapsed: Duration,
    /// User and system time, of all its threads.
    pub(crate) processor: Duration,
    /// The most memory that it had at once (`ru_maxrss`). Linux counts from what this program itself has when it starts
    /// another, some 3 MiB: below that it tells nothing.
    pub(crate) peak_rss_bytes: u64,
}

impl Measurement {
    fn to_json(self) -> Value {
        json!({
            "elapsedSeconds": self.elapsed.as_secs_f64(),
            "processorSeconds": self.processor.as_secs_f64(),
            "peakRssBytes": self.peak_rss_bytes,
        })
    }

    fn read(note: &str) -> Option<Self> {
        let note: Value = serde_json::from_str(note).ok()?;
        let seconds = |name: &str| Duration::try_from_secs_f64(note[name].as_f64()?).ok();
        Some(Self {
            elapsed: seconds("elapsedSeconds")?,
            processor: seconds("processorSeconds")?,
            peak_rss_bytes: note["peakRssBytes"].as_u64()?,
        })
    }
}

/// Longest that a run may take.
const LONGEST: Duration = Duration::from_mins(30);

/// Runs the command to its end, through a copy of this program; `room` is a folder for its notes. What it writes is
/// dropped, but for the end of what it complains about when it fails.
pub(crate) fn measure(command: &Command, room: &Path) -> Result<Measurement, Failure> {
    let note = room.join("measured.json");
    let complaints = room.join("complaints.txt");
    let here = std::env::current_exe().map_err(Failure::file("find", Path::new("xtask")))?;
    let file = fs::File::create(&complaints).map_err(Failure::file("write", &complaints))?;
    let mut through = Command::new(here);
    through
        .arg(super::MEASURED)
        .arg(&note)
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(file);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => through.env(name, value),
            None => through.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        through.current_dir(folder);
    }
    let program = Program::start(&mut through)?;
    let status = program.ends_within(LONGEST)?;
    if !status.is_some_and(|status| status.success()) {
        let text = fs::read_to_string(&complaints).unwrap_or_default();
        let last = text.lines().rev().find(|line| !line.trim().is_empty());
        return Err(Failure::Unexpected {
            what: last.unwrap_or("it failed without a word").trim().to_owned(),
        });
    }
    let text = fs::read_to_string(&note).map_err(Failure::file("read", &note))?;
    Measurement::read(&text).ok_or_else(|| Failure::Unexpected {
        what: "a measurement was not written down".to_owned(),
    })
}

/// The other side: runs the program, and writes down what it took.
#[cfg(unix)]
pub(crate) fn run_measured(
    note: &Path,
    program: &OsString,
    arguments: &[OsString],
) -> Result<(), Failure> {
    use nix::sys::resource::{UsageWho, getrusage};
    use std::time::Instant;

    let began = Instant::now();
    let status = Command::new(program).args(arguments).status();
    let elapsed = began.elapsed();
    let status = status.map_err(|source| Failure::NotStarted {
        program: program.to_string_lossy().into_owned(),
        source,
    })?;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| Failure::Unexpected {
        what: format!("the system does not tell what was used: {error}"),
    })?;
    if !status.success() {
        // It has said why itself, and that is what will be read.
        return Err(Failure::ChecksFailed);
    }
    let microseconds = |time: nix::sys::time::TimeVal| {
        use nix::sys::time::TimeValLike as _;
        Duration::from_micros(time.num_microseconds().unsigned_abs())
    };
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    let measurement = Measurement {
        elapsed,
        processor: microseconds(usage.user_time()) + microseconds(usage.system_time()),
        peak_rss_bytes: usage.max_rss().unsigned_abs() * unit,
    };
    fs::write(note, measurement.to_json().to_string()).map_err(Failure::file("write", note))
}

#[cfg(not(unix))]
pub(crate) fn run_measured(_: &Path, _: &OsString, _: &[OsString]) -> Result<(), Failure> {
    Err(Failure::NotSetUp(
        "what a process takes is measured on Linux and macOS only".to_owned(),
    ))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_measured() {
        let note = std::env::temp_dir().join(format!("revui-measured-{}", std::process::id()));
        // Some hundredths of a second of work, then as long a rest.
        let script = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 0.2";
        run_measured(&note, &"sh".into(), &["-c".into(), script.into()]).unwrap();
        let measurement = Measurement::read(&fs::read_to_string(&note).unwrap()).unwrap();
        fs::remove_file(&note).unwrap();
        assert!(measurement.elapsed >= Duration::from_millis(200));
        assert!(measurement.processor > Duration::ZERO);
        assert!(measurement.processor < measurement.elapsed);
        assert!(measurement.peak_rss_bytes > 100 * 1024);
        assert!(run_measured(&note, &"false".into(), &[]).is_err());
    }

    #[test]
    fn a_note_is_read_as_it_was_written() {
        let measurement = Measurement {
            elapsed: Duration::from_millis(1500),
            processor: Duration::from_micros(730_001),
            peak_rss_bytes: 12_345_344,
        };
        assert_eq!(
            Measurement::read(&measurement.to_json().to_string()),
            Some(measurement)
        );
        assert_eq!(Measurement::read("{}"), None);
    }
}

//! `cargo xtask bench upload`: our engine beside curl, s5cmd, rclone and the AWS CLI, on this machine, in one run.

pub(crate) mod capture;
mod figures;
mod machine;
pub(crate) mod measuring;
pub(crate) mod programs;
mod recordings;
mod report;
mod rounds;
pub(crate) mod server;
mod standstill;
mod targets;
mod uploaders;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use figures::Results;
use machine::Machine;
use programs::PEERS;
use report::Circumstances;
use rounds::Row;
use standstill::Standstill;
use targets::{Kind, Target};
use uploaders::{Commands, Uploader};

use crate::arguments::BenchOptions;
use crate::failure::Failure;
use crate::packages::{self, Purpose};
use crate::workspace;

/// The word by which this program starts another copy of itself that measures one process.
pub(crate) const MEASURED: &str = "measured";

const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;

/// Sizes of ours alone, where side by side 1 GiB is sent; they grow and shrink with that.
const ALONE_MIB: [u64; 4] = [1, 100, 10 * 1024, 50 * 1024];

/// What stands still is still on its way after a few hundred milliseconds; few enough bytes for one PUT.
const STANDSTILL_BYTES: u64 = 4 * GIB;

/// Sets up, measures, tells; with `--check` a figure that isn't reached is a failure.
pub(crate) fn upload(options: &BenchOptions) -> Result<(), Failure> {
    packages::ensure(Purpose::Bench)?;
    if !options.only_sizes {
        PEERS.install()?;
    }
    let room = workspace::target().join("bench");
    let homes = room.join("homes");
    if homes.exists() {
        fs::remove_dir_all(&homes).map_err(Failure::file("remove", &homes))?;
    }
    for folder in ["homes", "programs", "recordings"] {
        let folder = room.join(folder);
        fs::create_dir_all(&folder).map_err(Failure::file("make", &folder))?;
    }
    let built = programs::build(options.quickly, &room.join("programs"))?;
    let (s5cmd, versions) = if options.only_sizes {
        (PathBuf::new(), Vec::new())
    } else {
        let s5cmd = programs::s5cmd()?;
        let versions = programs::versions(&s5cmd);
        (s5cmd, versions)
    };
    let about = Circumstances {
        machine: Machine::look(&room),
        versions,
        size_bytes: options.size_bytes,
        rounds: options.rounds,
        only_tried: options.quickly,
    };
    let bench = Bench {
        commands: Commands {
            built: &built,
            s5cmd: &s5cmd,
            homes: &homes,
        },
        recordings: room.join("recordings"),
        room: &room,
        options,
    };
    let results = bench.run()?;
    if options.json {
        println!("{:#}", report::to_json(&results, &about));
    } else {
        print!("{}", report::tables(&results, &about, options.markdown));
    }
    check(&results, options.check)
}

fn check(results: &Results, wanted: bool) -> Result<(), Failure> {
    let figures = results.figures();
    let missed: Vec<_> = figures
        .iter()
        .filter(|figure| !figure.is_reached())
        .collect();
    if !wanted || missed.is_empty() {
        return Ok(());
    }
    for figure in &missed {
        let (name, value, bound) = (figure.name, figure.value(), figure.bound());
        eprintln!("not reached: {name}: {value}, has to be {bound}");
    }
    Err(Failure::ChecksFailed)
}

/// What was measured, or none with a word about why: the rest is worth knowing all the same, and its figures are not reached.
fn told<T>(what: &str, measured: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match measured {
        Ok(measured) => Ok(Some(measured)),
        Err(Failure::Interrupted) => Err(Failure::Interrupted),
        Err(failure) => {
            eprintln!("{what} could not be measured: {}", failure.with_causes());
            Ok(None)
        }
    }
}

struct Bench<'a> {
    commands: Commands<'a>,
    recordings: PathBuf,
    room: &'a Path,
    options: &'a BenchOptions,
}

impl Bench<'_> {
    fn run(&self) -> Result<Results, Failure> {
        if self.options.only_sizes {
            return self.sizes();
        }
        let mut results = Results::default();
        let (size_bytes, rounds) = (self.options.size_bytes, self.options.rounds);
        let file = recordings::make(&self.recordings, size_bytes)?;
        for kind in Kind::ALL {
            let target = self.start(kind)?;
            let rows = rounds::side_by_side(&self.commands, &target, &file, size_bytes, rounds)?;
            results.rows.extend(rows);
            if kind == Kind::Plain {
                let idle = rounds::idle_rss_bytes(&self.commands, &target, rounds);
                results.idle_rss_bytes = told("an idle program", idle)?;
                results.alone = self.alone(&target)?;
                results.standstill =
                    told("the standstill", self.standstill(&target))?.unwrap_or_default();
            }
        }
        Ok(results)
    }

    /// What ours takes of memory and time, from the smallest recording to the largest.
    fn sizes(&self) -> Result<Results, Failure> {
        let (size_bytes, rounds) = (self.options.size_bytes, self.options.rounds);
        let file = recordings::make(&self.recordings, size_bytes)?;
        let target = self.start(Kind::Plain)?;
        let mut common = Row::new(Kind::Plain, Uploader::OursInParts, size_bytes);
        for round in 0..=rounds {
            rounds::run(&self.commands, &target, &file, &mut common, (round, rounds))?;
        }
        let idle = rounds::idle_rss_bytes(&self.commands, &target, rounds);
        Ok(Results {
            rows: vec![common],
            idle_rss_bytes: told("an idle program", idle)?,
            alone: self.alone(&target)?,
            only_sizes: true,
            ..Results::default()
        })
    }

    /// Over a folder that is empty at first.
    fn start(&self, kind: Kind) -> Result<Target, Failure> {
        let room = self.room.join("store");
        if room.exists() {
            fs::remove_dir_all(&room).map_err(Failure::file("remove", &room))?;
        }
        fs::create_dir_all(&room).map_err(Failure::file("make", &room))?;
        Target::start(kind, self.commands.built, &room)
    }

    /// Ours alone, at every size; the largest once only, for its memory.
    fn alone(&self, target: &Target) -> Result<Vec<Row>, Failure> {
        let rounds = self.options.rounds;
        let mut rows = Vec::new();
        for mib in ALONE_MIB {
            let size_bytes = (mib * self.options.size_bytes / GIB * MIB).max(MIB);
            let row = Row::new(Kind::Plain, Uploader::OursInParts, size_bytes);
            rows.push((row, recordings::make(&self.recordings, size_bytes)?));
        }
        let last = rows.len() - 1;
        for round in 0..=rounds {
            for (number, (row, file)) in rows.iter_mut().enumerate() {
                let is_due = number < last || round == 1;
                if is_due && row.failure.is_none() {
                    rounds::run(&self.commands, target, file, row, (round, rounds))?;
                }
            }
        }
        Ok(rows.into_iter().map(|(row, _)| row).collect())
    }

    fn standstill(&self, target: &Target) -> Result<Standstill, Failure> {
        if self.options.freeze_seconds == 0 {
            return Ok(Standstill::default());
        }
        let file = recordings::make(&self.recordings, STANDSTILL_BYTES)?;
        let frozen = Duration::from_secs(self.options.freeze_seconds);
        Standstill::see(self.commands.built, &self.commands, target, &file, frozen)
    }
}

//! `cargo xtask test`: everything that has to hold, and how long each part of it took.

mod ceph;
mod counts;
pub(crate) mod phases;
mod tools;

use std::env;
use std::time::{Duration, Instant};

use counts::Counts;
use phases::{FURTHER_PHASES, PHASES, Phase};

use crate::failure::Failure;
use crate::packages::{self, Purpose};
use crate::{fixtures, ui};

/// How a phase went.
struct Outcome {
    name: &'static str,
    counts: Counts,
    took: Duration,
}

/// Sets up, runs every phase whatever the others say, and sums up. The last line is `N passed, N failed, N skipped`.
pub(crate) fn test(full: bool) -> Result<(), Failure> {
    let began = Instant::now();
    set_up(full)?;
    let mut outcomes = vec![Outcome {
        name: "set-up",
        counts: Counts::default(),
        took: began.elapsed(),
    }];
    let further = if full { FURTHER_PHASES } else { &[] };
    for phase in PHASES.iter().chain(further) {
        outcomes.push(perform(phase)?);
    }
    sum_up(&outcomes, began.elapsed())
}

fn set_up(full: bool) -> Result<(), Failure> {
    packages::ensure(if full {
        Purpose::TestFull
    } else {
        Purpose::Test
    })?;
    tools::TOOLS.install()?;
    tools::SCHEMATHESIS.install()?;
    tools::CLOUD.install()?;
    ui::install()?;
    ui::install_identity_provider()?;
    fixtures::make_all().map(drop)
}

fn perform(phase: &Phase) -> Result<Outcome, Failure> {
    println!("\n== {}", phase.name);
    let began = Instant::now();
    let counts = match (phase.run)() {
        Ok(counts) => counts,
        Err(Failure::Interrupted) => return Err(Failure::Interrupted),
        Err(failure) => {
            println!("{}", failure.with_causes());
            Counts::BROKEN
        }
    };
    Ok(Outcome {
        name: phase.name,
        counts,
        took: began.elapsed(),
    })
}

fn sum_up(outcomes: &[Outcome], took: Duration) -> Result<(), Failure> {
    println!();
    let mut total = Counts::default();
    for outcome in outcomes {
        let verdict = if outcome.counts.all_hold() {
            "ok"
        } else {
            "FAILED"
        };
        println!(
            "{:<26} {verdict:<6} {:>7.1} s",
            outcome.name,
            outcome.took.as_secs_f64()
        );
        total += outcome.counts;
    }
    println!("{:<26} {:<6} {:>7.1} s", "in all", "", took.as_secs_f64());

    // Where nobody looks, a test that was skipped looks like one that passed.
    let skip_is_failure = env::var_os("CI").is_some_and(|value| !value.is_empty());
    let holds = total.all_hold() && !(skip_is_failure && total.skipped() > 0);
    if !holds && total.all_hold() {
        println!("With CI set, a skipped test is a failure.");
    }
    println!("{total}");
    if holds {
        Ok(())
    } else {
        Err(Failure::ChecksFailed)
    }
}

//! Rounds: everybody once, then everybody again, so that what the machine does meanwhile befalls all alike. What counts
//! is the median.

use std::path::Path;
use std::time::Duration;

use super::measuring::{Measurement, measure};
use super::targets::{Kind, Target};
use super::uploaders::{Commands, Uploader};
use crate::failure::Failure;
use crate::processes;

/// What the rounds say of one uploader at one store.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) kind: Kind,
    pub(crate) uploader: Uploader,
    pub(crate) size_bytes: u64,
    pub(crate) runs: Vec<Measurement>,
    /// Why there are no figures.
    pub(crate) failure: Option<String>,
}

impl Row {
    pub(crate) fn new(kind: Kind, uploader: Uploader, size_bytes: u64) -> Self {
        Self {
            kind,
            uploader,
            size_bytes,
            runs: Vec::new(),
            failure: None,
        }
    }

    /// Of each number by itself; none where a run failed.
    pub(crate) fn median(&self) -> Option<Measurement> {
        if self.failure.is_some() {
            return None;
        }
        Some(Measurement {
            elapsed: median(self.runs.iter().map(|run| run.elapsed))?,
            processor: median(self.runs.iter().map(|run| run.processor))?,
            peak_rss_bytes: median(self.runs.iter().map(|run| run.peak_rss_bytes))?,
        })
    }
}

/// The middle one; of an even number, the lower of the two in the middle.
fn median<T: Ord>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    let middle = values.len().checked_sub(1)? / 2;
    values.into_iter().nth(middle)
}

/// Everybody side by side at one store: one round that doesn't count, then those that do.
pub(crate) fn side_by_side(
    commands: &Commands<'_>,
    target: &Target,
    file: &Path,
    size_bytes: u64,
    rounds: u32,
) -> Result<Vec<Row>, Failure> {
    let kind = target.store.kind;
    let mut rows: Vec<Row> = Uploader::ALL
        .into_iter()
        .filter(|uploader| uploader.goes_to(kind))
        .map(|uploader| Row::new(kind, uploader, size_bytes))
        .collect();
    for round in 0..=rounds {
        for row in rows.iter_mut().filter(|row| row.failure.is_none()) {
            run(commands, target, file, row, (round, rounds))?;
        }
    }
    Ok(rows)
}

/// One run, added to its row. Round 0 is for warming up.
pub(crate) fn run(
    commands: &Commands<'_>,
    target: &Target,
    file: &Path,
    row: &mut Row,
    (round, rounds): (u32, u32),
) -> Result<(), Failure> {
    let outcome = once(commands, target, file, row.uploader);
    processes::check_interrupt()?;
    let (kind, name) = (row.kind.name(), row.uploader.name());
    let size = super::report::size(row.size_bytes);
    match outcome {
        Ok(measurement) => {
            let seconds = measurement.elapsed.as_secs_f64();
            eprintln!("round {round}/{rounds}  {kind:<18} {name:<26} {size:>8} {seconds:>8.3} s");
            if round > 0 {
                row.runs.push(measurement);
            }
        }
        Err(Failure::Interrupted) => return Err(Failure::Interrupted),
        Err(failure) => {
            let why = failure.with_causes();
            eprintln!("round {round}/{rounds}  {kind:<18} {name:<26} {size:>8} failed: {why}");
            row.failure = Some(why);
        }
    }
    if target.store.kind == Kind::Embedded {
        processes::capture(&mut Commands::empty(&target.store))?;
    }
    Ok(())
}

fn once(
    commands: &Commands<'_>,
    target: &Target,
    file: &Path,
    uploader: Uploader,
) -> Result<Measurement, Failure> {
    if uploader == Uploader::OursInParts && !target.takes_parts {
        return Err(Failure::Unexpected {
            what: "the backend does not offer uploads in parts".to_owned(),
        });
    }
    let command = commands.upload(uploader, target, file)?;
    measure(&command, commands.homes)
}

/// What ours has in memory when it has nothing to do: it is started, opens everything that an upload needs, and ends.
pub(crate) fn idle_rss_bytes(
    commands: &Commands<'_>,
    target: &Target,
    rounds: u32,
) -> Result<u64, Failure> {
    let mut peaks = Vec::new();
    for _ in 0..rounds.max(1) {
        let backend = &target.backend;
        let mut command = commands.revui_of(&backend.server, &backend.token()?)?;
        command.arg("resume");
        peaks.push(measure(&command, commands.homes)?.peak_rss_bytes);
    }
    Ok(median(peaks.into_iter()).unwrap_or_default())
}

/// Seconds, for the arithmetic of ratios.
pub(crate) fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        for (values, expected) in [
            (vec![], None),
            (vec![7], Some(7)),
            (vec![9, 1], Some(1)),
            (vec![5, 1, 3], Some(3)),
            (vec![1000, 1, 2, 3, 4], Some(3)),
        ] {
            assert_eq!(median(values.iter().copied()), expected, "{values:?}");
        }
    }

    #[test]
    fn a_row_that_failed_has_no_figures() {
        let mut row = Row::new(Kind::Plain, Uploader::Curl, 1);
        assert_eq!(row.median(), None);
        row.runs.push(Measurement {
            elapsed: Duration::from_secs(1),
            processor: Duration::from_secs(1),
            peak_rss_bytes: 1,
        });
        assert!(row.median().is_some());
        row.failure = Some("it broke".to_owned());
        assert_eq!(row.median(), None);
    }
}

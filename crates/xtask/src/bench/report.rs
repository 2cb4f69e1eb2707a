//! How a run is told: tables for people, in plain text or for a README, and JSON for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::figures::Results;
use super::machine::Machine;
use super::measuring::Measurement;
use super::rounds::{Row, seconds};
use super::targets::Kind;
use super::uploaders::Uploader;

const KIB: u64 = 1024;
const MIB: u64 = KIB * 1024;
const GIB: u64 = MIB * 1024;

/// A size in the largest unit that it is a whole number of.
pub(crate) fn size(bytes: u64) -> String {
    for (unit, name) in [(GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")] {
        if bytes >= unit && bytes.is_multiple_of(unit) {
            return format!("{} {name}", bytes / unit);
        }
    }
    format!("{bytes} B")
}

/// Where a run was made, and of what.
pub(crate) struct Circumstances {
    pub(crate) machine: Machine,
    pub(crate) versions: Vec<String>,
    pub(crate) size_bytes: u64,
    pub(crate) rounds: u32,
    /// Built quickly, to try the bench: its figures say nothing.
    pub(crate) only_tried: bool,
}

/// A table of words. The first column is aligned to the left, the others to the right.
struct Table(Vec<Vec<String>>);

impl Table {
    fn new(heads: &[&str]) -> Self {
        Self(vec![heads.iter().map(|&head| head.to_owned()).collect()])
    }

    fn plain(&self) -> String {
        let columns = self.0[0].len();
        let widths: Vec<usize> = (0..columns)
            .map(|at| {
                self.0
                    .iter()
                    .map(|row| row[at].chars().count())
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let mut text = String::new();
        for row in &self.0 {
            for (at, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                let _ = if at == 0 {
                    write!(text, "{cell:<width$}")
                } else {
                    write!(text, "  {cell:>width$}")
                };
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        text
    }

    fn markdown(&self) -> String {
        let mut text = String::new();
        for (number, row) in self.0.iter().enumerate() {
            let _ = writeln!(text, "| {} |", row.join(" | "));
            if number == 0 {
                let _ = writeln!(text, "|---|{}", "---:|".repeat(row.len() - 1));
            }
        }
        text
    }
}

/// The tables with what must be said of them.
pub(crate) fn tables(results: &Results, about: &Circumstances, for_a_readme: bool) -> String {
    let write = if for_a_readme {
        Table::markdown
    } else {
        Table::plain
    };
    let mut text = String::new();
    if about.only_tried {
        text.push_str("Unoptimized programs: these figures say nothing.\n\n");
    }
    let _ = writeln!(text, "{}.", about.machine);
    if !about.versions.is_empty() {
        let _ = writeln!(text, "{}.", about.versions.join("; "));
    }
    let _ = writeln!(
        text,
        "{} from the page cache, medians of {}, client and server on the same processors; SHA-256 is always on in revui.",
        size(about.size_bytes),
        about.rounds
    );
    let measured = |kind: &Kind| results.rows.iter().any(|row| row.kind == *kind);
    for kind in Kind::ALL.into_iter().filter(measured) {
        let _ = write!(text, "\n{}\n", write(&side_by_side(results, kind)));
    }
    let _ = writeln!(text, "{}", write(&alone(results)));
    text.push_str(&write(&figures(results)));
    text.push_str(&failures(results));
    text
}

fn side_by_side(results: &Results, kind: Kind) -> Table {
    let mut table = Table::new(&[
        kind.name(),
        "MiB/s",
        "of curl",
        "of the fastest peer",
        "CPU-s/GiB",
        "peak RSS MiB",
    ]);
    let fastest = results.fastest_peer(kind);
    for row in results.rows.iter().filter(|row| row.kind == kind) {
        let over = |other| ratio(results.speed_over(kind, row.uploader, other));
        let [speed, processor, memory] = of_itself(row);
        table.0.push(vec![
            row.uploader.name().to_owned(),
            speed,
            over(Uploader::Curl),
            fastest.map_or_else(none, over),
            processor,
            memory,
        ]);
    }
    table
}

fn alone(results: &Results) -> Table {
    let mut table = Table::new(&[
        "revui alone, discarding, plain",
        "seconds",
        "MiB/s",
        "CPU-s/GiB",
        "peak RSS MiB",
        "over idle MiB",
    ]);
    for row in &results.alone {
        let median = row.median();
        let [speed, processor, memory] = of_itself(row);
        let over_idle = median
            .zip(results.idle_rss_bytes)
            .map(|(median, idle)| median.peak_rss_bytes.saturating_sub(idle));
        table.0.push(vec![
            size(row.size_bytes),
            median.map_or_else(none, |median| format!("{:.3}", seconds(median.elapsed))),
            speed,
            processor,
            memory,
            over_idle.map_or_else(none, mebibytes),
        ]);
    }
    table
}

fn figures(results: &Results) -> Table {
    let mut table = Table::new(&["figure", "is", "has to be", "reached"]);
    for figure in results.figures() {
        let reached = if figure.is_reached() { "yes" } else { "NO" };
        table.0.push(vec![
            figure.name.to_owned(),
            figure.value(),
            figure.bound(),
            reached.to_owned(),
        ]);
    }
    table
}

fn failures(results: &Results) -> String {
    let mut text = String::new();
    for row in results.rows.iter().chain(&results.alone) {
        if let Some(why) = &row.failure {
            let (kind, name) = (row.kind.name(), row.uploader.name());
            let size = size(row.size_bytes);
            let _ = writeln!(text, "failed: {name}, {kind}, {size}: {why}");
        }
    }
    if text.is_empty() {
        text
    } else {
        format!("\n{text}")
    }
}

fn none() -> String {
    "-".to_owned()
}

fn ratio(value: Option<f64>) -> String {
    value.map_or_else(none, |value| format!("{value:.2}"))
}

#[allow(
    clippy::cast_precision_loss,
    reason = "shown with one digit behind the point"
)]
fn mebibytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / MIB as f64)
}

/// Speed, processor time and memory of one row.
fn of_itself(row: &Row) -> [String; 3] {
    row.median().map_or_else(
        || [none(), none(), none()],
        |median| {
            [
                format!("{:.0}", mebibytes_per_second(row, median)),
                format!("{:.2}", processor_seconds_per_gibibyte(row, median)),
                mebibytes(median.peak_rss_bytes),
            ]
        },
    )
}

#[allow(clippy::cast_precision_loss, reason = "a speed")]
fn mebibytes_per_second(row: &Row, median: Measurement) -> f64 {
    row.size_bytes as f64 / MIB as f64 / seconds(median.elapsed)
}

#[allow(clippy::cast_precision_loss, reason = "processor time per size")]
fn processor_seconds_per_gibibyte(row: &Row, median: Measurement) -> f64 {
    seconds(median.processor) / (row.size_bytes as f64 / GIB as f64)
}

/// Everything, each run included.
pub(crate) fn to_json(results: &Results, about: &Circumstances) -> Value {
    let rows =
        |rows: &[Row]| -> Vec<Value> { rows.iter().map(|row| of_row(results, row)).collect() };
    let figures: Vec<Value> = results
        .figures()
        .iter()
        .map(super::figures::Figure::to_json)
        .collect();
    json!({
        "machine": about.machine.to_json(),
        "versions": about.versions,
        "optimized": !about.only_tried,
        "sizeBytes": about.size_bytes,
        "rounds": about.rounds,
        "rows": rows(&results.rows),
        "alone": rows(&results.alone),
        "idleRssBytes": results.idle_rss_bytes,
        "standstill": {
            "frozenSeconds": results.standstill.frozen_seconds,
            "progressAfterSeconds": results.standstill.progress_after,
            "abortedAfterSeconds": results.standstill.aborted_after,
        },
        "figures": figures,
    })
}

fn of_row(results: &Results, row: &Row) -> Value {
    let median = row.median();
    let fastest = results.fastest_peer(row.kind);
    let each =
        |number: fn(&Measurement) -> Value| -> Vec<Value> { row.runs.iter().map(number).collect() };
    json!({
        "store": row.kind.name(),
        "uploader": row.uploader.name(),
        "sizeBytes": row.size_bytes,
        "mibPerSecond": median.map(|median| mebibytes_per_second(row, median)),
        "ofCurl": results.speed_over(row.kind, row.uploader, Uploader::Curl),
        "ofFastestPeer": fastest.and_then(|peer| results.speed_over(row.kind, row.uploader, peer)),
        "processorSecondsPerGib": median.map(|median| processor_seconds_per_gibibyte(row, median)),
        "peakRssBytes": median.map(|median| median.peak_rss_bytes),
        "runs": {
            "elapsedSeconds": each(|run| json!(seconds(run.elapsed))),
            "processorSeconds": each(|run| json!(seconds(run.processor))),
            "peakRssBytes": each(|run| json!(run.peak_rss_bytes)),
        },
        "failure": row.failure,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_whole_units() {
        for (bytes, expected) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (KIB, "1 KiB"),
            (100 * MIB, "100 MiB"),
            (1536 * MIB, "1536 MiB"),
            (10 * GIB, "10 GiB"),
            (GIB + 1, "1073741825 B"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn a_table_is_written_both_ways() {
        let mut table = Table::new(&["who", "MiB/s"]);
        table.0.push(vec!["curl".to_owned(), "1365".to_owned()]);
        assert_eq!(table.plain(), "who   MiB/s\ncurl   1365\n");
        assert_eq!(
            table.markdown(),
            "| who | MiB/s |\n|---|---:|\n| curl | 1365 |\n"
        );
    }
}

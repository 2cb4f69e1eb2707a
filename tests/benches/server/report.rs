//! What was measured, and whether it is what it has to be.

use serde_json::{Value, json};

use crate::listing::List;
use crate::pairs::Measured;

pub(crate) struct Report {
    /// Ours, theirs.
    pub(crate) pairs: [Measured; 2],
    pub(crate) crowd: Measured,
    pub(crate) lists: Vec<List>,
    pub(crate) rows: u64,
}

/// A figure that has to be reached.
struct Figure {
    name: String,
    is: f64,
    has_to_be: f64,
    /// Or more; or less otherwise.
    at_least: bool,
}

impl Figure {
    fn reached(&self) -> bool {
        if self.at_least {
            self.is >= self.has_to_be
        } else {
            self.is <= self.has_to_be
        }
    }
}

impl Report {
    fn figures(&self) -> Vec<Figure> {
        let [ours, theirs] = &self.pairs;
        let figure = |name: &str, is, has_to_be, at_least| Figure {
            name: name.to_owned(),
            is,
            has_to_be,
            at_least,
        };
        let cpu = ours.cpu_seconds_per_thousand / theirs.cpu_seconds_per_thousand;
        let rate = ours.pairs_a_second / theirs.pairs_a_second;
        let slowest = self.lists.iter().map(List::ratio).fold(0.0, f64::max);
        vec![
            figure("processor time a pair, over Express's", cpu, 0.25, false),
            figure("pairs a second, over Express's", rate, 2.0, true),
            figure(
                "p99 of a pair, over Express's",
                ours.p99_ms / theirs.p99_ms,
                1.0,
                false,
            ),
            figure(
                "peak RSS under 500 clients, MiB",
                self.crowd.peak_mib,
                150.0,
                false,
            ),
            figure(
                "the slowest list among many, over among 1,000",
                slowest,
                1.5,
                false,
            ),
        ]
    }

    pub(crate) fn all_reached(&self) -> bool {
        self.figures().iter().all(Figure::reached)
    }

    pub(crate) fn print(&self, json: bool) {
        if json {
            println!("{:#}", self.to_json());
        } else {
            self.print_tables();
        }
    }

    fn to_json(&self) -> Value {
        let measured = |measured: &Measured| {
            json!({
                "cpuSecondsPerThousandPairs": measured.cpu_seconds_per_thousand,
                "pairsASecond": measured.pairs_a_second,
                "medianMs": measured.median_ms,
                "p99Ms": measured.p99_ms,
                "peakRssMib": measured.peak_mib,
            })
        };
        let lists: Vec<Value> = self
            .lists
            .iter()
            .map(|list| json!({"page": list.name, "fewMs": list.few_ms, "manyMs": list.many_ms}))
            .collect();
        let figures: Vec<Value> = self
            .figures()
            .iter()
            .map(|figure| {
                json!({"figure": figure.name, "is": figure.is, "hasToBe": figure.has_to_be, "reached": figure.reached()})
            })
            .collect();
        json!({
            "ours": measured(&self.pairs[0]),
            "express": measured(&self.pairs[1]),
            "crowd": measured(&self.crowd),
            "lists": lists,
            "rows": self.rows,
            "figures": figures,
        })
    }

    fn print_tables(&self) {
        println!(
            "| initiate + complete | CPU-s a 1,000 | pairs a second | median ms | p99 ms | peak RSS MiB |"
        );
        println!("|---|---:|---:|---:|---:|---:|");
        let [ours, theirs] = &self.pairs;
        for (name, row) in [
            ("revui-server, 32 clients", ours),
            ("Express and pg, 32 clients", theirs),
            ("revui-server, 500 clients", &self.crowd),
        ] {
            println!(
                "| {name} | {:.2} | {:.0} | {:.1} | {:.1} | {:.0} |",
                row.cpu_seconds_per_thousand,
                row.pairs_a_second,
                row.median_ms,
                row.p99_ms,
                row.peak_mib
            );
        }
        println!(
            "\n| a page | among 1,000, ms | among {}, ms | ratio |",
            self.rows
        );
        println!("|---|---:|---:|---:|");
        for list in &self.lists {
            let (few, many, ratio) = (list.few_ms, list.many_ms, list.ratio());
            println!("| {} | {few:.2} | {many:.2} | {ratio:.2} |", list.name);
        }
        println!("\n| figure | is | has to be | reached |");
        println!("|---|---:|---:|---|");
        for figure in self.figures() {
            let bound = if figure.at_least {
                "or more"
            } else {
                "or less"
            };
            let reached = if figure.reached() { "yes" } else { "NO" };
            println!(
                "| {} | {:.2} | {} {bound} | {reached} |",
                figure.name, figure.is, figure.has_to_be
            );
        }
    }
}

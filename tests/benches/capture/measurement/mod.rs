//! The parts of the measurement, and what xtask says of them.

mod cost;
#[path = "../../../tests/recording/film.rs"]
#[allow(dead_code, reason = "the tests of recordings use the rest")]
mod film;
mod frames;
#[path = "../../../tests/recording/killing.rs"]
mod killing;
mod kills;
mod link;
mod page;
#[path = "../../../tests/recording/pattern.rs"]
#[allow(dead_code, reason = "the tests of recordings use the rest")]
mod pattern;
mod replay;
mod report;
mod scene;
mod seek;
#[path = "../../../tests/recording/stage.rs"]
#[allow(
    dead_code,
    unused_macros,
    unused_imports,
    reason = "the tests of recordings use the rest"
)]
mod stage;
mod sync;

use std::process::ExitCode;
use std::time::Instant;

use report::{Figure, Report};

/// What xtask says.
#[derive(Debug, Clone, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
struct Options {
    /// The one part that is measured; all of them if none is named.
    only: Option<String>,
    rounds: usize,
    /// Half an hour's recording, too.
    long: bool,
    /// In a network namespace, started by another copy of this program.
    inside: bool,
    markdown: bool,
    check: bool,
}

impl Options {
    fn read() -> Option<Self> {
        let mut words = std::env::args().skip(1);
        let mut options = Self::default();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--only" => options.only = Some(words.next()?),
                "--rounds" => options.rounds = words.next()?.parse().ok()?,
                "--long" => options.long = true,
                link::INSIDE => options.inside = true,
                "--markdown" => options.markdown = true,
                "--check" => options.check = true,
                _ => return None,
            }
        }
        (options.rounds > 0).then_some(options)
    }

    fn wants(&self, part: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == part)
    }
}

/// What is measured, in this order.
const PARTS: [&str; 6] = ["frames", "cost", "kills", "sync", "link", "slow"];

async fn measured(part: &str, options: &Options) -> Vec<Figure> {
    match (part, options.inside) {
        ("frames", _) => frames::missing().await,
        ("cost", _) => cost::compare(options.rounds).await,
        ("kills", _) => kills::survive().await,
        ("sync", _) => sync::drift().await,
        (_, false) => link::measured_inside(part, options.long).await,
        ("link", true) => link::stop_to_link(options.long).await,
        (_, true) => link::slowed().await,
    }
}

#[tokio::main]
pub(super) async fn main() -> ExitCode {
    if let Some(ended) = replay::stand_in() {
        return ended;
    }
    // `cargo bench` and `cargo test --benches` run every target without knowing what it is for.
    let Some(options) = Options::read() else {
        println!("this is started by `cargo xtask bench capture`");
        return ExitCode::SUCCESS;
    };
    if let Some(missing) = stage::missing_piece() {
        eprintln!("{missing}");
        return ExitCode::FAILURE;
    }
    let mut report = Report::default();
    for part in PARTS.into_iter().filter(|part| options.wants(part)) {
        let began = Instant::now();
        report.add(measured(part, &options).await);
        eprintln!("{part} took {} s", began.elapsed().as_secs());
    }
    if options.inside {
        report.print_lines();
        return ExitCode::SUCCESS;
    }
    report.print(options.markdown);
    if options.check && !report.all_reached() {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

//! The measurement behind `cargo xtask bench server`: our backend beside one of Express and pg (`node/`), on the same schema
//! of the same PostgreSQL server, before the same store; and our lists among few recordings and among many.
//!
//! ```text
//! server OPTIONS…      as xtask starts it: see `Options`
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that cannot do its part ends the measurement, and says why"
)]

mod ground;
mod listing;
mod pairs;
mod process;
mod report;
mod store;

use std::path::PathBuf;
use std::process::ExitCode;

use ground::Ground;
use report::Report;

/// What xtask says.
#[derive(Debug, Clone, Default)]
struct Options {
    /// `revui-server`, built.
    server: PathBuf,
    /// The service of Express and pg, its packages installed.
    node: PathBuf,
    /// PostgreSQL's administrator, and the folder of its programs.
    postgres: String,
    programs: PathBuf,
    /// Pairs of a round, and rounds of each.
    pairs: usize,
    rounds: usize,
    /// Recordings of the tenant that has many.
    rows: u64,
    json: bool,
    check: bool,
}

impl Options {
    fn read() -> Option<Self> {
        let mut words = std::env::args().skip(1);
        let mut options = Self::default();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--json" => options.json = true,
                "--check" => options.check = true,
                "--server" => options.server = words.next()?.into(),
                "--node" => options.node = words.next()?.into(),
                "--postgres" => options.postgres = words.next()?,
                "--programs" => options.programs = words.next()?.into(),
                "--pairs" => options.pairs = words.next()?.parse().ok()?,
                "--rounds" => options.rounds = words.next()?.parse().ok()?,
                "--rows" => options.rows = words.next()?.parse().ok()?,
                _ => return None,
            }
        }
        (!options.postgres.is_empty()).then_some(options)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    // `cargo bench` and `cargo test --benches` run every target without knowing what it is for.
    let Some(options) = Options::read() else {
        println!("this is started by `cargo xtask bench server`");
        return ExitCode::SUCCESS;
    };
    let ground = Ground::prepare(&options).await;
    let report = Report {
        pairs: pairs::compare(&ground, &options).await,
        crowd: pairs::crowd(&ground).await,
        lists: listing::compare(&ground, options.rows).await,
        rows: options.rows,
    };
    report.print(options.json);
    if options.check && !report.all_reached() {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

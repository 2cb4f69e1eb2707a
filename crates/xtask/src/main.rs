//! `cargo xtask`: sets a machine up, runs the product, runs its tests, measures it, makes its packages.
//!
//! It imports nothing of ours: what it starts are the programs as their users get them. It must therefore build in
//! seconds on a machine that has nothing but Rust.
//!
//! ```text
//! cargo xtask run --headless
//! cargo xtask test
//! ```

// This program's whole job is to print for whoever started it.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod api;
mod arguments;
mod bench;
mod bundle;
mod demo;
mod failure;
mod fixtures;
mod headless;
mod packages;
mod pictures;
mod postgres;
mod processes;
mod python;
mod run;
mod soak;
mod test;
mod ui;
mod workspace;

use std::process::ExitCode;

use arguments::Request;
use failure::Failure;

fn main() -> ExitCode {
    match perform() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // The counts are the last line of a test run, whichever way it went.
            if !matches!(failure, Failure::ChecksFailed) {
                eprintln!("xtask: {}", failure.with_causes());
            }
            ExitCode::from(failure.exit_code())
        }
    }
}

fn perform() -> Result<(), Failure> {
    let request = arguments::read(lexopt::Parser::from_env())?;
    processes::end_all_on_interrupt()?;
    match request {
        Request::Help => {
            print!("{}", arguments::HELP);
            Ok(())
        }
        Request::Run(options) => run::run(&options),
        Request::Test { full } => test::test(full),
        Request::Bench(options) => bench::upload(&options),
        Request::BenchServer(options) => bench::server::run(&options),
        Request::BenchCapture(options) => bench::capture::run(&options),
        Request::Soak(options) => soak::kill(&options),
        Request::Measured {
            note,
            program,
            arguments,
        } => bench::measuring::run_measured(&note, &program, &arguments),
        Request::WithPostgres { command } => postgres::run_with(&command),
        Request::Fixtures => {
            packages::ensure(packages::Purpose::Fixtures)?;
            let made = fixtures::make_all()?;
            println!(
                "{} fixtures in {}",
                made.len(),
                fixtures::folder().display()
            );
            Ok(())
        }
        Request::Pictures => pictures::take(),
        Request::Bundle => bundle::bundle(),
    }
}

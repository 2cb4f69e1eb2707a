//! `revui`: recordings from a terminal, a script or a CI job. It uploads exactly as the desktop window does, for both
//! drive the same `client`.
//!
//! It must never know how an upload works, and it never prints a token. A download link, the product, is printed by
//! `upload`, `resume`, `show` and `link`, and nowhere else. What a program may want to read goes to standard output;
//! progress, explanations and failures go to standard error.

mod arguments;
mod checking;
mod clipboard;
mod commands;
mod exit;
mod failure;
mod interruption;
mod keys;
mod logging;
mod output;
mod patience;
mod recording;
mod report;
mod session;
mod silence;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;

use arguments::{Arguments, Command};
use exit::Exit;

/// Enough for one file reader and one socket; more would only cost memory.
const WORKER_THREADS: usize = 2;

/// A keychain that does not answer must not keep the program from ending.
const LONGEST_FAREWELL: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if matches!(arguments.command, Command::HoldClipboard) {
        return clipboard::hold().into();
    }
    logging::start(arguments.verbose);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKER_THREADS)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            output::explain(&format!("error: this program cannot start: {error}"));
            return Exit::Failed.into();
        }
    };
    let exit = match runtime.block_on(commands::run(arguments)) {
        Ok(Exit::Done) if output::was_lost() => {
            output::explain(
                "error: the result could not be written to standard output\n  Make room where it goes, and ask again; \
                 `revui resume` prints the links of uploads that were done.",
            );
            Exit::Failed
        }
        Ok(exit) => exit,
        Err(failure) => {
            output::explain(&failure.to_string());
            failure.exit()
        }
    };
    runtime.shutdown_timeout(LONGEST_FAREWELL);
    exit.into()
}

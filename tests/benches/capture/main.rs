//! The measurement behind `cargo xtask bench capture`: the recorder before a display that moves, the file looked at picture by
//! picture, beside ffmpeg where something is to be compared.
//!
//! ```text
//! capture OPTIONS…      as xtask starts it: see `Options`
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that cannot do its part ends the measurement, and says why"
)]

#[cfg(target_os = "linux")]
mod measurement;

use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    measurement::main()
}

/// A bench needs a `main` wherever it is built.
#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    println!("recording is measured on Linux alone, which is where there is any");
    ExitCode::SUCCESS
}

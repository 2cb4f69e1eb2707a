//! The twelve failures that users of uploaders report, each as it happens: the real programs on real sockets, with a proxy
//! before the backend and one before the store that do it to them.
//!
//! | | |
//! |---|---|
//! | 1-3 | `tickets`: for an empty body, with a header too many or too few, run out |
//! | 4, 8 | `answers`: a 200 that is none, a reply that is lost or swallowed, a portal's page, no `ETag` |
//! | 5, 6 | `parts`: idled too long, too small, late |
//! | 7 | `silence`: a lid closed, a black hole |
//! | 9 | `progress` |
//! | 10 | `changing_files`, `full_disk` and `odd_files`, beside this folder |
//! | 11 | `killed`, `interruptions` and `clocks` there; the clock of a server here, in `tickets` |
//! | 12 | `commands`; for the window its own tests |
//!
//! `corrupted` and `hostile` have what no user has reported yet.

mod answers;
mod commands;
mod corrupted;
mod hostile;
mod parts;
mod progress;
mod silence;
mod tickets;

use std::path::{Path, PathBuf};

use serde_json::Value;
use world::fixtures;

/// A recording that goes in one request, and is more than what the buffers between two programs hold.
fn of_one_piece(folder: &Path) -> PathBuf {
    fixtures::sparse(folder, "one-piece.webm", 7 << 20)
}

/// A recording of three parts, of 8 MiB but for the last.
fn of_three_parts(folder: &Path) -> PathBuf {
    fixtures::sparse(folder, "three-parts.webm", 17 << 20)
}

/// A rule that answers `initiate` with this, once.
fn answers_initiate(ticket: &Value) -> String {
    // A literal text of TOML may hold anything but three of its quotes.
    format!(
        "[[rule]]\nname = \"initiate\"\npath = \"*/initiate\"\ntimes = 1\nfault = \"error-in-success\"\nbody = '''{ticket}'''\n"
    )
}

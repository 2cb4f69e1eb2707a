//! Tests that cannot run here.

use std::io::{self, Write as _};

/// Says that this test cannot run here, and why. With `CI` set that is a failure, as in the journeys.
#[track_caller]
pub(crate) fn skip(test: &str, reason: &str) {
    let must_run = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
    assert!(!must_run, "{test} cannot run here: {reason}");
    // Not by a macro, whose output the runner keeps: `cargo xtask test` counts these lines.
    let _ = writeln!(io::stderr(), "SKIPPED: {test}: {reason}");
}

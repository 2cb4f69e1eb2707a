//! `cargo xtask soak kill`: uploads that are killed, over and over. What it does is the journeys' own; see
//! `tests/src/killing`.

use std::process::Command;

use crate::arguments::SoakOptions;
use crate::bench::programs::{Build, Profile};
use crate::failure::Failure;
use crate::packages::{self, Purpose};
use crate::{fixtures, processes, workspace};

/// Builds as the tests are built, with every check that the optimizer would drop, and goes on until it is through.
pub(crate) fn kill(options: &SoakOptions) -> Result<(), Failure> {
    packages::ensure(Purpose::Headless)?;
    fixtures::make_live()?;
    let build = Build::run(Profile::Tested, &["revui", "revui-server"], "soak")?;
    let mut command = Command::new(build.program("soak")?);
    command
        .arg("kill")
        .args(["--times", &options.times.to_string()])
        .env("REVUI_BIN_DIR", workspace::programs())
        .env("REVUI_FIXTURES", fixtures::folder())
        // What does not hold is told with the upload's story at the end.
        .env("RUST_BACKTRACE", "0");
    if let Some(seed) = options.seed {
        command.args(["--seed", &seed.to_string()]);
    }
    if let Some(jobs) = options.jobs {
        command.args(["--jobs", &jobs.to_string()]);
    }
    processes::run(&mut command)
}

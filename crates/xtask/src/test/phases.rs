//! What has to hold, one phase each.

use std::process::Command;
use std::thread;

use super::counts::Counts;
use super::{ceph, tools};
use crate::failure::Failure;
use crate::postgres::{self, Postgres};
use crate::{fixtures, processes, ui, workspace};

/// The form in which everything of ours is built, checked and tested: cargo joins the features of the packages that it
/// is asked for, so that another form would compile half of the tree a second time. This program stays outside: it
/// runs meanwhile, and on Windows a running program cannot be replaced.
const EVERYTHING: &[&str] = &["--workspace", "--exclude", "xtask", "--locked"];

/// The test binary that needs a display server, a keychain and a window manager.
const WINDOW: &str = "window";

/// The test binary that encodes video as it comes, so that every processor has enough to do with a test each.
const RECORDING: &str = "recording";

/// The journey that only Ceph's gateway can be tried with: it belongs to `--full`, and would be skipped elsewhere.
const CEPH_ALONE: &str = "plain_http_is_refused_where_tls_is_wanted";

/// How many tests run side by side, in libtest's words.
const TEST_THREADS: &str = "RUST_TEST_THREADS";

/// A phase by its name.
pub(crate) struct Phase {
    pub(crate) name: &'static str,
    pub(crate) run: fn() -> Result<Counts, Failure>,
}

const fn phase(name: &'static str, run: fn() -> Result<Counts, Failure>) -> Phase {
    Phase { name, run }
}

/// In the order in which they run: what is quick and often wrong comes first, and the pages before the shell that
/// embeds them.
pub(crate) const PHASES: &[Phase] = &[
    phase("format", format),
    phase("pages: build", || checked(ui::build())),
    phase("pages: types", || npm_script("check")),
    phase("pages: lint", || npm_script("lint")),
    phase("pages: tests", pages_tests),
    phase("build", build),
    phase("clippy", clippy),
    phase("documentation", documentation),
    phase("licences, bans, sources", deny),
    phase("unused dependencies", unused_dependencies),
    phase("unit tests", unit_tests),
    phase("examples in documentation", documentation_examples),
    phase("this task's own tests", own_tests),
    phase("journeys", journeys),
    phase("recordings", recordings),
    phase("the API on PostgreSQL", api_on_postgres),
    phase("the window", window),
];

/// What `--full` adds.
pub(crate) const FURTHER_PHASES: &[Phase] = &[phase("journeys through Ceph", ceph_journeys)];

fn checked(outcome: Result<(), Failure>) -> Result<Counts, Failure> {
    outcome.map(|()| Counts::HOLDS)
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = workspace::cargo();
    command
        .args(arguments)
        .env("REVUI_BIN_DIR", workspace::programs())
        .env("REVUI_FIXTURES", fixtures::folder())
        .env(
            "REVUI_SCHEMATHESIS",
            tools::SCHEMATHESIS.program("schemathesis"),
        )
        .env("REVUI_MOTO_SERVER", tools::CLOUD.program("moto_server"));
    command
}

/// Cargo, on everything of ours in the form above.
pub(crate) fn cargo_on_everything(subcommand: &str, options: &[&str]) -> Command {
    cargo(&[&[subcommand], EVERYTHING, options].concat())
}

fn format() -> Result<Counts, Failure> {
    checked(processes::run(&mut cargo(&["fmt", "--all", "--check"])))
}

fn npm_script(name: &str) -> Result<Counts, Failure> {
    checked(processes::run(ui::npm().args(["run", "--silent", name])))
}

fn pages_tests() -> Result<Counts, Failure> {
    tests(
        ui::npm()
            .args(["run", "--silent", "test"])
            .env("NO_COLOR", "1"),
    )
}

fn build() -> Result<Counts, Failure> {
    checked(processes::run(&mut cargo_on_everything(
        "build",
        &["--all-targets"],
    )))
}

fn clippy() -> Result<Counts, Failure> {
    let denied = ["--all-targets", "--", "--deny", "warnings"];
    processes::run(&mut cargo_on_everything("clippy", &denied))?;
    let own = [&["clippy", "--package", "xtask", "--locked"], &denied[..]].concat();
    checked(processes::run(&mut cargo(&own)))
}

/// With the examples, cargo joins the features of what only tests depend on, too, as clippy has had it: without them,
/// it would check a third of the tree a second time.
fn documentation() -> Result<Counts, Failure> {
    let pages = ["--no-deps", "--lib", "--bins", "--examples"];
    checked(processes::run(
        cargo_on_everything("doc", &pages).env("RUSTDOCFLAGS", "--deny warnings"),
    ))
}

/// Advisories are left to the scheduled workflow: they come from a database on the network, and change while the code
/// doesn't, so that they would fail a commit that did nothing wrong.
fn deny() -> Result<Counts, Failure> {
    checked(processes::run(
        Command::new(tools::TOOLS.program("cargo-deny"))
            .current_dir(workspace::root())
            .args(["--workspace", "--locked", "check", "--hide-inclusion-graph"])
            .args(["bans", "licenses", "sources"]),
    ))
}

fn unused_dependencies() -> Result<Counts, Failure> {
    checked(processes::run(
        Command::new(tools::TOOLS.program("cargo-shear"))
            .current_dir(workspace::root())
            .args(["--locked", "--deny-warnings"]),
    ))
}

fn unit_tests() -> Result<Counts, Failure> {
    tests(&mut cargo_on_everything(
        "test",
        &["--lib", "--bins", "--no-fail-fast"],
    ))
}

fn documentation_examples() -> Result<Counts, Failure> {
    tests(&mut cargo_on_everything(
        "test",
        &["--doc", "--no-fail-fast"],
    ))
}

fn own_tests() -> Result<Counts, Failure> {
    tests(&mut cargo(&["test", "--package", "xtask", "--locked"]))
}

fn journeys() -> Result<Counts, Failure> {
    let binaries: Vec<_> = test_binaries()?
        .into_iter()
        .filter(|name| name != WINDOW && name != RECORDING)
        .collect();
    let mut options = vec!["--no-fail-fast"];
    for name in &binaries {
        options.extend(["--test", name]);
    }
    options.extend(["--", "--skip", CEPH_ALONE]);
    let postgres = Postgres::start()?;
    tests(
        postgres
            .tell(&mut cargo_on_everything("test", &options))
            .env(TEST_THREADS, for_tests_that_wait(4)),
    )
}

fn recordings() -> Result<Counts, Failure> {
    tests(&mut cargo_on_everything("test", &["--test", RECORDING]))
}

/// So many tests side by side for two processors. Most of their time, journeys wait for a network that is slow on
/// purpose, and windows for their drawing.
fn for_tests_that_wait(for_two: usize) -> String {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    (processors * for_two).div_ceil(2).to_string()
}

/// The same journeys as over SQLite.
fn api_on_postgres() -> Result<Counts, Failure> {
    let postgres = Postgres::start()?;
    tests(
        postgres
            .tell(&mut cargo_on_everything("test", &["--test", "api"]))
            .env(postgres::DATABASE_VARIABLE, "postgres")
            .env(TEST_THREADS, for_tests_that_wait(4)),
    )
}

fn window() -> Result<Counts, Failure> {
    tests(
        cargo_on_everything("test", &["--test", WINDOW]).env(TEST_THREADS, for_tests_that_wait(3)),
    )
}

/// The journeys that need nothing but a store, over one that other people wrote.
fn ceph_journeys() -> Result<Counts, Failure> {
    let gateway = ceph::Gateway::start()?;
    tests(
        cargo_on_everything("test", &["--test", "journeys", "--", "storage"])
            .env("REVUI_TEST_S3_ENDPOINT", &gateway.endpoint)
            .env("REVUI_TEST_S3_TLS_ENDPOINT", &gateway.tls_endpoint)
            .env("REVUI_TEST_S3_CERTIFICATE", &gateway.certificate)
            .env("REVUI_TEST_S3_ACCESS_KEY_ID", ceph::ACCESS_KEY_ID)
            .env("REVUI_TEST_S3_SECRET_ACCESS_KEY", ceph::SECRET_ACCESS_KEY)
            .env("REVUI_TEST_S3_SIGNING_ROLE_ARN", ceph::ROLE_ARN),
    )
}

/// Runs tests and counts them. A runner that fails without a failing test (a crash, or code that doesn't compile)
/// counts as one.
fn tests(command: &mut Command) -> Result<Counts, Failure> {
    let mut counts = Counts::default();
    let succeeded = processes::follow(command, |line| counts.read_line(line))?;
    if !succeeded && counts.all_hold() {
        counts += Counts::BROKEN;
    }
    Ok(counts)
}

/// The names of the integration test binaries of every package but this one.
fn test_binaries() -> Result<Vec<String>, Failure> {
    let metadata = processes::capture(&mut cargo(&[
        "metadata",
        "--no-deps",
        "--format-version=1",
        "--locked",
    ]))?;
    binaries_in(&metadata).ok_or_else(|| Failure::Unexpected {
        what: "`cargo metadata` does not list the packages' targets".to_owned(),
    })
}

fn binaries_in(metadata: &str) -> Option<Vec<String>> {
    let metadata: serde_json::Value = serde_json::from_str(metadata).ok()?;
    let mut names = Vec::new();
    for package in metadata["packages"].as_array()? {
        if package["name"] == env!("CARGO_PKG_NAME") {
            continue;
        }
        for target in package["targets"].as_array()? {
            if target["kind"][0] == "test" {
                names.push(target["name"].as_str()?.to_owned());
            }
        }
    }
    Some(names)
}

#[cfg(test)]
mod own {
    use super::*;

    #[test]
    fn test_binaries_are_told_from_other_targets() {
        let metadata = r#"{"packages":[
            {"name":"world","targets":[{"kind":["lib"],"name":"world"},{"kind":["test"],"name":"journeys"},{"kind":["test"],"name":"window"}]},
            {"name":"xtask","targets":[{"kind":["test"],"name":"main_job"}]},
            {"name":"cli","targets":[{"kind":["bin"],"name":"revui"}]}]}"#;
        assert_eq!(binaries_in(metadata).unwrap(), ["journeys", "window"]);
        assert_eq!(binaries_in("{}"), None);
    }
}

//! What was asked for.

mod measuring;

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt};

use crate::failure::Failure;

pub(crate) use measuring::{BenchCaptureOptions, BenchOptions, BenchServerOptions, SoakOptions};

pub(crate) const HELP: &str = "\
cargo xtask: run the product, test it, package it

  cargo xtask run [--headless] [--keep] [--data DIR] [--port N] [--file FILE]
      Starts the backend with its embedded store on this computer, and the window in front of it. Without a
      display, or with --headless: uploads a sample by the command line, downloads it again and compares.
        --headless   no window, even where there is a display
        --keep       leave the backend up until Ctrl+C
        --data DIR   where everything is kept (default: .demo)
        --port N     the backend's port; the store takes N+1 (default: 3000; 0: any two free ones)
        --file FILE  upload this recording instead of the sample
      Nothing is built where REVUI_BIN_DIR names a folder with the programs in it.

  cargo xtask test [--full]
      Runs everything that has to hold, and ends with `N passed, N failed, N skipped`.
        --full       also against a Ceph object gateway, started for the purpose

  cargo xtask bench upload [--check] [--json | --markdown] [--size SIZE] [--rounds N] [--freeze SECONDS] [--quickly] [--only-sizes]
      Measures our engine beside curl, s5cmd, rclone and the AWS CLI, each to a server that discards and to the embedded
      store, in one run, and prints tables. Leave the machine alone meanwhile: some forty minutes.
        --check      exit with 1, naming it, where a figure is not what it has to be
        --json       everything that was measured, for programs
        --markdown   the tables as a README shows them
        --size SIZE  what is sent side by side, such as 32MiB (default: 1GiB); ours alone is sent in proportion
        --rounds N   how often, for the median (default: 5)
        --freeze SECONDS  how long an upload is held still (default: 600; 0: not, nor is one swallowed)
        --quickly    without optimization, to try the bench itself
        --only-sizes ours alone, from the smallest recording to the largest: some minutes, and no other program is needed

  cargo xtask bench server [--check] [--json] [--quickly] [--pairs N] [--rounds N] [--rows N]
      Measures the backend on PostgreSQL beside one of Express and pg that does the same, in one run, and its lists among
      few recordings and among many. Leave the machine alone meanwhile: some ten minutes.
        --pairs N    of initiate and complete, in a round (default: 3000)
        --rounds N   of each by turns, for the median (default: 5)
        --rows N     recordings of the tenant that has many (default: 1000000)

  cargo xtask bench capture [--check] [--markdown] [--quickly] [--long] [--only PART] [--rounds N]
      Records a display that moves, and looks for each picture in the file, beside ffmpeg where something is compared.
      Leave the machine alone meanwhile: at most twenty minutes.
        --only PART  frames, cost, kills, sync (sound against picture), link (from Stop to it) or slow (a slow uplink)
        --long       the link of half an hour's recording, too
        --rounds N   of what is compared, by turns, for the median (default: 3)

  cargo xtask soak kill [--times N] [--seed S] [--jobs J]
      Kills client, backend and store at random moments of uploads until each has got through, N times in all (default:
      1000), and checks that every recording is whole, nothing is left over, and no more was sent again than had to be.
        --seed S     the same uploads, moments and victims again
        --jobs J     worlds side by side (default: twice the processors)

  cargo xtask with postgres -- COMMAND...
      Runs a command with a PostgreSQL server that was started for it, such as
        cargo xtask with postgres -- cargo test --package server --test api
      REVUI_TEST_POSTGRES is its administrator's URL, and REVUI_TEST_DATABASE=postgres has tests keep their rows there.

  cargo xtask fixtures
      Makes the recordings that the tests read, in target/fixtures.

  cargo xtask pictures
      Takes the pictures of the window in docs/pictures anew, light and dark.

  cargo xtask bundle
      Makes the installers of this system: deb and rpm, msi, or dmg.

System packages that are missing are installed where that needs no password; otherwise the command that
installs them is printed. Exit status: 0 done, 1 failed, 2 something to put right first.
";

/// One command with its options.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Help,
    Run(RunOptions),
    Test {
        full: bool,
    },
    Bench(BenchOptions),
    BenchServer(BenchServerOptions),
    BenchCapture(BenchCaptureOptions),
    Soak(SoakOptions),
    /// Of ourselves: see [`crate::bench::measuring`].
    Measured {
        note: PathBuf,
        program: OsString,
        arguments: Vec<OsString>,
    },
    WithPostgres {
        command: Vec<OsString>,
    },
    Fixtures,
    Pictures,
    Bundle,
}

/// What `run` can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunOptions {
    pub(crate) headless: bool,
    pub(crate) keep: bool,
    /// `None`: `.demo` in the checkout.
    pub(crate) data: Option<PathBuf>,
    /// The backend's port; the store's is the next one. 0: any two.
    pub(crate) port: u16,
    pub(crate) file: Option<PathBuf>,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            headless: false,
            keep: false,
            data: None,
            port: 3000,
            file: None,
        }
    }
}

/// Reads a command line; everything that it cannot mean is a [`Failure::Usage`].
pub(crate) fn read(mut parser: Parser) -> Result<Request, Failure> {
    let Some(first) = parser.next()? else {
        return Err(Failure::Usage("a command is missing".to_owned()));
    };
    match first {
        Arg::Long("help") | Arg::Short('h') => Ok(Request::Help),
        Arg::Value(command) => match command.string()?.as_str() {
            "run" => read_run(parser),
            "test" => read_test(parser),
            "bench" => measuring::read_bench(parser),
            "soak" => measuring::read_soak(parser),
            crate::bench::MEASURED => read_measured(parser),
            "with" => read_with(parser),
            "fixtures" => nothing_more(parser, Request::Fixtures),
            "pictures" => nothing_more(parser, Request::Pictures),
            "bundle" => nothing_more(parser, Request::Bundle),
            "help" => Ok(Request::Help),
            other => Err(Failure::Usage(format!("there is no command `{other}`"))),
        },
        unexpected => Err(unexpected.unexpected().into()),
    }
}

fn read_run(mut parser: Parser) -> Result<Request, Failure> {
    let mut options = RunOptions::default();
    while let Some(argument) = next_argument(&mut parser)? {
        match argument {
            Arg::Long("headless") => options.headless = true,
            Arg::Long("keep") => options.keep = true,
            Arg::Long("data") => options.data = Some(parser.value()?.into()),
            Arg::Long("file") => options.file = Some(parser.value()?.into()),
            Arg::Long("port") => options.port = parser.value()?.parse()?,
            Arg::Long("help") | Arg::Short('h') => return Ok(Request::Help),
            unexpected => return Err(unexpected.unexpected().into()),
        }
    }
    if options.port == u16::MAX {
        return Err(Failure::Usage(
            "--port must leave room for the store, which takes the next one".to_owned(),
        ));
    }
    Ok(Request::Run(options))
}

fn read_test(mut parser: Parser) -> Result<Request, Failure> {
    let mut full = false;
    while let Some(argument) = next_argument(&mut parser)? {
        match argument {
            Arg::Long("full") => full = true,
            Arg::Long("help") | Arg::Short('h') => return Ok(Request::Help),
            unexpected => return Err(unexpected.unexpected().into()),
        }
    }
    Ok(Request::Test { full })
}

/// What follows is another program's: nothing of it is an option of ours.
fn read_measured(mut parser: Parser) -> Result<Request, Failure> {
    let note = parser.value()?;
    let mut rest = parser.raw_args()?;
    let program = rest.next();
    Ok(Request::Measured {
        note: note.into(),
        program: program.ok_or_else(|| Failure::Usage("a program is missing".to_owned()))?,
        arguments: rest.collect(),
    })
}

/// What follows the service is a command of somebody else's.
fn read_with(mut parser: Parser) -> Result<Request, Failure> {
    let service = parser.value()?.string()?;
    if service != "postgres" {
        return Err(Failure::Usage(format!("there is no service `{service}`")));
    }
    let mut command: Vec<OsString> = parser.raw_args()?.collect();
    if command.first().is_some_and(|word| word == "--") {
        command.remove(0);
    }
    if command.is_empty() {
        return Err(Failure::Usage("a command is missing".to_owned()));
    }
    Ok(Request::WithPostgres { command })
}

fn nothing_more(mut parser: Parser, request: Request) -> Result<Request, Failure> {
    match next_argument(&mut parser)? {
        None => Ok(request),
        Some(Arg::Long("help") | Arg::Short('h')) => Ok(Request::Help),
        Some(unexpected) => Err(unexpected.unexpected().into()),
    }
}

/// The next option, past a lone `--`: people write `cargo xtask run -- --headless`, as `cargo run` wants it, and here
/// cargo hands the `--` on. No command takes positional arguments, so the word has no other meaning to lose.
fn next_argument(parser: &mut Parser) -> Result<Option<Arg<'_>>, Failure> {
    if let Some(mut rest) = parser.try_raw_args()
        && rest.peek().is_some_and(|argument| argument == "--")
    {
        rest.next();
    }
    Ok(parser.next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn read_words(line: &str) -> Result<Request, Failure> {
        read(Parser::from_args(line.split_whitespace()))
    }

    #[test]
    fn each_command_is_read() {
        let cases = [
            ("--help", Request::Help),
            ("run", Request::Run(RunOptions::default())),
            ("run --help", Request::Help),
            ("test", Request::Test { full: false }),
            ("test --full", Request::Test { full: true }),
            ("fixtures", Request::Fixtures),
            ("pictures", Request::Pictures),
            ("bundle", Request::Bundle),
        ];
        for (line, expected) in cases {
            assert_eq!(read_words(line).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn run_takes_its_options_with_and_without_the_separator() {
        let expected = Request::Run(RunOptions {
            headless: true,
            keep: true,
            data: Some("elsewhere".into()),
            port: 4000,
            file: Some("mine.webm".into()),
        });
        for line in [
            "run --headless --keep --data elsewhere --port 4000 --file mine.webm",
            "run -- --headless --keep --data=elsewhere --port=4000 --file mine.webm",
        ] {
            assert_eq!(read_words(line).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn another_programs_options_are_its_own() {
        assert_eq!(
            read_words("measured note.json curl --help -- x").unwrap(),
            Request::Measured {
                note: "note.json".into(),
                program: "curl".into(),
                arguments: ["--help", "--", "x"].map(OsString::from).into(),
            }
        );
    }

    #[test]
    fn a_service_is_given_to_a_command() {
        for line in [
            "with postgres -- cargo test --test api",
            "with postgres cargo test --test api",
        ] {
            let command = ["cargo", "test", "--test", "api"]
                .map(OsString::from)
                .into();
            assert_eq!(
                read_words(line).unwrap(),
                Request::WithPostgres { command },
                "{line}"
            );
        }
    }

    #[test]
    fn whatever_else_is_a_usage_failure() {
        for line in [
            "",
            "walk",
            "run --port many",
            "run --port 65535",
            "run --port 70000",
            "run --data",
            "run extra",
            "test --headless",
            "bundle --full",
            "bench",
            "bench download",
            "bench server --rows 10",
            "bench capture --rounds 0",
            "bench capture --only everything",
            "bench upload --size 1000",
            "bench upload --size 0MiB",
            "bench upload --rounds 0",
            "bench upload --json --markdown",
            "soak",
            "soak kill --times some",
            "measured note.json",
            "with",
            "with postgres",
            "with postgres --",
            "with oracle -- true",
        ] {
            let failure = read_words(line).unwrap_err();
            assert_eq!(failure.exit_code(), 2, "{line}: {failure}");
        }
    }
}

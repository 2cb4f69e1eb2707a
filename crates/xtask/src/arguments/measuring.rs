//! What `bench` and `soak` can be told.

use lexopt::{Arg, Parser, ValueExt};

use super::{Request, next_argument};
use crate::failure::Failure;

/// What `bench upload` can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct BenchOptions {
    pub(crate) check: bool,
    pub(crate) json: bool,
    pub(crate) markdown: bool,
    /// Built without optimization.
    pub(crate) quickly: bool,
    /// Ours alone, at every size: no peers, no TLS, nothing that stands still.
    pub(crate) only_sizes: bool,
    /// Of the recording that is sent side by side.
    pub(crate) size_bytes: u64,
    pub(crate) rounds: u32,
    pub(crate) freeze_seconds: u64,
}

impl Default for BenchOptions {
    fn default() -> Self {
        Self {
            check: false,
            json: false,
            markdown: false,
            quickly: false,
            only_sizes: false,
            size_bytes: 1024 * 1024 * 1024,
            rounds: 5,
            freeze_seconds: 600,
        }
    }
}

/// What `bench server` can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BenchServerOptions {
    pub(crate) check: bool,
    pub(crate) json: bool,
    /// Built without optimization.
    pub(crate) quickly: bool,
    /// Of `initiate` and `complete`, in a round.
    pub(crate) pairs: u32,
    pub(crate) rounds: u32,
    /// Recordings of the tenant that has many.
    pub(crate) rows: u32,
}

impl Default for BenchServerOptions {
    fn default() -> Self {
        Self {
            check: false,
            json: false,
            quickly: false,
            pairs: 3000,
            rounds: 5,
            rows: 1_000_000,
        }
    }
}

/// What `bench capture` can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct BenchCaptureOptions {
    pub(crate) check: bool,
    pub(crate) markdown: bool,
    /// Built without optimization.
    pub(crate) quickly: bool,
    /// Half an hour's recording, too.
    pub(crate) long: bool,
    /// The part that is measured; all of them if none is named.
    pub(crate) only: Option<String>,
    pub(crate) rounds: u32,
}

impl BenchCaptureOptions {
    /// The parts.
    pub(crate) const PARTS: [&str; 6] = ["frames", "cost", "kills", "sync", "link", "slow"];
}

impl Default for BenchCaptureOptions {
    fn default() -> Self {
        Self {
            check: false,
            markdown: false,
            quickly: false,
            long: false,
            only: None,
            rounds: 3,
        }
    }
}

/// What `soak kill` can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SoakOptions {
    pub(crate) times: u32,
    /// `None`: another one each time.
    pub(crate) seed: Option<u64>,
    /// `None`: as many as suit this machine.
    pub(crate) jobs: Option<u32>,
}

impl Default for SoakOptions {
    fn default() -> Self {
        Self {
            times: 1000,
            seed: None,
            jobs: None,
        }
    }
}

pub(super) fn read_bench(mut parser: Parser) -> Result<Request, Failure> {
    let what = match next_argument(&mut parser)? {
        Some(Arg::Value(what)) => what.string()?,
        Some(Arg::Long("help") | Arg::Short('h')) => return Ok(Request::Help),
        Some(unexpected) => return Err(unexpected.unexpected().into()),
        None => String::new(),
    };
    match what.as_str() {
        "upload" => read_bench_upload(parser),
        "server" => read_bench_server(parser),
        "capture" => read_bench_capture(parser),
        _ => Err(Failure::Usage(
            "what is measured is `upload`, `server` or `capture`".to_owned(),
        )),
    }
}

fn read_bench_capture(mut parser: Parser) -> Result<Request, Failure> {
    let mut options = BenchCaptureOptions::default();
    while let Some(argument) = next_argument(&mut parser)? {
        match argument {
            Arg::Long("check") => options.check = true,
            Arg::Long("markdown") => options.markdown = true,
            Arg::Long("quickly") => options.quickly = true,
            Arg::Long("long") => options.long = true,
            Arg::Long("only") => options.only = Some(parser.value()?.string()?),
            Arg::Long("rounds") => options.rounds = parser.value()?.parse()?,
            Arg::Long("help") | Arg::Short('h') => return Ok(Request::Help),
            unexpected => return Err(unexpected.unexpected().into()),
        }
    }
    let parts = BenchCaptureOptions::PARTS;
    let is_part = |part: &String| parts.contains(&part.as_str());
    if options.rounds == 0 || !options.only.as_ref().is_none_or(is_part) {
        return Err(Failure::Usage(format!(
            "one round or more, and a part is one of {}",
            parts.join(", ")
        )));
    }
    Ok(Request::BenchCapture(options))
}

fn read_bench_server(mut parser: Parser) -> Result<Request, Failure> {
    let mut options = BenchServerOptions::default();
    while let Some(argument) = next_argument(&mut parser)? {
        match argument {
            Arg::Long("check") => options.check = true,
            Arg::Long("json") => options.json = true,
            Arg::Long("quickly") => options.quickly = true,
            Arg::Long("pairs") => options.pairs = parser.value()?.parse()?,
            Arg::Long("rounds") => options.rounds = parser.value()?.parse()?,
            Arg::Long("rows") => options.rows = parser.value()?.parse()?,
            Arg::Long("help") | Arg::Short('h') => return Ok(Request::Help),
            unexpected => return Err(unexpected.unexpected().into()),
        }
    }
    // Among fewer there is no page to be had in the middle.
    if options.pairs == 0 || options.rounds == 0 || options.rows < 2000 {
        return Err(Failure::Usage(
            "one pair and one round or more, and 2000 rows or more".to_owned(),
        ));
    }
    Ok(Request::BenchServer(options))
}

fn read_bench_upload(mut parser: Parser) -> Result<Request, Failure> {
    let mut options = BenchOptions::default();
    while let Some(argument) = next_argument(&mut parser)? {
        match argument {
            Arg::Long("check") => options.check = true,
            Arg::Long("json") => options.json = true,
            Arg::Long("markdown") => options.markdown = true,
            Arg::Long("quickly") => options.quickly = true,
            Arg::Long("only-sizes") => options.only_sizes = true,
            Arg::Long("size") => options.size_bytes = parser.value()?.parse_with(read_size)?,
            Arg::Long("rounds") => options.rounds = parser.value()?.parse()?,
            Arg::Long("freeze") => options.freeze_seconds = parser.value()?.parse()?,
            Arg::Long("help") | Arg::Short('h') => return Ok(Request::Help),
            unexpected => return Err(unexpected.unexpected().into()),
        }
    }
    if options.rounds == 0 || (options.json && options.markdown) {
        return Err(Failure::Usage(
            "one round or more, and either --json or --markdown".to_owned(),
        ));
    }
    Ok(Request::Bench(options))
}

/// `32MiB`, `1GiB`: a recording is 1 MiB or more.
fn read_size(text: &str) -> Result<u64, &'static str> {
    const WRONG: &str = "a size is a whole number of MiB or GiB, such as 32MiB";
    let (digits, unit) = if let Some(digits) = text.strip_suffix("GiB") {
        (digits, 1 << 30)
    } else {
        (text.strip_suffix("MiB").ok_or(WRONG)?, 1 << 20)
    };
    let number: u64 = digits.trim().parse().map_err(|_| WRONG)?;
    match number.checked_mul(unit) {
        // Beyond this no store keeps an object.
        Some(bytes) if (1 << 20..=5 << 40).contains(&bytes) => Ok(bytes),
        _ => Err(WRONG),
    }
}

pub(super) fn read_soak(mut parser: Parser) -> Result<Request, Failure> {
    expect(&mut parser, "kill")?;
    let mut options = SoakOptions::default();
    while let Some(argument) = next_argument(&mut parser)? {
        match argument {
            Arg::Long("times") => options.times = parser.value()?.parse()?,
            Arg::Long("seed") => options.seed = Some(parser.value()?.parse()?),
            Arg::Long("jobs") => options.jobs = Some(parser.value()?.parse()?),
            Arg::Long("help") | Arg::Short('h') => return Ok(Request::Help),
            unexpected => return Err(unexpected.unexpected().into()),
        }
    }
    Ok(Request::Soak(options))
}

/// The one thing that a command can be asked to do so far.
fn expect(parser: &mut Parser, what: &str) -> Result<(), Failure> {
    match next_argument(parser)? {
        Some(Arg::Value(word)) if word == what => Ok(()),
        Some(Arg::Value(word)) => Err(Failure::Usage(format!(
            "`{what}`, not `{}`",
            word.display()
        ))),
        Some(other) => Err(other.unexpected().into()),
        None => Err(Failure::Usage(format!("`{what}` is missing"))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::read_words;
    use super::*;

    #[test]
    fn bench_and_soak_take_theirs() {
        let expected = BenchOptions {
            check: true,
            markdown: true,
            size_bytes: 32 << 20,
            rounds: 3,
            freeze_seconds: 0,
            ..BenchOptions::default()
        };
        let line = "bench upload --check --markdown --size 32MiB --rounds 3 --freeze 0";
        assert_eq!(read_words(line).unwrap(), Request::Bench(expected));
        assert_eq!(
            read_words("bench -- upload --size 2GiB --only-sizes").unwrap(),
            Request::Bench(BenchOptions {
                size_bytes: 2 << 30,
                only_sizes: true,
                ..BenchOptions::default()
            })
        );
        assert_eq!(
            read_words("bench capture --only kills --rounds 5 --markdown --check").unwrap(),
            Request::BenchCapture(BenchCaptureOptions {
                check: true,
                markdown: true,
                only: Some("kills".to_owned()),
                rounds: 5,
                ..BenchCaptureOptions::default()
            })
        );
        assert_eq!(
            read_words("soak kill --times 20 --seed 7 --jobs 2").unwrap(),
            Request::Soak(SoakOptions {
                times: 20,
                seed: Some(7),
                jobs: Some(2),
            })
        );
    }
}

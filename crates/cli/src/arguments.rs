//! The command line, as its users read it.

mod checking;
mod examples;
mod recording;
mod repairing;
mod trimming;

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use client::ServerOrigin;
use wire::{RecordingId, TaskId};

pub(crate) use checking::{Check, CheckServer, What};
pub(crate) use recording::{Devices, Record};
pub(crate) use repairing::Repair;
pub(crate) use trimming::Trim;

/// Upload WebM recordings, and get links that work.
#[derive(Debug, Parser)]
#[command(name = "revui", version, after_help = examples::PROGRAM, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Say on standard error what is being done
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sign in, and keep the session in this computer's keychain
    #[command(after_help = examples::LOGIN)]
    Login(Login),
    /// Sign out here and at the server; unfinished uploads are kept
    #[command(after_help = examples::LOGOUT)]
    Logout,
    /// Show who is signed in, and where
    #[command(after_help = examples::WHOAMI)]
    Whoami,
    /// Upload recordings, one after the other, and print the link of each
    #[command(after_help = examples::UPLOAD)]
    Upload(Upload),
    /// Upload the recordings that other programs save in a folder, each once, and print the link of each
    #[command(after_help = examples::WATCH)]
    Watch(Watch),
    /// Record the screen, a window or a region, and print the file's path
    #[command(after_help = examples::RECORD)]
    Record(Record),
    /// List what can be recorded: screens, windows, microphones, system sound, cameras
    #[command(after_help = examples::DEVICES)]
    Devices(Devices),
    /// Go on with unfinished uploads, paused ones among them
    #[command(after_help = examples::RESUME)]
    Resume(Resume),
    /// Let an upload rest, whichever program works on it
    #[command(after_help = examples::PAUSE)]
    Pause {
        /// The upload, as `upload` and `resume` name it; its first characters are enough
        job: String,
    },
    /// Limit how fast an upload goes, whichever program works on it
    #[command(after_help = examples::LIMIT)]
    Limit {
        /// The upload, as `upload` and `resume` name it; its first characters are enough
        job: String,
        /// Bytes a second, like 500k or 2M; `off` for as fast as it goes
        rate: Rate,
    },
    /// Give an unfinished upload up, here and at the server
    #[command(after_help = examples::CANCEL)]
    Cancel {
        /// The upload, as `upload` and `resume` name it; its first characters are enough
        job: String,
    },
    /// List the recordings that you may see, newest first
    #[command(after_help = examples::LIST)]
    List {
        /// Only those of this task
        #[arg(long)]
        task: Option<TaskId>,
    },
    /// Show one recording, with a link to it
    #[command(after_help = examples::SHOW)]
    Show {
        /// The recording
        id: RecordingId,
    },
    /// Print a fresh link to a recording, after opening it once
    #[command(after_help = examples::LINK)]
    Link {
        /// The recording
        id: RecordingId,
        /// Copy it to the clipboard as well
        #[arg(long)]
        copy: bool,
    },
    /// Save a recording in the current folder
    #[command(after_help = examples::DOWNLOAD)]
    Download(Download),
    /// Delete a recording for ever (administrators)
    #[command(after_help = examples::DELETE)]
    Delete {
        /// The recording
        id: RecordingId,
    },
    /// Check whether a server keeps the recordings contract, or how one recording stands
    #[command(after_help = examples::CHECK)]
    Check(Check),
    /// Mend a recording that was not finished: no duration, no seeking, a torn end
    #[command(after_help = examples::REPAIR)]
    Repair(Repair),
    /// Take a stretch out of a recording, without encoding anything anew
    #[command(after_help = examples::TRIM)]
    Trim(Trim),
    /// Print completions for a shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Hold the clipboard until something else is copied. Started by `link --copy`.
    #[command(hide = true)]
    HoldClipboard,
}

/// `revui login`.
#[derive(Debug, Args)]
pub(crate) struct Login {
    /// The server's origin, like <https://recordings.example.com>
    #[arg(help = "The server, like https://recordings.example.com")]
    #[arg(long, value_name = "URL", env = "REVUI_SERVER", hide_env_values = true, value_parser = ServerOrigin::parse)]
    pub(crate) server: ServerOrigin,
    /// The account; its password is asked for
    #[arg(long, value_name = "E", required_unless_present_any = ["token_stdin", "sso"])]
    pub(crate) email: Option<String>,
    /// Read the password from standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Read an access token from standard input, in place of e-mail address and password
    #[arg(long, conflicts_with_all = ["email", "password_stdin"])]
    pub(crate) token_stdin: bool,
    /// Sign in at your organisation, in a browser; by its name where the server knows several
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    #[arg(conflicts_with_all = ["email", "password_stdin", "token_stdin"])]
    pub(crate) sso: Option<String>,
    /// With --sso: in a browser on another device, by a code
    #[arg(long, requires = "sso")]
    pub(crate) device: bool,
}

/// `revui upload`.
#[derive(Debug, Args)]
pub(crate) struct Upload {
    /// The recordings
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// What they are for: letters, digits, `_` and `-`
    #[arg(long)]
    pub(crate) task: TaskId,
    /// Most bytes a second of each, like 500k or 2M; `revui limit` changes it later
    #[arg(long, value_name = "RATE")]
    pub(crate) limit: Option<Rate>,
    #[command(flatten)]
    pub(crate) watching: Watching,
}

/// `revui watch`.
#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// The folder; those in it are not looked into
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// What the recordings are for: letters, digits, `_` and `-`
    #[arg(long)]
    pub(crate) task: TaskId,
    /// Take in what is complete by now, and end once that is uploaded
    #[arg(long)]
    pub(crate) once: bool,
    /// How long a file has to stay as it is to count as complete
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub(crate) quiet: Duration,
    /// Most bytes a second of each, like 500k or 2M
    #[arg(long, value_name = "RATE")]
    pub(crate) limit: Option<Rate>,
    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// `revui resume`.
#[derive(Debug, Args)]
pub(crate) struct Resume {
    /// Only this upload; its first characters are enough
    pub(crate) job: Option<String>,
    #[command(flatten)]
    pub(crate) watching: Watching,
}

/// A limit on bytes a second; `None` lifts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate(pub(crate) Option<NonZeroU64>);

impl FromStr for Rate {
    type Err = String;

    /// Units count in thousands, as everywhere in this program.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is neither bytes a second, like 500k or 2M, nor `off`");
        if text.eq_ignore_ascii_case("off") {
            return Ok(Self(None));
        }
        let rate = amount(text.trim_end_matches("/s")).and_then(NonZeroU64::new);
        rate.map(|rate| Self(Some(rate))).ok_or_else(wrong)
    }
}

/// Bytes, like 500k or 2MB.
fn amount(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let number = lower.trim_end_matches('b');
    let (digits, unit) = match number.strip_suffix(['k', 'm', 'g']) {
        Some(digits) if number.ends_with('k') => (digits, 1000),
        Some(digits) if number.ends_with('m') => (digits, 1_000_000),
        Some(digits) => (digits, 1_000_000_000),
        None => (number, 1),
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

/// How uploads are watched.
#[derive(Debug, Args)]
pub(crate) struct Watching {
    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
    /// Stop (resumable) after waiting this long in vain; without it, wait for as long as it takes
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) max_wait: Option<Duration>,
}

/// `revui download`.
#[derive(Debug, Args)]
pub(crate) struct Download {
    /// The recording
    pub(crate) id: RecordingId,
    /// Compare what arrived with the SHA-256 that the server keeps
    #[arg(long)]
    pub(crate) verify: bool,
    /// Save it here; nothing is overwritten
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

fn seconds(text: &str) -> Result<Duration, std::num::ParseIntError> {
    text.parse().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn help_reads_well() {
        let mut command = Arguments::command().term_width(100);
        command.build();
        insta::assert_snapshot!("help", command.render_long_help().to_string());
        for name in [
            "login",
            "logout",
            "whoami",
            "upload",
            "watch",
            "record",
            "devices",
            "resume",
            "pause",
            "limit",
            "cancel",
            "list",
            "show",
            "link",
            "download",
            "delete",
            "check",
            "repair",
            "trim",
            "completions",
        ] {
            let help = command
                .find_subcommand_mut(name)
                .unwrap()
                .render_long_help();
            insta::assert_snapshot!(format!("help_{name}"), help.to_string());
        }
    }

    #[test]
    fn a_rate_is_read_as_people_write_it() {
        for (text, expected) in [
            ("1", Some(1)),
            ("500k", Some(500_000)),
            ("500kB/s", Some(500_000)),
            ("2M", Some(2_000_000)),
            ("1g", Some(1_000_000_000)),
            ("off", None),
        ] {
            let rate: Rate = text.parse().unwrap();
            assert_eq!(rate.0.map(NonZeroU64::get), expected, "{text}");
        }
        for wrong in [
            "",
            "0",
            "k",
            "-1",
            "1.5M",
            "fast",
            "99999999999999999999",
            "18446744073709551615k",
        ] {
            assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_wrong_command_line_is_refused() {
        for wrong in [
            &["upload", "--task", "t"][..],
            &["upload", "a.webm"],
            &["upload", "a.webm", "--task", "a/b"],
            &["upload", "a.webm", "--task", ".."],
            &["upload", "a.webm", "--task", "t", "--max-wait", "soon"],
            &["login", "--server", "https://a.example"],
            &["login", "--server", "http://a.example", "--email", "e"],
            &[
                "login",
                "--server",
                "https://a.example",
                "--email",
                "e",
                "--token-stdin",
            ],
            &["watch", "films"],
            &["watch", "films", "--task", "t", "--quiet", "long"],
            &["show"],
            &["pause"],
            &["limit", "0193"],
            &["limit", "0193", "0"],
            &["dance"],
            &["check"],
            &["check", "--server", "https://a.example", "--password-stdin"],
            &["check", "recording"],
            &["repair"],
            &["trim"],
            &["trim", "a.webm", "--from", "soon"],
            &["repair", "a.webm", "--in-place", "--output", "b.webm"],
            &[
                "check",
                "--server",
                "https://a.example",
                "recording",
                "0193",
            ],
        ] {
            let line = std::iter::once("revui").chain(wrong.iter().copied());
            let error = Arguments::try_parse_from(line).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{wrong:?}");
        }
    }
}

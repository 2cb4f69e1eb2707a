//! Why a command did not do what was asked, and the exit status that says so.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

/// One variant for each thing that somebody can do something about.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line means nothing.
    Usage(String),
    /// Something must be installed by hand first; the text holds the exact command.
    NotSetUp(String),
    /// A port that is needed belongs to another program.
    PortInUse { port: u16, whose: &'static str },
    /// A file that was named isn't there, or cannot be read.
    Unreadable { path: PathBuf, source: io::Error },
    /// A program could not be started at all.
    NotStarted { program: String, source: io::Error },
    /// A program ended with something other than success.
    Ended { program: String, status: ExitStatus },
    /// The backend ended before it was ready.
    BackendEnded { status: ExitStatus, log: String },
    /// The backend runs but is not ready in time.
    BackendSilent { log: PathBuf },
    /// A file or folder could not be read or written.
    File {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// A program's output is not what it promises.
    Unexpected { what: String },
    /// What was downloaded is not what was uploaded.
    DifferentBytes { sent: String, received: String },
    /// Checks or tests failed; they said so themselves.
    ChecksFailed,
    /// Ctrl+C, or a request to terminate.
    Interrupted,
}

impl Failure {
    /// 2 where the person who started it can put it right, 130 after Ctrl+C (the shell's convention), else 1.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_)
            | Self::NotSetUp(_)
            | Self::PortInUse { .. }
            | Self::Unreadable { .. } => 2,
            Self::BackendEnded { status, .. } if status.code() == Some(2) => 2,
            Self::Interrupted => 130,
            _ => 1,
        }
    }

    /// For `map_err` on a file operation.
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File {
            doing,
            path,
            source,
        }
    }

    /// The failure and what caused it, on one line.
    pub(crate) fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(what) => write!(f, "{what}\nSee `cargo xtask --help`."),
            Self::NotSetUp(what) | Self::Unexpected { what } => f.write_str(what),
            Self::PortInUse { port, whose } => write!(
                f,
                "port {port}, for {whose}, is in use; choose another pair with --port N"
            ),
            Self::Unreadable { path, .. } => write!(f, "cannot read {}", path.display()),
            Self::NotStarted { program, .. } => write!(f, "cannot start `{program}`"),
            Self::Ended { program, status } => write!(f, "`{program}` failed ({status})"),
            Self::BackendEnded { status, log } => {
                write!(f, "the backend ended before it was ready ({status})\n{log}")
            }
            Self::BackendSilent { log } => {
                write!(f, "the backend is not ready; its log is {}", log.display())
            }
            Self::File { doing, path, .. } => write!(f, "cannot {doing} {}", path.display()),
            Self::DifferentBytes { sent, received } => write!(
                f,
                "the download is not what was uploaded: SHA-256 {received} instead of {sent}"
            ),
            Self::ChecksFailed => f.write_str("not everything holds"),
            Self::Interrupted => f.write_str("interrupted; everything that was started has ended"),
        }
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreadable { source, .. }
            | Self::NotStarted { source, .. }
            | Self::File { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

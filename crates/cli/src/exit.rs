//! What the program's end tells a script. The table stands in `revui --help`.

use std::process::ExitCode;

use client::Code;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything asked for was done.
    Done = 0,
    /// Something failed.
    Failed = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
    /// Nobody is signed in; a job that was begun is kept.
    SignedOut = 3,
    /// The file is no acceptable recording.
    NotARecording = 4,
    /// Stopped, or tired of waiting; `revui resume` goes on with an upload.
    Resumable = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Exit {
    /// How a program ends that failed with this code.
    pub(crate) fn of(code: Code) -> Self {
        match code {
            Code::InvalidTask | Code::InvalidServer | Code::KeychainUnavailable => Self::Usage,
            Code::SignedOut | Code::WrongCredentials => Self::SignedOut,
            Code::NotAFile
            | Code::Unreadable
            | Code::EmptyFile
            | Code::NotWebm
            | Code::UnsupportedCodec
            | Code::Truncated
            | Code::NothingRecorded
            | Code::StillGrowing
            | Code::TooLarge => Self::NotARecording,
            Code::Interrupted => Self::Resumable,
            _ => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every code that ends a program otherwise than with 1.
    #[test]
    fn every_code_has_its_exit() {
        let exits = [
            (Code::InvalidTask, 2),
            (Code::InvalidServer, 2),
            (Code::KeychainUnavailable, 2),
            (Code::SignedOut, 3),
            (Code::WrongCredentials, 3),
            (Code::NotAFile, 4),
            (Code::Unreadable, 4),
            (Code::EmptyFile, 4),
            (Code::NotWebm, 4),
            (Code::UnsupportedCodec, 4),
            (Code::Truncated, 4),
            (Code::NothingRecorded, 4),
            (Code::StillGrowing, 4),
            (Code::TooLarge, 4),
            (Code::Interrupted, 5),
        ];
        for &code in Code::ALL {
            let expected = exits
                .iter()
                .find(|(listed, _)| *listed == code)
                .map_or(1, |(_, exit)| *exit);
            assert_eq!(Exit::of(code) as u8, expected, "{code}");
        }
    }
}

//! A failure as a terminal shows it: what happened, what to do next, and a stable code.

use std::fmt;

use capture::CaptureError;
use client::{ClientError, Code, Diagnosis};

use crate::exit::Exit;

/// Why a command did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    message: String,
    hint: String,
    code: String,
    request_id: Option<String>,
    exit: Exit,
}

impl Failure {
    /// The command line or the environment is wrong.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::of_this_program("usage", Exit::Usage, message, hint)
    }

    /// Nobody is signed in, nor named.
    pub(crate) fn signed_out(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::of_this_program("signed_out", Exit::SignedOut, message, hint)
    }

    /// Its user did not wait for the end.
    pub(crate) fn stopped_waiting(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::of_this_program("interrupted", Exit::Resumable, message, hint)
    }

    /// Something outside the client failed: the clipboard, standard input.
    pub(crate) fn local(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::of_this_program(code, Exit::Failed, message, hint)
    }

    fn of_this_program(
        code: &str,
        exit: Exit,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
            code: code.to_owned(),
            request_id: None,
            exit,
        }
    }

    /// The same, about one file or recording of several.
    #[must_use]
    pub(crate) fn about(mut self, subject: &str) -> Self {
        self.message = format!("{subject}: {}", self.message);
        self
    }

    /// How the program ends by it.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }
}

impl From<Diagnosis> for Failure {
    fn from(diagnosis: Diagnosis) -> Self {
        let exit = Exit::of(diagnosis.code);
        let diagnosis = for_a_terminal(diagnosis);
        Self {
            message: diagnosis.message,
            hint: diagnosis.hint,
            code: diagnosis.code.to_string(),
            request_id: diagnosis.request_id,
            exit,
        }
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        log_causes(&error);
        Self::from(error.diagnosis())
    }
}

impl From<capture::Failure> for Failure {
    fn from(failure: capture::Failure) -> Self {
        use capture::FailureCode as Code;
        let exit = match failure.code {
            Code::UnknownScreen
            | Code::UnknownWindow
            | Code::UnknownMicrophone
            | Code::UnknownCamera
            | Code::RegionOffScreen
            | Code::InvalidOptions
            | Code::OutputExists => Exit::Usage,
            _ => Exit::Failed,
        };
        Self::of_this_program(
            &failure.code.to_string(),
            exit,
            failure.message,
            failure.hint,
        )
    }
}

impl From<CaptureError> for Failure {
    fn from(error: CaptureError) -> Self {
        tracing::warn!("{error}");
        Self::from(error.failure())
    }
}

/// The chain of causes goes to the log, once.
pub(crate) fn log_causes(error: &ClientError) {
    let mut chain = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        chain.push_str(": ");
        chain.push_str(&source.to_string());
        cause = source.source();
    }
    tracing::warn!(code = %error.diagnosis().code, "{chain}");
}

/// The client's hints are written for whoever reads them; a few of them are a command here.
pub(crate) fn for_a_terminal(mut diagnosis: Diagnosis) -> Diagnosis {
    match diagnosis.code {
        Code::SignedOut => {
            "Sign in with `revui login --server URL --email E`, or set REVUI_SERVER and REVUI_TOKEN. Then go on with \
             what was begun: `revui resume`."
                .clone_into(&mut diagnosis.hint);
        }
        Code::Truncated => {
            "Copy or export it again. If this is the only copy, save what there is of it: `revui repair FILE`."
                .clone_into(&mut diagnosis.hint);
        }
        Code::Interrupted if diagnosis == Diagnosis::of(Code::Interrupted) => {
            "Go on with it whenever you like: `revui resume`.".clone_into(&mut diagnosis.hint);
        }
        _ => {}
    }
    diagnosis
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "error: {}\n  {}\n  code: {}",
            self.message, self.hint, self.code
        )?;
        match &self.request_id {
            Some(request) => write!(f, ", request: {request}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_has_a_message_a_hint_and_a_code() {
        let failure = Failure::from(
            Diagnosis::of(Code::ServerFailed).for_request(Some("0193-42".to_owned())),
        )
        .about("demo.webm");
        insta::assert_snapshot!("server_failed", failure.to_string());
    }

    #[test]
    fn whoever_is_signed_out_learns_both_ways_in() {
        let text = Failure::from(Diagnosis::of(Code::SignedOut)).to_string();
        for way in ["revui login", "REVUI_SERVER", "REVUI_TOKEN", "revui resume"] {
            assert!(text.contains(way), "{text}");
        }
    }
}

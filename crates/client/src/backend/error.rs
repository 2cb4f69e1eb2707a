//! What a call of the backend can fail with, told apart as far as somebody acts differently on it.

use std::fmt;
use std::time::Duration;

/// An error of the library beneath, without any address in it.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A call that did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackendError {
    /// No answer came back, or not all of it.
    #[error("the server could not be reached: {kind}")]
    Unreachable {
        /// What stood in the way.
        kind: Unreachable,
        /// What the network library says.
        #[source]
        source: Option<Cause>,
    },
    /// There is no session, or the server no longer takes it and it could not be renewed.
    #[error("not signed in")]
    SignedOut,
    /// The server answered, and the answer is no.
    #[error("the server refused with status {status}{}", Said(.body.as_deref()))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The server's reasons, where the body has the contract's form.
        body: Option<Box<wire::ErrorBody>>,
        /// How long the server asks to be left alone (`Retry-After`, RFC 9110 section 10.2.3).
        retry_after: Option<Duration>,
        /// The server's name for the request, for its log.
        request_id: Option<String>,
    },
    /// What answered is not a recordings backend, or not as the contract has it.
    #[error("the answer is not a recordings backend's: {what}")]
    NotOurs {
        /// What it was instead.
        what: NotOurs,
    },
}

/// What stood between this computer and the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unreachable {
    /// The name could not be resolved.
    Dns,
    /// Nothing listens there.
    Refused,
    /// No way to the host or its network.
    NoRoute,
    /// No connection, or no answer, in time.
    Timeout,
    /// The connection broke.
    Reset,
    /// The certificate does not prove that this is the server.
    BadCertificate,
    /// Something else.
    Other,
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dns => "its name could not be resolved",
            Self::Refused => "nothing listens there",
            Self::NoRoute => "there is no way to it",
            Self::Timeout => "no answer in time",
            Self::Reset => "the connection broke",
            Self::BadCertificate => "its certificate is not to be trusted",
            Self::Other => "the call failed on its way",
        })
    }
}

/// What answered in a recordings backend's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotOurs {
    /// A network's sign-in page, as far as one can tell: 407, 511, or a redirect to another host.
    CaptivePortal,
    /// A web page: a captive portal, or the address of a web site.
    Html,
    /// Neither JSON nor a web page.
    NotJson,
    /// JSON, but not of the contract's form.
    Garbled,
    /// Longer than any answer of the contract.
    TooLong,
    /// No health answer under any known prefix, or no such route where there was one.
    NoRecordingsApi,
}

impl fmt::Display for NotOurs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CaptivePortal => "the network asks for its own sign-in",
            Self::Html => "a web page",
            Self::NotJson => "not JSON",
            Self::Garbled => "JSON of another form",
            Self::TooLong => "too long",
            Self::NoRecordingsApi => "no recordings API at this address",
        })
    }
}

/// The server's reasons after a colon, if it gave any.
struct Said<'a>(Option<&'a wire::ErrorBody>);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(body) => write!(f, ": {}", body.message),
            None => Ok(()),
        }
    }
}

impl BackendError {
    /// The backend's own code, where it sends codes.
    pub fn code(&self) -> Option<wire::ErrorCode> {
        match self {
            Self::Refused { body, .. } => body.as_ref().and_then(|body| body.code),
            _ => None,
        }
    }

    /// The HTTP status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the recording was complete before this call. It is success once its key and size are confirmed by a look
    /// at the recording. Backends of ours say it by code, the deployed one in words alone.
    pub fn is_already_complete(&self) -> bool {
        let Self::Refused {
            status: 400 | 409,
            body: Some(body),
            ..
        } = self
        else {
            return false;
        };
        body.code == Some(wire::ErrorCode::AlreadyComplete)
            || body
                .message
                .to_string()
                .to_ascii_lowercase()
                .contains("already complete")
    }
}

/// A link that was not seen to work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProveError {
    /// It leads somewhere that it must not.
    #[error("the link is not to be opened: {0}")]
    Unsafe(#[source] crate::session::UnsafeAddress),
    /// The store did not answer.
    #[error("the store could not be reached: {kind}")]
    Unreachable {
        /// What stood in the way.
        kind: Unreachable,
        /// What the network library says.
        #[source]
        source: Option<Cause>,
    },
    /// The store answered, and the answer is no.
    #[error("the store refused the link with status {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// How long the store asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// Something of another size lies behind it.
    #[error("{stated_bytes} bytes lie behind the link; the recording has {expected_bytes}")]
    OtherSize {
        /// Size in bytes, as the store states it.
        stated_bytes: u64,
        /// Size of the recording, in bytes.
        expected_bytes: u64,
    },
    /// A web page answered in the store's place.
    #[error("a web page answered in the store's place")]
    CaptivePortal,
}

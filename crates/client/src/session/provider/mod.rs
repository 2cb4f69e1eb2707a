//! Signing in at an OpenID Connect provider: by a browser on this computer (RFC 8252, with PKCE, `state`, `nonce` and
//! `iss`), or by one on another (RFC 8628).
//!
//! The app is a public client: it has no secret, and the browser's answer comes back over this computer's loopback. What
//! is kept of it all is a refresh token, in the keychain.

mod asking;
mod browser;
mod device;
mod door;
mod http;

use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use wire::{Secret, SignInProvider};

use super::{ServerOrigin, UnsafeAddress};
use crate::backend::{Cause, Unreachable};

pub(super) use asking::{renew, revoke};

/// How somebody signs in at a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInWay {
    /// In a browser on this computer.
    Browser,
    /// In a browser anywhere, by a code that is typed there.
    Device,
}

/// What the person who signs in has to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInStep {
    /// Open this address in a browser here. It is good for this one sign-in.
    OpenBrowser {
        /// The address.
        address: String,
    },
    /// Open this address in a browser anywhere, and type the code.
    EnterCode {
        /// The address.
        address: String,
        /// The same with the code in it, where the provider has one.
        complete_address: Option<String>,
        /// What to type.
        code: String,
        /// For how long.
        lasts: Duration,
    },
}

/// Why somebody is not signed in by a provider. Holds neither a token nor an address that carries a code.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProviderError {
    /// An address that the server or the provider gave out must not be followed.
    #[error("the provider has an address that must not be followed")]
    Unsafe(#[source] UnsafeAddress),
    /// No answer came back.
    #[error("the provider could not be reached: {kind}")]
    Unreachable {
        /// What stood in the way.
        kind: Unreachable,
        /// What the network library says.
        #[source]
        source: Option<Cause>,
    },
    /// The provider failed, or asks for patience.
    #[error("the provider failed with status {status}")]
    Failed {
        /// The HTTP status.
        status: u16,
    },
    /// An answer that breaks the protocol.
    #[error("the provider's answer is not as it has to be: {0}")]
    Garbled(&'static str),
    /// The answer in the browser is another provider's, or to another sign-in.
    #[error("the answer does not belong to this sign-in: {0}")]
    Forged(&'static str),
    /// The provider knows no such way to sign in.
    #[error("the provider lets nobody sign in by a code")]
    NoDevices,
    /// No port of this computer could be listened on for the browser's answer.
    #[error("the browser's answer cannot be received")]
    Door(#[source] io::Error),
    /// The provider refuses, or whoever signed in said no.
    #[error("the provider refused: {code}")]
    Refused {
        /// The protocol's word for it (RFC 6749, sections 4.1.2.1 and 5.2; RFC 8628, section 3.5).
        code: String,
    },
    /// Nobody signed in in time.
    #[error("nobody signed in in time")]
    TooLate,
}

impl ProviderError {
    /// Whether a session that was to be renewed has ended by it.
    pub(super) fn ends_a_session(&self) -> bool {
        const ENDING: [&str; 5] = [
            "invalid_grant",
            "invalid_client",
            "unauthorized_client",
            "invalid_target",
            "invalid_scope",
        ];
        matches!(self, Self::Refused { code } if ENDING.contains(&code.as_str()))
    }
}

/// What lets a session at a provider be renewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Grant {
    pub(super) issuer: String,
    pub(super) client_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) resource: Option<String>,
    pub(super) refresh_token: Secret,
}

/// What a provider gave.
pub(super) struct Tokens {
    pub(super) access: Secret,
    /// `None` from a provider that lets nobody stay signed in.
    pub(super) grant: Option<Grant>,
}

/// Signs somebody in; `tell` is told what they have to do. Dropping the future gives it up.
pub(super) async fn sign_in(
    server: &ServerOrigin,
    provider: &SignInProvider,
    way: SignInWay,
    tell: &mut (dyn FnMut(SignInStep) + Send),
) -> Result<Tokens, ProviderError> {
    match way {
        SignInWay::Browser => browser::sign_in(server, provider, tell).await,
        SignInWay::Device => device::sign_in(server, provider, tell).await,
    }
}

//! Who is signed in where, and where the token is kept.

mod account;
mod claims;
mod cookies;
mod kept;
mod keychain;
mod live;
mod lock;
mod origin;
mod provider;
mod reach;
mod sessions;

pub use keychain::{Keychain, KeychainError, SecretStore};
pub use origin::{InvalidServer, ServerOrigin, UnsafeAddress};
pub use provider::{ProviderError, SignInStep, SignInWay};
pub use reach::Reach;

pub(crate) use claims::{of_token as described_by_token, of_value as described_by};
pub(crate) use cookies::for_api as session_cookies;
pub(crate) use live::LiveSession;
pub(crate) use reach::Whereabouts;
pub(crate) use sessions::Sessions;

use wire::{Secret, User};

/// How a user proves who they are.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// By e-mail address and password.
    Password {
        /// The account.
        email: String,
        /// Its password.
        password: Secret,
    },
    /// By an access token made elsewhere. It is not refreshed.
    Token(Secret),
}

/// Where a session may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// In the keychain, or not at all: without one, signing in fails and stores nothing.
    KeychainOnly,
    /// In the keychain, else in this process's memory.
    KeychainOrMemory,
}

/// The session as the window and the command line see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionState {
    /// Nobody.
    SignedOut {
        /// The server that was used last.
        server: Option<ServerOrigin>,
        /// The account that was used last.
        email: Option<String>,
    },
    /// Somebody.
    SignedIn {
        /// Where.
        server: ServerOrigin,
        /// Who.
        user: User,
        /// Whether the session outlives this process.
        kept_in_keychain: bool,
    },
}

//! Who is calling: passwords, access tokens of ours and of providers, sign-ins and the limit on guessing.
//!
//! It knows no HTTP; a secret comes in as [`wire::Secret`] and leaves as one.

pub(crate) mod access_token;
pub(crate) mod attempts;
pub(crate) mod password;
pub(crate) mod providers;
pub(crate) mod session;
mod stretching;

use wire::{Role, TenantId, UserId};

use crate::audit::Origin;

/// The user on whose behalf a call is made: signed in, let in, and with the role that they have now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) user: UserId,
    pub(crate) tenant: TenantId,
    pub(crate) role: Role,
    /// Where the call came from.
    pub(crate) origin: Origin,
    /// Whether it is the server's sweep that acts, for the user.
    pub(crate) is_server: bool,
}

/// An e-mail address as accounts are found by it.
pub(crate) fn canonical_email(email: &str) -> String {
    email.trim().to_lowercase()
}

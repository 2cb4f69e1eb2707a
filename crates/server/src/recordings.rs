//! The rules of a recording's life: initiate, renew, sign and list parts, complete, open, check, list, hold, give up,
//! delete, and the sweep that ends what nobody ends.
//!
//! They know no HTTP. Each begins with the caller, reaches rows through the caller's tenant alone, and asks the store
//! before it believes anything about bytes.

pub(crate) mod access;
mod assembling;
pub(crate) mod checking;
pub(crate) mod completing;
pub(crate) mod content_type;
pub(crate) mod holding;
pub(crate) mod initiating;
pub(crate) mod listing;
pub(crate) mod parts;
pub(crate) mod removing;
pub(crate) mod requests;
pub(crate) mod sweeping;
pub(crate) mod tickets;
pub(crate) mod viewing;

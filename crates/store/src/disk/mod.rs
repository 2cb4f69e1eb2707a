//! Objects as files. Everything in here blocks; it knows no HTTP.
//!
//! ```text
//! lock                        held while a process has the store open
//! master.key                  32 bytes, readable by the owner alone
//! staging/<random>            bodies that are on their way; swept when the store is opened
//! buckets/<name>/objects/<h>  one object: h is the SHA-256 of its key, for a key may be longer than a file name,
//!                             hold `..` or differ only in case; the key itself is in the record
//! ```
//!
//! An object's file is its sealed chunks, its record, and a trailer of fixed size (see [`record`]).

mod error;
mod folder;
mod object;
mod record;
mod sealing;
mod staging;
mod sums;

pub(crate) use error::CommitError;
pub use error::OpenError;
pub(crate) use folder::Folder;
pub(crate) use object::StoredObject;
pub(crate) use record::{Described, Record};
pub(crate) use staging::{Staged, Staging};
#[cfg(test)]
pub(crate) use sums::Sums;
pub(crate) use sums::{Algorithm, Digests, Wanted};

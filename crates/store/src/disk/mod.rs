//! Objects as files. Everything in here blocks; it knows no HTTP.
//!
//! ```text
//! lock                        held while a process has the store open
//! master.key                  32 bytes, readable by the owner alone
//! staging/<random>            bodies that are on their way in, and folders that are on their way out; swept when the
//!                             store is opened
//! buckets/<name>/objects/<h>  one object: h is the SHA-256 of its key, for a key may be longer than a file name,
//!                             hold `..` or differ only in case; the key itself is in the record
//! buckets/<name>/tags/<h>     tags that were given to an object after it came (see [`tags`])
//! buckets/<name>/uploads/<id> one upload in parts: `upload`, what its object will be, and a file for each part, `00001`.
//!                             Once completed, `upload` is called `completed` and the object's bytes stay where they are:
//!                             the object's file has their list (see [`manifest`])
//! ```
//!
//! A file is its sealed chunks, its record, and a trailer of fixed size (see [`trailer`]).

mod chunks;
mod completing;
mod error;
mod folder;
mod manifest;
mod object;
mod opening;
mod readers;
mod record;
mod sealing;
mod staging;
mod sums;
mod tags;
mod trailer;
mod turns;
mod upload;
mod uploads;

pub(crate) use completing::{CompleteError, Completion, MIN_PART_BYTES, WantedPart};
pub(crate) use error::CommitError;
pub use error::OpenError;
pub(crate) use folder::Folder;
pub(crate) use object::StoredObject;
pub(crate) use record::{Described, Record};
pub(crate) use staging::{Staged, Staging, random_hex};
#[cfg(test)]
pub(crate) use sums::Sums;
pub(crate) use sums::{Algorithm, Digests, Wanted, from_hex};
pub(crate) use tags::Tags;
pub(crate) use upload::{PartRecord, PartsChecksum, UploadRecord};
pub(crate) use uploads::BegunUpload;

//! Each fault on real sockets, and what passes untouched.

#![allow(clippy::unwrap_used, reason = "a broken expectation ends a test")]

mod answers;
mod breaks;
mod client;
mod corruption;
mod links;
mod repeats;
mod transparent;
mod upstream;

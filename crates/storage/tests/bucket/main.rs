//! The bucket's questions and orders against canned answers of S3's, and the chain of credentials against its real
//! sources. That tickets are taken by a real store is proven by the journeys.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a broken expectation ends a test; a child process tells its result by its output"
)]

mod answers;
mod canned;
mod chain;
mod gate;
mod moto;
mod moto_server;
mod multipart;
mod provisioning;
mod verifying;

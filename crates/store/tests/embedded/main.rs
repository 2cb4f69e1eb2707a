//! The embedded store over real sockets, asked by a client that signs for itself.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a broken expectation ends a test; a child process tells its address by its output"
)]

mod crash;
mod multipart;
mod part_checksums;
mod part_lists;
mod parts;
mod reads;
mod refusals;
mod signer;
mod sockets;
mod world;
mod writes;
